// Writes readings as JSON text by hand: whole numbers keep all their digits, JSON values stand in it as
// they came, and a big answer never exists as one object.
import { JsonText, type Value } from '../model/reading.ts'
import type { SeriesChunk } from '../storage/store.ts'
import { millisecondsText } from './time.ts'

export function valueText(value: Value): string {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value)
  if (typeof value === 'string') return JSON.stringify(value)
  return value instanceof JsonText ? value.text : String(value)
}

/** The times of a chunk, separated by commas. */
export function timesText(chunk: Pick<SeriesChunk, 'ts' | 'count'>): string {
  const { ts, count } = chunk
  let text = count === 0 ? '' : millisecondsText(ts[0])
  for (let i = 1; i < count; i++) text += `,${millisecondsText(ts[i])}`
  return text
}

/** The values from `start` up to `end`, separated by commas. */
export function valuesText(values: SeriesChunk['values'], start: number, end: number): string {
  let text = start < end ? valueText(values[start]) : ''
  for (let i = start + 1; i < end; i++) text += `,${valueText(values[i])}`
  return text
}

/** An object or array whose members are JSON text already. */
export function objectText(members: Iterable<readonly [name: string, text: string]>): string {
  const texts = Array.from(members, ([name, text]) => `${JSON.stringify(name)}:${text}`)
  return `{${texts.join(',')}}`
}
