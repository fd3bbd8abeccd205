// Times as the API reads and writes them: milliseconds since the epoch with up to three decimals, or
// RFC 3339. Inside they are integer microseconds; nothing here goes through a rounded fraction.
import { tsMax, tsMin } from '../model/reading.ts'

const rfc3339 = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?(Z|[+\- ]\d{2}:\d{2})$/i
const milliseconds = /^(-?)(\d{1,18})(?:\.(\d{1,3}))?$/

/** Integer microseconds, held within what a reading can have; undefined when the text is no time.
 *  A space counts as the plus sign that a query string turned into it. */
export function parseTime(text: string): number | undefined {
  const plain = milliseconds.exec(text)
  if (plain !== null) {
    const [, sign, whole, decimals = ''] = plain
    const us = Number(whole) * 1000 + Number(decimals.padEnd(3, '0'))
    return clamp(sign === '-' ? -us : us)
  }
  const parts = rfc3339.exec(text)
  if (parts === null) return undefined
  const [, date, time, decimals = '', zone] = parts
  const ms = Date.parse(`${date}T${time}${zone.toUpperCase().replace(' ', '+')}`)
  const isDate = new Date(Date.parse(`${date}T00:00:00Z`) || 0).toISOString().startsWith(date)
  if (Number.isNaN(ms) || !isDate) return undefined
  return clamp(ms * 1000 + Number(decimals.padEnd(6, '0')))
}

/** Milliseconds with up to three decimals, as in `interval`, to microseconds. */
export function parseMilliseconds(text: string): number {
  const [whole, decimals = ''] = text.split('.')
  return Number(whole) * 1000 + Number(decimals.padEnd(3, '0'))
}

/** Microseconds as milliseconds with up to three decimals, exactly. */
export function millisecondsText(us: number): string {
  if (us < 0) return `-${millisecondsText(-us)}`
  const rest = us % 1000
  const ms = (us - rest) / 1000
  if (rest === 0) return String(ms)
  return `${ms}.${String(rest).padStart(3, '0').replace(/0+$/, '')}`
}

/** RFC 3339 in UTC with three decimals, or six where the microseconds need them. */
export function timeText(us: number): string {
  const ms = Math.floor(us / 1000)
  const rest = us - ms * 1000
  const text = new Date(ms).toISOString()
  return rest === 0 ? text : `${text.slice(0, -1)}${String(rest).padStart(3, '0')}Z`
}

function clamp(us: number): number {
  return Math.min(Math.max(us, tsMin), tsMax)
}
