// Traces for whoever watches messages come in: a bounded number for each event, and how many messages are not among
// them.
import type { Delivery } from '../delivery/delivery.ts'
import type { Trace } from '../delivery/trace.ts'
import { fits, type TraceFilter } from '../delivery/traces.ts'
import { Focus, isNarrow } from './focus.ts'

/** Traces that wait for one event. */
const tracesPerEventMax = 50

export class Traffic {
  readonly #delivery: Delivery
  readonly #filter: TraceFilter
  readonly #isFiltered: boolean
  readonly #ends: (() => void)[] = []
  #waiting: Trace[] = []
  #skipped = 0
  #receivedBefore: number

  /** @param after the trace that was seen last; those since then come first.
   *  @param onNews something waits. */
  constructor(delivery: Delivery, filter: TraceFilter, after: Trace | undefined, onNews: () => void) {
    this.#delivery = delivery
    this.#filter = filter
    this.#isFiltered = Object.values(filter).some((value) => value !== undefined)
    this.#receivedBefore = this.#received()
    const { traces } = delivery
    if (after !== undefined) {
      const missed = traces.find(filter, tracesPerEventMax).filter(({ number }) => number > after.number)
      this.#waiting = missed.toReversed()
      if (missed.length > 0) onNews()
    }
    const unwatch = traces.watch((trace) => {
      if (fits(trace, this.#filter)) this.#add(trace)
      onNews()
    })
    this.#ends.push(unwatch)
    const untap = isNarrow(filter) ? traces.tap(new Focus(filter)) : undefined
    if (untap !== undefined) this.#ends.push(untap)
  }

  #add(trace: Trace): void {
    if (this.#waiting.length < tracesPerEventMax) this.#waiting.push(trace)
    else this.#skipped++
  }

  /** What came since the last time, and how many messages that fit are not in it. A filter is looked at only for
   *  messages that have a trace; how many others fit is not known. */
  take(): { traces: Trace[]; skipped: number } {
    const traces = this.#waiting
    const received = this.#received()
    const wanted = traces.filter(({ outcome }) => outcome !== 'notWanted').length
    const skipped = this.#isFiltered ? this.#skipped : Math.max(0, received - this.#receivedBefore - wanted)
    this.#receivedBefore = received
    this.#waiting = []
    this.#skipped = 0
    return { traces, skipped }
  }

  #received(): number {
    const [qos0, qos1, qos2] = this.#delivery.total.received
    return qos0 + qos1 + qos2
  }

  end(): void {
    for (const end of this.#ends) end()
  }
}
