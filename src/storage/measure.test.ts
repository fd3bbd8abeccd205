import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '../lib/clock.ts'
import { CommitTimes, Growth } from './measure.ts'

test('commits: percentiles of the newest thousand', () => {
  const times = new CommitTimes()
  assert.equal(times.times, undefined)
  for (let i = 0; i < 1_024; i++) times.add(1_000)
  for (let i = 1; i <= 1_024; i++) times.add(i)
  assert.deepEqual(times.times, { p50: 513, p99: 1_014, count: 1_024 })
})

test('growth is known after an hour, and is that of the last week', async () => {
  let nowMs = 0
  let bytes = 0
  let due: (() => void) | undefined
  const clock: Clock = {
    nowUs: () => nowMs * 1000,
    monotonicMs: () => nowMs,
    soon: (run) => run(),
    after: (delayMs, run) => {
      due = () => {
        nowMs += delayMs
        run()
      }
      return { cancel: () => (due = undefined) }
    },
  }
  const growth = new Growth(clock, async () => (bytes === 5_000 ? Promise.reject(new Error('gone')) : bytes))
  growth.start()
  const later = async (times: number, more: number): Promise<void> => {
    for (let i = 0; i < times; i++) {
      await new Promise(setImmediate)
      bytes += more
      due!()
    }
    await new Promise(setImmediate)
  }
  await later(5, 1_000)
  assert.equal(growth.bytesPerDay, undefined, 'fifty minutes are too few')
  await later(1, 1_000)
  assert.equal(growth.bytesPerDay, 6_000 * 24)
  await later(2_000, 0)
  assert.equal(growth.bytesPerDay, 0, 'what was long ago no longer counts')
  growth.stop()
  assert.equal(due, undefined)
})
