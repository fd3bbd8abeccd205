// When a block may stand for the rows of its bucket. Rows are the truth and a block is a copy, so whoever changes
// rows after a bucket is over leaves a mark, in time: a block counts only if it was read after the last moment at
// which the rows could have changed (docs/formats/cassandra.md, "Blocks").
import { integerBytes, numberOf, type DriverLong } from './values.ts'

const minuteUs = 60_000_000

/** Rows that are confirmed within this time after the end of their bucket need no mark. */
export const settleUs = 10 * minuteUs
/** A mark covers what is confirmed within this time after it was made, so that late rows share marks. */
const holdUs = 10 * minuteUs
/** A mark is renewed when less than this is left of it: the rows are still to be confirmed. */
const leadUs = minuteUs
/** A block is read this much later than the rows could change: the clocks of two hubs may differ by as much. */
export const skewUs = 10 * minuteUs

/** A bucket as the list of a series has it. */
export interface ListedBucket {
  bucket: DriverLong
  width: DriverLong
  /** When its block was begun, microseconds of that hub's clock; null without one. */
  sealed: DriverLong | null
  /** Until when its rows may change, as late writers say. */
  marked: DriverLong | null
}

/** Until when the rows of a bucket may change without another mark, microseconds. */
export function guardOf(end: number, marked: number | undefined): number {
  return Math.max(end + settleUs, marked ?? -Infinity)
}

export function listedGuard({ bucket, width, marked }: ListedBucket): number {
  return guardOf(numberOf(bucket) + numberOf(width), marked === null ? undefined : numberOf(marked))
}

/** Whether the block of a bucket has all its rows. */
export function isSealed(listed: ListedBucket): boolean {
  return listed.sealed !== null && numberOf(listed.sealed) > listedGuard(listed) + skewUs
}

/** Whether a block may be made of a bucket now. */
export function isDue(listed: ListedBucket, nowUs: number): boolean {
  return !isSealed(listed) && nowUs > listedGuard(listed) + skewUs
}

/** What rows that are written now to a bucket guarded until `guard` need: nothing, or a new mark up to the time
 *  given back. */
export function markFor(guard: number, nowUs: number): number | undefined {
  return nowUs + leadUs < guard ? undefined : nowUs + holdUs
}

/** Parameters of `statements.markBucket`. Its write timestamp is the mark itself: the greatest mark stays. */
export function markParams(
  device: Buffer,
  key: Buffer,
  { start, end }: { start: number; end: number },
  mark: number,
): Buffer[] {
  const bytes = integerBytes(mark)
  return [device, key, integerBytes(start), integerBytes(end - start), bytes, bytes]
}

/** Blocks of this many neighbouring buckets share a partition. */
const bucketsPerSpan = 24

/** The partition in which the block of a bucket is: the first microsecond of its span. */
export function spanOf(bucket: number, width: number): number {
  const length = width * bucketsPerSpan
  return Math.floor(bucket / length) * length
}
