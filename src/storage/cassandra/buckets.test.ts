import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { tsMax, tsMin } from '../../model/reading.ts'
import { bucketOf, epochsFrom, firstEpochs, firstWidthUs, nextEpochFrom, suitableWidth } from './buckets.ts'

const hourUs = 3_600_000_000
const times = fc.integer({ min: tsMin, max: tsMax })
const widths = fc.constantFrom(60_000_000, hourUs, 24 * hourUs, 720 * hourUs)
const announced = fc
  .uniqueArray(fc.record({ from: fc.integer({ min: 0, max: 500_000 }), width: widths }), {
    maxLength: 5,
    selector: ({ from }) => from,
  })
  .map((some) => epochsFrom(some.map(({ from, width }) => ({ from: from * hourUs, width }))))

test('every time lies in its bucket, and in no other', () => {
  const property = fc.property(announced, times, times, (epochs, a, b) => {
    const one = bucketOf(epochs, a)
    const other = bucketOf(epochs, b)
    assert.ok(one.start <= a && a < one.end)
    assert.deepEqual(bucketOf(epochs, one.start), one, 'a bucket begins with itself')
    if (one.start === other.start) assert.equal(one.end, other.end)
    else assert.ok(one.end <= other.start || other.end <= one.start, 'buckets do not overlap')
  })
  fc.assert(property, { numRuns: 2_000 })
})

test('a width that is announced moves no time that lies before it', () => {
  const property = fc.property(announced, widths, times, (epochs, width, ts) => {
    const from = nextEpochFrom(Math.max(0, epochs.at(-1)!.from), 0)
    const before = Math.min(ts, from - 1)
    assert.equal(
      bucketOf(epochsFrom([...epochs.slice(1), { from, width }]), before).start,
      bucketOf(epochs, before).start,
    )
  })
  fc.assert(property, { numRuns: 2_000 })
})

test('a series begins with hours, and a width follows its rate', () => {
  assert.deepEqual(bucketOf(firstEpochs, 1_764_000_000_000_000), {
    start: 1_764_000_000_000_000,
    end: 1_764_000_000_000_000 + hourUs,
  })
  assert.equal(suitableWidth(firstWidthUs, 3_600), firstWidthUs, 'one a second stays')
  assert.equal(suitableWidth(firstWidthUs, 60), 720 * hourUs, 'one a minute: thirty days')
  assert.equal(suitableWidth(firstWidthUs, 360_000), 60_000_000 * 1, '100 a second: a minute')
  assert.equal(suitableWidth(firstWidthUs, 90_000), 600_000_000, '25 a second: ten minutes')
})

test('a width is announced for later than any reading can be ahead, and than any hub can be behind', () => {
  const nowUs = 1_764_000_000_123_456
  const from = nextEpochFrom(nowUs, 24 * hourUs)
  assert.ok(from >= nowUs + 26 * hourUs)
  assert.equal(from % hourUs, 0)
})
