// What a reduction to intervals has to keep on every engine: that it is the reduction of the readings themselves,
// whatever the engine gives in place of them.
import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { tsMax, tsMin } from '../../src/model/reading.ts'
import { aggregate, type AggregateFunction, type Reduction } from '../../src/storage/aggregate.ts'
import type { SeriesChunk, Store } from '../../src/storage/store.ts'
import { put, type Row } from './batches.ts'
import type { EngineUnderTest } from './store.ts'

export const everyFunction: readonly AggregateFunction[] = [
  'avg',
  'min',
  'max',
  'sum',
  'count',
  'first',
  'last',
]

export type Pair = [ts: number, value: unknown]

function pairs({ ts, values, count }: SeriesChunk): Pair[] {
  return Array.from({ length: count }, (_, i) => [ts[i]!, values[i]])
}

/** The points as the engine gives them. */
export async function points(store: Pick<Store, 'query' | 'parts'>, asked: Reduction): Promise<Pair[]> {
  return pairs(await aggregate(store, asked))
}

/** The points of the readings themselves. */
export async function plainPoints(store: Store, asked: Reduction): Promise<Pair[]> {
  return points({ query: store.query.bind(store) }, asked)
}

async function assertReduced(
  store: Store,
  startTs: number,
  endTs: number,
  intervalUs: number,
): Promise<void> {
  const range = { device: 'd', key: 'k', startTs, endTs }
  const chunks: SeriesChunk[] = []
  for await (const chunk of store.query({ ...range, order: 'asc' })) chunks.push(chunk)
  // Readings that are read once, for all functions.
  const held = { query: () => Readable.from(chunks) }
  for (const agg of everyFunction) {
    const asked = { ...range, intervalUs, agg }
    assert.deepEqual(await points(store, asked), await points(held, asked), `${agg} of ${intervalUs} µs`)
  }
}

export function reductions({ open }: EngineUnderTest): void {
  test('a series is reduced to the same points, to the last bit, whatever the engine keeps of it', async (t) => {
    const store = await open(t)
    const second = 1_000_000
    const rows = Array.from({ length: 6_000 }, (_, i): Row => [i * second, Math.sin(i) * 10 ** (i % 7)])
    for (let from = 0; from < rows.length; from += 2_100)
      await put(store, 'd', 'k', rows.slice(from, from + 2_100))
    await store.latest('d')
    const asked = { device: 'd', key: 'k', startTs: 0, endTs: 6_000 * second, intervalUs: 2_500 * second }
    assert.deepEqual(await points(store, { ...asked, agg: 'count' }), [
      [0, 2_500],
      [2_500 * second, 2_500],
      [5_000 * second, 1_000],
    ])
    for (const intervalUs of [second, 2_500 * second]) {
      await assertReduced(store, 0, 6_000 * second, intervalUs)
      await assertReduced(store, 500 * second + 1, 4_999 * second, intervalUs)
    }

    // Late rows, rows written again, other types, and a hole.
    await put(store, 'd', 'k', [
      [100 * second + 1, 5],
      [200 * second, 'off'],
      [5_000 * second, 12n],
      [5_001 * second, -0],
    ])
    await assertReduced(store, 0, 6_000 * second, 2_500 * second)
    await store.deleteSeries('d', ['k'], 2_600 * second, 3_000 * second)
    await assertReduced(store, 0, 6_000 * second, 2_500 * second)
    await assertReduced(store, tsMin, tsMax, 2 ** 50)
    assert.deepEqual(await points(store, { ...asked, key: 'other', agg: 'count' }), [])
  })
}
