// Writes readings as JSON text by hand: whole numbers keep all their digits, JSON values stand in it as
// they came, and a big answer never exists as one object.
import { JsonText, type Value } from '../model/reading.ts'
import type { SeriesChunk } from '../storage/store.ts'
import { millisecondsText } from './time.ts'

/** A sum that went beyond every double has no JSON number: it is null. */
export function valueText(value: Value): string {
  if (typeof value === 'number') return numberText(value) || 'null'
  if (typeof value === 'string') return JSON.stringify(value)
  return value instanceof JsonText ? value.text : String(value)
}

/** Empty for what is not finite. */
export function numberText(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0' : '0'
  return Number.isFinite(value) ? String(value) : ''
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
