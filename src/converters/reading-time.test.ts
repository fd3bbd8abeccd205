import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ConversionError } from './converter.ts'
import { tsFromNumber, tsFromText, type TsUnit } from './reading-time.ts'

function rejection(run: () => void): string {
  try {
    run()
  } catch (error) {
    assert.ok(error instanceof ConversionError)
    return error.code
  }
  return 'none'
}

describe('times', () => {
  test('as bare numbers are seconds, milliseconds, microseconds or nanoseconds by their size', () => {
    const cases: [number | bigint, number][] = [
      [0, 0],
      [99_999_999_999, 99_999_999_999_000_000],
      [100_000_000_000, 100_000_000_000_000],
      [99_999_999_999_999, 99_999_999_999_999_000],
      [100_000_000_000_000, 100_000_000_000_000],
      [99_999_999_999_999_000n, 99_999_999_999_999_000],
      [100_000_000_000_000_000n, 100_000_000_000_000],
      [-100_000_000_000, -100_000_000_000_000],
      [1_764_000_000_123_456_789n, 1_764_000_000_123_456],
      [-1_764_000_000_123_456_789n, -1_764_000_000_123_456],
      [1e30, 1e27],
    ]
    for (const [value, ts] of cases) assert.equal(tsFromNumber(value, 'auto'), ts, String(value))
  })

  test('of a unit that was chosen are not guessed', () => {
    const cases: [number, TsUnit, number][] = [
      [1_764_000_000_123, 's', 1_764_000_000_123_000_000],
      [1, 'ms', 1000],
      [1.5, 'ms', 1500],
      [1, 'us', 1],
      [1999, 'ns', 1],
      [-1999, 'ns', -1],
      [-5, 'ns', 0],
      [0.9999999, 's', 999_999],
      [-0.0000001, 's', 0],
    ]
    for (const [value, unit, ts] of cases)
      assert.ok(Object.is(tsFromNumber(value, unit), ts), `${value} ${unit}`)
  })

  test('keep every microsecond of a fraction', () => {
    const property = fc.property(fc.nat({ max: 4e9 }), fc.nat({ max: 999_999 }), (seconds, fraction) => {
      const text = `${seconds}.${String(fraction).padStart(6, '0')}`
      const expected = seconds * 1_000_000 + fraction
      assert.equal(tsFromText(text, 's'), expected)
      assert.equal(tsFromNumber(Number(text), 's'), expected)
      assert.equal(tsFromText(`${text}999`, 'auto'), expected)
    })
    fc.assert(property)
  })

  test('as doubles are what their digits say', () => {
    const double = fc.oneof(
      fc.double({ min: -1e11, max: 1e11, noNaN: true }),
      fc.tuple(fc.integer({ min: -4e15, max: 4e15 }), fc.constantFrom(1e3, 1e6, 1e7)).map(([a, b]) => a / b),
    )
    const property = fc.property(double, fc.constantFrom('auto', 's', 'ms', 'us', 'ns'), (value, unit) => {
      assert.ok(Object.is(tsFromNumber(value + 0, unit), tsFromText(String(value), unit)), `${value} ${unit}`)
    })
    fc.assert(property, { numRuns: 20_000 })
  })

  test('as RFC 3339 are what Date makes of them', () => {
    const date = fc.date({
      min: new Date(-62_135_596_800_000),
      max: new Date(9_007_199_254_740),
      noInvalidDate: true,
    })
    const property = fc.property(date, fc.nat({ max: 999 }), (moment, micros) => {
      const text = moment.toISOString().replace('Z', `${String(micros).padStart(3, '0')}Z`)
      assert.equal(tsFromText(text, 'auto'), moment.getTime() * 1000 + micros)
    })
    fc.assert(property, { numRuns: 2000 })
  })

  test('as RFC 3339 in all its forms', () => {
    const ts = 1_764_000_000_000_000
    const same = [
      '2025-11-24T16:00:00Z',
      '2025-11-24t16:00:00.0z',
      '2025-11-24 17:00:00+01:00',
      ' 2025-11-24T10:30:00-05:30\n',
      // Not of the RFC, but what many a library writes: rtl_433, strftime with %z.
      '2025-11-24T17:00:00+0100',
    ]
    for (const text of same) assert.equal(tsFromText(text, 'auto'), ts, text)
    assert.equal(tsFromText('2025-11-24T16:00:00.1234567Z', 'auto'), ts + 123_456)
    assert.equal(tsFromText('1e-99999', 's'), 0)
    assert.equal(tsFromText('2016-12-31T23:59:60Z', 'auto'), Date.UTC(2017, 0, 1) * 1000)
    assert.equal(tsFromText('0000-01-01T00:00:00Z', 'auto'), -62_167_219_200_000_000)
    assert.equal(tsFromText('2024-02-29T00:00:00Z', 'auto'), Date.UTC(2024, 1, 29) * 1000)
  })

  test('that are none are refused', () => {
    const wrong: [string, string][] = [
      ['', 'ts_format'],
      ['x'.repeat(10_000), 'ts_format'],
      ['1e', 'ts_format'],
      ['0x10', 'ts_format'],
      ['Infinity', 'ts_format'],
      ['2025-11-24', 'ts_format'],
      ['2025-02-29T00:00:00Z', 'ts_format'],
      ['1900-02-29T00:00:00Z', 'ts_format'],
      ['2025-13-01T00:00:00Z', 'ts_format'],
      ['2025-00-01T00:00:00Z', 'ts_format'],
      ['2025-04-31T00:00:00Z', 'ts_format'],
      ['2025-11-24T24:00:00Z', 'ts_format'],
      ['2025-11-24T16:60:00Z', 'ts_format'],
      ['2025-11-24T16:00:61Z', 'ts_format'],
      ['2025-11-24T16:00:00+24:00', 'ts_format'],
      ['2025-11-24T16:00:00+010', 'ts_format'],
      ['2025-11-24T16:00:00+01', 'ts_format'],
      ['2025-11-24T16:00:00', 'ts_zone'],
      ['1e41', 'ts_range'],
    ]
    for (const [text, code] of wrong)
      assert.equal(
        rejection(() => tsFromText(text, 'auto')),
        code,
        text,
      )
  })
})
