// What the cluster itself holds of a device, asked with statements of our own and not through the engine: the judge of
// what was acknowledged.
import cassandra from 'cassandra-driver'
import type { StoredSeries } from '../crash/ledger.ts'
import type { Contact } from './server.ts'

interface ValueRow {
  ts: cassandra.types.Long
  kind: number
  num: number | null
  int: cassandra.types.Long | null
  flag: boolean | null
  str: string | null
}

function valueOf({ kind, num, int, flag, str }: ValueRow): unknown {
  return [num, int?.toString(), flag, str, str][kind]
}

/** Every row of a device at QUORUM, times in milliseconds. */
export async function readBack(contact: Contact, keyspace: string, device: string): Promise<StoredSeries> {
  const client = new cassandra.Client({
    contactPoints: contact.contactPoints,
    localDataCenter: contact.localDataCenter,
    keyspace,
    protocolOptions: { port: contact.port },
    queryOptions: { prepare: true, consistency: cassandra.types.consistencies.quorum },
  })
  const rows = async <T>(cql: string, params: unknown[]): Promise<T[]> => {
    const found: T[] = []
    for await (const row of await client.execute(cql, params, { prepare: true })) found.push(row as T)
    return found
  }
  const stored: StoredSeries = {}
  try {
    const keys = await rows<{ key: string }>('SELECT key FROM series WHERE device = ? AND part = 0', [device])
    for (const { key } of keys) {
      const series = (stored[key] ??= { ts: [], value: [] })
      const listed = 'SELECT bucket FROM buckets WHERE device = ? AND key = ?'
      for (const { bucket } of await rows<{ bucket: unknown }>(listed, [device, key])) {
        const cql = 'SELECT * FROM readings WHERE device = ? AND key = ? AND bucket = ?'
        for (const row of await rows<ValueRow>(cql, [device, key, bucket])) {
          series.ts.push(row.ts.toNumber() / 1000)
          series.value.push(valueOf(row))
        }
      }
    }
    return stored
  } finally {
    await client.shutdown()
  }
}
