import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { tsMax, tsMin } from '../model/reading.ts'
import { Intervals } from './intervals.ts'

test('each moment lies in one interval: not before its start, and before the next one', () => {
  const anyTs = fc.integer({ min: tsMin, max: tsMax })
  const anyLength = fc.oneof(
    fc.integer({ min: 8, max: 2 ** 40 }),
    // Lengths whose multiples are rounded.
    fc.double({ min: 8, max: 1e9, noNaN: true }),
  )
  fc.assert(
    fc.property(anyTs, anyTs, anyLength, (originTs, ts, length) => {
      const intervals = new Intervals(originTs, length)
      const index = intervals.indexOf(ts)
      assert.ok(intervals.startOf(index) <= ts && ts < intervals.startOf(index + 1))
      assert.ok(intervals.areTogether(ts, ts))
    }),
    { numRuns: 2000 },
  )
})

test('two moments are together when the border of no interval lies between them', () => {
  const intervals = new Intervals(5, 10)
  assert.equal(intervals.areTogether(5, 14), true)
  assert.equal(intervals.areTogether(5, 15), false)
  assert.equal(intervals.areTogether(14, 15), false)
  assert.equal(intervals.indexOf(4), -1)
})
