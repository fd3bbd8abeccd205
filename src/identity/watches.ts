// Answers that go on for long, such as event streams: they end when the session or key that asked for them does.
import type { Clock } from '../lib/clock.ts'
import type { Caller } from './caller.ts'

/** Also what ends by itself, with time, is noticed within this. */
const checkEveryMs = 5_000

export class Watches {
  readonly #clock: Clock
  readonly #isValid: (caller: Caller) => boolean
  readonly #watched = new Map<symbol, { caller: Caller; end: () => void }>()
  #isWaiting = false

  constructor(clock: Clock, isValid: (caller: Caller) => boolean) {
    this.#clock = clock
    this.#isValid = isValid
  }

  /** @returns what forgets it. */
  add(caller: Caller, end: () => void): () => void {
    const id = Symbol('watch')
    this.#watched.set(id, { caller, end })
    this.#checkLater()
    return () => void this.#watched.delete(id)
  }

  /** Ends whose caller is nobody any more. */
  check(): void {
    for (const [id, { caller, end }] of this.#watched) {
      if (this.#isValid(caller)) continue
      this.#watched.delete(id)
      end()
    }
  }

  #checkLater(): void {
    if (this.#isWaiting || this.#watched.size === 0) return
    this.#isWaiting = true
    this.#clock.after(checkEveryMs, () => {
      this.#isWaiting = false
      this.check()
      this.#checkLater()
    })
  }
}
