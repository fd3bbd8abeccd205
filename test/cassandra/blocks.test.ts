// Blocks of finished buckets: whatever is written late, overwritten or deleted, through whichever hub, a reader
// sees what the rows say.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { systemClock, type Clock } from '../../src/lib/clock.ts'
import { JsonText, type Value } from '../../src/model/reading.ts'
import { Cluster } from '../../src/storage/cassandra/cluster.ts'
import type { CassandraStore } from '../../src/storage/cassandra/engine.ts'
import type { ClusterOptions } from '../../src/storage/cassandra/options.ts'
import { createMeta, createKeyspace, migrations, tableName } from '../../src/storage/cassandra/schema.ts'
import { createMemoryStore } from '../../src/storage/memory.ts'
import type { SeriesRun } from '../../src/storage/store.ts'
import { batchOf, put, rowsOf, runOf, type Row } from '../contract/batches.ts'
import { rings, longRing } from '../tools.ts'
import { keyspaceFor } from './hubs.ts'
import { sharedCassandra, withCassandra } from './shared-server.ts'
import { folderFor, openStore, optionsFor } from './stores.ts'

const runs = { quick: 3, ci: 12, all: 60 }[rings()]
const hourUs = 3_600_000_000
/** A bucket that is long over. */
const startTs = 1_700_000_000_000_000 - (1_700_000_000_000_000 % hourUs)

/** A clock that a test can put forward. */
class MovedClock implements Clock {
  aheadUs = 0
  /** Called with each look at the time. */
  onLook: () => void = () => undefined
  nowUs = (): number => {
    const now = systemClock.nowUs() + this.aheadUs
    this.onLook()
    return now
  }
  monotonicMs = systemClock.monotonicMs
  soon = systemClock.soon
  after = systemClock.after
}

interface TwoHubs {
  clock: MovedClock
  hubs: [CassandraStore, CassandraStore]
  options: ClusterOptions
}

async function twoHubs(t: TestContext): Promise<TwoHubs> {
  const contact = await sharedCassandra()
  const options = optionsFor(contact, keyspaceFor(t))
  const clock = new MovedClock()
  const open = (): Promise<CassandraStore> => openStore(t, options, folderFor(t), { clock })
  return { clock, hubs: [await open(), await open()], options }
}

async function cql<T>(options: ClusterOptions, run: (cluster: Cluster) => Promise<T>): Promise<T> {
  const cluster = await Cluster.connect(options, undefined)
  try {
    return await run(cluster)
  } finally {
    await cluster.close()
  }
}

/** Takes the rows away behind the engine's back: what is still read is read from blocks. */
async function takeRows(options: ClusterOptions): Promise<void> {
  await cql(options, (cluster) => cluster.define(`TRUNCATE ${tableName(options, 'readings')}`))
}

const minutes = (from: number, to: number): Row[] =>
  Array.from({ length: to - from }, (_, i) => [startTs + (from + i) * 60_000_000, (from + i) / 4])

const anyTs = fc.integer({ min: 0, max: 40 }).map((n) => startTs + n * 10 * 60_000_000)
const anyValue: fc.Arbitrary<Value> = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -50, max: 50 }).map((n) => n / 10) },
  { weight: 1, arbitrary: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) },
  { weight: 1, arbitrary: fc.boolean() },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme' }) },
  { weight: 1, arbitrary: fc.json().map((text) => new JsonText(text)) },
)
const anyHub = fc.constantFrom(0 as const, 1 as const)
const anyStep = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('write' as const),
      hub: anyHub,
      rows: fc.array(fc.tuple(anyTs, anyValue), { minLength: 1, maxLength: 30 }),
      duplicates: fc.constantFrom('overwrite' as const, 'overwrite' as const, 'ignore' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('delete' as const), hub: anyHub, from: anyTs, to: anyTs }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('seal' as const), hub: anyHub }) },
)

