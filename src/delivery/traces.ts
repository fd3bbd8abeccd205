// The newest traces: of all messages while there are few, of a sample while there are many, and of every message that
// could not be read. Watchers hear of a trace once it is known what became of its message.
import type { Readings } from '../converters/readings.ts'
import type { RouteTarget } from '../ingest/contract.ts'
import type { Clock } from '../lib/clock.ts'
import type { Message, Qos } from '../model/message.ts'
import type { RunTally, SeriesRun } from '../storage/store.ts'
import { Sampling } from './sampling.ts'
import { Trace, type TraceOutcome, type TracedBatch } from './trace.ts'

/** Traces kept of messages that went well, and of those that could not be read. */
export const tracesMax = 2_000
export const failedTracesMax = 500
/** Bytes that all of them may occupy, about. */
const bytesMax = 16 * 1024 * 1024
/** Traces whose batch has not been stored. */
const pendingMax = 2_000
/** Whoever looks at every message. */
export const tapsMax = 40

/** Sees every message that is published here while it is there, before it is converted. Quick, and keeps nothing of
 *  the message but copies. */
export interface Tap {
  /** @returns whether the message is to be traced, sampled or not. */
  sees(message: Message, isWanted: boolean): boolean
  /** A message that it wanted to be traced: what became of it. */
  traced?(trace: Trace): void
}

export interface TraceFilter {
  device?: string | undefined
  /** A part of the topic. */
  topic?: string | undefined
  outcome?: TraceOutcome | undefined
  qos?: Qos | undefined
  client?: string | undefined
  integration?: string | undefined
}

