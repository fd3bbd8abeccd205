// Reads a series bucket by bucket, asking for what comes next while the reader works on what came: blocks where
// there are some that count, else rows, page by page. Each page is a moment of its own: what is committed
// meanwhile may appear in later ones.
import type { Value } from '../../model/reading.ts'
import { BytesEnded } from '../columns/bytes.ts'
import { chunkOf as chunkOfRows, cut } from '../columns/slices.ts'
import type { SeriesChunk, SeriesQuery } from '../store.ts'
import { chunksOf, decodeChunk } from './block.ts'
import type { Cluster, Page } from './cluster.ts'
import { isSealed, spanOf, type ListedBucket } from './guard.ts'
import type { StoredRow } from './lookup.ts'
import { kinds } from './schema.ts'
import { statements } from './statements.ts'
import { integerBytes, numberOf, valueOf, type DriverLong } from './values.ts'

/** Rows of a page: what a chunk may hold. */
const pageRows = 4_096
/** Pieces of the range whose first pages are on their way at a time. */
const piecesAhead = 4
/** Blocks of a piece: what one question brings. */
const blocksPerPiece = 8
const listingRows = 1_000

/** A bucket that overlaps the query. */
interface Bucket {
  start: number
  width: number
  /** When its block was begun; undefined where rows must be read. */
  sealedUs: number | undefined
}

interface Range {
  bucket: Buffer
  startTs: number
  endTs: number
}

/** Told of each bucket that is read as rows. */
export type OnRows = (listed: ListedBucket) => void

/** Buckets that overlap the query, in its order. */
async function* bucketsOf(cluster: Cluster, query: SeriesQuery, onRows: OnRows): AsyncGenerator<Bucket> {
  const { device, key, startTs, endTs, order } = query
  let page: string | Buffer | undefined
  do {
    const params = [device, key, integerBytes(endTs)]
    const listed = await cluster.page<ListedBucket>(statements.buckets[order], params, listingRows, page)
    for (const row of listed.rows) {
      const start = numberOf(row.bucket)
      const width = numberOf(row.width)
      if (start + width <= startTs) {
        if (order === 'desc') return
        continue
      }
      const hasBlock = isSealed(row)
      if (!hasBlock) onRows(row)
      yield { start, width, sealedUs: hasBlock ? numberOf(row.sealed!) : undefined }
    }
    page = listed.nextPage
  } while (page !== undefined)
}

/** Neighbouring buckets that one question is asked for: blocks of a partition, or a single bucket of rows. */
async function* piecesOf(buckets: AsyncIterable<Bucket>): AsyncGenerator<Bucket[]> {
  let piece: Bucket[] = []
  for await (const bucket of buckets) {
    const [first] = piece
    const joins =
      first?.sealedUs !== undefined &&
      bucket.sealedUs !== undefined &&
      piece.length < blocksPerPiece &&
      bucket.width === first.width &&
      spanOf(bucket.start, bucket.width) === spanOf(first.start, first.width)
    if (!joins && first !== undefined) {
      yield piece
      piece = []
    }
    piece.push(bucket)
  }
  if (piece.length > 0) yield piece
}

/** Whether a series has values that are no doubles, learned as its pages come. */
interface Types {
  isMixed: boolean
}

/** A bucket whose first page of rows is on its way. */
interface RowsAhead {
  range: Range
  /** Whether every column was asked for: what a bucket before it has taught came later, perhaps. */
  isWhole: boolean
  first: Promise<Page<StoredRow>>
}

/** Buckets whose blocks are on their way. */
interface BlocksAhead {
  buckets: Bucket[]
  blocks: Promise<BlockRow[]>
}

interface BlockRow {
  bucket: DriverLong
  rows: Buffer | null
}

/** Reads one series. @throws CLUSTER_* */
export async function* readSeries(
  cluster: Cluster,
  query: SeriesQuery,
  onRows: OnRows,
): AsyncGenerator<SeriesChunk> {
  if (query.startTs >= query.endTs) return
  const types: Types = { isMixed: false }
  const ahead: (RowsAhead | BlocksAhead)[] = []
  const pieces = piecesOf(bucketsOf(cluster, query, onRows))
  let isListed = false
  for (;;) {
    while (!isListed && ahead.length < piecesAhead) {
      const { value: piece, done } = await pieces.next()
      if (done === true) isListed = true
      else ahead.push(ask(cluster, query, piece, types))
    }
    const next = ahead.shift()
    if (next === undefined) return
    if ('range' in next) yield* readBucket(cluster, query, next, types)
    else yield* readBlocks(cluster, query, next, types)
  }
}

