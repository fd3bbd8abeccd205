// Counts how often each of some things happens, and says when that is worth a line in the log: a flood of packets must
// not become a flood of lines.
import type { Clock } from './clock.ts'

/** Each is told at most once in this time. */
const quietMs = 60_000

export class QuietCounts<Name extends string> {
  /** How often each has happened since the start. */
  readonly counts: Map<Name, number>
  readonly #clock: Clock
  readonly #toldAtMs = new Map<Name, number>()
  readonly #untold = new Map<Name, number>()

  constructor(names: readonly Name[], clock: Clock) {
    this.counts = new Map(names.map((name) => [name, 0]))
    this.#clock = clock
  }

  /** It has happened. @returns how often since it was told last, if it is to be told now; undefined: it is not. */
  add(name: Name): number | undefined {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1)
    const times = (this.#untold.get(name) ?? 0) + 1
    const nowMs = this.#clock.monotonicMs()
    const isQuiet = nowMs - (this.#toldAtMs.get(name) ?? -Infinity) < quietMs
    this.#untold.set(name, isQuiet ? times : 0)
    if (isQuiet) return undefined
    this.#toldAtMs.set(name, nowMs)
    return times
  }
}
