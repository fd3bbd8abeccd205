// Which rows came late or came again, for the marks in a chart: the newest of them, in columns of a fixed size.
import type { RunTally, SeriesRun } from '../storage/store.ts'
import { classifyRows, rowOutcome } from './row-outcomes.ts'

/** Marks of all devices together. */
export const marksMax = 20_000
/** Marks of one series that one commit can make, so that one device can't push out all others at once. */
const marksPerRunMax = 200

export interface Mark {
  kind: 'late' | 'duplicate'
  key: string
  /** Time of the row, integer microseconds. */
  ts: number
  /** When it came, integer microseconds. */
  atTs: number
}

export class Marks {
  /** Integer microseconds: nothing older than this has been forgotten. */
  sinceTs: number
  readonly #devices: string[] = []
  readonly #keys: string[] = []
  readonly #ts = new Float64Array(marksMax)
  readonly #atTs = new Float64Array(marksMax)
  readonly #kinds = new Uint8Array(marksMax)
  #next = 0

  constructor(sinceTs: number) {
    this.sinceTs = sinceTs
  }

  /** Takes how a run met what was there. @param atTs when its commit was made. */
  settled(run: SeriesRun, tally: RunTally, atTs: number): void {
    const outcomes = classifyRows(run, tally)
    if (outcomes === undefined) return
    let made = 0
    for (let i = outcomes.length - 1; i >= 0 && made < marksPerRunMax; i--) {
      const outcome = outcomes[i]!
      if (outcome === rowOutcome.fresh) continue
      this.#add(run, run.ts[i]!, atTs, outcome)
      made++
    }
  }

  #add({ device, key }: SeriesRun, ts: number, atTs: number, kind: number): void {
    const at = this.#next++ % marksMax
    if (this.#next > marksMax) this.sinceTs = Math.max(this.sinceTs, this.#atTs[at]!)
    this.#devices[at] = device
    this.#keys[at] = key
    this.#ts[at] = ts
    this.#atTs[at] = atTs
    this.#kinds[at] = kind
  }

  /** Marks of a device whose rows lie in a range of time, oldest mark first.
   *  @param endTs exclusive. */
  of(device: string, startTs: number, endTs: number): Mark[] {
    const found: Mark[] = []
    for (let number = Math.max(0, this.#next - marksMax); number < this.#next; number++) {
      const at = number % marksMax
      if (this.#devices[at] !== device) continue
      const ts = this.#ts[at]!
      if (ts < startTs || ts >= endTs) continue
      const kind = this.#kinds[at] === rowOutcome.late ? 'late' : 'duplicate'
      found.push({ kind, key: this.#keys[at]!, ts, atTs: this.#atTs[at]! })
    }
    return found
  }
}