export class Traces {
  readonly #clock: Clock
  readonly #sampling = new Sampling()
  readonly #failedSampling = new Sampling()
  readonly #taps: Tap[] = []
  readonly #watchers = new Set<(trace: Trace) => void>()
  /** Oldest first. */
  #kept: Trace[] = []
  #failed: Trace[] = []
  #bytes = 0
  #pending: Trace[] = []
  #settling: Trace[] = []
  #number = 0
  /** Since when no trace has been forgotten, integer microseconds. */
  sinceTs: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.sinceTs = clock.nowUs()
  }

  /** Traces made since the start. */
  get made(): number {
    return this.#number
  }

  /** Begins the trace of a message, if it is to have one. */
  begin(message: Message, targets: readonly RouteTarget[]): Trace | undefined {
    const isDue = this.#sampling.isDue(message.receivedTs)
    if (this.#taps.length === 0 ? !isDue : !this.#tapped(message, targets) && !isDue) return undefined
    return this.#begin(message, targets)
  }

  /** Begins the trace of a message that turned out to be unreadable: of each, up to as many a second as are kept of
   *  the others. */
  beginFailed(message: Message, targets: readonly RouteTarget[]): Trace | undefined {
    if (!this.#failedSampling.isDue(message.receivedTs)) return undefined
    return this.#begin(message, targets)
  }

  #begin(message: Message, targets: readonly RouteTarget[]): Trace | undefined {
    if (this.#pending.length + this.#settling.length >= pendingMax) return undefined
    const trace = new Trace(++this.#number, message, this.#clock.monotonicMs())
    const [first] = targets
    if (first === undefined) {
      trace.outcome = 'notWanted'
      if (message.qos > 0) trace.accepted(0, false, this.#clock.monotonicMs())
      this.#finish(trace)
      return undefined
    }
    trace.integration = first.integration
    for (const { qos } of targets) {
      const effective = qos < message.qos ? qos : message.qos
      if (effective > trace.effectiveQos) trace.effectiveQos = effective
    }
    return trace
  }

  #tapped(message: Message, targets: readonly RouteTarget[]): boolean {
    let isWanted = false
    for (const tap of this.#taps) isWanted = tap.sees(message, targets.length > 0) || isWanted
    return isWanted
  }

  /** A converter has read it. */
  decoded(
    trace: Trace,
    readings: Readings,
    runOf: (device: string, key: string) => SeriesRun | undefined,
  ): void {
    trace.decoded(readings, runOf, this.#clock.monotonicMs())
  }

  rejected(trace: Trace, reason: string): void {
    trace.rejected(reason, this.#clock.monotonicMs())
  }

  shed(trace: Trace): void {
    trace.outcome = 'shed'
    this.#finish(trace)
  }

  /** It has joined the batch with this ticket. */
  accepted(trace: Trace, ticket: number, isAwaited: boolean): void {
    trace.accepted(ticket, isAwaited, this.#clock.monotonicMs())
    this.#pending.push(trace)
  }

  /** A batch is stored; its answers have not left yet. */
  stored(batch: TracedBatch, nowMs: number): void {
    for (const trace of this.#pending) if (trace.ticket === batch.number) trace.stored(batch, nowMs)
  }

  /** The answers of a batch have left. */
  released(ticket: number): void {
    if (this.#pending.length === 0) return
    const nowMs = this.#clock.monotonicMs()
    const later: Trace[] = []
    for (const trace of this.#pending) {
      if (trace.ticket === ticket) {
        trace.released(nowMs)
        this.#settling.push(trace)
      } else later.push(trace)
    }
    this.#pending = later
  }

  /** It is known how the rows of a batch met what was there; undefined: that could not be found out. */
  settled(ticket: number, runs: readonly SeriesRun[], tallies: readonly RunTally[] | undefined): void {
    if (this.#settling.length === 0) return
    const ready = this.#settling.filter((trace) => trace.ticket === ticket)
    if (ready.length === 0) return
    this.#settling = this.#settling.filter((trace) => trace.ticket !== ticket)
    const wanted = new Map<SeriesRun, RunTally | undefined>()
    for (const trace of ready) for (const run of trace.runs()) wanted.set(run, undefined)
    if (tallies !== undefined && wanted.size > 0) {
      for (const [i, run] of runs.entries()) if (wanted.has(run)) wanted.set(run, tallies[i])
    }
    for (const trace of ready) {
      trace.settled((run) => wanted.get(run))
      this.#finish(trace)
    }
  }

  #finish(trace: Trace): void {
    const isFailed = trace.outcome === 'rejected'
    const ring = isFailed ? this.#failed : this.#kept
    ring.push(trace)
    this.#bytes += trace.size
    if (ring.length > (isFailed ? failedTracesMax : tracesMax)) this.#forget(ring)
    while (this.#bytes > bytesMax)
      this.#forget(this.#kept.length > this.#failed.length ? this.#kept : this.#failed)
    for (const watcher of this.#watchers) watcher(trace)
    for (const tap of this.#taps) tap.traced?.(trace)
  }

  #forget(ring: Trace[]): void {
    const forgotten = ring.shift()
    if (forgotten === undefined) return
    this.#bytes -= forgotten.size
    if (forgotten.outcome !== 'rejected') this.sinceTs = Math.max(this.sinceTs, forgotten.receivedTs)
  }

  readonly max = tracesMax + failedTracesMax

  get size(): number {
    return this.#kept.length + this.#failed.length
  }

  /** Newest first. */
  find(filter: TraceFilter, limit: number): Trace[] {
    const all = [...this.#kept, ...this.#failed, ...this.#settling, ...this.#pending]
    const found = all.filter((trace) => fits(trace, filter))
    return found.toSorted((a, b) => b.number - a.number).slice(0, limit)
  }

  get(id: string): Trace | undefined {
    return this.find({}, Infinity).find((trace) => trace.id === id)
  }

  /** Calls back with each trace as it ends, until the returned function is called. */
  watch(onTrace: (trace: Trace) => void): () => void {
    this.#watchers.add(onTrace)
    return () => this.#watchers.delete(onTrace)
  }

  /** Lets a tap see every message until the returned function is called; undefined when there are too many. */
  tap(tap: Tap): (() => void) | undefined {
    if (this.#taps.length >= tapsMax) return undefined
    this.#taps.push(tap)
    return () => {
      const at = this.#taps.indexOf(tap)
      if (at >= 0) this.#taps.splice(at, 1)
    }
  }
}

export function fits(trace: Trace, filter: TraceFilter): boolean {
  const { device, topic, outcome, qos, client, integration } = filter
  return (
    (device === undefined || trace.device === device || trace.sender === device) &&
    (topic === undefined || trace.topic.includes(topic)) &&
    (outcome === undefined || trace.outcome === outcome) &&
    (qos === undefined || trace.qos === qos) &&
    (client === undefined || trace.clientId === client) &&
    (integration === undefined || trace.integration === integration)
  )
}
