// The small reads: devices, keys, rejected messages, the registry.
import type { Qos } from '../../model/message.ts'
import type { DeviceQuery, DeviceRecord, LatestReading, RejectedMessage } from '../store.ts'
import type { Cluster } from './cluster.ts'
import { newestOf } from './lookup.ts'
import { deviceShards } from './schema.ts'
import { statements } from './statements.ts'
import { numberOf, type DriverLong } from './values.ts'
import { forEachBounded } from './writer.ts'

const latestAtOnce = 32
/** Devices or messages taken at once where some may be left out. */
const searchPage = 1_000
/** Ids of rejected messages share a bucket as long as they begin with the same four characters: 22 hours. */
const rejectedPrefix = 4
/** Sorts behind every other. */
const lastCharacter = '\u{10FFFF}'
/** Sorts behind every id. */
const afterEveryId = '~'

export async function readKeys(cluster: Cluster, device: string): Promise<string[]> {
  const keys: string[] = []
  let page: string | Buffer | undefined
  do {
    const part = await cluster.page<{ key: string }>(statements.seriesOf, [device], searchPage, page)
    for (const { key } of part.rows) keys.push(key)
    page = part.nextPage
  } while (page !== undefined)
  return keys
}

/** The newest reading of each key: looked up in its newest bucket, so nothing can disagree with it (I9). */
export async function readLatest(cluster: Cluster, device: string): Promise<LatestReading[]> {
  const keys = await readKeys(cluster, device)
  const found = new Map<string, LatestReading>()
  await forEachBounded(keys, latestAtOnce, async (key) => {
    const newest = await newestOf(cluster, device, key)
    if (newest !== undefined) found.set(key, newest)
  })
  return keys.flatMap((key) => found.get(key) ?? [])
}

interface DeviceRow {
  id: string
  created: DriverLong
  seen: DriverLong
}

/** Devices in byte order: each shard is in order, and the shards are merged. */
export async function readDevices(cluster: Cluster, query: DeviceQuery): Promise<DeviceRecord[]> {
  const perShard = await Promise.all(
    Array.from({ length: deviceShards }, (_, shard) => readShard(cluster, shard, query)),
  )
  return perShard
    .flat()
    .toSorted((a, b) => Buffer.compare(Buffer.from(a.id), Buffer.from(b.id)))
    .slice(0, query.limit)
}

/** The first devices of a shard that fit, as many as could be wanted of it. */
async function readShard(
  cluster: Cluster,
  shard: number,
  { search, after, limit }: DeviceQuery,
): Promise<DeviceRecord[]> {
  const found: DeviceRecord[] = []
  const rows = search === '' ? Math.min(limit, searchPage) : searchPage
  let page: string | Buffer | undefined
  do {
    const part = await cluster.page<DeviceRow>(statements.devices, [shard, after], rows, page)
    for (const { id, created, seen } of part.rows) {
      if (!id.includes(search)) continue
      found.push({ id, createdTs: numberOf(created), lastSeenTs: numberOf(seen) })
      if (found.length === limit) return found
    }
    page = part.nextPage
  } while (page !== undefined)
  return found
}

export function rejectedBucket(id: string): string {
  return id.slice(0, rejectedPrefix)
}

interface RejectedRow {
  id: string
  integration: string
  device: string
  client_id: string
  topic: string
  payload: Buffer
  qos: number
  received: DriverLong
  decided: DriverLong
  code: string
  reason: string
}

function messageOf(row: RejectedRow): RejectedMessage {
  const { id, integration, device, topic, code, reason } = row
  return {
    id,
    integration,
    device,
    clientId: row.client_id,
    topic,
    payload: row.payload,
    qos: row.qos as Qos,
    receivedTs: numberOf(row.received),
    decidedTs: numberOf(row.decided),
    code,
    reason,
  }
}

export async function readRejected(
  cluster: Cluster,
  before: string,
  integration: string | undefined,
  limit: number,
): Promise<RejectedMessage[]> {
  const upTo = before === '' ? afterEveryId : before
  const found: RejectedMessage[] = []
  let bucketPage: string | Buffer | undefined
  do {
    const params = [rejectedBucket(upTo)]
    const listed = await cluster.page<{ bucket: string }>(
      statements.rejectedBuckets,
      params,
      searchPage,
      bucketPage,
    )
    for (const { bucket } of listed.rows) {
      let page: string | Buffer | undefined
      do {
        const rows = integration === undefined ? Math.min(limit, 100) : 100
        const part = await cluster.page<RejectedRow>(statements.rejectedOf, [bucket, upTo], rows, page)
        for (const row of part.rows) {
          if (integration !== undefined && row.integration !== integration) continue
          found.push(messageOf(row))
          if (found.length === limit) return found
        }
        page = part.nextPage
      } while (page !== undefined)
    }
    bucketPage = listed.nextPage
  } while (bucketPage !== undefined)
  return found
}

export async function readRejectedById(cluster: Cluster, id: string): Promise<RejectedMessage | undefined> {
  const [row] = await cluster.rows<RejectedRow>(statements.rejectedById, [rejectedBucket(id), id])
  return row === undefined ? undefined : messageOf(row)
}

interface RegistryRow {
  key: string
  value: Buffer | null
}

export async function* scanRegistry(
  cluster: Cluster,
  prefix: string,
): AsyncGenerator<{ key: string; value: Uint8Array }> {
  let page: string | Buffer | undefined
  do {
    const params = [prefix, prefix + lastCharacter]
    const part = await cluster.page<RegistryRow>(statements.registryScan, params, searchPage, page)
    for (const { key, value } of part.rows) {
      if (value !== null) yield { key, value }
    }
    page = part.nextPage
  } while (page !== undefined)
}

export async function getRegistry(cluster: Cluster, key: string): Promise<Uint8Array | undefined> {
  const [row] = await cluster.rows<RegistryRow>(statements.registryGet, [key])
  return row?.value ?? undefined
}
