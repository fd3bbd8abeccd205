// Deletes ranges of rows: one range tombstone for each bucket that has rows in it, and a mark, since a block may
// have them too.
import type { Clock } from '../../lib/clock.ts'
import type { Cluster } from './cluster.ts'
import { markFor, markParams, type ListedBucket } from './guard.ts'
import { statements } from './statements.ts'
import { integerBytes, numberOf, routingKey, type DriverLong } from './values.ts'
import { forEachBounded } from './writer.ts'

const bucketsPerPage = 1_000
const bucketsAtOnce = 8

export interface Deletion {
  device: string
  keys: readonly string[]
  startTs: number
  endTs: number
  /** Later than that of every row it is to delete. */
  writeTs: number
}

/** @returns how many rows there were.
 *  @throws CLUSTER_*: some may be deleted then; repeating does no harm. */
export async function deleteRange(cluster: Cluster, clock: Clock, deletion: Deletion): Promise<number> {
  let deleted = 0
  if (deletion.startTs >= deletion.endTs) return 0
  for (const key of deletion.keys) {
    let page: string | Buffer | undefined
    do {
      const listed = await cluster.page<ListedBucket>(
        statements.buckets.desc,
        [deletion.device, key, integerBytes(deletion.endTs)],
        bucketsPerPage,
        page,
      )
      const buckets = listed.rows.filter(
        ({ bucket, width }) => numberOf(bucket) + numberOf(width) > deletion.startTs,
      )
      await forEachBounded(buckets, bucketsAtOnce, async (listed) => {
        deleted += await deleteInBucket(cluster, clock, deletion, key, listed)
      })
      page = listed.nextPage
    } while (page !== undefined)
  }
  return deleted
}

async function deleteInBucket(
  cluster: Cluster,
  clock: Clock,
  { device, startTs, endTs, writeTs }: Deletion,
  key: string,
  listed: ListedBucket,
): Promise<number> {
  const start = numberOf(listed.bucket)
  const names = [Buffer.from(device), Buffer.from(key)] as const
  const partition = [...names, integerBytes(start)]
  const params = [...partition, integerBytes(startTs), integerBytes(endTs)]
  const [row] = await cluster.rows<{ count: DriverLong }>(statements.countRows, params)
  const count = row === undefined ? 0 : numberOf(row.count)
  // A block may still have what an attempt deleted that did not come to its end.
  if (count === 0 && listed.sealed === null) return 0
  const bucket = { start, end: start + numberOf(listed.width) }
  let mark = -Infinity
  // The mark comes first: whoever repeats a deletion that failed half-way no longer finds the rows.
  while (clock.nowUs() > mark) {
    mark = markFor(-Infinity, clock.nowUs())!
    const put = { query: statements.markBucket, params: markParams(...names, bucket, mark) }
    await cluster.write([put], mark, routingKey(names))
    if (count > 0) {
      await cluster.write([{ query: statements.deleteRows, params }], writeTs, routingKey(partition))
    }
  }
  return count
}
