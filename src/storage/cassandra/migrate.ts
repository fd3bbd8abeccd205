// Brings the schema to the version of this program. Hubs may start at the same moment: one of them takes a
// lease and does it, the others wait for the version.
import { AckstoneError } from '../../errors.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Log } from '../../lib/log.ts'
import { Cluster } from './cluster.ts'
import type { ClusterOptions } from './options.ts'
import { alterRetention, createKeyspace, createMeta, migrations, schemaVersion, tableName } from './schema.ts'

/** A hub that dies while it migrates holds the others up for this long. */
const leaseSeconds = 60
const waitMs = 500
/** A table that another hub makes at this moment is listed before it can be read: then it is tried again. */
const refusedMax = 10
const secondsPerDay = 86_400

interface Context {
  cluster: Cluster
  options: ClusterOptions
  clock: Clock
  log: Log
  owner: string
}

/** Resolves when the keyspace has the tables that this program knows.
 *  @param owner names this hub in the lease, the same in all its attempts: one of them may hold the lease and
 *  have lost the answer that says so.
 *  @throws CLUSTER_SCHEMA, and what the cluster throws. */
export async function prepareSchema(
  options: ClusterOptions,
  clock: Clock,
  log: Log,
  owner: string,
): Promise<void> {
  const cluster = await Cluster.connect(options, undefined)
  const context = { cluster, options, clock, log, owner }
  try {
    if (options.createSchema) await untilNotRefused(context)
    else check(options, await currentVersion(context))
  } finally {
    await cluster.close()
  }
}

/** Every step can be repeated. */
async function untilNotRefused(context: Context): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await createAndMigrate(context)
    } catch (error) {
      const isRefused = error instanceof AckstoneError && error.code === 'CLUSTER_REFUSED'
      if (!isRefused || attempt === refusedMax) throw error
      await pause(context.clock)
    }
  }
}

function pause(clock: Clock): Promise<void> {
  return new Promise((resolve) => clock.after(waitMs, resolve))
}

async function createAndMigrate(context: Context): Promise<void> {
  const { cluster, options, clock, owner } = context
  const version = await currentVersion(context)
  if (version === schemaVersion && (await hasRetention(context))) return
  if (version > schemaVersion) check(options, version)
  await cluster.define(createKeyspace(options))
  await cluster.define(createMeta(options))
  while (!(await takeLease(context))) await pause(clock)
  try {
    await migrate(context)
  } finally {
    const cql = `DELETE FROM ${tableName(options, 'meta')} WHERE name = 'lease' IF value = ?`
    await cluster.writeIfAbsent([{ query: cql, params: [owner] }])
  }
}

async function takeLease({ cluster, options, owner }: Context): Promise<boolean> {
  const cql =
    `INSERT INTO ${tableName(options, 'meta')} (name, value) VALUES ('lease', ?) ` +
    `IF NOT EXISTS USING TTL ${leaseSeconds}`
  const [holder] = await cluster.writeIfAbsent<{ value: string }>([{ query: cql, params: [owner] }])
  return holder === undefined || holder.value === owner
}

/** Holding the lease: what another hub did meanwhile is not done again. */
async function migrate(context: Context): Promise<void> {
  const { cluster, options, log } = context
  const version = await currentVersion(context)
  for (const step of migrations(options)) {
    if (step.version <= version) continue
    log.info('schema is being brought to its next version', {
      keyspace: options.keyspace,
      version: step.version,
    })
    await cluster.define(...step.statements)
    const cql = `INSERT INTO ${tableName(options, 'meta')} (name, value) VALUES ('version', ?)`
    await cluster.rows(cql, [String(step.version)])
  }
  if (await hasRetention(context)) return
  log.info('life of readings changed', { keyspace: options.keyspace, days: options.retentionDays })
  await cluster.define(...alterRetention(options))
}

/** 0 where there is no schema yet. */
async function currentVersion({ cluster, options }: Context): Promise<number> {
  const known = await cluster.rows(
    "SELECT table_name FROM system_schema.tables WHERE keyspace_name = ? AND table_name = 'meta'",
    [options.keyspace],
  )
  if (known.length === 0) return 0
  const cql = `SELECT value FROM ${tableName(options, 'meta')} WHERE name = 'version'`
  const [row] = await cluster.rows<{ value: string }>(cql)
  return row === undefined ? 0 : Number(row.value)
}

async function hasRetention({ cluster, options }: Context): Promise<boolean> {
  const [table] = await cluster.rows<{ default_time_to_live: number }>(
    'SELECT default_time_to_live FROM system_schema.tables ' +
      "WHERE keyspace_name = ? AND table_name = 'readings'",
    [options.keyspace],
  )
  return table?.default_time_to_live === options.retentionDays * secondsPerDay
}

function check({ keyspace }: ClusterOptions, version: number): void {
  if (version === schemaVersion) return
  if (version > schemaVersion) {
    throw new AckstoneError('CLUSTER_SCHEMA', {
      keyspace,
      cause: `its schema has version ${version}, and this Ackstone knows version ${schemaVersion}`,
      remedy: 'Start the version of Ackstone that the other hubs run, or a newer one.',
    })
  }
  throw new AckstoneError('CLUSTER_SCHEMA', {
    keyspace,
    cause: version === 0 ? 'the tables are not there' : `its schema has version ${version}`,
    remedy:
      'Run what `ackstone serve --store cassandra --print-schema` prints, or set cassandra.createSchema to true.',
  })
}
