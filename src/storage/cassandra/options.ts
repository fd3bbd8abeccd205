// What the engine must be told: where the cluster is, how safe a write must be, and who looks after the schema.
import type { Clock } from '../../lib/clock.ts'
import type { Log } from '../../lib/log.ts'

export type ConsistencyName = 'ONE' | 'LOCAL_ONE' | 'QUORUM' | 'LOCAL_QUORUM' | 'EACH_QUORUM' | 'ALL'

export interface TlsFiles {
  isEnabled: boolean
  /** Paths of PEM files; undefined where the system's own authorities do, or no client certificate is asked for. */
  ca: string | undefined
  cert: string | undefined
  key: string | undefined
  /** Whether the name and the chain of the server's certificate must be right. */
  isVerified: boolean
}

/** The `cassandra` section of the configuration. */
export interface ClusterOptions {
  /** host:port of nodes to ask first; the port of the first is the port of all. */
  contactPoints: readonly string[]
  localDataCenter: string
  keyspace: string
  replicationFactor: number
  consistency: ConsistencyName
  username: string | undefined
  password: string | undefined
  tls: TlsFiles
  /** Requests under way at a time, at most. */
  inFlightMax: number
  connectionsPerNode: number
  /** Days for which a reading is kept; 0 for ever. */
  retentionDays: number
  /** Whether keyspace and tables are created and migrated at the start. */
  createSchema: boolean
}

export interface CassandraOptions extends ClusterOptions {
  /** The data folder: sessions, queues and the journal of this hub live in it. */
  folder: string
  /** How far readings may be ahead of the clock; a changed bucket width waits for longer than this. */
  clockAheadMaxMs: number
  clock: Clock
  log: Log
}

/** The section of the configuration, flat as a person writes it. */
export interface ClusterSection {
  contactPoints: string[]
  localDataCenter: string
  keyspace: string
  replicationFactor: number
  consistency: ConsistencyName
  username?: string | undefined
  password?: string | undefined
  tls: boolean
  tlsCa?: string | undefined
  tlsCert?: string | undefined
  tlsKey?: string | undefined
  tlsVerify: boolean
  inFlightMax: number
  connectionsPerNode: number
  retentionDays: number
  createSchema: boolean
}

export function clusterOptions(section: ClusterSection): ClusterOptions {
  const { username, password, tls, tlsCa, tlsCert, tlsKey, tlsVerify, ...rest } = section
  return {
    ...rest,
    username,
    password,
    tls: { isEnabled: tls, ca: tlsCa, cert: tlsCert, key: tlsKey, isVerified: tlsVerify },
  }
}

/** The nodes as a person would name them. */
export function nodesOf(options: ClusterOptions): string {
  return options.contactPoints.join(', ')
}
