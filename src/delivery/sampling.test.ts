import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Sampling } from './sampling.ts'

/** Messages a second for some seconds; how many of each second are looked at. */
function sampledAt(
  perSecond: number,
  seconds: number,
  sampling = new Sampling(),
  fromTs = 1_000_000,
): number[] {
  const found = Array.from({ length: seconds }, () => 0)
  for (let i = 0; i < perSecond * seconds; i++) {
    // Messages come in chunks that share a millisecond.
    const ts = fromTs + Math.floor((i / perSecond) * 1_000) * 1_000
    if (sampling.isDue(ts)) found[Math.floor(i / perSecond)]!++
  }
  return found
}

test('all messages are looked at while there are few', () => {
  assert.deepEqual(sampledAt(150, 3), [150, 150, 150])
})

test('at most 200 a second are, however many there are', () => {
  for (const perSecond of [201, 1_000, 50_000, 400_000]) {
    for (const found of sampledAt(perSecond, 3))
      assert.ok(found <= 200 && found > 60, `${found} of ${perSecond}`)
  }
})

test('the first message after a flood is looked at', () => {
  const sampling = new Sampling()
  sampledAt(400_000, 2, sampling)
  assert.equal(sampling.isDue(1_000_000 + 10_000_000), true)
})

test('a clock that steps backwards does not stop it', () => {
  const sampling = new Sampling()
  sampledAt(100, 1, sampling, 1_000_000_000_000)
  assert.deepEqual(sampledAt(100, 1, sampling, 1_000), [100])
})
