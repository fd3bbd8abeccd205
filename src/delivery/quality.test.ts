import assert from 'node:assert/strict'
import { test } from 'node:test'
import { completenessOf, learnInterval, qualityAdvice } from './quality.ts'

const secondUs = 1_000_000

/** Times in seconds, as microseconds. */
function times(...seconds: number[]): Float64Array {
  return Float64Array.from(seconds, (second) => second * secondUs)
}

test('the interval is learned from the data, jitter and a gap notwithstanding', () => {
  assert.equal(learnInterval(times(0, 10, 20.1, 30, 39.9, 50, 100, 110)), 10 * secondUs)
})

test('what comes when something happens has no interval', () => {
  assert.equal(learnInterval(times(0, 1, 17, 18, 90, 400, 402)), undefined)
  assert.equal(learnInterval(times(0, 10, 20)), undefined, 'three readings say nothing yet')
  const { expected, gaps } = completenessOf(times(0, 1, 17, 18, 90, 400, 402), 1e12, 9)
  assert.deepEqual([expected, gaps], [undefined, []])
})

test('gaps are where readings lack, with how many, and the end of the range counts', () => {
  const found = completenessOf(times(0, 10, 20, 30, 40, 80, 90, 100), 131 * secondUs, 9)
  assert.deepEqual(found.gaps, [
    { startTs: 40 * secondUs, endTs: 80 * secondUs, missing: 3 },
    { startTs: 100 * secondUs, endTs: 131 * secondUs, missing: 2 },
  ])
  assert.deepEqual([found.gapCount, found.missing, found.expected, found.stored], [2, 5, 13, 8])
})

test('a reading that is due just now is not missing', () => {
  assert.equal(completenessOf(times(0, 10, 20, 30, 40), 52 * secondUs, 9).gapCount, 0)
})

test('I7: of many gaps the largest are told, all are counted', () => {
  const seconds = Array.from({ length: 300 }, (_, i) => i * 10 + Math.floor(i / 3) * 20)
  const found = completenessOf(times(...seconds), seconds.at(-1)! * secondUs, 5)
  assert.equal(found.gaps.length, 5)
  assert.equal(found.gapCount, 99)
})

test('advice follows from what is seen', () => {
  const none = { received: { qos0: 0, qos1: 9, qos2: 0 }, gapCount: 0, missing: 0, intervalUs: 1 }
  const fine = { ...none, late: 0, repeated: 0, rejected: 0 }
  assert.deepEqual(qualityAdvice(fine), [])
  assert.match(
    qualityAdvice({ ...fine, gapCount: 1, missing: 3, received: { qos0: 9, qos1: 0, qos2: 0 } })[0]!,
    /QoS 0/,
  )
  assert.match(qualityAdvice({ ...fine, gapCount: 2, missing: 3 })[0]!, /keeps its session/)
  assert.match(qualityAdvice({ ...fine, rejected: 1 })[0]!, /rejected/)
})
