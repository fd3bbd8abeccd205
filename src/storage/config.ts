// From the configuration of a hub to that of its store.
import { resolve } from 'node:path'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { clusterOptions, type ClusterSection } from './cassandra/options.ts'
import type { StorageConfig } from './open.ts'

/** The options that concern the store. */
export interface StorageSection {
  store: 'leveldb' | 'cassandra'
  dataDir: string
  clockAheadMaxMs: number
  cassandra: ClusterSection
}

export function storageConfig(section: StorageSection, clock: Clock, log: Log): StorageConfig {
  const base = { folder: resolve(section.dataDir), clock, log }
  if (section.store === 'leveldb') return { engine: 'leveldb', ...base }
  const { clockAheadMaxMs } = section
  return { engine: 'cassandra', cluster: clusterOptions(section.cassandra), clockAheadMaxMs, ...base }
}
