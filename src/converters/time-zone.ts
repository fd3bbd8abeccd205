// Time zones by their IANA names, for texts that name none: what a clock on the wall shows becomes UTC. The
// rules come from the runtime's own table, so the same text gives the same time wherever that table agrees.
const dayUs = 86_400_000_000
/** The years 1684 to 2255. */
const secondsMax = 9_007_199_254

export class TimeZone {
  readonly name: string
  readonly #format: Intl.DateTimeFormat
  /** Of the day asked for last: most messages are of one day. */
  #day = NaN
  #offsetBefore = 0
  #offsetAfter = 0

  /** @throws RangeError when there is no such zone: `isTimeZone` tells before. */
  constructor(name: string) {
    this.name = name
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  }

  /** @param localUs a wall clock's microseconds, counted as if it were UTC.
   *  @returns integer microseconds, UTC. An hour that comes twice is the first of the two; one that is left
   *  out counts on from the moment before it. */
  utcOf(localUs: number): number {
    const day = Math.floor(localUs / dayUs)
    if (day !== this.#day) {
      this.#day = day
      this.#offsetBefore = this.#offsetUs((day - 1) * dayUs)
      this.#offsetAfter = this.#offsetUs((day + 2) * dayUs)
    }
    const before = localUs - this.#offsetBefore
    if (this.#offsetBefore === this.#offsetAfter || this.#offsetUs(before) === this.#offsetBefore)
      return before
    const after = localUs - this.#offsetAfter
    return this.#offsetUs(after) === this.#offsetAfter ? after : before
  }

  /** What the zone's clocks are ahead of UTC at a moment. */
  #offsetUs(utcUs: number): number {
    const seconds = Math.floor(utcUs / 1_000_000)
    // Beyond what can be stored, and beyond what the calendar's arithmetic is good for.
    if (Math.abs(seconds) > secondsMax) return 0
    const shown: Record<string, number> = {}
    for (const { type, value } of this.#format.formatToParts(seconds * 1000)) shown[type] = Number(value)
    const { year, month, day, hour, minute, second } = shown
    return (Date.UTC(year, month - 1, day, hour, minute, second) / 1000 - seconds) * 1_000_000
  }
}

export function isTimeZone(name: string): boolean {
  try {
    new TimeZone(name)
    return true
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}
