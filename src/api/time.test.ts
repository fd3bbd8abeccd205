import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { tsMax, tsMin } from '../model/reading.ts'
import { millisecondsText, parseMilliseconds, parseTime, timeText } from './time.ts'

const microseconds = fc.integer({ min: tsMin, max: tsMax })

test('every time there can be is written exactly and read back, as milliseconds and as RFC 3339', () => {
  fc.assert(
    fc.property(microseconds, (us) => {
      const text = millisecondsText(us)
      const [, sign, whole, decimals = ''] = /^(-?)(\d+)(?:\.(\d{1,3}))?$/.exec(text) ?? []
      const exact = BigInt(whole ?? 0) * 1000n + BigInt(decimals.padEnd(3, '0'))
      assert.equal(sign === '-' ? -exact : exact, BigInt(us))
      assert.doesNotMatch(text, /\.\d*0$/)
      assert.equal(parseTime(text), us)
      assert.equal(parseTime(timeText(us)), us)
    }),
  )
})

test('what is no time is not taken for one, and what is beyond every reading is held at the end', () => {
  const wrong = [
    '',
    ' 1',
    '1e3',
    '0x1',
    '1.2345',
    '.5',
    '2026-01-01',
    '2026-01-01T00:00:00',
    '2026-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-01T24:01:00Z',
    '2026-01-01T00:00:60Z',
    '2026-01-01T00:00:00.1234567Z',
    'NaN',
  ]
  for (const text of wrong) assert.equal(parseTime(text), undefined, text)
  assert.equal(parseTime('9'.repeat(18)), tsMax)
  assert.equal(parseTime('-' + '9'.repeat(18)), tsMin)
  assert.equal(parseTime('1764000000000.5'), 1_764_000_000_000_500)
  assert.equal(parseTime('2025-11-24t17:00:00.25 01:00'), 1_764_000_000_250_000)
  assert.equal(parseTime('-0.001'), -1)
  assert.equal(parseMilliseconds('60000.05'), 60_000_050)
})
