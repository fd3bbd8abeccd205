import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { decoded, decodedBy, messageOf, type Decoded, type MessageParts } from '../../test/decoded.ts'
import { damaged, documents, noise } from '../../test/json-documents.ts'
import type { Converter, TopicCaptures } from './converter.ts'
import { createConverter as create } from './create-converter.ts'
import { GatewayConverter } from './gateway-converter.ts'
import { ThingsBoardEvents } from './thingsboard-events.ts'
import { JsonConverter } from './json-converter.ts'

type TwoPaths = JsonConverter | GatewayConverter

/** JSON alone, with nothing in front of it. */
/** What reads the elements, without what stands in front of it. */
function createConverter(spec: { type: string }): Converter {
  const converter = create({ ...spec, encoding: 'json' })
  return converter instanceof ThingsBoardEvents ? converter.telemetry : converter
}

const specs = [
  { type: 'json' },
  { type: 'json', deviceKey: 'deviceId', tsKey: 'timestamp', tsUnit: 's' },
  { type: 'assetwolf' },
  { type: 'thingsboard' },
  { type: 'thingsboard-gateway' },
]

/** Converters that have met all documents before this one, as converters of a hub have. */
const converters = specs.map((spec) => {
  const converter: Converter = createConverter(spec)
  assert.ok(converter instanceof JsonConverter || converter instanceof GatewayConverter)
  return converter
})

const captures: fc.Arbitrary<TopicCaptures> = fc.record({
  device: fc.constantFrom('d', 'd', undefined),
  key: fc.constantFrom(undefined, undefined, undefined, 'k'),
})
const around = fc.record({
  following: fc.constantFrom('', '0', '}', '"}]', ',"b":2}', '{"a":1}'),
  properties: fc.constantFrom(
    undefined,
    undefined,
    {},
    { userProperties: [['ts', '1764000000123']] as const },
  ),
})

function plain(converter: TwoPaths, parts: MessageParts, topic: TopicCaptures): Decoded {
  return decodedBy((out) => converter.decodePlain(messageOf(parts), topic, out))
}

function isSameOnBothPaths(
  payload: Buffer | string,
  topic: TopicCaptures,
  parts: Partial<MessageParts>,
): void {
  for (const converter of converters) {
    const message = { payload, ...parts }
    const expected = plain(converter, message, topic)
    // Once as it meets the names, once as it knows them.
    for (let time = 0; time < 2; time++) {
      assert.deepEqual(decoded(converter, { ...message, captures: topic }), expected)
    }
  }
}

describe('the fast path gives what the plain path gives', () => {
  test('for documents', () => {
    fc.assert(fc.property(documents, captures, around, isSameOnBothPaths), { numRuns: 2000 })
  })

  test('for damaged documents', () => {
    fc.assert(fc.property(damaged, captures, around, isSameOnBothPaths), { numRuns: 2000 })
  })

  test('for noise', () => {
    fc.assert(fc.property(noise, captures, around, isSameOnBothPaths), { numRuns: 1000 })
  })

  test('for every beginning of a document, whatever follows it in the same read', () => {
    const payload = Buffer.from(
      '[{"ts":1764000000123,"values":{"temp":21.5,"on":true,"é":"x"}}, {"a":-1e3}] ',
    )
    for (let end = 0; end <= payload.length; end++) {
      const following = payload.toString('utf8', end)
      isSameOnBothPaths(payload.subarray(0, end), { device: 'd', key: undefined }, { following })
    }
  })
})

describe('the fast path', () => {
  const isFast = (spec: { type: string }, payload: string, key?: string): boolean => {
    const converter = createConverter(spec)
    assert.ok(converter instanceof JsonConverter || converter instanceof GatewayConverter)
    let fast = false
    decodedBy((out) => {
      fast = converter.decodeFast(messageOf({ payload }), { device: 'd', key }, out)
    })
    return fast
  }
  const usual: [type: string, payload: string, key?: string][] = [
    ['json', '{"ts":1764000000123,"values":{"temp":21.5,"hum":40.1}}'],
    ['json', '{"ts":1764000000123,"temp":21.5,"hum":40.25}'],
    [
      'json',
      '{"ts": 1764000000.123456, "temp": 21.299999999999997, "Größe": "on", "ok": true, "none": null}\n',
    ],
    ['json', '{"ts":"2025-11-24T16:00:00Z","temp":-1e-7}'],
    ['json', '[{"ts":1764000000123,"values":{"temp":21.5}},{"temp":22}]'],
    ['json', '21.5', 'temp'],
    ['json', '"on"', 'state'],
    ['thingsboard', '{"ts":1764000000123,"values":{"temp":21.5,"hum":40.1}}'],
    ['assetwolf', '{"timestamp":1469626599000,"deviceId":"abc123","switch":1,"uses":650}'],
    ['thingsboard-gateway', '{"A":[{"ts":1483228800000,"values":{"t":42}}],"B":[{"t":1}]}'],
  ]
  for (const [type, payload, key] of usual) {
    test(`is for ${payload.trim()} (${type})`, () => assert.ok(isFast({ type }, payload, key)))
  }

  test('holds nothing of one message in the next', () => {
    const converter = createConverter({ type: 'json' })
    const first = decoded(converter, { payload: '{"ts":1764000000123,"name":"secret","n":1,"last":2}' })
    const second = decoded(converter, { payload: '{"ts":1764000000124,"name":"x","n":null}' })
    assert.ok('rows' in first && first.rows.length === 3)
    assert.deepEqual(second, { rows: [['login', 'name', 1_764_000_000_124_000, 'x']], nulls: 1 })
    assert.deepEqual(decoded(converter, { payload: '{"name":1}' }), {
      rows: [['login', 'name', undefined, 1]],
      nulls: 0,
    })
  })

  test('notices duplicates also after it has forgotten names', () => {
    const converter = createConverter({ type: 'json' })
    for (let i = 0; i < 5_000; i++) {
      decoded(converter, { payload: `{"a":1,"m${i}":2}` })
      const result = decoded(converter, { payload: '{"a":1,"a":2}' })
      assert.deepEqual(result, { rows: [['login', 'a', undefined, 2]], nulls: 0 })
    }
  })

  test('reads the same message the same way, however many names came before (I2, I3)', () => {
    const converter = createConverter({ type: 'json' })
    const payload = '{"ts":1764000000123,"temp":21.5,"hum":40.25}'
    const before = decoded(converter, { payload })
    for (let i = 0; i < 10_000; i++) decoded(converter, { payload: `{"k${i}":1,"temp":2,"l${i}":3}` })
    assert.deepEqual(decoded(converter, { payload }), before)
    // An element with more names than are remembered at once.
    const names = Array.from({ length: 9_000 }, (_, i) => `"n${i}":${i}`)
    const many = decoded(converter, { payload: `{${names.join()}}` })
    assert.ok('rows' in many && many.rows.length === 9_000)
    assert.deepEqual(decoded(converter, { payload: `{${[...names, '"n8999":0'].join()}}` }), {
      ...many,
      rows: [...many.rows.slice(0, -1), ['login', 'n8999', undefined, 0]],
    })
  })
})
