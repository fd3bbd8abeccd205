import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { receivedTs, rowsOf } from '../../test/decoded.ts'
import { JsonText, tsMax, tsMin } from '../model/reading.ts'
import { ConversionError } from './converter.ts'
import { Readings, readingsPerMessageMax } from './readings.ts'

function code(run: () => void): string {
  try {
    run()
  } catch (error) {
    assert.ok(error instanceof ConversionError)
    return error.code
  }
  return 'none'
}

describe('readings', () => {
  const out = new Readings()

  test('start over with each message', () => {
    out.reset(receivedTs)
    out.add('d', 'k', NaN, 1)
    out.nulls++
    assert.equal(out.lacksTs, true)
    out.reset(receivedTs)
    out.add('d', 'l', 5, 'x')
    assert.deepEqual(rowsOf(out), [['d', 'l', 5, 'x']])
    assert.equal(out.lacksTs, false)
    assert.equal(out.nulls, 0)
    out.clear()
    assert.deepEqual(rowsOf(out), [])
  })

  test('keep to the limits of the data model', () => {
    out.reset(receivedTs)
    const cases: [string, string, number, number | string | JsonText, string][] = [
      ['d'.repeat(256), 'k'.repeat(128), tsMin, 1, 'none'],
      ['é'.repeat(128), 'é'.repeat(64), receivedTs + 24 * 3600e6, 'v'.repeat(65_536), 'none'],
      ['', 'k', 0, 1, 'no_device'],
      ['d'.repeat(257), 'k', 0, 1, 'device_length'],
      ['d', '', 0, 1, 'key_empty'],
      ['d', '雪'.repeat(43), 0, 1, 'key_length'],
      ['d', 'k', 0, 'é'.repeat(32_769), 'value_length'],
      ['d', 'k', 0, new JsonText('1'.repeat(65_537)), 'value_length'],
      ['d', 'k', 0, NaN, 'not_finite'],
      ['d', 'k', 0, -Infinity, 'not_finite'],
      ['d', 'k', tsMin - 1000, 1, 'ts_range'],
      ['d', 'k', tsMax + 1, 1, 'ts_range'],
      ['d', 'k', receivedTs + 24 * 3600e6 + 1, 1, 'clock_ahead'],
    ]
    for (const [device, key, ts, value, expected] of cases) {
      assert.equal(
        code(() => out.add(device, key, ts, value)),
        expected,
        expected,
      )
    }
    while (out.count < readingsPerMessageMax) out.add('d', 'k', 0, 1)
    assert.equal(
      code(() => out.add('d', 'k', 0, 1)),
      'too_many_readings',
    )
  })

  test('never take a time that can’t be held, however far ahead clocks may be', () => {
    const lenient = new Readings(Infinity)
    lenient.reset(receivedTs)
    assert.equal(
      code(() => lenient.add('d', 'k', tsMax, 1)),
      'none',
    )
    assert.equal(
      code(() => lenient.add('d', 'k', 2 ** 53, 1)),
      'ts_range',
    )
  })
})