function ask(cluster: Cluster, query: SeriesQuery, piece: Bucket[], types: Types): RowsAhead | BlocksAhead {
  const [{ start, width, sealedUs }] = piece as [Bucket]
  if (sealedUs === undefined) return askRows(cluster, query, start, types)
  const last = piece.at(-1)!.start
  const params = [
    query.device,
    query.key,
    ...[spanOf(start, width), Math.min(start, last), Math.max(start, last)].map(integerBytes),
  ]
  const blocks = cluster.rows<BlockRow>(statements.blocks[query.order], params)
  // It is awaited when its turn comes; until then its failure is nobody's.
  blocks.catch(() => undefined)
  return { buckets: piece, blocks }
}

function askRows(cluster: Cluster, query: SeriesQuery, start: number, types: Types): RowsAhead {
  const range = { bucket: integerBytes(start), startTs: query.startTs, endTs: query.endTs }
  const isWhole = types.isMixed
  const first = fetchPage(cluster, query, range, isWhole, undefined)
  // As above.
  first.catch(() => undefined)
  return { range, first, isWhole }
}

async function* readBlocks(
  cluster: Cluster,
  query: SeriesQuery,
  { buckets, blocks }: BlocksAhead,
  types: Types,
): AsyncGenerator<SeriesChunk> {
  const found = new Map((await blocks).map((row) => [numberOf(row.bucket), row.rows]))
  for (const { start, sealedUs } of buckets) {
    const chunks = chunksIn(found.get(start) ?? null, query, sealedUs!)
    if (chunks !== undefined) yield* chunks
    // It has expired, is damaged, or was too large to be made: its rows are what counts.
    else yield* readBucket(cluster, query, askRows(cluster, query, start, types), types)
  }
}

/** The rows of a block that the query wants, in its order; undefined where the block does not count. */
function chunksIn(block: Buffer | null, query: SeriesQuery, sealedUs: number): SeriesChunk[] | undefined {
  const { startTs, endTs, order } = query
  try {
    const rows = chunksOf(block, sealedUs)?.map((chunk) => cut(decodeChunk(chunk), startTs, endTs))
    const wanted = rows?.filter(({ count }) => count > 0)
    if (order === 'desc') wanted?.reverse()
    return wanted?.map((each) => chunkOfRows(each, order === 'desc'))
  } catch (error) {
    if (error instanceof BytesEnded) return undefined
    throw error
  }
}

async function* readBucket(
  cluster: Cluster,
  query: SeriesQuery,
  { range, first, isWhole: isFirstWhole }: RowsAhead,
  types: Types,
): AsyncGenerator<SeriesChunk> {
  let coming: Promise<Page<StoredRow>> | undefined = first
  let isWhole = isFirstWhole
  while (coming !== undefined) {
    let page: Page<StoredRow> = await coming
    if (!isWhole && !hasOnlyDoubles(page.rows)) {
      // From here on every column is asked for, beginning with this page.
      types.isMixed = true
      isWhole = true
      page = await fetchPage(cluster, query, from(range, query, page.rows[0]!), true, undefined)
    }
    coming = undefined
    if (page.nextPage !== undefined) {
      coming = fetchPage(cluster, query, range, isWhole, page.nextPage)
      // As above.
      coming.catch(() => undefined)
    }
    if (page.rows.length > 0) yield chunkOf(page.rows)
  }
}

/** The rest of a range, beginning with a row. */
function from(range: Range, { order }: SeriesQuery, row: StoredRow): Range {
  const ts = numberOf(row.ts)
  if (order === 'asc') range.startTs = ts
  else range.endTs = ts + 1
  return range
}

function fetchPage(
  cluster: Cluster,
  { device, key, order }: SeriesQuery,
  { bucket, startTs, endTs }: Range,
  isWhole: boolean,
  page: string | Buffer | undefined,
): Promise<Page<StoredRow>> {
  const text = isWhole ? statements.anything[order] : statements.doubles[order]
  const params = [device, key, bucket, integerBytes(startTs), integerBytes(endTs)]
  return cluster.page<StoredRow>(text, params, pageRows, page)
}

function hasOnlyDoubles(rows: readonly StoredRow[]): boolean {
  for (const { kind } of rows) if (kind !== kinds.double) return false
  return true
}

export function chunkOf(rows: readonly StoredRow[]): SeriesChunk {
  const count = rows.length
  const ts = new Float64Array(count)
  for (let i = 0; i < count; i++) ts[i] = numberOf(rows[i]!.ts)
  if (hasOnlyDoubles(rows)) {
    const numbers = new Float64Array(count)
    for (let i = 0; i < count; i++) numbers[i] = rows[i]!.num!
    return { ts, values: numbers, count }
  }
  const values: Value[] = rows.map(valueOf)
  return { ts, values, count }
}
