// Intervals of equal length that a range is cut into. One place says which interval a moment lies in, so that
// whoever reduces readings and whoever summarises them agree at every border.
import { assert } from '../lib/assert.ts'

/** Far below what a double can count. */
const indexMax = 2 ** 52

export class Intervals {
  readonly #originTs: number
  readonly #lengthUs: number

  /** @param originTs where interval 0 begins; integer microseconds.
   *  @param lengthUs microseconds, above 0. */
  constructor(originTs: number, lengthUs: number) {
    assert(lengthUs > 0, 'an interval has a length')
    this.#originTs = originTs
    this.#lengthUs = lengthUs
  }

  /** Where an interval begins. */
  startOf(index: number): number {
    return this.#originTs + index * this.#lengthUs
  }

  /** The interval in which a moment lies: it is not before its start, and before the start of the next. */
  indexOf(ts: number): number {
    let index = Math.floor((ts - this.#originTs) / this.#lengthUs)
    assert(Math.abs(index) < indexMax, 'intervals can be counted')
    // The division may have been rounded over the border.
    while (ts < this.startOf(index)) index--
    while (ts >= this.startOf(index + 1)) index++
    return index
  }

  /** Whether two moments lie in one interval. */
  areTogether(ts: number, later: number): boolean {
    return later < this.startOf(this.indexOf(ts) + 1)
  }
}
