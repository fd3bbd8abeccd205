// What an engine measures of itself, so that "stored" is not only claimed: how long recent commits took, and how fast
// the store grows.
import type { Clock, Timer } from '../lib/clock.ts'

/** Commits that are remembered. */
const commitsMax = 1_024
const sampleMs = 10 * 60_000
/** A week of samples. */
const samplesMax = 7 * 24 * 6
/** A shorter time says nothing about a day. */
const knownAfterMs = 60 * 60_000
const dayMs = 86_400_000

export interface Times {
  p50: number
  p99: number
  count: number
}

/** Percentiles of durations in milliseconds; undefined without any. */
export function timesOf(durations: readonly number[]): Times | undefined {
  if (durations.length === 0) return undefined
  const sorted = durations.toSorted((a, b) => a - b)
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!
  return { p50: at(0.5), p99: at(0.99), count: sorted.length }
}

/** How long the newest commits took. */
export class CommitTimes {
  readonly #durations: number[] = []
  #next = 0

  add(durationMs: number): void {
    this.#durations[this.#next] = durationMs
    this.#next = (this.#next + 1) % commitsMax
  }

  /** Milliseconds; undefined before the first commit. */
  get times(): Times | undefined {
    return timesOf(this.#durations)
  }
}

/** Looks at the size of a store now and then, and knows how much it grows in a day. */
export class Growth {
  readonly #clock: Clock
  readonly #sizeOf: () => Promise<number>
  #samples: { atMs: number; bytes: number }[] = []
  #timer: Timer | undefined
  #isStopped = false

  /** @param sizeOf bytes of the store; what it throws is taken for "not known now". */
  constructor(clock: Clock, sizeOf: () => Promise<number>) {
    this.#clock = clock
    this.#sizeOf = sizeOf
  }

  /** Looks now, and every ten minutes. */
  start(): void {
    const look = async (): Promise<void> => {
      this.#samples.push({ bytes: await this.#sizeOf(), atMs: this.#clock.monotonicMs() })
      if (this.#samples.length > samplesMax) this.#samples.shift()
    }
    const again = (): void => {
      if (!this.#isStopped) this.#timer = this.#clock.after(sampleMs, () => this.start())
    }
    // A size that can't be told now is told the next time.
    look().then(again, again)
  }

  /** Bytes a day over the last week at most; undefined before there is an hour to judge by. */
  get bytesPerDay(): number | undefined {
    const first = this.#samples[0]
    const last = this.#samples.at(-1)
    if (first === undefined || last === undefined || last.atMs - first.atMs < knownAfterMs) return undefined
    return ((last.bytes - first.bytes) / (last.atMs - first.atMs)) * dayMs
  }

  stop(): void {
    this.#isStopped = true
    this.#timer?.cancel()
  }
}
