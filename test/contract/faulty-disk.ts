// Runs in a process whose disk fails on request (faulty-disk.c): commits, seals and deletes at random while
// syncs fail at random, and compares with the memory engine. Arguments: folder, fault file, seed.
import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises'
import { AckstoneError } from '../../src/errors.ts'
import { systemClock, type Clock } from '../../src/lib/clock.ts'
import { silentLog } from '../../src/lib/log.ts'
import { LevelStore } from '../../src/storage/leveldb/engine.ts'
import { createMemoryStore } from '../../src/storage/memory.ts'
import type { Batch, Commit, Store } from '../../src/storage/store.ts'
import { batchOf, rowsOf, runOf, type Row } from './batches.ts'

const [folder = '', faultFile = '', seedText = '1'] = process.argv.slice(2)
let seed = Number(seedText)

/** An integer in [0, below). */
function random(below: number): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return Math.floor((seed / 2 ** 32) * below)
}

const faults = [
  { errno: constants.errno.EIO, code: 'STORE_UNAVAILABLE' },
  { errno: constants.errno.EROFS, code: 'STORE_READ_ONLY' },
  { errno: constants.errno.ENOSPC, code: 'STORE_FULL' },
]
let expectedCode: string | undefined
/** Of the fault before: an attempt to recover that was under way when the fault changed still names it. */
let earlierCode: string | undefined
let lastCode: string | undefined
let failures = 0

function breakDisk(): void {
  const { errno, code } = faults[random(faults.length)]!
  writeFileSync(faultFile, String(errno))
  earlierCode = lastCode
  lastCode = code
  expectedCode = code
}

function mendDisk(): void {
  rmSync(faultFile, { force: true })
  expectedCode = undefined
}

const devices = ['d1', 'd2', 'd3']
const sealLimits = {
  seriesRowsMax: 20,
  blockRowsMax: 16,
  blockRowsMin: 4,
  insertRowsMax: 12,
  writeBytes: 200,
}
/** Its timers keep the process alive, as the sockets of a hub do. */
const clock: Clock = {
  ...systemClock,
  after(delayMs, run) {
    const handle = setTimeout(run, delayMs)
    return { cancel: () => clearTimeout(handle) }
  },
}
const open = (): Promise<Store> => LevelStore.open({ folder, clock, log: silentLog, sealLimits })

let newest = 0

function anyBatch(): Batch {
  const runs = Array.from({ length: 1 + random(3) }, () => {
    const device = devices[random(3)]!
    const count = 1 + random(20)
    // One device reports in order, the others as it comes.
    const rows = Array.from({ length: count }, (): Row => [
      device === 'd3' ? newest++ * 1000 : random(200) * 1000,
      random(4),
    ])
    return runOf(device, 'k', rows, random(3) === 0 ? 'ignore' : 'overwrite')
  })
  return batchOf({
    runs,
    state: [{ type: 'put', space: 'hub', key: 'n', value: Buffer.from(String(random(1000))) }],
  })
}

async function readAll(store: Store): Promise<unknown> {
  const rows = await Promise.all(devices.map((device) => rowsOf(store, device, 'k')))
  const latest = await Promise.all(devices.map((device) => store.latest(device)))
  const state = await store.stateGet('hub', 'n')
  return { rows, latest, state: state === undefined ? '' : Buffer.from(state).toString() }
}

/** Commits until it works, as whoever commits does; the disk is mended after a few attempts. */
async function commitAtLast(store: Store, batch: Batch): Promise<Commit> {
  for (let attempt = 0; ; attempt++) {
    try {
      const commit = await store.commit(batch)
      // Now: what fails next is the seal that follows.
      if (random(4) === 0) breakDisk()
      return commit
    } catch (error) {
      assert.ok(error instanceof AckstoneError && error.isRetryable, String(error))
      assert.ok(
        error.code === expectedCode || error.code === earlierCode,
        `${error.code} is not ${expectedCode}`,
      )
      assert.equal(store.health().code, error.code)
      failures++
      if (attempt === 2) mendDisk()
    }
  }
}

/** Deletes a range until it works; it may wait for what is settled before it, and that for the disk. */
async function deleteAtLast(store: Store, device: string, startTs: number, endTs: number): Promise<void> {
  const mended = delay(20).then(mendDisk)
  for (;;) {
    try {
      await store.deleteSeries(device, ['k'], startTs, endTs)
      return await mended
    } catch (error) {
      assert.ok(error instanceof AckstoneError && error.isRetryable, String(error))
      await nextTurn()
    }
  }
}

const memory = createMemoryStore()
let store = await open()
for (let step = 0; step < 50; step++) {
  if (random(6) === 0) breakDisk()
  const kind = random(12)
  if (kind === 0) {
    mendDisk()
    await store.close()
    store = await open()
  } else if (kind === 1) {
    const device = devices[random(3)]!
    const startTs = random(200) * 1000
    const endTs = startTs + random(60) * 1000
    await deleteAtLast(store, device, startTs, endTs)
    await memory.deleteSeries(device, ['k'], startTs, endTs)
  } else {
    const batch = anyBatch()
    const ours = await commitAtLast(store, batch)
    const theirs = await memory.commit(batch)
    // While the disk is broken a seal that has to come first keeps the tallies waiting.
    if (expectedCode === undefined) assert.deepEqual(await ours.tallies, await theirs.tallies)
  }
  if (expectedCode === undefined) assert.deepEqual(await readAll(store), await readAll(memory))
}
mendDisk()
assert.deepEqual(await readAll(store), await readAll(memory))
await store.close()
store = await open()
assert.deepEqual(await readAll(store), await readAll(memory))
await store.close()
assert.ok(failures > 0, 'the disk failed at least once')
assert.throws(() => readFileSync(faultFile))
