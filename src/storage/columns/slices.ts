// Parts of sorted rows, and rows as a reader of the store gets them.
import type { Value } from '../../model/reading.ts'
import type { SeriesChunk } from '../store.ts'
import type { Rows } from './rows.ts'

/** Where `ts` stands in a sorted column or would be inserted: the first index with column[i] ≥ ts. */
export function lowerBound(column: ArrayLike<number>, ts: number, count: number = column.length): number {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >>> 1
    if (column[middle]! < ts) low = middle + 1
    else high = middle
  }
  return low
}

/** Part [from, to) of rows. */
export function sliceRows(rows: Rows, from: number, to: number): Rows {
  if (from === 0 && to === rows.count) return rows
  return { ts: rows.ts.slice(from, to), values: rows.values.slice(from, to), count: to - from }
}

/** The rows of a block that lie in [startTs, endTs). */
export function cut(rows: Rows, startTs: number, endTs: number): Rows {
  if (rows.count === 0 || (rows.ts[0]! >= startTs && rows.ts[rows.count - 1]! < endTs)) return rows
  return sliceRows(rows, lowerBound(rows.ts, startTs, rows.count), lowerBound(rows.ts, endTs, rows.count))
}

/** Rows as a reader gets them: doubles in a Float64Array, whatever they were merged from. */
export function chunkOf(rows: Rows, isDescending: boolean): SeriesChunk {
  const ts = rows.ts instanceof Float64Array ? rows.ts : Float64Array.from(rows.ts)
  const values = allDoubles(rows.values)
  if (isDescending) {
    ts.reverse()
    values.reverse()
  }
  return { ts, values, count: rows.count }
}

function allDoubles(values: Float64Array | Value[]): Float64Array | Value[] {
  if (values instanceof Float64Array) return values
  for (const value of values) if (typeof value !== 'number') return values
  return Float64Array.from(values as number[])
}
