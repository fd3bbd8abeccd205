// Lets a bounded number of heavy requests run at a time; a bounded number of others waits.
import { AckstoneError } from '../errors.ts'

export class Turns {
  readonly #runningMax: number
  readonly #waitingMax: number
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(runningMax: number, waitingMax: number) {
    this.#runningMax = runningMax
    this.#waitingMax = waitingMax
  }

  /** Resolves when it is this request's turn; whoever got a turn gives it back once.
   *  @throws BUSY when too many wait already. */
  async take(): Promise<void> {
    if (this.#running < this.#runningMax) {
      this.#running++
      return
    }
    if (this.#waiting.length >= this.#waitingMax) throw new AckstoneError('BUSY')
    await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  giveBack(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#running--
    else next()
  }
}
