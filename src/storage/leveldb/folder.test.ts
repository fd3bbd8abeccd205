import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { ClassicLevel } from 'classic-level'
import { batchOf, put, rowsOf, runOf, type Row } from '../../../test/contract/batches.ts'
import { lack } from '../../../test/tools.ts'
import { AckstoneError, type ErrorCode } from '../../errors.ts'
import { systemClock } from '../../lib/clock.ts'
import { silentLog } from '../../lib/log.ts'
import { openStorage, repairStorage } from '../open.ts'
import type { Store } from '../store.ts'
import { LevelStore } from './engine.ts'
import { formatKey, spaceBlock, spaceJournal, spaceRange } from './keys.ts'

async function folderFor(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ackstone-folder-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

const common = { clock: systemClock, log: silentLog }
const open = (folder: string): Promise<Store> => openStorage({ engine: 'leveldb', folder, ...common })
const openSealing = (folder: string): Promise<Store> =>
  LevelStore.open({ folder, ...common, sealLimits: { seriesRowsMax: 1 } })

/** Checks that it fails with this code, and that the message names the folder and the hint says something. */
async function assertFails(
  failing: Promise<unknown>,
  code: ErrorCode,
  folder: string,
): Promise<AckstoneError> {
  let found: unknown
  await assert.rejects(failing, (error) => {
    found = error
    return true
  })
  assert.ok(found instanceof AckstoneError, String(found))
  assert.equal(found.code, code, found.message)
  assert.ok(found.message.includes(folder), found.message)
  assert.doesNotMatch(found.message + found.hint, /\{\w+\}/)
  return found
}

const rows = Array.from({ length: 3000 }, (_, i): Row => [i * 1_000_000, i / 8])

/** A closed store with the rows in the log, or in tables. */
async function filled(folder: string, where: 'log' | 'tables', isSealed: boolean): Promise<void> {
  const sealLimits = { seriesRowsMax: isSealed ? 1 : Infinity }
  const store = await LevelStore.open({ folder, ...common, sealLimits })
  for (let from = 0; from < rows.length; from += 500) await put(store, 'd', 'k', rows.slice(from, from + 500))
  await store.latest('d')
  await store.close()
  // Opening moves what stands in the log into a table.
  if (where === 'tables') await (await open(folder)).close()
}

async function filesOf(folder: string, suffix: string): Promise<string[]> {
  const inner = join(folder, 'leveldb')
  return (await readdir(inner)).filter((name) => name.endsWith(suffix)).map((name) => join(inner, name))
}

async function flip(path: string, at: number): Promise<void> {
  const bytes = await readFile(path)
  bytes[at]! ^= 0x40
  await writeFile(path, bytes)
}

/** Flips a bit in the values of a key space, below the store. */
async function flipValues(folder: string, space: number): Promise<void> {
  const level = new ClassicLevel<Buffer, Buffer>(join(folder, 'leveldb'), {
    keyEncoding: 'buffer',
    valueEncoding: 'buffer',
  })
  const [first] = await level.iterator({ ...spaceRange(space), limit: 1 }).all()
  const [key, value] = first!
  value[value.length >> 1]! ^= 1
  await level.put(key, value)
  await level.close()
}

test('a folder that another process uses is refused', async (t) => {
  const folder = await folderFor(t)
  const store = await open(folder)
  t.after(() => store.close())
  const script = `
    import { openStorage } from ${JSON.stringify(join(import.meta.dirname, '../open.ts'))}
    import { systemClock } from ${JSON.stringify(join(import.meta.dirname, '../../lib/clock.ts'))}
    const log = { debug() {}, info() {}, warn() {}, error() {} }
    await openStorage({ engine: 'leveldb', folder: ${JSON.stringify(folder)}, clock: systemClock, log })
      .catch((error) => console.log(error.code, error.message))`
  const args = ['--input-type=module-typescript', '-e', script]
  const env = { ...process.env, NODE_TEST_CONTEXT: '' }
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env })
  assert.match(stdout, /^STORE_LOCKED /, stderr)
  assert.ok(stdout.includes(folder))
  await assertFails(open(folder), 'STORE_LOCKED', folder)
  await assertFails(repairStorage({ folder, ...common }), 'STORE_LOCKED', folder)
  await put(store, 'd', 'k', [[1, 1]])
})

test('a file where the folder should be is refused', async (t) => {
  const file = join(await folderFor(t), 'data')
  await writeFile(file, 'x')
  await assertFails(open(file), 'STORE_NOT_A_FOLDER', file)
  await assertFails(open(join(file, 'below')), 'STORE_NOT_A_FOLDER', join(file, 'below'))
})

