// The batch that fills while the one before it is being stored. It gathers readings by series, so that a
// commit costs the store one entry for each series and not one for each reading.
import type { Readings } from '../converters/readings.ts'
import type { Figures } from '../delivery/figures.ts'
import { assert } from '../lib/assert.ts'
import type { Message } from '../model/message.ts'
import type {
  Batch,
  LeasedEntry,
  RejectedMessage,
  SeriesRun,
  StateSpace,
  StateWrite,
} from '../storage/store.ts'
import type { OpenBatch, Outcome, Participant, RouteTarget, Ticket } from './contract.ts'
import type { IngestLimits } from './limits.ts'
import type { DeviceSlot, SeriesSlot, Slots } from './slots.ts'

/** Counters of which some messages of this batch await their answer. */
export interface Account {
  readonly figures: Figures
  ticket: Ticket
  waiting: number
}

/** What a reading weighs in a batch besides its text: two numbers in columns. */
const readingBytes = 16

export class FillingBatch implements OpenBatch {
  readonly ticket: Ticket
  readonly openedMs: number
  readonly runs: SeriesRun[] = []
  readonly rejected: RejectedMessage[] = []
  /** Once sealed: how many answers this batch releases, by counter. */
  answers: { figures: Figures; count: number }[] = []
  readonly callbacks: (() => void)[] = []
  readonly participants = new Set<Participant>()
  /** For a message that waits for this batch, and for one that doesn't. */
  readonly waiting: Outcome
  readings = 0
  bytes = 0
  /** Messages in it that a publisher waits for over MQTT. */
  promised = 0
  /** State that joined, or will join when it is sealed. */
  stateWrites = 0
  /** The newest time this batch has given to a message; 0 for none. */
  decidedTsMax = 0
  /** The lowest; none: Infinity. */
  decidedTsMin = Infinity
  /** The lowest time in the batch before, when this one began before the answers of that one left. */
  leavingSinceTs = Infinity
  readonly #accounts: Account[] = []
  #messageNumber = 0
  #isSealed = false
  readonly #state: StateWrite[] = []
  readonly #leased: LeasedEntry[] = []
  readonly #resolvedRejected: string[] = []

  constructor(ticket: Ticket, openedMs: number) {
    this.ticket = ticket
    this.openedMs = openedMs
    this.waiting = Object.freeze({ ticket, isWanted: true, isStoredFirst: true, rejection: undefined })
  }

