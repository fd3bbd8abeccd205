// Reads a range of a series: its blocks, one after the other, with the tail merged in. For a reduction to
// intervals the summaries of blocks take their place wherever they say as much.
import { assert } from '../../lib/assert.ts'
import type { Intervals } from '../intervals.ts'
import type { SeriesChunk, SeriesPart, SeriesSummary } from '../store.ts'
import { blockRange, decodeBlock, lastBlocks, mergeRows } from './blocks.ts'
import type { Database, LevelSnapshot } from './database.ts'
import { damage } from './faults.ts'
import { headKey, summarisedKey, summaryKey } from './keys.ts'
import { decodeHead } from './records.ts'
import type { Rows } from '../columns/rows.ts'
import { chunkOf, cut, lowerBound, sliceRows } from '../columns/slices.ts'
import { decodeSummary } from './summaries.ts'

const chunkRowsMax = 4096
/** Blocks that are taken out of the store at once: few at first, for those who stop early. */
const pieceFirst = 2
const pieceMax = 64
/** Summaries that are taken out of the store at once, and blocks that are read beside them. */
const summariesAtOnce = 1024
const blocksAtOnce = 32

export interface RangeQuery {
  seriesId: number
  startTs: number
  endTs: number
  order: 'asc' | 'desc'
  /** The rows of the tail that lie in the range. */
  tail: Rows
}

/** The rows of a range in order. Closes the snapshot. */
export async function* readRange(
  database: Database,
  snapshot: LevelSnapshot,
  query: RangeQuery,
): AsyncGenerator<SeriesChunk> {
  try {
    yield* withTail<never>(blocksIn(database, snapshot, query, Infinity), query)
  } finally {
    await snapshot.close()
  }
}

/** The rows of a range, ascending; blocks that lie in one interval as their summaries. Closes the snapshot. */
export async function* readParts(
  database: Database,
  snapshot: LevelSnapshot,
  query: RangeQuery,
  intervals: Intervals,
): AsyncGenerator<SeriesPart> {
  try {
    yield* withTail(summariesAndBlocksIn(database, snapshot, query, intervals), query)
  } finally {
    await snapshot.close()
  }
}

/** Merges the tail into what was sealed. No row of the tail lies within a summary. */
async function* withTail<S extends SeriesSummary>(
  sealed: AsyncIterable<Rows | S>,
  query: RangeQuery,
): AsyncGenerator<SeriesChunk | S> {
  const isDescending = query.order === 'desc'
  let { tail } = query
  for await (const block of sealed) {
    const [first, last] =
      'firstTs' in block ? [block.firstTs, block.lastTs] : [block.ts[0]!, block.ts[block.count - 1]!]
    // What of the tail is read before this block, and what together with it.
    const [low, high] = overlap(tail, first, last)
    const below = sliceRows(tail, 0, low)
    const above = sliceRows(tail, high, tail.count)
    yield* chunksOf(isDescending ? above : below, isDescending)
    if ('firstTs' in block) yield block
    else yield* chunksOf(low === high ? block : mergeRows(block, sliceRows(tail, low, high)), isDescending)
    tail = isDescending ? below : above
  }
  yield* chunksOf(tail, isDescending)
}

/** Where rows from `first` to `last`, inclusive, begin and end. */
function overlap({ ts, count }: Rows, first: number, last: number): [low: number, high: number] {
  const low = lowerBound(ts, first, count)
  const high = lowerBound(ts, last, count)
  return [low, ts[high] === last ? high + 1 : high]
}

/** The blocks that have rows in the range, cut to it, in order.
 *  @param before those that begin at this time or later are left out. */
async function* blocksIn(
  database: Database,
  snapshot: LevelSnapshot,
  { seriesId, startTs, endTs, order }: Omit<RangeQuery, 'tail'>,
  before: number,
): AsyncGenerator<Rows> {
  const isDescending = order === 'desc'
  const [previous] = await lastBlocks(database, seriesId, 1, startTs, snapshot)
  const edge = previous === undefined ? undefined : cut(previous.rows, startTs, endTs)
  if (!isDescending && edge !== undefined && edge.count > 0) yield edge
  if (before > startTs) {
    const range = blockRange(seriesId, startTs, Math.min(before, endTs))
    let piece = pieceFirst
    const next = (): number => (piece = Math.min(pieceMax, piece * 2))
    for await (const entries of database.scan({ ...range, reverse: isDescending, snapshot }, next)) {
      for (const [key, value] of entries) {
        const rows = cut(decodeBlock(key, value, database.folder), startTs, endTs)
        if (rows.count > 0) yield rows
      }
    }
  }
  if (isDescending && edge !== undefined && edge.count > 0) yield edge
}

/** What `blocksIn` gives, ascending; in place of blocks their summaries, where those do. */
async function* summariesAndBlocksIn(
  database: Database,
  snapshot: LevelSnapshot,
  query: RangeQuery,
  intervals: Intervals,
): AsyncGenerator<Rows | SeriesSummary> {
  const { seriesId, startTs, endTs, tail } = query
  const head = await database.get(headKey(seriesId), snapshot)
  const from = head === undefined ? -Infinity : decodeHead(head).summarisedFrom
  yield* blocksIn(database, snapshot, query, from)
  if (from >= endTs) return
  const { gte, lt } = blockRange(seriesId, Math.max(from, startTs), endTs)
  const range = { gte: summaryKey(gte), lt: summaryKey(lt), snapshot }
  const isEnough = ({ firstTs, lastTs }: SeriesSummary): boolean => {
    const [low, high] = overlap(tail, firstTs, lastTs)
    return lastTs < endTs && low === high && intervals.areTogether(firstTs, lastTs)
  }
  for await (const entries of database.scan(range, () => summariesAtOnce)) {
    const found = entries.map(([key, value]) => {
      const summary = decodeSummary(key, value, database.folder)
      return summary !== undefined && isEnough(summary) ? summary : summarisedKey(key)
    })
    const blocks = readBlocks(database, snapshot, found.filter(Buffer.isBuffer))
    for (const one of found) {
      if (!Buffer.isBuffer(one)) {
        yield one
        continue
      }
      const { value: block, done } = await blocks.next()
      assert(done !== true, 'there is a block for each key, or an error')
      const rows = cut(block, startTs, endTs)
      if (rows.count > 0) yield rows
    }
  }
}

/** The blocks under these keys, some at a time. @throws STORE_CORRUPT */
async function* readBlocks(
  database: Database,
  snapshot: LevelSnapshot,
  keys: readonly Buffer[],
): AsyncGenerator<Rows> {
  for (let from = 0; from < keys.length; from += blocksAtOnce) {
    const some = keys.slice(from, from + blocksAtOnce)
    const values = await database.getMany(some, snapshot)
    for (const [i, key] of some.entries()) {
      const value = values[i]
      if (value === undefined) throw damage(`block ${key.toString('hex')} is missing`, database.folder)
      yield decodeBlock(key, value, database.folder)
    }
  }
}

function* chunksOf(rows: Rows, isDescending: boolean): Generator<SeriesChunk> {
  for (let done = 0; done < rows.count; done += chunkRowsMax) {
    const count = Math.min(chunkRowsMax, rows.count - done)
    const from = isDescending ? rows.count - done - count : done
    yield chunkOf(sliceRows(rows, from, from + count), isDescending)
  }
}
