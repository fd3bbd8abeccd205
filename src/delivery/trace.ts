// The way of one message: when it was received, decoded, stored and acknowledged, and what became of it. Kept for a
// bounded number of messages, so all that it holds has a limit.
import type { Readings } from '../converters/readings.ts'
import type { Message, MessageProperties, Qos } from '../model/message.ts'
import { JsonText, type Value } from '../model/reading.ts'
import type { RunTally, SeriesRun } from '../storage/store.ts'
import { classifyRows, rowOutcome } from './row-outcomes.ts'

/** Bytes of a payload, and readings and characters of their values, that are kept. */
export const tracePayloadBytesMax = 16 * 1024
export const traceReadingsMax = 50
const valueCharactersMax = 4_096
const userPropertiesMax = 32
const propertyCharactersMax = 1_024
/** What a trace occupies besides its texts and bytes, about. */
const plainBytes = 600

/** waiting: not stored yet. shed: dropped at QoS 0 because the store could not keep up. notWanted: no integration
 *  takes the topic. */
export type TraceOutcome = 'waiting' | 'stored' | 'duplicate' | 'late' | 'rejected' | 'shed' | 'notWanted'

export interface TracedReading {
  device: string
  key: string
  /** Integer microseconds. */
  ts: number
  value: Value
}

/** The batch that a message was stored with. */
export interface TracedBatch {
  number: number
  readings: number
  commitMs: number
}

export class Trace {
  readonly number: number
  readonly receivedTs: number
  readonly topic: string
  /** The device that its readings belong to; until that is known, the one that is logged in. */
  device: string
  /** The device that is logged in. */
  readonly sender: string
  readonly clientId: string
  readonly qos: Qos
  readonly dup: boolean
  readonly retain: boolean
  readonly bytes: number
  readonly payload: Buffer
  readonly properties: MessageProperties | undefined
  readonly packetId: number
  readonly isResumed: boolean
  /** Empty when none takes it. */
  integration = ''
  effectiveQos: Qos = 0
  outcome: TraceOutcome = 'waiting'
  reason: string | undefined
  /** From the receipt, milliseconds; undefined while it has not happened, or will not. */
  decodedMs: number | undefined
  storedMs: number | undefined
  acknowledgedMs: number | undefined
  /** Readings in the message. */
  readingCount = 0
  readonly readings: TracedReading[] = []
  batch: TracedBatch | undefined
  /** The batch that it is in; 0 for none. */
  ticket = 0
  /** How it began, monotonic milliseconds. */
  readonly #beganMs: number
  readonly #rows: { run: SeriesRun; ts: number }[] = []
  #valueCharacters = 0
  #isAwaited = false

  constructor(number: number, message: Message, beganMs: number) {
    this.number = number
    this.#beganMs = beganMs
    this.receivedTs = message.receivedTs
    this.topic = message.topic
    this.device = message.device
    this.sender = message.device
    this.clientId = message.clientId
    this.qos = message.qos
    this.dup = message.dup
    this.retain = message.retain
    this.packetId = message.packetId ?? 0
    this.isResumed = message.isResumed === true
    this.properties = bounded(message.properties)
    const { source, payloadStart, payloadEnd } = message
    this.bytes = payloadEnd - payloadStart
    const end = Math.min(payloadEnd, payloadStart + tracePayloadBytesMax)
    this.payload = Buffer.from(source.subarray(payloadStart, end))
  }

