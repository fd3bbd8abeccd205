// What a series query asks for, worked out from its parameters: range, keys, and the interval that `auto`
// stands for, which depends on what there is.
import type { z } from 'zod'
import { AckstoneError } from '../errors.ts'
import { tsMax, tsMin } from '../model/reading.ts'
import type { SeriesChunk, Store } from '../storage/store.ts'
import { parseNames } from './names.ts'
import type { Aggregation, ApiParts } from './parts.ts'
import { keyBytesMax, namesMax, type seriesQuery } from './shapes.ts'
import { parseMilliseconds, parseTime } from './time.ts'

export const maxPointsDefault = 1_000
/** Intervals that one series may be cut into. */
export const intervalsMax = 1_000_000

export interface Range {
  /** Integer microseconds, inclusive. */
  startTs: number
  /** Integer microseconds, exclusive. */
  endTs: number
}

export interface SeriesRequest extends Range {
  device: string
  keys: string[]
  order: 'asc' | 'desc'
  /** Of each key. */
  limit: number
  reduction: { agg: Aggregation; intervalUs: number | 'auto'; maxPoints: number } | undefined
}

/** @throws QUERY_INVALID when the range is upside down or a time is none. */
export function parseRange(query: { startTs?: string; endTs?: string }): Range {
  const startTs = query.startTs === undefined ? tsMin : timeOf('startTs', query.startTs)
  const endTs = query.endTs === undefined ? tsMax : timeOf('endTs', query.endTs)
  if (startTs > endTs) fail('endTs', '"endTs" lies before "startTs".')
  return { startTs, endTs }
}

export function parseKeys(keys: string | undefined): string[] | undefined {
  return parseNames(keys, 'keys', keyBytesMax, namesMax)
}

/** @throws QUERY_INVALID */
export async function parseSeriesQuery(
  device: string,
  query: z.output<typeof seriesQuery>,
  store: Store,
): Promise<SeriesRequest> {
  const range = parseRange(query)
  const { agg, interval, maxPoints, order = 'asc', limit = Number.POSITIVE_INFINITY } = query
  if (agg === undefined && interval !== undefined)
    fail('interval', '"interval" needs "agg": say how to reduce.')
  if (agg === undefined && maxPoints !== undefined)
    fail('maxPoints', '"maxPoints" needs "agg": say how to reduce.')
  const intervalUs: number | 'auto' =
    interval === undefined || interval === 'auto' ? 'auto' : parseMilliseconds(interval)
  if (intervalUs === 0) fail('interval', '"interval" must be more than 0.')
  if (intervalUs !== 'auto' && maxPoints !== undefined) {
    fail('maxPoints', '"maxPoints" goes with interval=auto; this query gives an interval itself.')
  }
  const keys = parseKeys(query.keys) ?? (await store.keys(device))
  const reduction = agg && { agg, intervalUs, maxPoints: maxPoints ?? maxPointsDefault }
  return { ...range, device, keys, order, limit, reduction }
}

/** The chunks of one key as the request wants them. */
export type Chunks = (key: string) => AsyncIterable<SeriesChunk>

/** Readings as they are, or one chunk of points for each key.
 *  @throws QUERY_INVALID when the interval would give too many points. */
export async function chunksOf(parts: ApiParts, request: SeriesRequest): Promise<Chunks> {
  const { store } = parts
  const { device, order, startTs, endTs, limit, reduction } = request
  if (reduction === undefined) {
    return (key) => limited(store.query({ device, key, startTs, endTs, order }), limit)
  }
  const extent = await extentOf(store, request)
  if (extent === undefined) return () => nothing()
  const intervalUs =
    reduction.intervalUs === 'auto'
      ? autoInterval(request, extent, reduction.maxPoints)
      : reduction.intervalUs
  const range = intervalRange(request, extent, intervalUs)
  if ((range.endTs - range.startTs) / intervalUs > intervalsMax) {
    const leastMs = Math.ceil((range.endTs - range.startTs) / intervalsMax / 1000)
    fail(
      'interval',
      `"interval" would cut the range into more than ${intervalsMax} parts; take ${leastMs} or more.`,
    )
  }
  return async function* points(key) {
    const chunk = await parts.aggregate(store, { device, key, ...range, intervalUs, agg: reduction.agg })
    yield* limited(single(order === 'asc' ? chunk : reversed(chunk)), limit)
  }
}

