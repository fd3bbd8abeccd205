// Waiting for the store on behalf of a client, who wants an answer some day: after the deadline, or when
// the hub stops, it gets "not stored", never "stored".
import { AckstoneError } from '../errors.ts'
import type { Ingest, Ticket } from '../ingest/contract.ts'
import type { Clock } from '../lib/clock.ts'

export class Waits {
  readonly #ingest: Ingest
  readonly #clock: Clock
  readonly #deadlineMs: number
  readonly #pending = new Set<(error: AckstoneError) => void>()

  constructor(ingest: Ingest, clock: Clock, deadlineMs: number) {
    this.#ingest = ingest
    this.#clock = clock
    this.#deadlineMs = deadlineMs
  }

  /** Resolves once the batch is stored. @throws ACK_DEADLINE, STORE_CLOSED */
  async untilStored(ticket: Ticket): Promise<void> {
    await this.until(this.#ingest.stored(ticket))
  }

  /** Resolves once ingest has room. @throws ACK_DEADLINE, STORE_CLOSED */
  async untilRoom(): Promise<void> {
    while (this.#ingest.isFull) {
      await this.until(new Promise<void>((resolve) => this.#ingest.onRoom(resolve)))
    }
  }

  /** What the promise gives. @throws ACK_DEADLINE, STORE_CLOSED */
  async until<T>(promise: Promise<T>): Promise<T> {
    const { promise: ended, reject } = Promise.withResolvers<never>()
    const waited = Math.max(1, Math.round(this.#deadlineMs / 1000))
    const timer = this.#clock.after(this.#deadlineMs, () =>
      reject(new AckstoneError('ACK_DEADLINE', { waited })),
    )
    this.#pending.add(reject)
    try {
      return await Promise.race([promise, ended])
    } finally {
      timer.cancel()
      this.#pending.delete(reject)
    }
  }

  /** The hub stops: nobody waits any longer. */
  close(): void {
    for (const reject of this.#pending) reject(new AckstoneError('STORE_CLOSED'))
  }
}
