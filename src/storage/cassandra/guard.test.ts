import assert from 'node:assert/strict'
import { test } from 'node:test'
import cassandra from 'cassandra-driver'
import { guardOf, isDue, isSealed, markFor, settleUs, skewUs, spanOf, type ListedBucket } from './guard.ts'

const hourUs = 3_600_000_000
const long = (value: number | undefined): ListedBucket['sealed'] =>
  value === undefined ? null : cassandra.types.Long.fromNumber(value)

function listed(parts: { sealed?: number; marked?: number }): ListedBucket {
  return { bucket: long(0)!, width: long(hourUs)!, sealed: long(parts.sealed), marked: long(parts.marked) }
}

test('I8: whatever two hubs’ clocks say, no block counts that was read before a row it lacks was confirmed', () => {
  // A row is confirmed at `at`, true time, by a hub whose clock is off by one half of the allowed difference;
  // a block is begun just before, by a hub whose clock is off by the other half the other way.
  const off = skewUs / 2 - 1
  for (const at of [
    1,
    hourUs / 2,
    hourUs,
    hourUs + settleUs - 1,
    hourUs + settleUs,
    3 * hourUs,
    100 * hourUs,
  ]) {
    for (const sign of [-1, 1]) {
      const writer = at + sign * off
      const sealed = at - 1 - sign * off
      const mark = markFor(guardOf(hourUs, undefined), writer)
      assert.ok(writer <= guardOf(hourUs, mark), 'what is confirmed now is covered')
      const bucket = listed({ sealed, ...(mark === undefined ? {} : { marked: mark }) })
      assert.equal(isSealed(bucket), false, `at ${at}, sign ${sign}`)
    }
  }
})

test('a block is due once no clock can be behind the mark, and then it counts', () => {
  const quiet = hourUs + settleUs + skewUs
  assert.equal(isDue(listed({}), quiet), false)
  assert.equal(isDue(listed({}), quiet + 1), true)
  assert.equal(isSealed(listed({ sealed: quiet + 1 })), true)
  const marked = 5 * hourUs
  const late = listed({ sealed: quiet + 1, marked })
  assert.equal(isSealed(late), false)
  assert.equal(isDue(late, marked + skewUs), false)
  assert.equal(isDue(late, marked + skewUs + 1), true)
  assert.equal(isSealed(listed({ sealed: marked + skewUs + 1, marked })), true)
})

test('blocks of 24 neighbouring buckets share a span, before 1970 too', () => {
  assert.equal(spanOf(23 * hourUs, hourUs), 0)
  assert.equal(spanOf(24 * hourUs, hourUs), 24 * hourUs)
  assert.equal(spanOf(-hourUs, hourUs), -24 * hourUs)
})
