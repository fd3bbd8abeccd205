// Reads a range of a series: its blocks, one after the other, with the tail merged in.
import type { SeriesChunk } from '../store.ts'
import { blockRange, decodeBlock, lastBlocks, mergeRows } from './blocks.ts'
import type { Database, LevelSnapshot } from './database.ts'
import type { Rows } from '../columns/rows.ts'
import { chunkOf, cut, lowerBound, sliceRows } from '../columns/slices.ts'

const chunkRowsMax = 4096
/** Blocks that are taken out of the store at once: few at first, for those who stop early. */
const pieceFirst = 2
const pieceMax = 64

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
  const isDescending = query.order === 'desc'
  let { tail } = query
  try {
    for await (const block of blocksIn(database, snapshot, query)) {
      const first = block.ts[0]!
      const last = block.ts[block.count - 1]!
      // What of the tail is read before this block, and what together with it.
      const low = lowerBound(tail.ts, first, tail.count)
      let high = lowerBound(tail.ts, last, tail.count)
      if (tail.ts[high] === last) high++
      const within = sliceRows(tail, low, high)
      const below = sliceRows(tail, 0, low)
      const above = sliceRows(tail, high, tail.count)
      yield* chunksOf(isDescending ? above : below, isDescending)
      yield* chunksOf(within.count === 0 ? block : mergeRows(block, within), isDescending)
      tail = isDescending ? below : above
    }
    yield* chunksOf(tail, isDescending)
  } finally {
    await snapshot.close()
  }
}

/** The blocks that have rows in the range, cut to it, in order. */
async function* blocksIn(
  database: Database,
  snapshot: LevelSnapshot,
  { seriesId, startTs, endTs, order }: RangeQuery,
): AsyncGenerator<Rows> {
  const isDescending = order === 'desc'
  const [before] = await lastBlocks(database, seriesId, 1, startTs, snapshot)
  const range = { ...blockRange(seriesId, startTs, endTs), reverse: isDescending, snapshot }
  const edge = before === undefined ? undefined : cut(before.rows, startTs, endTs)
  if (!isDescending && edge !== undefined && edge.count > 0) yield edge
  let piece = pieceFirst
  for await (const entries of database.scan(range, () => (piece = Math.min(pieceMax, piece * 2)))) {
    for (const [key, value] of entries) {
      const rows = cut(decodeBlock(key, value, database.folder), startTs, endTs)
      if (rows.count > 0) yield rows
    }
  }
  if (isDescending && edge !== undefined && edge.count > 0) yield edge
}

function* chunksOf(rows: Rows, isDescending: boolean): Generator<SeriesChunk> {
  for (let done = 0; done < rows.count; done += chunkRowsMax) {
    const count = Math.min(chunkRowsMax, rows.count - done)
    const from = isDescending ? rows.count - done - count : done
    yield chunkOf(sliceRows(rows, from, from + count), isDescending)
  }
}
