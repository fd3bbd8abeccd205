import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { JsonText, type Value } from '../model/reading.ts'
import { reduce, type AggregateFunction } from './aggregate.ts'
import { Intervals } from './intervals.ts'
import type { SeriesChunk } from './store.ts'

type Row = [ts: number, value: Value]

/** Rows in chunks of so many; doubles as an engine gives them. */
async function* chunksOf(rows: readonly Row[], size = 2): AsyncGenerator<SeriesChunk> {
  for (let from = 0; from < rows.length; from += size) {
    const part = rows.slice(from, from + size)
    const values = part.map(([, value]) => value)
    const isDouble = values.every((value) => typeof value === 'number')
    yield {
      ts: Float64Array.from(part, ([ts]) => ts),
      values: isDouble ? Float64Array.from(values as number[]) : values,
      count: part.length,
    }
  }
}

async function points(rows: readonly Row[], agg: AggregateFunction, size?: number): Promise<Row[]> {
  const { ts, values } = await reduce(chunksOf(rows, size), new Intervals(100, 10), agg)
  return [...ts].map((at, i): Row => [at, values[i]!])
}

describe('aggregate', () => {
  const numbers: Row[] = [
    [100, 4],
    [101, 2],
    [109, 6],
    [110, -1],
    [135, 0.5],
    [199, 7],
  ]

  test('each interval with readings is one point at its start, the others are left out', async () => {
    const expected: Record<AggregateFunction, Row[]> = {
      avg: [
        [100, 4],
        [110, -1],
        [130, 0.5],
        [190, 7],
      ],
      min: [
        [100, 2],
        [110, -1],
        [130, 0.5],
        [190, 7],
      ],
      max: [
        [100, 6],
        [110, -1],
        [130, 0.5],
        [190, 7],
      ],
      sum: [
        [100, 12],
        [110, -1],
        [130, 0.5],
        [190, 7],
      ],
      count: [
        [100, 3],
        [110, 1],
        [130, 1],
        [190, 1],
      ],
      first: [
        [100, 4],
        [110, -1],
        [130, 0.5],
        [190, 7],
      ],
      last: [
        [100, 6],
        [110, -1],
        [130, 0.5],
        [190, 7],
      ],
    }
    for (const [agg, rows] of Object.entries(expected)) {
      assert.deepEqual(await points(numbers, agg as AggregateFunction), rows, agg)
    }
    assert.deepEqual(await points([], 'avg'), [])
  })

  test('what is no number counts, comes first or last, and is left out of arithmetic', async () => {
    const rows: Row[] = [
      [100, 'on'],
      [101, 3],
      [102, 5n],
      [103, true],
      [110, new JsonText('{}')],
    ]
    assert.deepEqual(await points(rows, 'count'), [
      [100, 4],
      [110, 1],
    ])
    assert.deepEqual(await points(rows, 'first'), [
      [100, 'on'],
      [110, new JsonText('{}')],
    ])
    assert.deepEqual(await points(rows, 'last'), [
      [100, true],
      [110, new JsonText('{}')],
    ])
    assert.deepEqual(await points(rows, 'sum'), [[100, 8]])
    assert.deepEqual(await points(rows, 'avg'), [[100, 4]])
    assert.deepEqual(await points(rows, 'max'), [[100, 5]])
  })

  test('how the readings are cut into chunks makes no difference', async () => {
    const anyRows = fc
      .uniqueArray(fc.integer({ min: 100, max: 199 }), { maxLength: 40 })
      .chain((ts) =>
        fc
          .array(fc.oneof(fc.integer(), fc.boolean()), { minLength: ts.length, maxLength: ts.length })
          .map((values) => ts.toSorted((a, b) => a - b).map((at, i): Row => [at, values[i]!])),
      )
    const anyAgg = fc.constantFrom<AggregateFunction[]>('avg', 'min', 'max', 'sum', 'count', 'first', 'last')
    await fc.assert(
      fc.asyncProperty(anyRows, fc.integer({ min: 1, max: 9 }), anyAgg, async (rows, size, agg) => {
        assert.deepEqual(await points(rows, agg, size), await points(rows, agg, 1000))
      }),
    )
  })
})
