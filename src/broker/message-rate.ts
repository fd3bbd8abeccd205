// How many messages one connection may send in a time (I7). Who sends more is read later.
import type { Rate } from './admission.ts'

const msPerSecond = 1000

/** Lets a second's worth through at once, then one for each share of a second. */
export class MessageRate implements Rate {
  readonly #perSecond: number
  readonly #onReached: () => void
  /** Messages that may come at once; negative: so many came too early. */
  #left: number
  #lastMs: number

  constructor(perSecond: number, nowMs: number, onReached: () => void) {
    this.#perSecond = perSecond
    this.#onReached = onReached
    this.#left = perSecond
    this.#lastMs = nowMs
  }

  take(count: number, nowMs: number): number {
    const earned = ((nowMs - this.#lastMs) * this.#perSecond) / msPerSecond
    this.#left = Math.min(this.#perSecond, this.#left + earned) - count
    this.#lastMs = nowMs
    if (this.#left >= 0) return 0
    this.#onReached()
    return (-this.#left * msPerSecond) / this.#perSecond
  }
}

/** Holds to both, where there are two. */
export function bothRates(one: Rate | undefined, other: Rate | undefined): Rate | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return { take: (count, nowMs) => Math.max(one.take(count, nowMs), other.take(count, nowMs)) }
}