  /** Bytes that it occupies, about. */
  get size(): number {
    return plainBytes + this.payload.length + 2 * (this.topic.length + this.#valueCharacters)
  }

  /** Names the trace; texts sort by age. */
  get id(): string {
    return `${Math.floor(this.receivedTs / 1000).toString(36)}-${this.number.toString(36)}`
  }

  get isPayloadCut(): boolean {
    return this.payload.length < this.bytes
  }

  get areReadingsCut(): boolean {
    return this.readings.length < this.readingCount
  }

  /** The converter of one integration has read it; its readings have joined their runs.
   *  @param runOf the run that the newest reading of a series has joined. */
  decoded(
    { devices, keys, values, count }: Readings,
    runOf: (device: string, key: string) => SeriesRun | undefined,
    nowMs: number,
  ): void {
    this.decodedMs ??= nowMs - this.#beganMs
    if (count > 0 && this.readingCount === 0) this.device = devices[0]!
    this.readingCount += count
    // From behind, since a series may be there several times and its rows stand last in the run.
    const fromBehind = new Map<SeriesRun, number>()
    const kept: TracedReading[] = []
    for (let i = Math.min(count, traceReadingsMax) - 1; i >= 0; i--) {
      const [device, key, value] = [devices[i]!, keys[i]!, values[i]!]
      const run = runOf(device, key)
      if (run === undefined) continue
      const behind = (fromBehind.get(run) ?? 0) + 1
      fromBehind.set(run, behind)
      kept.push({ device, key, ts: run.ts.at(-behind)!, value })
      this.#rows.push({ run, ts: run.ts.at(-behind)! })
    }
    for (const reading of kept.toReversed()) this.#keep(reading)
  }

  #keep(reading: TracedReading): void {
    const { value } = reading
    const characters =
      typeof value === 'string' ? value.length : value instanceof JsonText ? value.text.length : 8
    if (this.readings.length >= traceReadingsMax) return
    if (this.#valueCharacters + characters > valueCharactersMax) return
    this.#valueCharacters += characters
    this.readings.push(reading)
  }

  /** No converter of the integration could read it, or only a part of it. */
  rejected(reason: string, nowMs: number): void {
    this.decodedMs ??= nowMs - this.#beganMs
    this.reason ??= reason
  }

  /** It has joined a batch.
   *  @param isAwaited its answer waits for that batch; otherwise it has been answered, if it is to be. */
  accepted(ticket: number, isAwaited: boolean, nowMs: number): void {
    this.ticket = ticket
    this.#isAwaited = isAwaited
    if (!isAwaited && this.qos > 0) this.acknowledgedMs = nowMs - this.#beganMs
  }

  stored(batch: TracedBatch, nowMs: number): void {
    this.storedMs = nowMs - this.#beganMs
    this.batch = batch
  }

  /** The answers of its batch have left. */
  released(nowMs: number): void {
    if (this.#isAwaited) this.acknowledgedMs = nowMs - this.#beganMs
  }

  /** The runs that its readings are in, each once. */
  runs(): Set<SeriesRun> {
    return new Set(this.#rows.map(({ run }) => run))
  }

  /** Its readings have met what was there: from now on it is known what became of it. */
  settled(tallyOf: (run: SeriesRun) => RunTally | undefined): void {
    this.outcome = this.reason === undefined ? this.#outcomeOfRows(tallyOf) : 'rejected'
    this.#rows.length = 0
  }

  #outcomeOfRows(tallyOf: (run: SeriesRun) => RunTally | undefined): TraceOutcome {
    let late = 0
    let duplicates = 0
    for (const { run, ts } of this.#rows) {
      const tally = tallyOf(run)
      const outcomes = tally === undefined ? undefined : classifyRows(run, tally)
      const outcome = outcomes?.[run.ts.lastIndexOf(ts)]
      if (outcome === rowOutcome.late) late++
      if (outcome === rowOutcome.duplicate) duplicates++
    }
    if (duplicates > 0 && duplicates === this.#rows.length) return 'duplicate'
    return late > 0 ? 'late' : 'stored'
  }
}

function bounded(properties: MessageProperties | undefined): MessageProperties | undefined {
  const user = properties?.userProperties
  if (properties === undefined || user === undefined) return properties
  const userProperties = user
    .slice(0, userPropertiesMax)
    .map(([name, value]) => [cut(name), cut(value)] as const)
  return { ...properties, userProperties }
}

function cut(text: string): string {
  return text.length > propertyCharactersMax ? `${text.slice(0, propertyCharactersMax)}…` : text
}
