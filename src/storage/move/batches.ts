// Batches on their way into the target: one fills while the one before it is committed. Each carries the mark
// of how far it goes, so that a kill at any moment leaves rows and mark in agreement.
import { AckstoneError } from '../../errors.ts'
import type { Clock } from '../../lib/clock.ts'
import { JsonText, type Value } from '../../model/reading.ts'
import type { Batch, DeviceRecord, RejectedMessage, SeriesChunk, StateWrite, Store } from '../store.ts'
import { encodeMark, moveKey, type Mark } from './mark.ts'

/** Readings of one batch, and bytes of its texts, payloads and states. */
const readingsMax = 50_000
const bytesMax = 8 * 1024 * 1024
const devicesMax = 5_000
/** What a reading weighs besides its text. */
const readingBytes = 16
/** A target that can't store for a moment is tried again for so long. */
const retryForMs = 60_000
const retryDelayMsMax = 4_000

export class Batches {
  readonly #target: Store
  readonly #clock: Clock
  readonly #mark: Mark
  /** Told once for each pause that a target which can't store makes necessary. */
  readonly #onWait: (fault: AckstoneError) => void
  #filling: Batch
  #readings = 0
  #bytes = 0
  #underWay: Promise<void> = Promise.resolve()
  #ticket = 0

  constructor(target: Store, clock: Clock, mark: Mark, onWait: (fault: AckstoneError) => void) {
    this.#target = target
    this.#clock = clock
    this.#mark = mark
    this.#onWait = onWait
    this.#filling = this.#empty()
  }

  #empty(): Batch {
    this.#ticket++
    // Records of devices come by themselves, so the time of the batch means nothing.
    return {
      ticket: this.#ticket,
      runs: [],
      rejected: [],
      resolvedRejected: [],
      state: [],
      devices: [],
      closedTs: 0,
    }
  }

  chunk(device: string, key: string, { ts, values, count }: SeriesChunk): void {
    const run = {
      device,
      key,
      integration: '',
      duplicates: 'overwrite' as const,
      ts: Array.from(ts.slice(0, count)),
      values: Array.from<Value>(values.slice(0, count)),
    }
    this.#filling.runs.push(run)
    this.#readings += count
    this.#bytes += count * readingBytes
    if (values instanceof Float64Array) return
    for (const value of run.values) {
      if (typeof value === 'string') this.#bytes += value.length
      else if (value instanceof JsonText) this.#bytes += value.text.length
    }
  }

  device(record: DeviceRecord): void {
    this.#filling.devices!.push(record)
  }

  rejected(message: RejectedMessage): void {
    this.#filling.rejected.push(message)
    this.#bytes += message.payload.length + message.reason.length
  }

  state(write: StateWrite & { type: 'put' }): void {
    this.#filling.state.push(write)
    this.#bytes += write.key.length + write.value.length
  }

  get isFull(): boolean {
    const { devices } = this.#filling
    return this.#readings >= readingsMax || this.#bytes >= bytesMax || devices!.length >= devicesMax
  }

  /** Hands on what is there together with the mark of now; resolves when the batch before is stored.
   *  @throws STORE_* and CLUSTER_* of that batch. */
  async send(): Promise<void> {
    const batch = this.#filling
    batch.state.push({ type: 'put', space: 'hub', key: moveKey, value: encodeMark(this.#mark) })
    this.#filling = this.#empty()
    this.#readings = 0
    this.#bytes = 0
    await this.#underWay
    this.#underWay = this.#commit(batch)
    // Whoever sends or settles next hears of it.
    this.#underWay.catch(() => undefined)
  }

  /** Sends what is there and resolves when it is stored. */
  async settle(): Promise<void> {
    await this.send()
    await this.#underWay
  }

  /** Resolves when nothing is under way, whatever came of it. */
  async idle(): Promise<void> {
    await this.#underWay.catch((error: unknown) => {
      if (!(error instanceof AckstoneError)) throw error
    })
  }

  async #commit(batch: Batch): Promise<void> {
    const startMs = this.#clock.monotonicMs()
    for (let delayMs = 250; ; delayMs = Math.min(delayMs * 2, retryDelayMsMax)) {
      try {
        const { tallies } = await this.#target.commit(batch)
        await tallies
        return
      } catch (error) {
        const isPassing = error instanceof AckstoneError && error.isRetryable
        if (!isPassing || this.#clock.monotonicMs() - startMs + delayMs > retryForMs) throw error
        this.#onWait(error)
      }
      await new Promise<void>((resolve) => this.#clock.after(delayMs, resolve))
    }
  }
}