test('a newer format and the LevelDB of another program are left alone', async (t) => {
  const folder = await folderFor(t)
  await (await open(folder)).close()
  const level = new ClassicLevel<Buffer, Buffer>(join(folder, 'leveldb'), {
    keyEncoding: 'buffer',
    valueEncoding: 'buffer',
  })
  await level.put(formatKey, Buffer.from([3, 0, 0, 0]))
  await level.close()
  const newer = await assertFails(open(folder), 'STORE_FORMAT', folder)
  assert.match(newer.message, /format 3/)

  const foreign = await folderFor(t)
  await mkdir(join(foreign, 'leveldb'))
  const other = new ClassicLevel(join(foreign, 'leveldb'))
  await other.put('a', 'b')
  await other.close()
  await assertFails(open(foreign), 'STORE_FORMAT', foreign)
  await other.open()
  assert.equal(await other.get('a'), 'b')
  await other.close()
})

test('a torn last record is the normal end of a crash: what came before it is there', async (t) => {
  const folder = await folderFor(t)
  await filled(folder, 'log', false)
  const [log] = await filesOf(folder, '.log')
  const { length } = await readFile(log!)
  await truncate(log!, length - 5)
  const store = await open(folder)
  assert.deepEqual(await rowsOf(store, 'd', 'k'), rows.slice(0, 2500))
  await store.close()
})

test('a damaged record in the middle of the log is reported, and nothing is touched', async (t) => {
  const folder = await folderFor(t)
  await filled(folder, 'log', false)
  const [log] = await filesOf(folder, '.log')
  const before = await readFile(log!)
  await flip(log!, 200)
  const error = await assertFails(open(folder), 'STORE_CORRUPT', folder)
  assert.match(error.hint, /ackstone repair --data-dir/)
  await writeFile(log!, before)
  const store = await open(folder)
  assert.deepEqual(await rowsOf(store, 'd', 'k'), rows)
  await store.close()
})

const damages: Record<string, (folder: string) => Promise<void>> = {
  'CURRENT with nonsense': async (folder) => writeFile(join(folder, 'leveldb', 'CURRENT'), 'nonsense'),
  'no CURRENT': async (folder) => rm(join(folder, 'leveldb', 'CURRENT')),
  'a damaged MANIFEST': async (folder) => {
    const [manifest] = (await readdir(join(folder, 'leveldb'))).filter((name) => name.startsWith('MANIFEST'))
    await flip(join(folder, 'leveldb', manifest!), 10)
  },
  'no MANIFEST': async (folder) => {
    const [manifest] = (await readdir(join(folder, 'leveldb'))).filter((name) => name.startsWith('MANIFEST'))
    await rm(join(folder, 'leveldb', manifest!))
  },
  'a missing table': async (folder) => rm((await filesOf(folder, '.ldb'))[0]!),
  'a shortened table': async (folder) => truncate((await filesOf(folder, '.ldb'))[0]!, 100),
  'a damaged journal entry': (folder) => flipValues(folder, spaceJournal),
}

for (const [name, damage] of Object.entries(damages)) {
  test(`${name} is reported when the store is opened`, async (t) => {
    const folder = await folderFor(t)
    await filled(folder, 'tables', false)
    await damage(folder)
    await assertFails(open(folder), 'STORE_CORRUPT', folder)
    await assertFails(open(folder), 'STORE_CORRUPT', folder)
  })
}

test('a damaged block is reported to its readers, and stops writing once it would have to be rewritten', async (t) => {
  const folder = await folderFor(t)
  await filled(folder, 'tables', true)
  await flipValues(folder, spaceBlock)
  const store = await openSealing(folder)
  t.after(() => store.close())
  await assertFails(rowsOf(store, 'd', 'k'), 'STORE_CORRUPT', folder)
  assert.deepEqual(await store.latest('d'), [{ key: 'k', ts: 2_999_000_000, value: 2999 / 8 }])
  const { tallies } = await store.commit(batchOf({ runs: [runOf('d', 'k', [[1, 1]])] }))
  assert.equal((await tallies)[0]!.fresh, 1)
  await store.latest('d')
  assert.equal(store.health().code, 'STORE_CORRUPT')
  await assertFails(put(store, 'd', 'k', [[2, 1]]), 'STORE_CORRUPT', folder)
})

