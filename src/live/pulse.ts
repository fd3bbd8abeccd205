// Rates and answer times of this moment: figures are taken down each second while somebody watches, and what is told is
// the difference. Costs nothing while nobody does.
import { between, standingOf, type Standing } from '../delivery/history.ts'
import type { Figures } from '../delivery/figures.ts'
import type { Clock, Timer } from '../lib/clock.ts'

const beatMs = 1_000
/** Seconds that answer times are taken from. */
const windowBeats = 10

export interface Beat {
  atTs: number
  messagesPerSecond: number
  readingsPerSecond: number
  ackMs: { p50: number | null; p99: number | null }
}

export class Pulse {
  readonly #figures: Figures
  readonly #clock: Clock
  readonly #watchers = new Set<() => void>()
  #standings: Standing[] = []
  #timer: Timer | undefined
  beat: Beat | undefined

  constructor(figures: Figures, clock: Clock) {
    this.#figures = figures
    this.#clock = clock
  }

  /** Calls back each second until the returned function is called. */
  watch(onBeat: () => void): () => void {
    this.#watchers.add(onBeat)
    if (this.#timer === undefined) {
      this.#standings = [standingOf(this.#figures, this.#clock.nowUs())]
      this.#armBeat()
    }
    return () => {
      this.#watchers.delete(onBeat)
      if (this.#watchers.size > 0) return
      this.#timer?.cancel()
      this.#timer = undefined
      this.beat = undefined
    }
  }

  #armBeat(): void {
    this.#timer = this.#clock.after(beatMs, () => {
      this.#take()
      this.#armBeat()
      for (const onBeat of this.#watchers) onBeat()
    })
  }

  #take(): void {
    const now = standingOf(this.#figures, this.#clock.nowUs())
    const last = this.#standings.at(-1)!
    const seconds = Math.max(0.001, (now.atTs - last.atTs) / 1_000_000)
    const ofSecond = between(last, now)
    const { p50, p99 } = between(this.#standings[0]!, now)
    this.beat = {
      atTs: now.atTs,
      messagesPerSecond: Math.round(ofSecond.messages / seconds),
      readingsPerSecond: Math.round(ofSecond.readings / seconds),
      ackMs: { p50, p99 },
    }
    this.#standings.push(now)
    if (this.#standings.length > windowBeats) this.#standings.shift()
  }
}
