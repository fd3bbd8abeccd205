// What must hold of the folder before LevelDB may touch it. LevelDB starts afresh over the tables of a store
// whose CURRENT file is gone, and drops damaged log records; both would lose what was acknowledged.
import { mkdir, open, readdir, stat, statfs, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AckstoneError } from '../../errors.ts'
import { damage, faultOf } from './faults.ts'
import { findDamageIn } from './log-file.ts'

/** Written and removed to learn whether the disk takes writes again. */
const probeName = 'probe.tmp'
const probeBytes = 64 * 1024
/** Syncs that are timed at the start, and for how long at most. */
const syncsMax = 16
const syncsMsMax = 250
const syncedBytes = 2048
/** Reopening writes the log's content into a table: room for the logs twice, and this. */
const reopenSpareBytes = 1024 * 1024

export function levelFolder(folder: string): string {
  return join(folder, 'leveldb')
}

/** Makes the folder where there is none, and checks what LevelDB does not.
 *  @throws STORE_NOT_A_FOLDER, STORE_READ_ONLY, STORE_FULL, STORE_CORRUPT, STORE_UNAVAILABLE */
export async function checkFolder(folder: string): Promise<void> {
  const inner = levelFolder(folder)
  try {
    await makeFolder(inner)
    await checkFiles(inner, folder)
  } catch (error) {
    throw faultOf(error, folder)
  }
}

async function checkFiles(inner: string, folder: string): Promise<void> {
  const names = await readdir(inner)
  const logs = names.filter((name) => name.endsWith('.log'))
  const tables = names.filter((name) => name.endsWith('.ldb') || name.endsWith('.sst'))
  if (!names.includes('CURRENT') && logs.length + tables.length > 0) {
    throw damage('the file CURRENT is missing', folder)
  }
  for (const name of logs) {
    const damagedAt = await findDamageIn(join(inner, name))
    if (damagedAt === undefined) continue
    throw damage(`${join(inner, name)} is damaged at byte ${damagedAt}`, folder)
  }
}

/** Makes a folder and those above it, durably. Node's own recursion says ENOENT on a read-only disk. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return
    if (code !== 'ENOENT' || dirname(path) === path) throw error
    await makeFolder(dirname(path))
    await mkdir(path, { mode: 0o700 })
  }
  await syncFolder(dirname(path))
}

/** A new directory entry is durable once its folder is synced. Windows can't open folders. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Resolves when the disk takes synced writes and has room to reopen the store.
 *  @throws STORE_FULL, STORE_READ_ONLY, STORE_UNAVAILABLE */
export async function probeDisk(folder: string): Promise<void> {
  const inner = levelFolder(folder)
  const path = join(inner, probeName)
  try {
    const handle = await open(path, 'w')
    try {
      await handle.write(Buffer.alloc(probeBytes))
      await handle.sync()
    } finally {
      await handle.close()
      await unlink(path)
    }
    const { bavail, bsize } = await statfs(inner)
    const needed = 2 * (await sizeOf(inner, '.log')) + reopenSpareBytes
    if (bavail * bsize < needed) throw new AckstoneError('STORE_FULL', { folder })
  } catch (error) {
    throw faultOf(error, folder)
  }
}

/** How long the disk takes to sync a small write, milliseconds each; empty where it can't be tried, which is for
 *  the store itself to say. */
export async function measureSync(folder: string, nowMs: () => number): Promise<number[]> {
  const path = join(levelFolder(folder), probeName)
  const durations: number[] = []
  const began = nowMs()
  try {
    const handle = await open(path, 'w')
    try {
      while (durations.length < syncsMax && nowMs() - began < syncsMsMax) {
        await handle.write(Buffer.alloc(syncedBytes))
        const started = nowMs()
        await handle.datasync()
        durations.push(nowMs() - started)
      }
    } finally {
      await handle.close()
      await unlink(path)
    }
  } catch {
    return []
  }
  return durations
}

/** Bytes that the disk has left for us; undefined where the system does not tell. */
export async function freeBytes(folder: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(folder)
    return bavail * bsize
  } catch {
    return undefined
  }
}

/** Bytes of the files of the store whose names end so; '' for all. */
export async function sizeOf(inner: string, suffix: string): Promise<number> {
  let bytes = 0
  for (const name of await readdir(inner)) {
    if (!name.endsWith(suffix)) continue
    // A compaction may delete a file between the listing and the look at it.
    const found = await stat(join(inner, name)).catch(() => undefined)
    bytes += found?.size ?? 0
  }
  return bytes
}
