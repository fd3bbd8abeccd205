// The only way to an engine: who asks for a store says which, and gets the contract.
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { CassandraStore } from './cassandra/engine.ts'
import type { ClusterOptions } from './cassandra/options.ts'
import { LevelStore } from './leveldb/engine.ts'
import { repairLevel, type RepairReport } from './leveldb/repair.ts'
import { createMemoryStore } from './memory.ts'
import type { Store } from './store.ts'

export type { RepairReport } from './leveldb/repair.ts'

interface StorageConfigBase {
  /** The data folder; an engine makes a folder of its own in it. */
  folder: string
  clock: Clock
  log: Log
}

export type StorageConfig =
  | (StorageConfigBase & { engine: 'leveldb' | 'memory' })
  | (StorageConfigBase & { engine: 'cassandra'; cluster: ClusterOptions; clockAheadMaxMs: number })

/** Opens the store, creating it where there is none, and reads back what a crash left unfinished.
 *  @throws STORE_LOCKED, STORE_READ_ONLY, STORE_FULL, STORE_NOT_A_FOLDER, STORE_FORMAT, STORE_CORRUPT,
 *    STORE_UNAVAILABLE; each names the folder and says what to do. With Cassandra also CLUSTER_LOGIN,
 *    CLUSTER_REFUSED, CLUSTER_SCHEMA, CLUSTER_CERTIFICATE; a cluster that does not answer is waited for. */
export async function openStorage(config: StorageConfig): Promise<Store> {
  if (config.engine === 'memory') return createMemoryStore()
  if (config.engine === 'cassandra') return CassandraStore.open({ ...config.cluster, ...config })
  return LevelStore.open(config)
}

/** Rebuilds a damaged store from what is whole, and says what had to be left out. The store must be closed.
 *  @throws STORE_MISSING, STORE_LOCKED, STORE_READ_ONLY, STORE_FULL, STORE_NOT_A_FOLDER, STORE_UNAVAILABLE */
export async function repairStorage(config: StorageConfigBase): Promise<RepairReport> {
  return repairLevel(config)
}
