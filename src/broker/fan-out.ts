// How much copying to subscribers one turn of the event loop has room for, over all connections: what goes beyond
// it waits for the next turn, in the order in which it came, so that those who cause none of it are served between.
import type { Clock } from '../lib/clock.ts'

/** Bytes copied in one turn. Less than a millisecond or two, and enough for what sockets take at a time. */
const bytesPerTurn = 1024 * 1024
/** What one copy costs besides its payload, as bytes. */
const bytesPerCopy = 512

export class FanOut {
  readonly #clock: Clock
  #left = bytesPerTurn
  #waiting: (() => void)[] = []
  #isScheduled = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Nothing more is to be copied in this turn: see `whenRoom`. */
  get isSpent(): boolean {
    return this.#left <= 0
  }

  /** A message goes to this many subscribers. */
  spend(copies: number, payloadBytes: number): void {
    this.#left -= copies * (payloadBytes + bytesPerCopy)
    this.#schedule()
  }

  /** Runs in a later turn that has room. Who waits already comes first. */
  whenRoom(run: () => void): void {
    this.#waiting.push(run)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    this.#clock.soon(() => this.#turn())
  }

  #turn(): void {
    this.#isScheduled = false
    this.#left = bytesPerTurn
    const waiting = this.#waiting
    let served = 0
    while (served < waiting.length && !this.isSpent) waiting[served++]!()
    this.#waiting = waiting.slice(served)
    if (this.#waiting.length > 0) this.#schedule()
  }
}
