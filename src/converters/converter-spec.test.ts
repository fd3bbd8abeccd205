import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AckstoneError } from '../errors.ts'
import { converterFaults } from './converter-spec.ts'
import { converterTypes } from './kinds.ts'
import { createConverter } from './create-converter.ts'

describe('a converter spec', () => {
  test('is made of a type alone', () => {
    assert.deepEqual(converterTypes, ['json', 'assetwolf', 'thingsboard', 'thingsboard-gateway', 'value'])
    for (const type of converterTypes) {
      assert.deepEqual(converterFaults({ type }), [])
      assert.equal(typeof createConverter({ type }).decode, 'function')
    }
  })

  const types = 'The types are json, assetwolf, thingsboard, thingsboard-gateway, value.'
  const faults: [spec: unknown, pointer: string, detail: string][] = [
    [
      { type: 'jsom' },
      '/converter/type',
      `There is no converter of type "jsom". Did you mean "json"? ${types}`,
    ],
    [{ type: 'cayenne-lpp' }, '/converter/type', `There is no converter of type "cayenne-lpp". ${types}`],
    [{}, '/converter/type', `A converter needs a type. ${types}`],
    ['json', '/converter', 'A converter is an object with a type.'],
    [null, '/converter', 'A converter is an object with a type.'],
    [
      { type: 'json', tsUnt: 's' },
      '/converter/tsUnt',
      'A converter of type "json" has no option "tsUnt". Did you mean "tsUnit"?',
    ],
    [
      { 'type': 'thingsboard', 'a/b': 1 },
      '/converter/a~1b',
      'A converter of type "thingsboard" has no options.',
    ],
    [
      { type: 'json', tsUnit: 'sec' },
      '/converter/tsUnit',
      'The unit of bare times is one of auto, s, ms, us, ns.',
    ],
    [
      { type: 'value', valueType: 1 },
      '/converter/valueType',
      'The type of values is one of auto, number, boolean, string.',
    ],
    [{ type: 'json', deviceKey: 5 }, '/converter/deviceKey', 'A name is text.'],
    [{ type: 'json', deviceKey: '' }, '/converter/deviceKey', 'A name has 1 to 128 bytes.'],
    [{ type: 'value', key: 'é'.repeat(65) }, '/converter/key', 'A name has 1 to 128 bytes.'],
    [{ type: 'value', key: '__proto__' }, '/converter/key', 'That name is not allowed.'],
    [
      { type: 'json', deviceKey: 'ts' },
      '/converter/deviceKey',
      'The time and the device can’t be in the same member.',
    ],
  ]
  for (const [spec, pointer, detail] of faults) {
    test(`${JSON.stringify(spec).slice(0, 60)} is at fault in ${pointer}`, () => {
      assert.deepEqual(converterFaults(spec), [{ pointer, detail }])
    })
  }

  test('names all its faults', () => {
    const pointers = converterFaults({ type: 'json', a: 1, b: 2, tsUnit: 'x' }, '').map(
      ({ pointer }) => pointer,
    )
    assert.deepEqual(pointers.toSorted(), ['/a', '/b', '/tsUnit'])
  })

  test('with faults makes no converter', () => {
    assert.throws(
      () => createConverter({ type: 'json', tsUnit: 'x' }),
      (error) => {
        assert.ok(error instanceof AckstoneError && error.code === 'CONVERTER_INVALID')
        assert.equal(error.fields[0].pointer, '/converter/tsUnit')
        return true
      },
    )
  })
})
