import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import fc from 'fast-check'
import { batchOf, rowsOf, runOf, type Row } from '../../../test/contract/batches.ts'
import { AckstoneError } from '../../errors.ts'
import { systemClock } from '../../lib/clock.ts'
import { silentLog } from '../../lib/log.ts'
import { JsonText, type Value } from '../../model/reading.ts'
import { LevelStore } from '../leveldb/engine.ts'
import { createMemoryStore } from '../memory.ts'
import type { RejectedMessage, StateSpace, Store } from '../store.ts'
import { moveKey, readMark, refuseUnfinishedMove } from './mark.ts'
import { moveStore, type MoveReport } from './move.ts'
import { spaces } from './order.ts'

async function folderFor(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ackstone-move-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

const open = (folder: string): Promise<LevelStore> =>
  LevelStore.open({ folder, clock: systemClock, log: silentLog })

function move(source: Store, target: Store, signal?: AbortSignal): Promise<MoveReport | undefined> {
  return moveStore({
    source,
    sourceName: 'the source',
    target,
    targetName: 'the target',
    clock: systemClock,
    signal: signal ?? new AbortController().signal,
    onProgress: () => undefined,
    onWait: () => undefined,
  })
}

function rejectedOf(id: string, at: number): RejectedMessage {
  const payload = Buffer.from([0, 255, at])
  const texts = { integration: 'plant', device: 'd1', clientId: 'c', topic: 'a/b', code: 'x', reason: 'No.' }
  return { id, ...texts, payload, qos: 1, receivedTs: at * 7, decidedTs: at * 7 + 1 }
}

async function fill(store: Store): Promise<void> {
  const wide = Array.from({ length: 10_000 }, (_, at): Row => [at * 1000 + (at % 3), at / 8])
  const mixed: Row[] = [
    [-5, 2n ** 63n - 1n],
    [1, true],
    [2, 'öffen'],
    [3, new JsonText('{"a": [1,  null]}')],
    [4, -0],
  ]
  await store.commit(batchOf({ runs: [runOf('a', 'wide', wide)], closedTs: 1_000_000 }))
  await store.commit(batchOf({ runs: [runOf('a', 'mixed', mixed)], closedTs: 90_000_000 }))
  await store.commit(batchOf({ runs: [runOf('é', 'k', [[1, 1]])], closedTs: 95_000_001 }))
  await store.commit(batchOf({ runs: [runOf('gone', 'k', [[1, 1]])], closedTs: 96_000_001 }))
  await store.deleteSeries('gone', undefined, -10, 10)
  const state = spaces.flatMap((space) =>
    ['one', 'twö'].map((key) => ({
      type: 'put' as const,
      space,
      key,
      value: Buffer.from(`${space} ${key}`),
    })),
  )
  const rejected = Array.from({ length: 250 }, (_, at) => rejectedOf(`r${String(at).padStart(4, '0')}`, at))
  await store.commit(batchOf({ state, rejected, closedTs: 97_000_000 }))
}

async function entriesOf(store: Store, space: StateSpace): Promise<[string, string][]> {
  const found: [string, string][] = []
  for await (const { key, value } of store.stateScan(space, '')) {
    if (key !== moveKey) found.push([key, Buffer.from(value).toString('hex')])
  }
  return found
}

/** Everything a store holds that can be read through the contract. */
async function contentOf(store: Store): Promise<unknown> {
  const devices = await store.devices({ search: '', after: '', limit: 1000 })
  const series: unknown[] = []
  for (const { id } of devices) {
    for (const key of await store.keys(id)) {
      const rows = await rowsOf(store, id, key)
      if (rows.length > 0) series.push([id, key, rows])
    }
  }
  const rejected = await store.rejected('', undefined, 1000)
  const payloads = rejected.map((one) => ({ ...one, payload: Buffer.from(one.payload).toString('hex') }))
  return {
    devices,
    series,
    payloads,
    state: await Promise.all(spaces.map((space) => entriesOf(store, space))),
  }
}

test('everything arrives: devices with their records, readings of every type, rejected, state', async (t) => {
  const source = await open(await folderFor(t))
  t.after(() => source.close())
  await fill(source)
  const folder = await folderFor(t)
  const target = await open(folder)
  const report = await move(source, target)
  assert.ok(report !== undefined)
  assert.deepEqual([report.differences, report.wasDone], [[], false])
  const { devices, readings, rejected, state, seriesVerified, readingsVerified } = report
  assert.deepEqual(
    { devices, readings, rejected, state, seriesVerified, readingsVerified },
    { devices: 3, readings: 10_006, rejected: 250, state: 12, seriesVerified: 3, readingsVerified: 10_006 },
  )
  await target.close()
  const again = await open(folder)
  t.after(() => again.close())
  assert.deepEqual(await contentOf(again), await contentOf(source))
  const second = await move(source, again)
  assert.deepEqual(second, { ...report, wasDone: true })
})

/** A store that says so before each commit, and can refuse it. */
function watched(store: Store, onCommit: (number: number) => void): Store {
  let number = 0
  return new Proxy(store, {
    get(inner, name) {
      const member = Reflect.get(inner, name) as unknown
      if (name === 'commit') {
        return async (...args: Parameters<Store['commit']>) => {
          onCommit(++number)
          return inner.commit(...args)
        }
      }
      return typeof member === 'function' ? (member as () => unknown).bind(inner) : member
    },
  })
}

const value: fc.Arbitrary<Value> = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }),
  fc.boolean(),
  fc.string({ unit: 'binary', maxLength: 5 }),
  fc.jsonValue().map((json) => new JsonText(JSON.stringify(json))),
)
const runs = fc.array(
  fc.record({
    device: fc.constantFrom('a', 'b', 'ab', 'é', '🌡'),
    key: fc.constantFrom('k', 'l', 'kk'),
    rows: fc.array(fc.tuple(fc.integer({ min: -50, max: 50 }), value), { minLength: 1, maxLength: 8 }),
    closedTs: fc.nat(10 ** 9),
  }),
  { maxLength: 12 },
)

