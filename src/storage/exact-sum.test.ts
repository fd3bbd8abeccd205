import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ExactSum } from './exact-sum.ts'

function sumOf(values: readonly number[]): ExactSum {
  const sum = new ExactSum()
  sum.add(Float64Array.from(values), 0, values.length)
  return sum
}

const leastExponent = 1074n

/** The true sum in units of the smallest double, worked out from the decimal digits that say a double exactly. */
function trueSum(values: readonly number[]): bigint {
  return values.reduce((sum, value) => sum + unitsOf(value), 0n)
}

function unitsOf(value: number): bigint {
  // Halved until it is an integer; each halving is exact.
  let whole = value
  let doublings = 0n
  while (!Number.isInteger(whole)) {
    whole *= 2
    doublings++
  }
  return BigInt(whole) << (leastExponent - doublings)
}

/** Whether no double is nearer to the true sum than this one. */
function isNearest(found: number, units: bigint): boolean {
  if (!Number.isFinite(found)) {
    // Half a step beyond the largest double.
    const beyond = (1n << (1024n + leastExponent)) - (1n << (970n + leastExponent))
    return found > 0 ? units >= beyond : units <= -beyond
  }
  const distance = (value: number): bigint => abs(unitsOf(value) - units)
  const [below, above] = neighbours(found)
  return [below, above].every((one) => !Number.isFinite(one) || distance(found) <= distance(one))
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value
}

function neighbours(value: number): [number, number] {
  const view = new DataView(new ArrayBuffer(8))
  const step = (from: number, by: bigint): number => {
    if (from === 0) return by > 0n ? Number.MIN_VALUE : -Number.MIN_VALUE
    view.setFloat64(0, from)
    view.setBigInt64(0, view.getBigInt64(0) + (from > 0 ? by : -by))
    return view.getFloat64(0)
  }
  return [step(value, -1n), step(value, 1n)]
}

const anyFinite = fc.double({ noNaN: true, noDefaultInfinity: true })
const anyValues = fc.array(
  fc.oneof(
    anyFinite,
    fc.integer({ min: -1000, max: 1000 }).map((n) => n / 10),
    fc.constantFrom(Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE, 1e300, -1e300, 1e16, 1, -1, -0),
  ),
  { maxLength: 40 },
)

test('a sum is the true one, rounded once', () => {
  fc.assert(
    fc.property(anyValues, (values) => {
      const { value } = sumOf(values)
      assert.ok(isNearest(value, trueSum(values)), `${value} is not the nearest to the sum`)
    }),
    { numRuns: 1000 },
  )
  assert.equal(sumOf(Array.from({ length: 10 }, () => 0.1)).value, 1)
  assert.equal(sumOf([1e300, 1, -1e300]).value, 1)
  assert.equal(sumOf([Number.MAX_VALUE, Number.MAX_VALUE, -Number.MAX_VALUE]).value, Number.MAX_VALUE)
  assert.equal(sumOf([Number.MAX_VALUE, Number.MAX_VALUE]).value, Infinity)
  assert.equal(sumOf([]).value, 0)
  assert.ok(Object.is(sumOf([-0]).value, 0))
})

test('order and grouping make no difference, and pairs stand for what they are the sum of', () => {
  fc.assert(
    fc.property(anyValues, fc.nat(40), (values, at) => {
      const whole = sumOf(values).value
      assert.equal(sumOf(values.toReversed()).value, whole)
      const [left, right] = [sumOf(values.slice(0, at)), sumOf(values.slice(at))]
      if (!right.isPair) return
      left.addOne(right.high)
      left.addOne(right.low)
      assert.equal(left.value, whole)
    }),
    { numRuns: 1000 },
  )
})

test('what sensors send fits in two doubles, whatever their number', () => {
  const values = Float64Array.from({ length: 100_000 }, (_, i) => Math.sin(i) * 10 ** (i % 6))
  const sum = new ExactSum()
  sum.add(values, 0, values.length)
  assert.equal(sum.isPair, true)
  sum.clear()
  assert.equal(sum.value, 0)
})