test('a repair leaves out what is damaged, says so, and keeps everything else', async (t) => {
  const folder = await folderFor(t)
  await filled(folder, 'tables', true)
  const store = await openSealing(folder)
  await put(store, 'other', 'k', [[1, 1]])
  await store.close()
  await flipValues(folder, spaceBlock)
  assert.deepEqual(await repairStorage({ folder, ...common }), { blocks: 1, journalEntries: 0 })
  const repaired = await open(folder)
  t.after(() => repaired.close())
  const left = await rowsOf(repaired, 'd', 'k')
  assert.ok(left.length >= 2000 && left.length < 3000)
  assert.deepEqual(await rowsOf(repaired, 'other', 'k'), [[1, 1]])
  await put(repaired, 'd', 'k', rows)
  assert.deepEqual(await rowsOf(repaired, 'd', 'k'), rows)
})

test('a repair brings back a store without CURRENT and MANIFEST', async (t) => {
  const folder = await folderFor(t)
  await filled(folder, 'tables', false)
  await damages['no CURRENT']!(folder)
  await damages['no MANIFEST']!(folder)
  assert.deepEqual(await repairStorage({ folder, ...common }), { blocks: 0, journalEntries: 0 })
  const store = await open(folder)
  assert.deepEqual(await rowsOf(store, 'd', 'k'), rows)
  await put(store, 'e', 'k', [[1, 1]])
  assert.deepEqual(await rowsOf(store, 'd', 'k'), rows)
  await store.close()
})

/** A file system of its own, of so many MiB; undefined where mounting is not allowed. */
async function mountSmall(t: TestContext, mebibytes: number): Promise<string | undefined> {
  const point = await mkdtemp(join(tmpdir(), 'ackstone-disk-'))
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', point])
  if (status !== 0) {
    await rm(point, { recursive: true })
    lack(t, 'needs to mount a small file system, which only root may')
    return undefined
  }
  t.after(async () => {
    execFileSync('umount', ['-l', point])
    await rm(point, { recursive: true })
  })
  return point
}

test('I5: a full disk acknowledges nothing and loses nothing, and the store goes on when there is room', async (t) => {
  const point = await mountSmall(t, 16)
  if (point === undefined) return
  const folder = join(point, 'data')
  const store = await open(folder)
  t.after(() => store.close())
  const text = 'x'.repeat(60_000)
  let next = 0
  const bigBatch = (): ReturnType<typeof batchOf> => {
    next++
    return batchOf({ runs: [runOf('d', 'k', [[next, `${next} ${text}`]])] })
  }
  await store.commit(bigBatch())
  await writeFile(join(point, 'filler'), Buffer.alloc(14 * 1024 * 1024))
  let failed: ReturnType<typeof batchOf> | undefined
  while (failed === undefined) {
    const batch = bigBatch()
    const outcome = await store.commit(batch).catch((error: unknown) => error)
    if (!(outcome instanceof AckstoneError)) continue
    assert.equal(outcome.code, 'STORE_FULL')
    failed = batch
  }
  for (let attempt = 0; attempt < 3; attempt++) await assertFails(store.commit(failed), 'STORE_FULL', folder)
  assert.equal(store.health().code, 'STORE_FULL')
  const stored = (): Promise<Row[]> => rowsOf(store, 'd', 'k')
  assert.equal((await stored()).length, next - 1, 'what is stored can be read while the disk is full')

  await rm(join(point, 'filler'))
  const { tallies } = await store.commit(failed)
  assert.deepEqual((await tallies)[0], { fresh: 1, sameValue: 0, overwritten: 0, ignored: 0, late: 0 })
  assert.equal(store.health().isWritable, true)
  const expected = Array.from({ length: next }, (_, i): Row => [i + 1, `${i + 1} ${text}`])
  assert.deepEqual(await stored(), expected)
  await store.close()
  const again = await open(folder)
  assert.deepEqual(await rowsOf(again, 'd', 'k'), expected)
  await again.close()
})

test('a read-only disk is refused, and taken again when it is writable', async (t) => {
  const point = await mountSmall(t, 16)
  if (point === undefined) return
  const folder = join(point, 'data')
  const store = await open(folder)
  await put(store, 'd', 'k', [[1, 1]])
  await store.close()
  execFileSync('mount', ['-o', 'remount,ro', point])
  await assertFails(open(folder), 'STORE_READ_ONLY', folder)
  await assertFails(open(join(point, 'new')), 'STORE_READ_ONLY', join(point, 'new'))
  execFileSync('mount', ['-o', 'remount,rw', point])
  const again = await open(folder)
  assert.deepEqual(await rowsOf(again, 'd', 'k'), [[1, 1]])
  await again.close()
})
