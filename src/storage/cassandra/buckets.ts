// Which partition a reading belongs to. A series is cut into buckets of event time; how wide they are follows
// its rate, and changes only for times that lie further ahead than any reading may be, so that every hub puts
// a row into the same bucket and old rows never move.

const minuteUs = 60_000_000
const hourUs = 60 * minuteUs
const dayUs = 24 * hourUs

/** Every series begins with this width: 27 readings a second fit. */
export const firstWidthUs = hourUs
/** The widths there are. */
const ladder = [minuteUs, 10 * minuteUs, hourUs, 6 * hourUs, dayUs, 10 * dayUs, 30 * dayUs]

/** A partition should stay below the first; a width is chosen for the second, as hubs see only their share. */
const rowsMax = 100_000
const rowsWanted = 50_000
/** A partition with fewer rows than this is worth widening. */
const rowsFew = 2_000

/** From this event time on, buckets of a series have this width. */
export interface Epoch {
  from: number
  width: number
}

export interface Bucket {
  /** First microsecond, and the name of the partition. */
  start: number
  /** Behind its last microsecond. */
  end: number
}

/** The epochs of a series, ascending, the first without a beginning. */
export type Epochs = readonly Epoch[]

export const firstEpochs: Epochs = [{ from: -Infinity, width: firstWidthUs }]

/** Puts what is stored of a series' widths in order. */
export function epochsFrom(stored: readonly Epoch[]): Epochs {
  if (stored.length === 0) return firstEpochs
  return [firstEpochs[0]!, ...stored.toSorted((a, b) => a.from - b.from)]
}

export function bucketOf(epochs: Epochs, ts: number): Bucket {
  let i = epochs.length - 1
  while (i > 0 && epochs[i]!.from > ts) i--
  const { from, width } = epochs[i]!
  const base = i === 0 ? 0 : from
  const start = base + Math.floor((ts - base) / width) * width
  const next = epochs[i + 1]
  const end = start + width
  return { start, end: next !== undefined && next.from < end ? next.from : end }
}

/** The width that suits a series of which a bucket of `width` came to `rows`; the same one if it does. */
export function suitableWidth(width: number, rows: number): number {
  if (rows <= rowsMax * 0.75 && rows >= rowsFew) return width
  const perUs = rows / width
  let best = ladder[0]!
  for (const candidate of ladder) if (candidate * perUs <= rowsWanted) best = candidate
  return best
}

/** Where an epoch decided now may begin: later than any reading that a hub could have taken already, and than
 *  any hub could go on without having heard of it. */
export function nextEpochFrom(nowUs: number, clockAheadUs: number): number {
  return Math.ceil((nowUs + clockAheadUs + 2 * hourUs) / hourUs) * hourUs
}

/** Readings that may be further ahead than this leave widths alone: the change would come too late to matter. */
export const clockAheadUsMax = 7 * dayUs