withCassandra(() => {
  test('I2 I8: rows, blocks, late rows, overwrites and deletions through two hubs are one truth', async (t) => {
    const { clock, hubs } = await twoHubs(t)
    let series = 0
    let made = 0
    const property = fc.asyncProperty(fc.array(anyStep, { minLength: 4, maxLength: 14 }), async (steps) => {
      const device = `d${++series}`
      const model = createMemoryStore()
      for (const step of steps) {
        const hub = hubs[step.hub]
        if (step.type === 'write') {
          const run = (): SeriesRun => runOf(device, 'k', step.rows, step.duplicates)
          await hub.commit(batchOf({ runs: [run()] }))
          await model.commit(batchOf({ runs: [run()] }))
        } else if (step.type === 'delete') {
          await hub.deleteSeries(device, undefined, step.from, step.to)
          await model.deleteSeries(device, undefined, step.from, step.to)
        } else {
          clock.aheadUs += hourUs
          made += await hub.seal(device, 'k')
        }
        for (const each of hubs) {
          assert.deepEqual(await rowsOf(each, device, 'k'), await rowsOf(model, device, 'k'))
        }
      }
      const middle = [startTs + 5 * 600_000_000, startTs + 27 * 600_000_000 + 1] as const
      for (const order of ['asc', 'desc'] as const) {
        const wanted = await rowsOf(model, device, 'k', ...middle, order)
        assert.deepEqual(await rowsOf(hubs[0], device, 'k', ...middle, order), wanted)
      }
      await model.close()
    })
    await fc.assert(property, { numRuns: runs })
    assert.ok(made > 0, 'some blocks were made')
  })

  test('a block is read instead of its rows, in both directions, and in parts', async (t) => {
    const { clock, hubs, options } = await twoHubs(t)
    const rows = minutes(0, 40 * 60)
    await put(hubs[0], 'd', 'k', rows)
    clock.aheadUs = hourUs
    assert.equal(await hubs[1].seal('d', 'k'), 40)
    assert.equal(await hubs[0].seal('d', 'k'), 0, 'what one hub has done the other finds done')
    await takeRows(options)
    assert.deepEqual(await rowsOf(hubs[0], 'd', 'k'), rows)
    assert.deepEqual(await rowsOf(hubs[1], 'd', 'k', 0, 2e15, 'desc'), rows.toReversed())
    assert.deepEqual(await rowsOf(hubs[0], 'd', 'k', rows[70]![0], rows[200]![0]), rows.slice(70, 200))
  })

  test('I8: a row that is confirmed long after its batch began is seen, though a block was made without it', async (t) => {
    const { clock, hubs, options } = await twoHubs(t)
    const slowClock = new MovedClock()
    const slow = await openStore(t, options, folderFor(t), { clock: slowClock })
    const now = systemClock.nowUs()
    const rows: Row[] = [
      [now, 1],
      [now + 1, 2],
    ]
    await put(slow, 'd', 'k', rows.slice(0, 1))
    clock.aheadUs = 3 * hourUs
    assert.equal(await hubs[0].seal('d', 'k'), 1)
    // The first look at the time is before the rows are sent; at the next one their bucket is long over.
    slowClock.onLook = () => {
      slowClock.aheadUs = 4 * hourUs
    }
    await put(slow, 'd', 'k', rows.slice(1))
    for (const hub of [slow, ...hubs]) assert.deepEqual(await rowsOf(hub, 'd', 'k'), rows)
  })

  test('without its blocks a bucket is read from its rows', async (t) => {
    const { clock, hubs, options } = await twoHubs(t)
    const rows = minutes(0, 200)
    await put(hubs[0], 'd', 'k', rows)
    clock.aheadUs = hourUs
    assert.equal(await hubs[0].seal('d', 'k'), 4)
    await cql(options, (cluster) => cluster.define(`TRUNCATE ${tableName(options, 'blocks')}`))
    assert.deepEqual(await rowsOf(hubs[0], 'd', 'k'), rows)
  })

  test('what expires does so in blocks as well', longRing, async (t) => {
    const { clock, hubs, options } = await twoHubs(t)
    const seconds = 8
    for (const table of ['readings', 'blocks']) {
      const change = `ALTER TABLE ${tableName(options, table)} WITH default_time_to_live = ${seconds}`
      await cql(options, (cluster) => cluster.define(change))
    }
    await put(hubs[0], 'd', 'k', minutes(0, 10))
    clock.aheadUs = hourUs
    assert.equal(await hubs[0].seal('d', 'k'), 1)
    assert.equal((await rowsOf(hubs[0], 'd', 'k')).length, 10)
    const deadline = performance.now() + 4 * seconds * 1000
    while ((await rowsOf(hubs[0], 'd', 'k')).length > 0) {
      assert.ok(performance.now() < deadline, 'readings outlive their time')
      await sleep(200)
    }
    assert.deepEqual(await hubs[0].latest('d'), [])
  })

  test('hubs that start together on a schema of version 1 bring it to the next, and keep what is there', async (t) => {
    const contact = await sharedCassandra()
    const options = optionsFor(contact, keyspaceFor(t))
    await cql(options, async (cluster) => {
      await cluster.define(createKeyspace(options))
      await cluster.define(createMeta(options))
      await cluster.define(...migrations(options)[0]!.statements)
      await cluster.rows(`INSERT INTO ${tableName(options, 'meta')} (name, value) VALUES ('version', '1')`)
      await cluster.rows(
        `INSERT INTO ${tableName(options, 'readings')} (device, key, bucket, ts, kind, num) ` +
          `VALUES ('d', 'k', ${startTs}, ${startTs + 5}, 0, 1.5)`,
      )
      await cluster.rows(
        `INSERT INTO ${tableName(options, 'buckets')} (device, key, bucket, width) ` +
          `VALUES ('d', 'k', ${startTs}, ${hourUs})`,
      )
    })
    const hubs = await Promise.all([1, 2, 3].map(() => openStore(t, options, folderFor(t))))
    for (const hub of hubs) assert.deepEqual(await rowsOf(hub, 'd', 'k'), [[startTs + 5, 1.5]])
    assert.equal(await hubs[2]!.seal('d', 'k'), 1)
    await put(hubs[0]!, 'd', 'k', [[startTs + 6, 2]])
    assert.equal((await rowsOf(hubs[1]!, 'd', 'k')).length, 2)
  })
})
