import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AckstoneError } from '../errors.ts'
import { converterFaults } from './converter-spec.ts'
import { converterTypes } from './kinds.ts'
import { createConverter } from './create-converter.ts'

describe('a converter spec', () => {
  test('is made of a type alone', () => {
    // A script is what it says.
    for (const type of converterTypes.filter((each) => each !== 'script')) {
      assert.deepEqual(converterFaults({ type }), [])
      assert.equal(typeof createConverter({ type }).decode, 'function')
    }
  })

  const types = `The types are ${converterTypes.join(', ')}.`
  const faults: [spec: unknown, pointer: string, detail: string][] = [
    [
      { type: 'jsom' },
      '/converter/type',
      `There is no converter of type "jsom". Did you mean "json"? ${types}`,
    ],
    [{ type: 'protobuf-x' }, '/converter/type', `There is no converter of type "protobuf-x". ${types}`],
    [{}, '/converter/type', `A converter needs a type. ${types}`],
    ['json', '/converter', 'A converter is an object with a type.'],
    [null, '/converter', 'A converter is an object with a type.'],
    [
      { type: 'json', tsUnt: 's' },
      '/converter/tsUnt',
      'A converter of type "json" has no option "tsUnt". Did you mean "tsUnit"?',
    ],
    [{ 'type': 'shelly', 'a/b': 1 }, '/converter/a~1b', 'A converter of type "shelly" has no options.'],
    [
      { type: 'tasmota', timeZone: 'Berlin' },
      '/converter/timeZone',
      'There is no time zone of that name; names look like Europe/Berlin, America/New_York or UTC.',
    ],
    [
      { type: 'tasmota', fullTopic: '%topic%/' },
      '/converter/fullTopic',
      'The full topic has %prefix% and %topic% once each.',
    ],
    [
      { type: 'zigbee2mqtt', base: '/a/' },
      '/converter/base',
      'This part of a topic is one or more levels without wildcards, and without a slash at its ends.',
    ],
    [
      { type: 'the-things-stack', codec: 'lpp' },
      '/converter/codec',
      'The codec is one of none, cayenne-lpp, script.',
    ],
    [
      { type: 'chirpstack', codec: 'script' },
      '/converter/script',
      'With the codec script, and only with it, give either "script" or "source".',
    ],
    [
      { type: 'chirpstack', script: 'a' },
      '/converter/script',
      'With the codec script, and only with it, give either "script" or "source".',
    ],
    [
      { type: 'json-mapping', values: { a: '$.b', c: 'd' } },
      '/converter/values/c',
      'A path looks like $.a.b[0].c, or @.a within an element; names that are not plain stand in ["…"]. ' +
        'It has 256 characters and 16 steps at most.',
    ],
    [
      { type: 'json-mapping', payload: '$.data' },
      '/converter/codec',
      'A codec reads what stands at "payload": give both, or none of them.',
    ],
    [
      { type: 'json-mapping', payload: '$.data', codec: 'script' },
      '/converter/script',
      'With the codec script, and only with it, give either "script" or "source".',
    ],
    [
      { type: 'json-mapping', payload: '$.data', codec: 'cayenne-lpp', each: '$.list' },
      '/converter/payload',
      'One document carries one payload: leave "each" out.',
    ],
    [
      { type: 'json-mapping', device: { constant: '' } },
      '/converter/device/constant',
      'A device identifier has 1 to 256 bytes, without U+0000.',
    ],
    [
      { type: 'json-mapping', device: 'boiler' },
      '/converter/device',
      'The device is {"topicLevel": 2}, {"path": "$.id"} or {"constant": "boiler"}.',
    ],
    [
      { type: 'json-mapping', ts: { path: '$.t', pattern: 'HH:mm' } },
      '/converter/ts/pattern',
      'A pattern has YYYY, MM and DD, and perhaps HH, mm, ss and S, each once.',
    ],
    [
      { type: 'json-mapping', scale: { a: { factor: 'x' } } },
      '/converter/scale/a/factor',
      'This is a number.',
    ],
    [{ type: 'json-mapping', valuePath: '@.v' }, '/converter/valuePath', 'valuePath belongs to keyPath.'],
    [{ type: 'json-mapping', ts: { path: '$.t', x: 1 } }, '/converter/ts/x', '"x" has no meaning here.'],
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
