// What happened to messages and readings, counted: for the whole hub, an integration or a device.
import type { RunTally } from '../storage/store.ts'
import { LatencyHistogram, type LatencyState } from './latency-histogram.ts'

/** As the API shows them. */
export interface DeliveryFigures {
  /** Messages wanted by an integration, by the QoS they were published with. */
  received: { qos0: number; qos1: number; qos2: number }
  /** Messages at QoS 1-2 whose answer was released. */
  acknowledged: number
  /** Rows that were not there before and now are. */
  readingsStored: number
  duplicates: {
    /** Messages that came with the DUP flag, or again under a known QoS 2 packet identifier. */
    redelivered: number
    /** Rows written again with the value they had. */
    sameValue: number
    overwritten: number
    ignored: number
  }
  rejected: number
  /** QoS 0 messages dropped because the store could not keep up. */
  shed: number
  /** Rows stored that were older than the newest of their series. */
  late: number
  /** From the receipt of a message to the release of its answer. */
  ackMs: { p50: number | null; p99: number | null }
  /** RFC 3339: when this counting began. */
  since: string
}

const counters = [
  'acknowledged',
  'readingsStored',
  'redelivered',
  'sameValue',
  'overwritten',
  'ignored',
  'rejected',
  'shed',
  'late',
] as const

/** As they are kept: what a restarted hub goes on from. */
export interface FiguresState extends Record<(typeof counters)[number], number> {
  received: [qos0: number, qos1: number, qos2: number]
  ackLatency: LatencyState
  /** RFC 3339. */
  since: string
}

/** Counters that grow; written on the per-message path, so plain numbers. */
export class Figures {
  readonly received: [qos0: number, qos1: number, qos2: number] = [0, 0, 0]
  acknowledged = 0
  readingsStored = 0
  redelivered = 0
  sameValue = 0
  overwritten = 0
  ignored = 0
  rejected = 0
  shed = 0
  late = 0
  /** Of a device: when its last message came, integer microseconds, and which integration took it. */
  lastMessageTs = 0
  lastIntegration = ''
  readonly ackLatency = new LatencyHistogram()
  #since: string

  constructor(sinceTs: number) {
    this.#since = new Date(sinceTs / 1000).toISOString()
  }

  static of(state: FiguresState): Figures {
    const figures = new Figures(Date.parse(state.since) * 1000)
    figures.add(state)
    return figures
  }

  get isUsed(): boolean {
    return this.received.some((count) => count > 0) || counters.some((name) => this[name] > 0)
  }

  state(): FiguresState {
    const state = { received: [...this.received], ackLatency: this.ackLatency.state(), since: this.#since }
    for (const name of counters) Object.assign(state, { [name]: this[name] })
    return state as FiguresState
  }

  /** Counts what another has counted as well; the counting began when the first of the two did. */
  add(state: FiguresState): void {
    for (const [qos, count] of state.received.entries()) this.received[qos]! += count
    for (const name of counters) this[name] += state[name]
    this.ackLatency.add(state.ackLatency)
    if (state.since < this.#since) this.#since = state.since
  }

  /** Counts how the rows of a run met what was there. */
  addRows(tally: RunTally): void {
    this.readingsStored += tally.fresh
    this.sameValue += tally.sameValue
    this.overwritten += tally.overwritten
    this.ignored += tally.ignored
    this.late += tally.late
  }

  snapshot(): DeliveryFigures {
    return {
      received: { qos0: this.received[0], qos1: this.received[1], qos2: this.received[2] },
      acknowledged: this.acknowledged,
      readingsStored: this.readingsStored,
      duplicates: {
        redelivered: this.redelivered,
        sameValue: this.sameValue,
        overwritten: this.overwritten,
        ignored: this.ignored,
      },
      rejected: this.rejected,
      shed: this.shed,
      late: this.late,
      ackMs: { p50: this.ackLatency.percentileMs(0.5), p99: this.ackLatency.percentileMs(0.99) },
      since: this.#since,
    }
  }
}
