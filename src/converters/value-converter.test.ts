import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decoded, type MessageParts } from '../../test/decoded.ts'
import { createConverter } from './create-converter.ts'

const captures = { device: 'd', key: 'k' }

function value(
  payload: string | Uint8Array,
  options: object = {},
  parts: Partial<MessageParts> = {},
): unknown {
  const result = decoded(createConverter({ type: 'value', ...options }), { payload, captures, ...parts })
  return 'code' in result ? result : result.rows[0][3]
}

describe('value', () => {
  test('tells numbers, booleans and texts by their look', () => {
    const cases: [payload: string, value: unknown][] = [
      ['21.5', 21.5],
      [' 21.5\r\n', 21.5],
      ['-1e3', -1000],
      ['-0', 0],
      ['9007199254740993', 9007199254740993n],
      ['ON', true],
      ['off', false],
      ['true', true],
      ['False', false],
      ['online', 'online'],
      ['007', '007'],
      ['0x10', '0x10'],
      ['1.', '1.'],
      ['21,5', '21,5'],
      ['"quoted"', '"quoted"'],
      ['{"a":1}', '{"a":1}'],
      ['Grüße 雪', 'Grüße 雪'],
    ]
    for (const [payload, expected] of cases) assert.deepEqual(value(payload), expected, payload)
  })

  test('of a chosen type takes that type only', () => {
    assert.equal(value('1.10', { valueType: 'string' }), '1.10')
    assert.equal(value('nan', { valueType: 'string' }), 'nan')
    assert.equal(value('on', { valueType: 'boolean' }), true)
    assert.equal(value('9007199254740993', { valueType: 'number' }), 9007199254740993n)
    assert.deepEqual(value('warm', { valueType: 'number' }), {
      code: 'value_type',
      sentence: 'The payload "warm" is not a number, which this integration asks for.',
    })
    assert.deepEqual(value('1', { valueType: 'boolean' }), {
      code: 'value_type',
      sentence: 'The payload "1" is not a boolean, which this integration asks for.',
    })
  })

  test('takes device and key from the topic, then from the login and the options', () => {
    const converter = createConverter({ type: 'value', key: 'state' })
    assert.deepEqual(decoded(converter, { payload: '1' }), {
      rows: [['login', 'state', undefined, 1]],
      nulls: 0,
    })
    assert.deepEqual(decoded(converter, { payload: '1', captures }), {
      rows: [['d', 'k', undefined, 1]],
      nulls: 0,
    })
  })

  test('takes its time from the user property', () => {
    const properties = { userProperties: [['ts', '1764000000123']] as const }
    const converter = createConverter({ type: 'value', tsUnit: 'ms' })
    assert.deepEqual(decoded(converter, { payload: '21.5', captures, properties }), {
      rows: [['d', 'k', 1_764_000_000_123_000, 21.5]],
      nulls: 0,
    })
  })

  test('ends where the payload ends, whatever the next packet begins with', () => {
    assert.equal(value('21', {}, { following: '5' }), 21)
    assert.equal(value('21.5', {}, { following: '0' }), 21.5)
  })

  const refusals: [payload: string | Uint8Array, code: string, sentence: string][] = [
    ['', 'payload_empty', 'The payload is empty.'],
    [' \n', 'payload_empty', 'The payload is empty.'],
    [Uint8Array.of(0x61, 0xff), 'utf8', 'The payload is not UTF-8 text: see byte 1.'],
    ['NaN', 'not_finite', 'The value NaN is not a finite number; leave it out or send null.'],
    ['-inf', 'not_finite', 'The value -inf is not a finite number; leave it out or send null.'],
    ['1e400', 'number_range', 'The number "1e400" is larger than a 64-bit integer or a double can be.'],
    [
      'x'.repeat(65_537),
      'value_length',
      'The value of "k" has 65537 bytes; a string or JSON value may have 65536 at most.',
    ],
  ]
  for (const [payload, code, sentence] of refusals) {
    test(`I6: ${String(payload).slice(0, 20)} is rejected as ${code}`, () => {
      assert.deepEqual(value(payload), { code, sentence })
    })
  }

  test('I6: a value without a key is rejected as no_key', () => {
    assert.deepEqual(value('on', {}, { captures: { device: 'd' } }), {
      code: 'no_key',
      sentence:
        'The bare value "on" needs a key: name one in the topic filter with "{key}", or send an object.',
    })
  })
})
