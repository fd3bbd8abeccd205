// Learns how fast a series is and gives it wider or narrower buckets for the future.
import { clockAheadUsMax, nextEpochFrom, suitableWidth } from './buckets.ts'
import type { Series } from './directory.ts'

/** A bucket that ended longer ago than this is a backfill and says nothing about the rate of today. */
const recentUs = 2 * 86_400_000_000

/** Counts the rows that a batch brought to a bucket; when a bucket that was seen from its beginning is left
 *  behind, its rows decide about the width of later ones. */
export function countRows(
  series: Series,
  rowsOfBucket: ReadonlyMap<number, number>,
  nowUs: number,
  clockAheadUs: number,
): void {
  for (const [bucket, rows] of rowsOfBucket) {
    if (bucket === series.countedBucket) {
      series.countedRows += rows
    } else if (bucket > series.countedBucket) {
      if (series.isWhole) considerWidth(series, nowUs, clockAheadUs)
      series.isWhole = series.countedBucket !== -Infinity
      series.countedBucket = bucket
      series.countedRows = rows
    }
  }
}

function considerWidth(series: Series, nowUs: number, clockAheadUs: number): void {
  const { start, end } = series.bucketOf(series.countedBucket)
  if (Math.abs(nowUs - end) > recentUs || clockAheadUs > clockAheadUsMax) return
  const last = series.epochs.at(-1)!
  // One change at a time: the one that is announced comes first.
  if (last.from > nowUs) return
  const width = suitableWidth(end - start, series.countedRows)
  if (width === last.width) return
  const from = nextEpochFrom(nowUs, clockAheadUs)
  series.epochs = [...series.epochs, { from, width }]
  series.newWidths.add(from)
}
