import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { batchOf, rowsOf, runOf } from '../../../test/contract/batches.ts'
import { assertSummariesKept, makeOld } from '../../../test/contract/kept-summaries.ts'
import { everyFunction, points } from '../../../test/contract/reduced.ts'
import { rings } from '../../../test/tools.ts'
import { systemClock } from '../../lib/clock.ts'
import { silentLog } from '../../lib/log.ts'
import { JsonText, tsMax, tsMin, type Value } from '../../model/reading.ts'
import type { Reduction } from '../aggregate.ts'
import { createMemoryStore } from '../memory.ts'
import type { Batch, Store } from '../store.ts'
import { LevelStore } from './engine.ts'
import type { SealLimits } from './seal.ts'

/** One run is a folder, some syncs and some reopenings. */
const runs = Number(process.env.ACKSTONE_MODEL_RUNS ?? { quick: 15, ci: 100, all: 400 }[rings()])

const devices = ['d1', 'd2']
const keys = ['a', 'b']

const anyTs = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -60, max: 60 }).map((n) => n * 1_000_000) },
  { weight: 3, arbitrary: fc.integer({ min: -60, max: 60 }) },
  { weight: 1, arbitrary: fc.constantFrom(tsMin, tsMin + 1, tsMax - 1) },
)
const anyValue: fc.Arbitrary<Value> = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -50, max: 50 }).map((n) => n / 10) },
  { weight: 2, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
  { weight: 1, arbitrary: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) },
  { weight: 1, arbitrary: fc.boolean() },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme' }) },
  { weight: 1, arbitrary: fc.json().map((text) => new JsonText(text)) },
)
const anyRows = fc.oneof(
  fc.array(fc.tuple(anyTs, anyValue), { minLength: 1, maxLength: 40 }),
  // What devices do: steady times, numbers.
  fc
    .record({ start: fc.integer({ min: -60, max: 60 }), count: fc.integer({ min: 1, max: 60 }) })
    .map(({ start, count }) =>
      Array.from({ length: count }, (_, i): [number, Value] => [(start + i) * 1_000_000, i / 4]),
    ),
)
const anyRun = fc
  .tuple(
    fc.constantFrom(...devices),
    fc.constantFrom(...keys),
    anyRows,
    fc.constantFrom('overwrite' as const, 'ignore' as const),
  )
  .map((parts) => runOf(...parts))

type Step =
  | { type: 'commit'; runs: Batch['runs'] }
  | { type: 'again' }
  | { type: 'reopen'; isOld: boolean }
  | { type: 'delete'; device: string; keys: string[] | undefined; startTs: number; endTs: number }

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .array(anyRun, { minLength: 1, maxLength: 4 })
      .map((runs) => ({ type: 'commit' as const, runs })),
  },
  { weight: 1, arbitrary: fc.constant({ type: 'again' as const }) },
  { weight: 2, arbitrary: fc.boolean().map((isOld) => ({ type: 'reopen' as const, isOld })) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('delete' as const),
      device: fc.constantFrom(...devices),
      keys: fc.option(fc.subarray(keys), { nil: undefined }),
      startTs: anyTs,
      endTs: anyTs,
    }),
  },
)
/** Small enough for every kind of seal, merge and split to happen. */
const anyLimits: fc.Arbitrary<Partial<SealLimits>> = fc.record({
  seriesRowsMax: fc.integer({ min: 1, max: 80 }),
  tailRowsMax: fc.integer({ min: 1, max: 200 }),
  waitingSeriesMax: fc.integer({ min: 1, max: 4 }),
  journalBytesMax: fc.integer({ min: 100, max: 5000 }),
  insertRowsMax: fc.integer({ min: 2, max: 50 }),
  blockRowsMax: fc.integer({ min: 8, max: 32 }),
  blockRowsMin: fc.integer({ min: 2, max: 8 }),
  smallBlocksMax: fc.integer({ min: 1, max: 4 }),
  summaryRowsMin: fc.integer({ min: 1, max: 10 }),
  writeBytes: fc.integer({ min: 50, max: 5000 }),
})

const anyReduction = fc.record({
  agg: fc.constantFrom(...everyFunction),
  startTs: anyTs,
  endTs: anyTs,
  intervalUs: fc.oneof(
    fc.integer({ min: 1, max: 120 }).map((n) => n * 500_000),
    fc.constant(2 ** 50),
  ),
})

/** Reductions, to the last bit. Nobody may ask for more than a million intervals. */
async function assertReduced(
  level: Store,
  memory: Store,
  asked: Omit<Reduction, 'device' | 'key'>,
): Promise<void> {
  if ((asked.endTs - asked.startTs) / asked.intervalUs > 1e6) return
  for (const device of devices) {
    for (const key of keys) {
      const one = { device, key, ...asked }
      assert.deepEqual(await points(level, one), await points(memory, one))
    }
  }
}

async function assertSame(level: Store, memory: Store): Promise<void> {
  for (const device of devices) {
    assert.deepEqual(await level.latest(device), await memory.latest(device))
    for (const key of keys) {
      for (const order of ['asc', 'desc'] as const) {
        const all = await rowsOf(memory, device, key, tsMin, tsMax, order)
        assert.deepEqual(await rowsOf(level, device, key, tsMin, tsMax, order), all)
        const startTs = -10_000_000
        const some = all.filter(([ts]) => ts >= startTs && ts < 20_000_000)
        assert.deepEqual(await rowsOf(level, device, key, startTs, 20_000_000, order), some)
      }
    }
  }
}

test('I2, I9: whatever is committed, sealed, repeated, deleted and reopened, LevelDB holds what memory holds', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyLimits,
      fc.array(anyStep, { minLength: 1, maxLength: 15 }),
      fc.array(anyReduction, { minLength: 4, maxLength: 8 }),
      async (sealLimits, steps, reductions) => {
        const folder = await mkdtemp(join(tmpdir(), 'ackstone-model-'))
        const open = (): Promise<Store> =>
          LevelStore.open({ folder, clock: systemClock, log: silentLog, sealLimits })
        const memory = createMemoryStore()
        let level = await open()
        let last: Batch | undefined
        try {
          for (const step of steps) {
            if (step.type === 'reopen') {
              await level.close()
              if (step.isOld) await makeOld(folder)
              level = await open()
              last = undefined
              await assertSame(level, memory)
            } else if (step.type === 'delete') {
              const { device, startTs, endTs } = step
              const deleted = await level.deleteSeries(device, step.keys, startTs, endTs)
              assert.equal(deleted, await memory.deleteSeries(device, step.keys, startTs, endTs))
            } else if (step.type === 'commit' || last !== undefined) {
              last = step.type === 'commit' ? batchOf({ runs: step.runs }) : last!
              const ours = await level.commit(last)
              const theirs = await memory.commit(last)
              assert.deepEqual(await ours.tallies, await theirs.tallies)
            }
          }
          await assertSame(level, memory)
          for (const asked of reductions) await assertReduced(level, memory, asked)
        } finally {
          await level.close()
          await assertSummariesKept(folder)
          await rm(folder, { recursive: true, force: true })
        }
      },
    ),
    // Also the end of looking for a smaller example.
    { numRuns: runs, interruptAfterTimeLimit: 120_000 },
  )
})
