// Has one batch stored at a time, and keeps trying: nothing is dropped from memory, and nothing is answered
// meanwhile (I5).
import { AckstoneError } from '../errors.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { Batch, Commit, Store } from '../storage/store.ts'
import type { IngestLimits } from './limits.ts'

export class Committer {
  readonly #store: Store
  readonly #clock: Clock
  readonly #log: Log
  readonly #limits: IngestLimits
  #isFailing = false
  /** When the newest commit began, monotonic milliseconds. */
  startedMs = 0

  constructor({ store, clock, log, limits }: { store: Store; clock: Clock; log: Log; limits: IngestLimits }) {
    this.#store = store
    this.#clock = clock
    this.#log = log
    this.#limits = limits
  }

  /** Resolves once the batch is stored, however long that takes.
   *  @throws STORE_CLOSED, and what is no operating error. */
  async commit(batch: Batch): Promise<Commit> {
    this.startedMs = this.#clock.monotonicMs()
    const { retryFirstMs, retryMaxMs } = this.#limits
    for (let delayMs = retryFirstMs; ; delayMs = Math.min(delayMs * 2, retryMaxMs)) {
      try {
        const commit = await this.#store.commit(batch)
        if (this.#isFailing) {
          this.#log.info('storing again', { stalledMs: Math.round(this.#elapsedMs()) })
          this.#isFailing = false
        }
        return commit
      } catch (error) {
        if (!(error instanceof AckstoneError) || error.code === 'STORE_CLOSED') throw error
        this.#tellOnce(error)
        await new Promise<void>((resolve) => void this.#clock.after(delayMs, resolve))
      }
    }
  }

  /** For how long the commit under way has been failing, or taking longer than it should; 0 when it does not. */
  stalledMs(): number {
    const elapsedMs = this.#elapsedMs()
    return this.#isFailing || elapsedMs > this.#limits.stalledAfterMs ? elapsedMs : 0
  }

  #elapsedMs(): number {
    return this.#clock.monotonicMs() - this.startedMs
  }

  #tellOnce({ code, message, hint }: AckstoneError): void {
    if (this.#isFailing) return
    this.#isFailing = true
    this.#log.error('commit failed; nothing is acknowledged until it succeeds', {
      code,
      detail: message,
      hint,
    })
  }
}
