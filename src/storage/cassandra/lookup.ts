// Looks up what is stored before a batch is written: the newest time of a series, and the values at the times
// of rows that may be there already. This is what makes the counts of duplicates true; it never decides
// whether something is stored.
import type { Value } from '../../model/reading.ts'
import type { LatestReading } from '../store.ts'
import type { Cluster } from './cluster.ts'
import { statements } from './statements.ts'
import { numberOf, valueOf, type DriverLong, type ValueRow } from './values.ts'

/** Buckets that are asked for at once when the newest ones turn out to be empty. */
const bucketsAtOnce = 16

export type StoredRow = ValueRow & { ts: DriverLong }

/** The newest reading of a series; undefined when it has none.
 *  @throws CLUSTER_* */
export async function newestOf(
  cluster: Cluster,
  device: string,
  key: string,
): Promise<LatestReading | undefined> {
  let page: string | Buffer | undefined
  do {
    const listed = await cluster.page<{ bucket: DriverLong }>(
      statements.newestBuckets,
      [device, key],
      bucketsAtOnce,
      page,
    )
    for (const { bucket } of listed.rows) {
      const [row] = await cluster.rows<StoredRow>(statements.newestRow, [device, key, bucket])
      if (row !== undefined) return { key, ts: numberOf(row.ts), value: valueOf(row) }
    }
    page = listed.nextPage
  } while (page !== undefined)
  return undefined
}

/** The values at some times of one bucket, by time.
 *  @throws CLUSTER_* */
export async function valuesAt(
  cluster: Cluster,
  partition: readonly Buffer[],
  times: readonly Buffer[],
): Promise<Map<number, Value>> {
  const rows = await cluster.rows<StoredRow>(statements.rowsAt, [...partition, times])
  return new Map(rows.map((row) => [numberOf(row.ts), valueOf(row)]))
}
