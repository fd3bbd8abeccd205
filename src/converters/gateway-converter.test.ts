import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decoded } from '../../test/decoded.ts'
import { createConverter } from './create-converter.ts'

const gateway = createConverter({ type: 'thingsboard-gateway' })
const ts = 1_483_228_800_000_000

describe('thingsboard-gateway', () => {
  test('takes readings of several devices', () => {
    const payload =
      '{"Device A":[{"ts":1483228800000,"values":{"temperature":42,"humidity":80}},' +
      '{"ts":1483228801000,"values":{"temperature":43}}],' +
      '"Device B":[{"ts":1483228800000,"values":{"temperature":44}}]}'
    assert.deepEqual(decoded(gateway, { payload }), {
      rows: [
        ['Device A', 'temperature', ts, 42],
        ['Device A', 'humidity', ts, 80],
        ['Device A', 'temperature', ts + 1_000_000, 43],
        ['Device B', 'temperature', ts, 44],
      ],
      nulls: 0,
    })
  })

  test('takes elements without a time, single objects, and devices of any script', () => {
    const payload = '{"Gerät \\u0031":[{"t":1}], "雪":{"t":2,"n":null}, "empty":[]}'
    assert.deepEqual(decoded(gateway, { payload }), {
      rows: [
        ['Gerät 1', 't', undefined, 1],
        ['雪', 't', undefined, 2],
      ],
      nulls: 1,
    })
  })

  test('names the devices by the payload, also where the topic names the gateway', () => {
    const rows = [['A', 't', undefined, 1]]
    const captures = { device: 'gateway-1', key: 'k' }
    assert.deepEqual(decoded(gateway, { payload: '{"A":[{"t":1}]}', captures }), { rows, nulls: 0 })
  })

  test('of a device that is there twice, the last readings count', () => {
    const rows = [['A', 't', undefined, 2]]
    assert.deepEqual(decoded(gateway, { payload: '{"A":[{"t":1}],"A":[{"t":2}]}' }), { rows, nulls: 0 })
  })

  const refusals: [payload: string, code: string, sentence: string][] = [
    ['[{"t":1}]', 'json_shape', 'Expected an object whose keys are devices, found an array.'],
    [
      '{"device":"Device A","type":"x"}',
      'json_shape',
      'Expected an array of objects under the device "device", found "Device A".',
    ],
    ['{"A":[1]}', 'json_shape', 'Expected an object as element of the array, found 1.'],
    [
      '{"":[{"t":1}]}',
      'no_device',
      'Nothing names the device: not the topic, not the payload, not the login.',
    ],
    [
      '{"__proto__":[]}',
      'key_refused',
      'The name "__proto__" that begins at byte 1 is not allowed as a key.',
    ],
    [
      '{"A":[{"t":1}]',
      'json_syntax',
      'Not valid JSON: expected "," or "}" at byte 14, found the end of the payload.',
    ],
  ]
  for (const [payload, code, sentence] of refusals) {
    test(`I6: ${payload} is rejected as ${code}`, () => {
      assert.deepEqual(decoded(gateway, { payload }), { code, sentence })
    })
  }
})
