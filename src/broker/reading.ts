// Whether a connection is read, and why not: several reasons may hold at one time, and it is read again when the
// last is gone (I7).
import type { Ingest } from '../ingest/contract.ts'
import type { Connection } from '../transport/connection.ts'
import { pauseReason } from './pause-reason.ts'

/** No reason of `pauseReason`. */
const notPaused = 0

export class Reading {
  readonly #connection: Connection
  /** The connection is read again. */
  readonly #onResumed: () => void
  #paused = notPaused
  #awaitsRoom = false
  #isOver = false

  constructor(connection: Connection, onResumed: () => void) {
    this.#connection = connection
    this.#onResumed = onResumed
  }

  get isPaused(): boolean {
    return this.#paused !== notPaused
  }

  /** It is not read because of what the hub can't take, which is not the client's fault. */
  get isPausedByHub(): boolean {
    return (this.#paused & ~pauseReason.outgoing) !== notPaused
  }

  pause(reason: number): void {
    if (this.#paused === notPaused && !this.#isOver) this.#connection.pause()
    this.#paused |= reason
  }

  resume(reason: number): void {
    if ((this.#paused & reason) === 0) return
    this.#paused &= ~reason
    if (this.#paused !== notPaused || this.#isOver) return
    this.#onResumed()
    this.#connection.resume()
  }

  /** Not read until the open batch has room. */
  awaitRoom(ingest: Ingest): void {
    this.pause(pauseReason.ingest)
    if (this.#awaitsRoom) return
    this.#awaitsRoom = true
    ingest.onRoom(() => {
      this.#awaitsRoom = false
      this.resume(pauseReason.ingest)
    })
  }

  /** The connection is over: it is neither paused nor resumed from now on. */
  end(): void {
    this.#isOver = true
  }
}
