// When a reading was taken, as payloads say it: bare numbers in several units, RFC 3339 text, or the MQTT 5
// user property `ts`. All become integer microseconds; digits finer than that are cut off.
import type { MessageProperties } from '../model/message.ts'
import { quoted, reject } from './rejections.ts'
import type { TimeZone } from './time-zone.ts'

export const tsUnits = ['auto', 's', 'ms', 'us', 'ns'] as const
/** `auto` decides by magnitude: below 1e11 s, below 1e14 ms, below 1e17 us, else ns. */
export type TsUnit = (typeof tsUnits)[number]

/** Name of the MQTT 5 user property that gives the time of readings whose payload has none. */
const tsUserProperty = 'ts'

/** A microsecond is 10^-6 s: by how many digits a number of each unit moves left to become microseconds. */
const digitsToMicroseconds = { s: 6, ms: 3, us: 0, ns: -3 }

/** Longer texts are no times. These limits also bound the arithmetic below. */
const textLengthMax = 40
const exponentMax = 40
/** Lower than that of the smallest double. */
const exponentMin = -400

/** @returns integer microseconds, never NaN; out of range where the number is.
 *  @param value a finite number or an integer of 64 bits, in `unit`. */
export function tsFromNumber(value: number | bigint, unit: TsUnit): number {
  if (typeof value === 'bigint') return tsFromDecimal(String(value), unit)
  const known = unit === 'auto' ? guessUnit(value) : unit
  if (!Number.isInteger(value)) return tsFromFraction(value, known)
  switch (known) {
    // Where a product is too large to be exact it is also beyond every year that can be stored.
    case 's':
      return value * 1_000_000
    case 'ms':
      return value * 1000
    case 'us':
      return value
    case 'ns':
      return Math.trunc(value / 1000) + 0
  }
}

/** @param text a decimal number in `unit`, or RFC 3339 with a time zone.
 *  @param zone of texts that name none; undefined: they must.
 *  @throws ConversionError `ts_format`, `ts_zone`, `ts_range`. */
export function tsFromText(text: string, unit: TsUnit, zone?: TimeZone): number {
  const trimmed = text.length <= textLengthMax ? text.trim() : ''
  const ts = decimal.test(trimmed) ? tsFromDecimal(trimmed, unit) : tsFromRfc3339(trimmed, zone)
  if (ts === undefined) reject('ts_format', { found: quoted(text) })
  return ts
}

export function hasTsProperty(properties: MessageProperties | undefined): boolean {
  return properties?.userProperties?.some(([name]) => name === tsUserProperty) ?? false
}

/** The time that the message's user property gives; NaN when it has none. The last of several counts. */
export function tsFromProperties(properties: MessageProperties | undefined, unit: TsUnit): number {
  const property = properties?.userProperties?.findLast(([name]) => name === tsUserProperty)
  return property === undefined ? NaN : tsFromText(property[1], unit)
}

function guessUnit(value: number): keyof typeof digitsToMicroseconds {
  const magnitude = Math.abs(value)
  if (magnitude < 1e11) return 's'
  if (magnitude < 1e14) return 'ms'
  return magnitude < 1e17 ? 'us' : 'ns'
}

const decimal = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/

/** A fraction that says whole microseconds is the double next to one number of them, and no other as long as
 *  there are less than 2^52. Of finer ones the digits decide. */
function tsFromFraction(value: number, unit: keyof typeof digitsToMicroseconds): number {
  const scale = unit === 's' ? 1_000_000 : unit === 'ms' ? 1000 : 1
  const microseconds = Math.round(value * scale) + 0
  const isExact = microseconds / scale === value && Math.abs(microseconds) < 2 ** 52
  return isExact ? microseconds : tsFromDecimal(String(value), unit)
}

/** Shifts the decimal point of the text itself: a double would lose microseconds of a fraction. */
function tsFromDecimal(text: string, unit: TsUnit): number {
  const [, sign, whole, fraction = '', exponent = '0'] = decimal.exec(text) ?? []
  if (Number(exponent) > exponentMax) reject('ts_range', { found: text })
  if (Number(exponent) < exponentMin) return 0
  const known = unit === 'auto' ? guessUnit(Number(text)) : unit
  const shift = digitsToMicroseconds[known] + Number(exponent) - fraction.length
  const digits = BigInt(whole + fraction)
  const power = 10n ** BigInt(Math.abs(shift))
  const microseconds = Number(shift < 0 ? digits / power : digits * power)
  return sign === '-' ? 0 - microseconds : microseconds
}

const rfc3339 = new RegExp(
  String.raw`^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?` +
    String.raw`(?:([Zz])|([+-])(\d\d):?(\d\d))?$`,
)

/** undefined when the text is no time at all. A leap second is the first moment of the next minute. */
function tsFromRfc3339(text: string, zone: TimeZone | undefined): number | undefined {
  const parts = rfc3339.exec(text)
  if (parts === null) return undefined
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number)
  const offsetHour = Number(parts[10] ?? 0)
  const offsetMinute = Number(parts[11] ?? 0)
  if (offsetHour > 23 || offsetMinute > 59) return undefined
  const local = wallClock({ year, month, day, hour, minute, second, fraction: parts[7] ?? '' })
  if (local === undefined) return undefined
  if (parts[8] === undefined && parts[9] === undefined) {
    if (zone === undefined) reject('ts_zone', { found: quoted(text) })
    return zone.utcOf(local)
  }
  return local - (parts[9] === '-' ? -60 : 60) * (offsetHour * 60 + offsetMinute) * 1_000_000
}

export interface WallClock {
  year: number
  month: number
  day: number
  hour: number
  minute: number
  second: number
  /** Digits after the point of the second. */
  fraction: string
}

/** Integer microseconds as if it were UTC; undefined when there is no such date or time. */
export function wallClock({
  year,
  month,
  day,
  hour,
  minute,
  second,
  fraction,
}: WallClock): number | undefined {
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined
  if (hour > 23 || minute > 59 || second > 60) return undefined
  const seconds = daysFromEpoch(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
  return seconds * 1_000_000 + Number(fraction.slice(0, 6).padEnd(6, '0'))
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** Days since 1970-01-01 in the proleptic Gregorian calendar. (Date.UTC takes the years 0 to 99 for 1900 to
 *  1999.) Years begin in March here, so that the leap day is the last of its year. */
function daysFromEpoch(year: number, month: number, day: number): number {
  const marchYear = month > 2 ? year : year - 1
  const marchMonth = (month + 9) % 12
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400)
  const dayOfYear = Math.floor((153 * marchMonth + 2) / 5) + day - 1
  return marchYear * 365 + leapDays + dayOfYear - 719_468
}
