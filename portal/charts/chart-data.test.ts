// What a chart is given: gaps where a series that came regularly did not, one axis for several series.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { differInSize, gapsOf, numeric, plotOf } from './chart-data.ts'
import { aligned, intervalFor, moved, zoomed } from './range.ts'

const minutes = (...at: number[]) => at.map((minute) => minute * 60_000)

describe('data of a chart', () => {
  test('a gap is where nothing came for much longer than usual', () => {
    assert.deepEqual(gapsOf(minutes(0, 1, 2, 3, 4, 5, 9, 10, 11, 12, 13, 14, 15)), [
      { from: 5 * 60_000, to: 9 * 60_000 },
    ])
    assert.deepEqual(gapsOf(minutes(0, 1, 2, 3, 4, 6, 7, 8)), [], 'one that is left out is none')
    assert.deepEqual(gapsOf(minutes(0, 1, 5, 6, 10, 11, 15, 16, 20)), [], 'nor are distances that are usual')
    assert.deepEqual(gapsOf(minutes(0, 1, 50)), [], 'three readings tell nothing')
  })

  test('numbers are drawn, true and false as 1 and 0, and nothing else', () => {
    const series = numeric('a', [1, 2, 3, 4, 5], [1.5, true, 'x', { y: 1 }, false])
    assert.deepEqual(series, { key: 'a', ts: [1, 2, 5], value: [1.5, 1, 0] })
  })

  test('several series stand over one axis; a gap breaks the line of its own series alone', () => {
    const a = { key: 'a', ts: [0, 1, 2, 3, 4, 20, 21], value: [1, 1, 1, 1, 1, 2, 2] }
    const b = { key: 'b', ts: [3, 4.5], value: [7, 8], min: [6, 7], max: [8, 9] }
    const { ts, columns } = plotOf([a, b])
    assert.deepEqual(ts, [0, 1, 2, 3, 4, 4.0005, 4.5, 20, 21])
    assert.equal(columns.length, 6)
    assert.deepEqual(columns[0], [1, 1, 1, 1, 1, null, undefined, 2, 2])
    assert.deepEqual(columns[3], [
      undefined,
      undefined,
      undefined,
      7,
      undefined,
      undefined,
      8,
      undefined,
      undefined,
    ])
    assert.deepEqual([columns[4]?.[6], columns[5]?.[6]], [7, 9])
  })

  test('series of very different sizes are told apart', () => {
    const temp = { key: 'temp', ts: [1, 2], value: [20, 22] }
    const hum = { key: 'hum', ts: [1, 2], value: [18, 24] }
    const litres = { key: 'litres', ts: [1, 2], value: [18_000, 19_000] }
    assert.equal(differInSize([temp, hum]), false)
    assert.equal(differInSize([temp, litres]), true)
    assert.equal(differInSize([]), false)
  })
})

describe('range of a chart', () => {
  test('intervals are ones that people read, and few enough', () => {
    const day = { from: 0, to: 86_400_000 }
    assert.equal(intervalFor(day, 1_000), 120_000)
    assert.equal(intervalFor({ from: 0, to: 900_000 }, 1_000), 1_000)
    assert.equal(intervalFor({ from: 0, to: 10_000 * 86_400_000 }, 100), 100 * 86_400_000)
  })

  test('cuts stay where they are while the range moves along', () => {
    assert.deepEqual(aligned({ from: 61_000, to: 179_000 }, 60_000), { from: 60_000, to: 180_000 })
    assert.deepEqual(aligned({ from: 62_000, to: 180_000 }, 60_000), { from: 60_000, to: 180_000 })
  })

  test('zooms around its middle and moves by a share of its length', () => {
    assert.deepEqual(zoomed({ from: 0, to: 100 }, 0.5), { from: 25, to: 75 })
    assert.deepEqual(zoomed({ from: 50, to: 51 }, 0.01), { from: 50, to: 51 })
    assert.deepEqual(moved({ from: 0, to: 100 }, -0.5), { from: -50, to: 50 })
  })
})
