// The times given to messages without one (I3): unique over the whole hub to the microsecond, also when
// the wall clock steps back, also over a restart.
import type { Store } from '../storage/store.ts'
import type { FillingBatch } from './open-batch.ts'

const highWaterKey = 'decided-ts'
/** Two times, 64 bits each. */
const recordBytes = 16
/** A message that came this much earlier than the last that was stored had its answer by then, unless its own batch
 *  took that long. */
const answeredWithinUs = 5_000_000

export class DecidedClock {
  /** The lowest time of a message whose answer may not have left before this process began. */
  readonly unansweredSinceTs: number
  #lastTs: number
  #rememberedTs: number
  #rememberedSinceTs: number

  private constructor(lastTs: number, unansweredSinceTs: number) {
    this.unansweredSinceTs = unansweredSinceTs
    this.#lastTs = lastTs
    this.#rememberedTs = lastTs
    this.#rememberedSinceTs = unansweredSinceTs
  }

  /** Continues above the highest time that was given before. */
  static async load(store: Store): Promise<DecidedClock> {
    const bytes = await store.stateGet('hub', highWaterKey)
    if (bytes === undefined) return new DecidedClock(0, 0)
    const record = Buffer.from(bytes)
    const highWater = Number(record.readBigInt64BE(0))
    // An earlier hub wrote the first half only.
    const since =
      record.length < recordBytes ? highWater - answeredWithinUs : Number(record.readBigInt64BE(8))
    return new DecidedClock(highWater, since)
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

  /** Puts the highest time given so far into the batch that uses it, so that a restart continues above; and the lowest
   *  that may be without its answer when the process ends with this batch. */
  remember(batch: FillingBatch): void {
    if (batch.decidedTsMax === 0) return
    const highWater = Math.max(batch.decidedTsMax, this.#rememberedTs)
    const lowest = Math.min(highWater - answeredWithinUs, batch.decidedTsMin, batch.leavingSinceTs)
    const sinceTs = Math.max(0, lowest)
    // What waited long for a script may have older times alone, and is without its answer all the same.
    if (highWater === this.#rememberedTs && sinceTs >= this.#rememberedSinceTs) return
    this.#rememberedTs = highWater
    this.#rememberedSinceTs = sinceTs
    const bytes = Buffer.alloc(recordBytes)
    bytes.writeBigInt64BE(BigInt(highWater))
    bytes.writeBigInt64BE(BigInt(sinceTs), 8)
    batch.put('hub', highWaterKey, bytes)
  }
}
