// The times given to messages without one (I3): unique over the whole hub to the microsecond, also when
// the wall clock steps back, also over a restart.
import type { Store } from '../storage/store.ts'
import type { FillingBatch } from './open-batch.ts'

const highWaterKey = 'decided-ts'

export class DecidedClock {
  /** The highest time given before this process began; 0 for none. */
  readonly beforeTs: number
  #lastTs: number
  #rememberedTs: number

  private constructor(lastTs: number) {
    this.beforeTs = lastTs
    this.#lastTs = lastTs
    this.#rememberedTs = lastTs
  }

  /** Continues above the highest time that was given before. */
  static async load(store: Store): Promise<DecidedClock> {
    const bytes = await store.stateGet('hub', highWaterKey)
    const highWater = bytes === undefined ? 0 : Number(Buffer.from(bytes).readBigInt64BE(0))
    return new DecidedClock(highWater)
  }

  /** A time for a message: when it was received, or the next free microsecond after it. */
  next(receivedTs: number): number {
    this.#lastTs = Math.max(receivedTs, this.#lastTs + 1)
    return this.#lastTs
  }

  /** Times up to this one are taken. */
  passed(ts: number): void {
    if (ts > this.#lastTs) this.#lastTs = ts
  }

  /** Puts the highest time given so far into the batch that uses it, so that a restart continues above. */
  remember(batch: FillingBatch): void {
    if (batch.decidedTsMax <= this.#rememberedTs) return
    this.#rememberedTs = batch.decidedTsMax
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64BE(BigInt(batch.decidedTsMax))
    batch.put('hub', highWaterKey, bytes)
  }
}
