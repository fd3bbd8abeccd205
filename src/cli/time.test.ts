import assert from 'node:assert/strict'
import { test } from 'node:test'
import { momentText, showMoment } from './time.ts'

test('a moment is a number, RFC 3339, or a time before now', () => {
  const nowMs = 1_764_000_000_000
  assert.equal(momentText('1764000000123.456', '--start', nowMs), '1764000000123.456')
  assert.equal(momentText('2h', '--start', nowMs), String(nowMs - 7_200_000))
  assert.equal(momentText('7d', '--start', nowMs), String(nowMs - 604_800_000))
  assert.equal(momentText('now', '--end', nowMs), String(nowMs))
  assert.equal(momentText('2025-11-24T16:00:00Z', '--start', nowMs), '1764000000000')
  for (const text of ['', 'soon', '2x', '1.2345', '12:00']) {
    assert.throws(() => momentText(text, '--start', nowMs), /--start is no moment/, text)
  }
})

test('moments are shown in UTC, with microseconds where there are any', () => {
  assert.equal(showMoment(1764000000123), '2025-11-24T16:00:00.123Z')
  assert.equal(showMoment(1764000000123.456), '2025-11-24T16:00:00.123456Z')
  assert.equal(showMoment(-0.5), '1969-12-31T23:59:59.999500Z')
})
