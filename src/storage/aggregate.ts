// Reduces a series to one point for each interval: what a chart of a million readings needs. The same on every
// engine; one that keeps summaries of its readings gives those where they do.
import { assert } from '../lib/assert.ts'
import type { Value } from '../model/reading.ts'
import { Intervals } from './intervals.ts'
import type { SeriesChunk, SeriesPart, Store } from './store.ts'
import { Summary } from './summary.ts'

export type AggregateFunction = 'avg' | 'min' | 'max' | 'sum' | 'count' | 'first' | 'last'

/** Which readings are reduced, and to what. */
export interface Reduction {
  device: string
  key: string
  /** Inclusive, integer microseconds; intervals are counted from here. */
  startTs: number
  /** Exclusive, integer microseconds. */
  endTs: number
  /** Length of the intervals, microseconds, above 0. */
  intervalUs: number
  /** avg, min, max and sum look at numbers and 64-bit integers only, the others at every value. */
  agg: AggregateFunction
}

/** One point for each interval that has one, standing at the interval's start.
 *  @throws what `Store.query` throws. */
export async function aggregate(
  store: Pick<Store, 'query' | 'parts'>,
  asked: Reduction,
): Promise<SeriesChunk> {
  const { device, key, startTs, endTs, intervalUs, agg } = asked
  const intervals = new Intervals(startTs, intervalUs)
  const range = { device, key, startTs, endTs }
  const parts = store.parts?.(range, intervals) ?? store.query({ ...range, order: 'asc' })
  return reduce(parts, intervals, agg)
}

/** One point for each interval that has one.
 *  @param parts ascending, not before interval 0. */
export async function reduce(
  parts: AsyncIterable<SeriesPart>,
  intervals: Intervals,
  agg: AggregateFunction,
): Promise<SeriesChunk> {
  const points = new Points(intervals, agg)
  for await (const part of parts) {
    if ('firstTs' in part) points.at(part.firstTs, part.lastTs).join(part)
    else addRows(points, intervals, part)
  }
  return points.finish()
}

function addRows(points: Points, intervals: Intervals, { ts, values, count }: SeriesChunk): void {
  for (let from = 0; from < count;) {
    const first = ts[from]!
    const summary = points.at(first, first)
    const endTs = intervals.startOf(points.index + 1)
    let to = from + 1
    while (to < count && ts[to]! < endTs) to++
    summary.add(values, from, to)
    from = to
  }
}

/** The points so far, and what the interval that is being read has come to. */
class Points {
  readonly #intervals: Intervals
  readonly #agg: AggregateFunction
  readonly #ts: number[] = []
  readonly #values: Value[] = []
  readonly #summary = new Summary()
  /** −1 before the first. */
  index = -1

  constructor(intervals: Intervals, agg: AggregateFunction) {
    this.#intervals = intervals
    this.#agg = agg
  }

  /** The summary of the interval in which both moments lie. */
  at(firstTs: number, lastTs: number): Summary {
    const index = this.#intervals.indexOf(firstTs)
    assert(index >= 0 && index >= this.index, 'readings come in ascending order, from the first interval on')
    assert(lastTs < this.#intervals.startOf(index + 1), 'a summary lies in one interval')
    if (index !== this.index) {
      this.#close()
      this.index = index
    }
    return this.#summary
  }

  finish(): SeriesChunk {
    this.#close()
    return { ts: this.#ts, values: this.#values, count: this.#ts.length }
  }

  #close(): void {
    const value = valueOf(this.#summary, this.#agg)
    this.#summary.clear()
    if (value === undefined) return
    this.#ts.push(this.#intervals.startOf(this.index))
    this.#values.push(value)
  }
}

function valueOf(summary: Summary, agg: AggregateFunction): Value | undefined {
  if (summary.count === 0) return undefined
  if (agg === 'count') return summary.count
  if (agg === 'first') return summary.first
  if (agg === 'last') return summary.last
  if (summary.numbers === 0) return undefined
  if (agg === 'sum') return summary.sum.value
  if (agg === 'avg') return summary.sum.value / summary.numbers
  return summary[agg]
}
