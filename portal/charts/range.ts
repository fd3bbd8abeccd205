// The stretch of time that is shown: a span up to now that moves along, or two fixed moments. Also the lengths of
// intervals that people can read, for series that have more readings than the chart has pixels.

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** Spans up to now, as they stand in the address. */
export const spans = {
  '15m': { ms: 15 * minute, label: '15 min' },
  '1h': { ms: hour, label: '1 h' },
  '6h': { ms: 6 * hour, label: '6 h' },
  '24h': { ms: day, label: '24 h' },
  '7d': { ms: 7 * day, label: '7 d' },
  '30d': { ms: 30 * day, label: '30 d' },
  '1y': { ms: 365 * day, label: '1 y' },
} as const

export type Span = keyof typeof spans

export function isSpan(text: string): text is Span {
  return Object.hasOwn(spans, text)
}

/** Milliseconds since the epoch, `to` exclusive. */
export interface Range {
  from: number
  to: number
}

const intervals = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * second),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * minute),
  ...[1, 2, 3, 6, 12].map((hours) => hours * hour),
  ...[1, 2, 7, 14, 30, 90].map((days) => days * day),
]

/** The shortest readable interval that cuts a range into at most so many parts. */
export function intervalFor({ from, to }: Range, pointsMax: number): number {
  const least = (to - from) / pointsMax
  return intervals.find((interval) => interval >= least) ?? Math.ceil(least / day) * day
}

/** Widened to whole intervals, so that the cuts stay where they are while the range moves along. */
export function aligned({ from, to }: Range, interval: number): Range {
  return { from: Math.floor(from / interval) * interval, to: Math.ceil(to / interval) * interval }
}

/** Zoomed by a factor around the middle: below 1 shows less. */
export function zoomed({ from, to }: Range, factor: number): Range {
  const middle = (from + to) / 2
  const half = Math.max(0.5, ((to - from) / 2) * factor)
  return { from: middle - half, to: middle + half }
}

/** Moved along by a share of its length. */
export function moved({ from, to }: Range, share: number): Range {
  const by = (to - from) * share
  return { from: from + by, to: to + by }
}
