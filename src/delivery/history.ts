// What happened in each minute of the last 24 hours: the difference of the figures at its two ends. Since the start of
// the process; the figures themselves go on over restarts.
import type { Clock, Timer } from '../lib/clock.ts'
import type { Figures } from './figures.ts'
import { LatencyHistogram } from './latency-histogram.ts'

export const historyStepMs = 60_000
/** 24 hours. */
export const historyPointsMax = 1_440

export interface HistoryPoint {
  /** Beginning of the step, integer microseconds. */
  atTs: number
  messages: number
  readings: number
  duplicates: number
  late: number
  rejected: number
  p50: number | null
  p99: number | null
}

/** The figures at a moment. */
export interface Standing {
  atTs: number
  messages: number
  readings: number
  duplicates: number
  late: number
  rejected: number
  acks: LatencyHistogram
}

export function standingOf(figures: Figures, atTs: number): Standing {
  const [qos0, qos1, qos2] = figures.received
  return {
    atTs,
    messages: qos0 + qos1 + qos2,
    readings: figures.readingsStored,
    duplicates: figures.sameValue + figures.overwritten + figures.ignored,
    late: figures.late,
    rejected: figures.rejected,
    acks: figures.ackLatency.copy(),
  }
}

/** What happened between two moments. */
export function between(before: Standing, after: Standing): HistoryPoint {
  const acks = after.acks.since(before.acks)
  return {
    atTs: before.atTs,
    messages: after.messages - before.messages,
    readings: after.readings - before.readings,
    duplicates: after.duplicates - before.duplicates,
    late: after.late - before.late,
    rejected: after.rejected - before.rejected,
    p50: acks.percentileMs(0.5),
    p99: acks.percentileMs(0.99),
  }
}

export class History {
  readonly #figures: Figures
  readonly #clock: Clock
  readonly #points: HistoryPoint[] = []
  #before: Standing
  #timer: Timer | undefined

  constructor(figures: Figures, clock: Clock) {
    this.#figures = figures
    this.#clock = clock
    this.#before = standingOf(figures, clock.nowUs())
  }

  /** Takes down a point each minute until `stop`. */
  start(): void {
    this.#timer = this.#clock.after(historyStepMs, () => {
      this.take()
      this.start()
    })
  }

  stop(): void {
    this.#timer?.cancel()
  }

  take(): void {
    const now = standingOf(this.#figures, this.#clock.nowUs())
    this.#points.push(between(this.#before, now))
    if (this.#points.length > historyPointsMax) this.#points.shift()
    this.#before = now
  }

  /** Oldest first; the last one is the minute that is not over. */
  points(): HistoryPoint[] {
    return [...this.#points, between(this.#before, standingOf(this.#figures, this.#clock.nowUs()))]
  }
}
