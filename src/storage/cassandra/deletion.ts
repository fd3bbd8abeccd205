// Deletes ranges of rows: one range tombstone for each bucket that has rows in it.
import type { Cluster } from './cluster.ts'
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
export async function deleteRange(cluster: Cluster, deletion: Deletion): Promise<number> {
  let deleted = 0
  if (deletion.startTs >= deletion.endTs) return 0
  for (const key of deletion.keys) {
    let page: string | Buffer | undefined
    do {
      const listed = await cluster.page<{ bucket: DriverLong; width: DriverLong }>(
        statements.buckets.desc,
        [deletion.device, key, integerBytes(deletion.endTs)],
        bucketsPerPage,
        page,
      )
      const buckets = listed.rows.filter(
        ({ bucket, width }) => numberOf(bucket) + numberOf(width) > deletion.startTs,
      )
      await forEachBounded(buckets, bucketsAtOnce, async ({ bucket }) => {
        deleted += await deleteInBucket(cluster, deletion, key, numberOf(bucket))
      })
      page = listed.nextPage
    } while (page !== undefined)
  }
  return deleted
}

async function deleteInBucket(
  cluster: Cluster,
  { device, startTs, endTs, writeTs }: Deletion,
  key: string,
  bucket: number,
): Promise<number> {
  const partition = [Buffer.from(device), Buffer.from(key), integerBytes(bucket)]
  const params = [...partition, integerBytes(startTs), integerBytes(endTs)]
  const [row] = await cluster.rows<{ count: DriverLong }>(statements.countRows, params)
  const count = row === undefined ? 0 : numberOf(row.count)
  if (count === 0) return 0
  await cluster.write([{ query: statements.deleteRows, params }], writeTs, routingKey(partition))
  return count
}
