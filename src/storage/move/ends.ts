// The two stores of a move, opened from configurations: the source must be there and have no hub on it, and the
// two must not be one.
import { access } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { AckstoneError } from '../../errors.ts'
import { localFolder } from '../cassandra/local.ts'
import { levelFolder } from '../leveldb/folder.ts'
import { openStorage, type StorageConfig } from '../open.ts'
import type { Store } from '../store.ts'
import { moveStore, type MoveOptions, type MoveReport } from './move.ts'

export type MoveHooks = Pick<MoveOptions, 'signal' | 'onProgress' | 'onWait'>

/** Opens both, moves, and closes both. Undefined when the signal has ended it.
 *  @throws MOVE_*, and what opening and using the stores throws. */
export async function moveBetween(
  from: StorageConfig,
  to: StorageConfig,
  hooks: MoveHooks,
): Promise<MoveReport | undefined> {
  const [sourceName, targetName] = [nameOf(from), nameOf(to)]
  if (sourceName === targetName) throw new AckstoneError('MOVE_SAME_STORE', { source: sourceName })
  await refuseWithoutStore(from)
  const source = await openSource(from)
  try {
    const target = await openStorage(to)
    try {
      return await moveStore({ source, sourceName, target, targetName, clock: to.clock, ...hooks })
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}

function nameOf(config: StorageConfig): string {
  const folder = resolve(config.folder)
  if (config.engine !== 'cassandra') return `${config.engine} in ${folder}`
  return `keyspace ${config.cluster.keyspace} of Cassandra with the data folder ${folder}`
}

/** Opening would make what is not there. */
async function refuseWithoutStore({ engine, folder }: StorageConfig): Promise<void> {
  const inner = levelFolder(engine === 'cassandra' ? join(folder, localFolder) : folder)
  try {
    await access(join(inner, 'CURRENT'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return
    throw new AckstoneError('MOVE_NO_SOURCE', { engine, folder })
  }
}

async function openSource(config: StorageConfig): Promise<Store> {
  const asItIs =
    config.engine === 'cassandra'
      ? { ...config, cluster: { ...config.cluster, createSchema: false } }
      : config
  try {
    return await openStorage(asItIs)
  } catch (error) {
    if (!(error instanceof AckstoneError) || error.code !== 'STORE_LOCKED') throw error
    throw new AckstoneError('MOVE_HUB_RUNS', { folder: config.folder }, error)
  }
}
