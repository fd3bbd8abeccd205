// Reads a series bucket by bucket, page by page, asking for what comes next while the reader works on what
// came. Each page is a moment of its own: what is committed meanwhile may appear in later ones.
import type { Value } from '../../model/reading.ts'
import type { SeriesChunk, SeriesQuery } from '../store.ts'
import type { Cluster, Page } from './cluster.ts'
import type { StoredRow } from './lookup.ts'
import { kinds } from './schema.ts'
import { statements } from './statements.ts'
import { integerBytes, numberOf, valueOf, type DriverLong } from './values.ts'

/** Rows of a page: what a chunk may hold. */
const pageRows = 4_096
/** Buckets whose first pages are on their way at a time. */
const bucketsAhead = 4
const listingRows = 1_000

interface BucketRow {
  bucket: DriverLong
  width: DriverLong
}

interface Range {
  bucket: Buffer
  startTs: number
  endTs: number
}

/** Buckets that overlap the query, in its order. */
async function* rangesOf(cluster: Cluster, query: SeriesQuery): AsyncGenerator<Range> {
  const { device, key, startTs, endTs, order } = query
  let page: string | Buffer | undefined
  do {
    const params = [device, key, integerBytes(endTs)]
    const listed = await cluster.page<BucketRow>(statements.buckets[order], params, listingRows, page)
    for (const row of listed.rows) {
      const start = numberOf(row.bucket)
      if (start + numberOf(row.width) <= startTs) {
        if (order === 'desc') return
        continue
      }
      yield { bucket: integerBytes(start), startTs, endTs }
    }
    page = listed.nextPage
  } while (page !== undefined)
}

/** Whether a series has values that are no doubles, learned as its pages come. */
interface Types {
  isMixed: boolean
}

/** A bucket whose first page is on its way. */
interface Ahead {
  range: Range
  first: Promise<Page<StoredRow>>
  /** Whether every column was asked for: what a bucket before it has taught came later, perhaps. */
  isWhole: boolean
}

/** Reads one series. @throws CLUSTER_* */
export async function* readSeries(cluster: Cluster, query: SeriesQuery): AsyncGenerator<SeriesChunk> {
  if (query.startTs >= query.endTs) return
  const types: Types = { isMixed: false }
  const ahead: Ahead[] = []
  const ranges = rangesOf(cluster, query)
  let isListed = false
  for (;;) {
    while (!isListed && ahead.length < bucketsAhead) {
      const { value: range, done } = await ranges.next()
      if (done === true) {
        isListed = true
        break
      }
      const isWhole = types.isMixed
      const first = fetchPage(cluster, query, range, isWhole, undefined)
      // It is awaited when its turn comes; until then its failure is nobody's.
      first.catch(() => undefined)
      ahead.push({ range, first, isWhole })
    }
    const next = ahead.shift()
    if (next === undefined) return
    yield* readBucket(cluster, query, next, types)
  }
}

async function* readBucket(
  cluster: Cluster,
  query: SeriesQuery,
  { range, first, isWhole: isFirstWhole }: Ahead,
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

function chunkOf(rows: readonly StoredRow[]): SeriesChunk {
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