  put(space: StateSpace, key: string, value: Uint8Array): void {
    assert(!this.#isSealed, 'a sealed batch takes no more state')
    this.#state.push({ type: 'put', space, key, value })
    this.stateWrites++
    this.bytes += key.length + value.length
  }

  delete(space: StateSpace, key: string): void {
    assert(!this.#isSealed, 'a sealed batch takes no more state')
    this.#state.push({ type: 'delete', space, key })
    this.stateWrites++
    this.bytes += key.length
  }

  enter(entry: LeasedEntry): void {
    assert(!this.#isSealed, 'a sealed batch takes no more entries')
    this.#leased.push(entry)
    this.bytes += entry.value.length
  }

  expectState(writes: number): void {
    this.stateWrites += writes
  }

  resolveRejected(id: string): void {
    assert(!this.#isSealed, 'a sealed batch takes no more resolutions')
    this.#resolvedRejected.push(id)
  }

  join(participant: Participant): void {
    assert(!this.#isSealed, 'nobody joins a sealed batch')
    this.participants.add(participant)
  }

  afterStored(run: () => void): void {
    this.callbacks.push(run)
  }

  /** One more message at QoS 1-2 awaits its answer on this account. */
  expectAnswer(account: Account): void {
    if (account.ticket !== this.ticket) {
      account.ticket = this.ticket
      account.waiting = 0
      this.#accounts.push(account)
    }
    account.waiting++
  }

  /** Adds a converted message's readings to the runs of their series.
   *  @param decidedTs the message's time (I3) for readings without one of their own. */
  append(readings: Readings, message: Message, target: RouteTarget, slots: Slots, decidedTs: number): void {
    const { devices, keys, ts, values, count } = readings
    const messageNumber = ++this.#messageNumber
    let device: DeviceSlot | undefined
    for (let i = 0; i < count; i++) {
      if (device === undefined || device.id !== devices[i]) {
        device = slots.device(target.integration, devices[i])
        if (device.ticket !== this.ticket || device.messageNumber !== messageNumber) {
          device.ticket = this.ticket
          device.messageNumber = messageNumber
          this.#countMessage(device, message, target)
        }
      }
      const series = device.series(keys[i])
      let readingTs = ts[i]
      if (Number.isNaN(readingTs)) {
        const offset = readings.offsets.size === 0 ? undefined : readings.offsets.get(i)
        if (offset === undefined) {
          readingTs = this.#decide(series, messageNumber, decidedTs)
        } else {
          this.countDecided(decidedTs)
          readingTs = decidedTs + offset
        }
      }
      const run = series.ticket === this.ticket ? series.run : undefined
      if (run !== undefined && run.duplicates === target.duplicates) {
        run.ts.push(readingTs)
        run.values.push(values[i])
      } else {
        series.ticket = this.ticket
        series.run = {
          device: device.id,
          key: series.key,
          integration: target.integration,
          duplicates: target.duplicates,
          ts: [readingTs],
          values: [values[i]],
        }
        this.runs.push(series.run)
      }
      const value = values[i]
      if (typeof value === 'string') this.bytes += value.length
      else if (typeof value === 'object') this.bytes += value.text.length
    }
    this.readings += count
    this.bytes += count * readingBytes
  }

  #countMessage(device: DeviceSlot, message: Message, target: RouteTarget): void {
    const { figures } = device.account
    figures.lastMessageTs = message.receivedTs
    figures.lastIntegration = target.integration
    figures.received[message.qos]++
    if (message.dup) figures.redelivered++
    if (message.qos > 0 && target.qos > 0) this.expectAnswer(device.account)
    else if (message.qos > 0) figures.acknowledged++
  }

  /** The time of a reading without one: the message's, and a microsecond more for each further reading of
   *  the same series in the message, so that none of them overwrites another. */
  #decide(series: SeriesSlot, messageNumber: number, decidedTs: number): number {
    const isRepeat = series.decidedTicket === this.ticket && series.decidedMessageNumber === messageNumber
    series.decidedTs = isRepeat ? series.decidedTs + 1 : decidedTs
    series.decidedTicket = this.ticket
    series.decidedMessageNumber = messageNumber
    this.countDecided(series.decidedTs)
    return series.decidedTs
  }

  /** A message of this batch has this time (I3), given now or when it came first. */
  countDecided(ts: number): void {
    if (ts > this.decidedTsMax) this.decidedTsMax = ts
    if (ts < this.decidedTsMin) this.decidedTsMin = ts
  }

  /** Grows with whatever joins it: readings, senders, callbacks. */
  get size(): number {
    return this.readings + this.participants.size + this.callbacks.length
  }

  /** Whether it holds so many times what is allowed. */
  isFull(limits: IngestLimits, times: number): boolean {
    return (
      this.readings >= times * limits.batchReadingsMax ||
      this.bytes >= times * limits.batchBytesMax ||
      this.stateWrites >= times * limits.batchStateMax ||
      this.runs.length >= times * limits.batchSeriesMax ||
      this.participants.size >= times * limits.batchSendersMax
    )
  }

  /** Closes the batch: its participants add their last state, and what it holds is fixed. */
  seal(closedTs: number): Batch {
    for (const participant of this.participants) participant.seal(this)
    this.#isSealed = true
    this.answers = this.#accounts.map((account) => ({ figures: account.figures, count: account.waiting }))
    return {
      ticket: this.ticket,
      runs: this.runs,
      rejected: this.rejected,
      resolvedRejected: this.#resolvedRejected,
      state: this.#state,
      ...(this.#leased.length > 0 && { leased: this.#leased }),
      closedTs,
    }
  }
}