/** From the first to just after the last reading of all keys within the range. */
async function extentOf(store: Store, request: SeriesRequest): Promise<Range | undefined> {
  let first = Number.POSITIVE_INFINITY
  let last = Number.NEGATIVE_INFINITY
  for (const key of request.keys) {
    const { device, startTs, endTs } = request
    const earliest = await firstTs(store.query({ device, key, startTs, endTs, order: 'asc' }))
    if (earliest === undefined) continue
    const newest = await firstTs(store.query({ device, key, startTs, endTs, order: 'desc' }))
    first = Math.min(first, earliest)
    last = Math.max(last, newest ?? earliest)
  }
  return first > last ? undefined : { startTs: first, endTs: last + 1 }
}

async function firstTs(chunks: AsyncIterable<SeriesChunk>): Promise<number | undefined> {
  for await (const { ts, count } of chunks) if (count > 0) return ts[0]
  return undefined
}

/** Intervals count from the start that was asked for; where it was left open, from the epoch for a given
 *  interval and from the first reading for `auto`. Those before and after all data are left out. */
function intervalRange(request: SeriesRequest, extent: Range, intervalUs: number): Range {
  const isAuto = request.reduction?.intervalUs === 'auto'
  const origin = request.startTs > tsMin ? request.startTs : isAuto ? extent.startTs : 0
  const skipped = Math.floor((extent.startTs - origin) / intervalUs)
  return { startTs: origin + skipped * intervalUs, endTs: extent.endTs }
}

/** Lengths that people like to read on an axis, in microseconds. */
const roundIntervals = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 2e6, 5e6, 1e7, 1.5e7,
  3e7, 6e7, 1.2e8, 3e8, 6e8, 9e8, 1.8e9, 3.6e9, 7.2e9, 1.08e10, 2.16e10, 4.32e10, 8.64e10,
]

/** The shortest round interval that gives at most `maxPoints` points from the start that was asked for,
 *  or the first reading, to the end that was asked for, or the last. */
function autoInterval(request: SeriesRequest, extent: Range, maxPoints: number): number {
  const startTs = request.startTs > tsMin ? request.startTs : extent.startTs
  const endTs = request.endTs < tsMax ? request.endTs : extent.endTs
  const least = (endTs - startTs) / maxPoints
  const dayUs = 86_400_000_000
  return roundIntervals.find((interval) => interval >= least) ?? Math.ceil(least / dayUs) * dayUs
}

async function* limited(chunks: AsyncIterable<SeriesChunk>, limit: number): AsyncGenerator<SeriesChunk> {
  let left = limit
  for await (const chunk of chunks) {
    if (chunk.count >= left) {
      yield { ...chunk, count: left }
      return
    }
    left -= chunk.count
    yield chunk
  }
}

async function* single(chunk: SeriesChunk): AsyncGenerator<SeriesChunk> {
  yield chunk
}

async function* nothing(): AsyncGenerator<SeriesChunk> {}

function reversed({ ts, values, count }: SeriesChunk): SeriesChunk {
  return { ts: ts.slice(0, count).reverse(), values: values.slice(0, count).reverse(), count }
}

function timeOf(parameter: string, text: string): number {
  const ts = parseTime(text)
  if (ts !== undefined) return ts
  return fail(
    parameter,
    `"${parameter}" must be milliseconds since the epoch with up to three decimals, or RFC 3339 text.`,
  )
}

function fail(parameter: string, detail: string): never {
  throw new AckstoneError('QUERY_INVALID', {}, undefined, [{ pointer: `/${parameter}`, detail }])
}
