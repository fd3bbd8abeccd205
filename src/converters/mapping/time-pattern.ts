// Times that are written in a way of their own, by a pattern such as `DD.MM.YYYY HH:mm:ss`.
import { wallClock } from '../reading-time.ts'
import type { TimeZone } from '../time-zone.ts'

const tokens: Readonly<Record<string, string>> = {
  YYYY: String.raw`(?<year>\d{4})`,
  MM: String.raw`(?<month>\d{1,2})`,
  DD: String.raw`(?<day>\d{1,2})`,
  HH: String.raw`(?<hour>\d{1,2})`,
  mm: String.raw`(?<minute>\d{1,2})`,
  ss: String.raw`(?<second>\d{1,2})`,
  S: String.raw`(?<fraction>\d{1,9})`,
}
const anyToken = /(YYYY|MM|DD|HH|mm|ss|S)/

/** Whether a pattern says at least a day, and nothing twice. */
export function isTimePattern(pattern: string): boolean {
  const found = [...pattern.matchAll(new RegExp(anyToken, 'g'))].map(([token]) => token)
  return (
    pattern.length <= 64 &&
    new Set(found).size === found.length &&
    ['YYYY', 'MM', 'DD'].every((each) => found.includes(each))
  )
}

export class TimePattern {
  readonly #pattern: RegExp
  readonly #zone: TimeZone

  constructor(pattern: string, zone: TimeZone) {
    const source = pattern
      .split(anyToken)
      .map((part) => tokens[part] ?? part.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'))
      .join('')
    this.#pattern = new RegExp(`^${source}$`)
    this.#zone = zone
  }

  /** Integer microseconds; undefined when the text is not of this pattern. */
  tsFrom(text: string): number | undefined {
    const parts = text.length <= 128 ? this.#pattern.exec(text.trim())?.groups : undefined
    if (parts === undefined) return undefined
    const { year, month, day, hour = '0', minute = '0', second = '0', fraction = '' } = parts
    const local = wallClock({
      ...{ year: Number(year), month: Number(month), day: Number(day) },
      ...{ hour: Number(hour), minute: Number(minute), second: Number(second), fraction },
    })
    return local === undefined ? undefined : this.#zone.utcOf(local)
  }
}
