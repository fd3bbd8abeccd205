import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ArrivalRate } from './arrival-rate.ts'

function series(counts: readonly number[]) {
  const rate = new ArrivalRate(0)
  let total = 0
  let nowMs = 0
  const add = (more: readonly number[]): boolean[] =>
    more.map((count) => {
      total += count
      nowMs += 1_000
      rate.tick(total, nowMs)
      return rate.isCatchingUp
    })
  add(counts)
  return { rate, add }
}

test('a steady stream shows its rate from the first seconds on', () => {
  assert.equal(series([41]).rate.perSecond, 41)
  assert.ok(Math.abs(series(Array.from({ length: 100 }, () => 41)).rate.perSecond - 41) < 0.01)
})

test('what a broker kept is told from what comes new, and is not the usual rate', () => {
  const { rate, add } = series(Array.from({ length: 60 }, () => 100))
  rate.connected(true)
  assert.deepEqual(add([5_000, 5_000, 4_000, 110, 100]), [true, true, true, false, false])
  assert.ok(Math.abs(rate.perSecond - 100) < 2, `${rate.perSecond}`)
})

test('without a session there is nothing to catch up with; with one, a stream of unknown rate ends it when it slows', () => {
  const { rate, add } = series([])
  rate.connected(false)
  assert.deepEqual(add([5_000]), [false])
  const fresh = series([])
  fresh.rate.connected(true)
  assert.deepEqual(fresh.add([5_000, 4_900, 200]), [true, true, false])
  const idle = series([])
  idle.rate.connected(true)
  assert.deepEqual(idle.add([0]), [false])
})
