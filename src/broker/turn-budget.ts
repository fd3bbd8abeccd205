// How much of one kind of work a turn of the event loop has room for, over all connections: what goes beyond it
// waits for the next turn, in the order in which it came, so that those who cause none of it are served between.
import type { Clock } from '../lib/clock.ts'

/** Bytes copied to subscribers: some milliseconds, most of them in the system for what it takes to write to sockets. */
export const fanOutPerTurn = 256 * 1024
/** Retained messages looked at for filters with wildcards: some milliseconds. */
export const looksPerTurn = 8_000
/** What one copy costs besides its payload, as bytes. */
const bytesPerCopy = 512

/** What a message for this many subscribers takes of `fanOutPerTurn`. */
export function fanOutCost(copies: number, payloadBytes: number): number {
  return copies * (payloadBytes + bytesPerCopy)
}

export class TurnBudget {
  readonly #clock: Clock
  readonly #perTurn: number
  #left: number
  #waiting: (() => void)[] = []
  #isScheduled = false

  constructor(clock: Clock, perTurn: number) {
    this.#clock = clock
    this.#perTurn = perTurn
    this.#left = perTurn
  }

  /** Nothing more is to be done in this turn: see `whenRoom`. */
  get isSpent(): boolean {
    return this.#left <= 0
  }

  spend(amount: number): void {
    this.#left -= amount
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
    this.#left = this.#perTurn
    const waiting = this.#waiting
    this.#waiting = []
    let served = 0
    while (served < waiting.length && !this.isSpent) waiting[served++]!()
    this.#waiting = [...waiting.slice(served), ...this.#waiting]
    if (this.#waiting.length > 0) this.#schedule()
  }
}
