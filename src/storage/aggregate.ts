// Reduces a series to one point for each interval: what a chart of a million readings needs. Pure over the
// chunks of a query, so it is the same on every engine.
import { assert } from '../lib/assert.ts'
import type { Value } from '../model/reading.ts'
import type { SeriesChunk } from './store.ts'

export type AggregateFunction = 'avg' | 'min' | 'max' | 'sum' | 'count' | 'first' | 'last'

/** What one interval has come to. */
interface Interval {
  /** −1 before the first. */
  index: number
  count: number
  /** Numeric values, which the arithmetic functions look at. */
  numbers: number
  sum: number
  min: number
  max: number
  first: Value
  last: Value
}

/** One point for each interval that has one, standing at the interval's start.
 *  @param chunks readings of [startTs, endTs) in ascending order.
 *  @param intervalUs length of the intervals, counted from `startTs`; microseconds, above 0.
 *  @param agg avg, min, max and sum look at numbers and 64-bit integers only, the others at every value. */
export async function aggregate(
  chunks: AsyncIterable<SeriesChunk>,
  startTs: number,
  endTs: number,
  intervalUs: number,
  agg: AggregateFunction,
): Promise<SeriesChunk> {
  assert(intervalUs > 0, 'an interval has a length')
  const ts: number[] = []
  const values: Value[] = []
  const current = emptyInterval(-1)
  const finish = (): void => {
    const value = valueOf(current, agg)
    if (value === undefined) return
    ts.push(startTs + current.index * intervalUs)
    values.push(value)
  }
  for await (const chunk of chunks) {
    for (let from = 0; from < chunk.count;) {
      const first = chunk.ts[from]!
      assert(first >= startTs && first < endTs, 'readings lie in the range that is reduced')
      const index = Math.floor((first - startTs) / intervalUs)
      assert(index >= current.index, 'readings come in ascending order')
      if (index !== current.index) {
        finish()
        Object.assign(current, emptyInterval(index))
      }
      from = add(current, chunk, from, startTs + (index + 1) * intervalUs)
    }
  }
  finish()
  return { ts, values, count: ts.length }
}

function emptyInterval(index: number): Interval {
  return { index, count: 0, numbers: 0, sum: 0, min: Infinity, max: -Infinity, first: 0, last: 0 }
}

/** Adds the readings of a chunk from `from` up to the end of the interval; returns where that is. */
function add(interval: Interval, { ts, values, count }: SeriesChunk, from: number, endTs: number): number {
  let { numbers, sum, min, max } = interval
  let i = from
  if (values instanceof Float64Array) {
    for (; i < count && ts[i]! < endTs; i++) {
      const value = values[i]!
      sum += value
      if (value < min) min = value
      if (value > max) max = value
    }
    numbers += i - from
  } else {
    for (; i < count && ts[i]! < endTs; i++) {
      const value = values[i]!
      if (typeof value !== 'number' && typeof value !== 'bigint') continue
      const number = Number(value)
      numbers++
      sum += number
      if (number < min) min = number
      if (number > max) max = number
    }
  }
  // Where rounding puts a reading on the border of its interval, it still belongs to it.
  if (i === from) i++
  if (interval.count === 0) interval.first = values[from]!
  interval.last = values[i - 1]!
  interval.count += i - from
  Object.assign(interval, { numbers, sum, min, max })
  return i
}

function valueOf(interval: Interval, agg: AggregateFunction): Value | undefined {
  if (interval.count === 0) return undefined
  if (agg === 'count') return interval.count
  if (agg === 'first') return interval.first
  if (agg === 'last') return interval.last
  if (interval.numbers === 0) return undefined
  if (agg === 'avg') return interval.sum / interval.numbers
  return interval[agg]
}
