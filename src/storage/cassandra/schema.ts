// The schema in Cassandra and its versions. docs/formats/cassandra.md explains each table and the queries it
// serves; this file is what is executed, and what `ackstone serve --print-schema` prints.
import { createHash } from 'node:crypto'
import type { ClusterOptions } from './options.ts'

/** The version of what stands below. A change adds a step to `migrations`. */
export const schemaVersion = 3

/** Columns of a value: `kind` says which of them counts, so that another type leaves no tombstone behind. */
export const kinds = { double: 0, integer: 1, boolean: 2, text: 3, json: 4 } as const

/** The column that holds the value of each kind, kinds counted from 0. */
export const columns = ['num', 'int', 'flag', 'str', 'str'] as const

/** Devices are spread over this many partitions. */
export const deviceShards = 16

const secondsPerDay = 86_400

export interface Migration {
  version: number
  statements: string[]
}

/** Name of a table with its keyspace, as CQL wants it. */
export function tableName(options: Pick<ClusterOptions, 'keyspace'>, table: string): string {
  return `"${options.keyspace}".${table}`
}

export function createKeyspace({ keyspace, localDataCenter, replicationFactor }: ClusterOptions): string {
  const dataCenter = localDataCenter.replaceAll("'", "''")
  return (
    `CREATE KEYSPACE IF NOT EXISTS "${keyspace}" WITH replication = ` +
    `{'class': 'NetworkTopologyStrategy', '${dataCenter}': ${replicationFactor}}`
  )
}

/** The table that says which version the schema has. Its id follows from the keyspace's name, so that hubs that
 *  create it at the same moment through different nodes create the same table. */
export function createMeta(options: ClusterOptions): string {
  return (
    `CREATE TABLE IF NOT EXISTS ${tableName(options, 'meta')} ` +
    `(name text PRIMARY KEY, value text) WITH id = ${uuidOf(`ackstone/${options.keyspace}/meta`)}`
  )
}

/** All versions from the first one on, each with the statements that lead to it. Those of one version do not build
 *  on each other. */
export function migrations(options: ClusterOptions): Migration[] {
  return [
    { version: 1, statements: firstTables(options) },
    { version: 2, statements: blockTables(options) },
    { version: 3, statements: [leaseTable(options)] },
  ]
}

/** How long readings live, and the windows of their files: 20 to 30 windows over their life. */
export function retentionClause({ retentionDays }: ClusterOptions): string {
  const windowDays = retentionDays === 0 ? 7 : Math.max(1, Math.ceil(retentionDays / 30))
  return (
    `default_time_to_live = ${retentionDays * secondsPerDay} AND compaction = ` +
    `{'class': 'TimeWindowCompactionStrategy', 'compaction_window_unit': 'DAYS', ` +
    `'compaction_window_size': '${windowDays}'}`
  )
}

function firstTables(options: ClusterOptions): string[] {
  const create = (table: string): string => `CREATE TABLE IF NOT EXISTS ${tableName(options, table)}`
  const retention = retentionClause(options)
  return [
    `${create('readings')} (device text, key text, bucket bigint, ts bigint, kind tinyint, ` +
      `num double, int bigint, flag boolean, str text, PRIMARY KEY ((device, key, bucket), ts)) ` +
      `WITH CLUSTERING ORDER BY (ts DESC) AND ${retention}`,
    `${create('buckets')} (device text, key text, bucket bigint, width bigint, ` +
      `PRIMARY KEY ((device, key), bucket)) WITH CLUSTERING ORDER BY (bucket DESC)`,
    `${create('series')} (device text, part smallint, key text, widths map<bigint, bigint>, ` +
      `PRIMARY KEY ((device, part), key))`,
    `${create('devices')} (shard smallint, id text, created bigint, seen bigint, PRIMARY KEY ((shard), id))`,
    `${create('registry')} (space text, key text, value blob, ` + `PRIMARY KEY ((space), key))`,
    `${create('rejected')} (bucket text, id text, integration text, device text, client_id text, ` +
      `topic text, payload blob, qos tinyint, received bigint, decided bigint, code text, reason text, ` +
      `PRIMARY KEY ((bucket), id)) WITH CLUSTERING ORDER BY (id DESC) AND ${retention}`,
    `${create('rejected_buckets')} (part smallint, bucket text, PRIMARY KEY ((part), bucket)) ` +
      `WITH CLUSTERING ORDER BY (bucket DESC)`,
  ]
}

/** Finished buckets as blocks of columns. */
function blockTables(options: ClusterOptions): string[] {
  return [
    `CREATE TABLE IF NOT EXISTS ${tableName(options, 'blocks')} (device text, key text, span bigint, ` +
      `bucket bigint, rows blob, PRIMARY KEY ((device, key, span), bucket)) ` +
      `WITH compression = {'class': 'LZ4Compressor', 'chunk_length_in_kb': '64'} ` +
      `AND ${retentionClause(options)}`,
    `ALTER TABLE ${tableName(options, 'buckets')} ADD IF NOT EXISTS (sealed bigint, marked bigint)`,
  ]
}

/** What one hub at a time may have: one row of static columns, and what its holder must tell the next. */
function leaseTable(options: ClusterOptions): string {
  return (
    `CREATE TABLE IF NOT EXISTS ${tableName(options, 'leases')} ` +
    `(name text, part text, slot int, hub text STATIC, free boolean STATIC, term int STATIC, ` +
    `beat int STATIC, entry blob, PRIMARY KEY ((name), part, slot))`
  )
}

/** Changes the life of readings where it differs from the configuration. */
export function alterRetention(options: ClusterOptions): string[] {
  return ['readings', 'blocks', 'rejected'].map(
    (table) => `ALTER TABLE ${tableName(options, table)} WITH ${retentionClause(options)}`,
  )
}

/** Everything as a person would run it who does not let the hub do so. */
export function schemaText(options: ClusterOptions): string {
  const version = `INSERT INTO ${tableName(options, 'meta')} (name, value) VALUES ('version', '${schemaVersion}')`
  const steps = migrations(options).flatMap(({ statements }) => statements)
  return [createKeyspace(options), createMeta(options), ...steps, version].map((cql) => `${cql};\n`).join('')
}

/** A UUID that is always the same for a text. */
function uuidOf(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x50
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
