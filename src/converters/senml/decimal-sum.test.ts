import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decimalSum } from './decimal-sum.ts'

test('sums are those of the digits', () => {
  assert.equal(decimalSum(20, 0.3), 20.3)
  assert.equal(decimalSum(0.1, 0.2), 0.3)
  assert.equal(decimalSum(1e300, 1), 1e300)
  assert.equal(decimalSum(1e-300, 0), 1e-300)
  assert.equal(decimalSum(-0.5, 0.5), 0)
  assert.equal(decimalSum(9007199254740993n, 1), 9007199254740994n)
  assert.equal(decimalSum(9007199254740993n, -9007199254740992), 1)
  assert.equal(decimalSum(9223372036854775807n, 1), undefined)
  assert.equal(decimalSum(1.7e308, 1.7e308), undefined)
})

test('cents add up like whole numbers', () => {
  const cents = fc.integer({ min: -1_000_000_000, max: 1_000_000_000 })
  fc.assert(
    fc.property(cents, cents, (a, b) => assert.equal(decimalSum(a / 100, b / 100), (a + b) / 100 + 0)),
    { seed: 1 },
  )
})

test('any two doubles have a sum that is a double, or none', () => {
  const double = fc.double({ noNaN: true, noDefaultInfinity: true })
  fc.assert(
    fc.property(double, double, (a, b) => {
      const sum = decimalSum(a, b)
      const rounding = Math.max(Math.abs(a), Math.abs(b)) * Number.EPSILON + Number.MIN_VALUE
      if (sum === undefined) assert.ok(!Number.isFinite(a + b))
      else assert.ok(Math.abs(Number(sum) - (a + b)) <= rounding)
    }),
    { seed: 1, numRuns: 2_000 },
  )
})
