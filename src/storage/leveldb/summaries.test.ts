import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { put, type Row } from '../../../test/contract/batches.ts'
import { assertSummariesKept, makeOld, withLevel } from '../../../test/contract/kept-summaries.ts'
import { everyFunction, plainPoints, points } from '../../../test/contract/reduced.ts'
import { AckstoneError } from '../../errors.ts'
import { systemClock } from '../../lib/clock.ts'
import { silentLog } from '../../lib/log.ts'
import { tsMax, tsMin } from '../../model/reading.ts'
import { Intervals } from '../intervals.ts'
import { repairStorage } from '../open.ts'
import { LevelStore } from './engine.ts'
import { formatKey, spaceBlock, spaceRange, spaceSummary } from './keys.ts'

const common = { clock: systemClock, log: silentLog }
const second = 1_000_000
const count = 20 * 2048
const rows = Array.from({ length: count }, (_, i): Row => [i * second, i / 8])
const wide = { device: 'd', key: 'k', startTs: 0, endTs: 2 * count * second, intervalUs: 12_345 * second }

async function folderFor(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ackstone-summaries-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

const open = (folder: string): Promise<LevelStore> => LevelStore.open({ folder, ...common })

/** Puts rows block by block, and waits until they are sealed. */
async function fill(store: LevelStore, some: readonly Row[]): Promise<void> {
  for (let from = 0; from < some.length; from += 2048) {
    await put(store, 'd', 'k', some.slice(from, from + 2048))
    await store.latest('d')
  }
}

async function filled(folder: string, some: readonly Row[]): Promise<void> {
  const store = await open(folder)
  await fill(store, some)
  await store.close()
}

/** Summaries, and rows of chunks, that a reduction to these intervals reads. */
async function partsRead(store: LevelStore, intervalUs: number): Promise<[summaries: number, rows: number]> {
  const read: [number, number] = [0, 0]
  for await (const part of store.parts(wide, new Intervals(0, intervalUs))) {
    if ('firstTs' in part) read[0]++
    else read[1] += part.count
  }
  return read
}

async function assertSamePoints(store: LevelStore): Promise<void> {
  for (const agg of everyFunction) {
    assert.deepEqual(await points(store, { ...wide, agg }), await plainPoints(store, { ...wide, agg }), agg)
  }
}

test('wide intervals are answered from summaries, and of blocks only those across a border are read', async (t) => {
  const folder = await folderFor(t)
  await filled(folder, rows)
  assert.equal(await assertSummariesKept(folder), 20)
  const store = await open(folder)
  t.after(() => store.close())
  assert.deepEqual(await partsRead(store, 2048 * second), [20, 0])
  assert.deepEqual(await partsRead(store, 5 * 2048 * second), [20, 0])
  assert.deepEqual(await partsRead(store, 3000 * second), [7, 13 * 2048])
  assert.deepEqual(await partsRead(store, 1000 * second), [0, count])
  await assertSamePoints(store)
})

test('a store from before summaries opens at once, reads as before, and has summaries from then on', async (t) => {
  const folder = await folderFor(t)
  await filled(folder, rows.slice(0, count / 2))
  await makeOld(folder)
  const store = await open(folder)
  assert.deepEqual(await partsRead(store, 2048 * second), [0, count / 2])
  await assertSamePoints(store)
  await fill(store, rows.slice(count / 2))
  assert.deepEqual(await partsRead(store, 2048 * second), [10, count / 2])
  await assertSamePoints(store)

  // Rows that are older than what was there, and old blocks that are written anew.
  await put(store, 'd', 'k', [
    [3 * second, 7],
    [3 * second + 1, 8],
    [15 * 2048 * second + 1, 9],
  ])
  await assertSamePoints(store)
  await store.deleteSeries('d', undefined, 8 * 2048 * second, 12 * 2048 * second + 9)
  await assertSamePoints(store)
  await store.close()
  assert.equal(await withLevel(folder, async (level) => (await level.get(formatKey))!.readUInt32LE()), 2)
  await assertSummariesKept(folder)
})

test('a repair gives every block its summary, whatever was there before', async (t) => {
  const folder = await folderFor(t)
  await filled(folder, rows)
  await makeOld(folder)
  await withLevel(folder, async (level) => {
    const [key] = await level.keys(spaceRange(spaceBlock)).all()
    await level.put(Buffer.from([spaceSummary, ...key!.subarray(1, 12), 99]), Buffer.from('left behind'))
  })
  await repairStorage({ folder, ...common })
  assert.equal(await assertSummariesKept(folder), 20)
  const store = await open(folder)
  t.after(() => store.close())
  assert.deepEqual(await partsRead(store, 2048 * second), [20, 0])
  await assertSamePoints(store)
})

test('a damaged summary is said to be damage', async (t) => {
  const folder = await folderFor(t)
  await filled(folder, rows)
  await withLevel(folder, async (level) => {
    const [[key, value]] = (await level.iterator(spaceRange(spaceSummary)).all()) as [[Buffer, Buffer]]
    value[9]! ^= 1
    await level.put(key, value)
  })
  const store = await open(folder)
  t.after(() => store.close())
  await assert.rejects(points(store, { ...wide, agg: 'sum' }), (error) => {
    return error instanceof AckstoneError && error.code === 'STORE_CORRUPT' && /summary/.test(error.message)
  })
})

test('texts, truth values and sums that need more than two doubles come to the same', async (t) => {
  const folder = await folderFor(t)
  const store = await open(folder)
  const values = [(i: number) => (i % 2 === 0 ? 'on' : 'x'.repeat(100)), (i: number) => i % 3 === 0]
  const huge = (i: number): number => (i % 2 === 0 ? 1e300 : 1e-300)
  const mixed = rows.map(([ts], i): Row => [ts, [...values, huge][Math.floor(i / 4096) % 3]!(i)])
  await fill(store, mixed)
  await assertSamePoints(store)
  const all = { ...wide, startTs: tsMin, endTs: tsMax, intervalUs: 2 ** 50 }
  for (const agg of everyFunction)
    assert.deepEqual(await points(store, { ...all, agg }), await plainPoints(store, { ...all, agg }))
  await store.close()
  // Of 20 blocks the last of those with texts ends with a long one, and those with huge numbers have none.
  const standing = await assertSummariesKept(folder)
  assert.ok(standing > 0 && standing < 20, `${standing} summaries`)
})