test('whatever a store holds arrives, however often the move fails and is started again', async () => {
  await fc.assert(
    fc.asyncProperty(
      runs,
      fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 }),
      async (given, stops) => {
        const source = createMemoryStore()
        for (const { device, key, rows, closedTs } of given) {
          const state = [
            { type: 'put' as const, space: 'queue' as const, key: device, value: Buffer.from(key) },
          ]
          await source.commit(batchOf({ runs: [runOf(device, key, rows)], state, closedTs }))
        }
        const target = createMemoryStore()
        for (const stop of stops) {
          const failing = watched(target, (number) => {
            if (number === stop) throw new AckstoneError('STORE_CORRUPT', { folder: 'x', cause: 'test' })
          })
          await move(source, failing).catch((error: unknown) => assert.ok(error instanceof AckstoneError))
        }
        const report = await move(source, target)
        assert.deepEqual(report?.differences, [])
        assert.deepEqual(await contentOf(target), await contentOf(source))
      },
    ),
    { numRuns: 60 },
  )
})

test('a move that failed in the middle of a long series goes on in the middle of it', async () => {
  const source = createMemoryStore()
  const rows = Array.from({ length: 120_000 }, (_, at): Row => [at, at / 8])
  await source.commit(batchOf({ runs: [runOf('d', 'a', rows), runOf('d', 'b', rows.slice(0, 10))] }))
  const target = createMemoryStore()
  const failing = watched(target, (number) => {
    if (number === 3) throw new AckstoneError('STORE_CORRUPT', { folder: 'x', cause: 'test' })
  })
  await assert.rejects(move(source, failing), { code: 'STORE_CORRUPT' })
  const { device, key, ts, counts } = (await readMark(target))!
  assert.deepEqual([device, key, counts.readings], ['d', 'a', ts])
  assert.ok(ts > 0 && ts < 120_000, `it had come to ${ts}`)
  const report = await move(source, target)
  assert.deepEqual([report?.differences, report?.readings], [[], 120_010])
})

test('a target that can’t store for a moment is asked again with the same batch', async () => {
  const source = createMemoryStore()
  await fill(source)
  const target = createMemoryStore()
  let refusals = 1
  const busy = watched(target, (number) => {
    if (number > 1 && refusals-- > 0) throw new AckstoneError('STORE_FULL', { folder: 'x' })
  })
  assert.deepEqual((await move(source, busy))?.differences, [])
  assert.deepEqual(await contentOf(target), await contentOf(source))
})

test('what differs on both sides is named with counts and checksums, and is copied anew the next time', async () => {
  const source = createMemoryStore()
  await fill(source)
  const target = createMemoryStore()
  // Somebody writes into the target before it is read back.
  const keysOf = source.keys.bind(source)
  let looks = 0
  source.keys = async (device) => {
    if (device === 'a' && ++looks === 2) {
      await target.commit(batchOf({ runs: [runOf('a', 'mixed', [[1, false]])] }))
    }
    return keysOf(device)
  }
  const report = await move(source, target)
  const found = report!.differences.map(({ device, key, what }) => [device, key, what])
  assert.deepEqual(found, [
    ['a', 'mixed', 'series'],
    ['a', '', 'device'],
  ])
  const [series] = report!.differences
  assert.deepEqual([series!.source.count, series!.target.count], [5, 5])
  assert.notEqual(series!.source.checksum, series!.target.checksum)
  assert.deepEqual((await move(source, target))?.differences, [])
  assert.deepEqual(await contentOf(target), await contentOf(source))
})

test('a target that holds data, or another move, is refused; a hub refuses a target that is not whole', async () => {
  const source = createMemoryStore()
  await fill(source)
  const used = createMemoryStore()
  await used.commit(batchOf({ runs: [runOf('d', 'k', [[1, 1]])] }))
  await assert.rejects(move(source, used), { code: 'MOVE_TARGET_IN_USE' })
  const target = createMemoryStore()
  const stopping = new AbortController()
  const stopped = watched(target, (number) => {
    if (number === 2) stopping.abort()
  })
  assert.equal(await move(source, stopped, stopping.signal), undefined)
  await assert.rejects(refuseUnfinishedMove(target, 'x'), { code: 'MOVE_UNFINISHED' })
  await assert.rejects(move(target, createMemoryStore()), { code: 'MOVE_UNFINISHED' })
  const other = { source: createMemoryStore(), sourceName: 'another', target, targetName: 'the target' }
  const hooks = { onProgress: () => undefined, onWait: () => undefined }
  const { signal } = new AbortController()
  await assert.rejects(moveStore({ ...other, ...hooks, clock: systemClock, signal }), {
    code: 'MOVE_OTHER_SOURCE',
  })
  await move(source, target)
  assert.equal((await readMark(target))?.stage, 'done')
  await refuseUnfinishedMove(target, 'x')
  assert.deepEqual(await contentOf(target), await contentOf(source))
})
