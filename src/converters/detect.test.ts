import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { goldenMessage, readGoldens } from '../../test/goldens.ts'
import { createConverter } from './create-converter.ts'
import { detectConverters, type Candidate } from './detect.ts'
import { converterFaults } from './converter-spec.ts'
import { converterKinds } from './kinds.ts'
import { listKinds } from './list-kinds.ts'
import { Readings } from './readings.ts'

function detect(samples: { topic: string; text?: string; hex?: string }[]): Candidate[] {
  return detectConverters(samples.map(goldenMessage), () => new Readings())
}

/** What golden files say is right of whole conventions: their readable messages are found to be theirs. */
const conventions = converterKinds
  .filter(({ topicFit }) => topicFit?.('some/topic') === 0)
  .map(({ type }) => type)

describe('messages of a convention are found to be its own', () => {
  for (const golden of readGoldens()) {
    const { type } = golden.converter
    const isPlain = Object.keys(golden.converter).length === 1
    if (!isPlain || !conventions.includes(type)) continue
    test(golden.name, () => {
      const readable = golden.messages.filter(({ error }) => error === undefined)
      const [best] = detectConverters(readable.map(goldenMessage), () => new Readings())
      assert.equal(best.type, type)
      assert.ok(best.score >= 0.7, String(best.score))
    })
  }
})

const found: [title: string, samples: Parameters<typeof detect>[0], type: string, options: object][] = [
  ['plain JSON', [{ topic: 'plant/a', text: '{"temp":21.5}' }], 'json', {}],
  ['JSON with a time', [{ topic: 'plant/a', text: '{"ts":1764000000123,"temp":21.5}' }], 'json', {}],
  [
    'JSON with a time by another name',
    [{ topic: 'plant/a', text: '{"time":"2025-11-24T16:00:00Z","temp":21.5}' }],
    'json',
    { tsKey: 'time' },
  ],
  [
    'Assetwolf',
    [{ topic: 'x', text: '{"timestamp":1469626599000,"deviceId":"abc123","switch":1}' }],
    'assetwolf',
    {},
  ],
  [
    'bare values',
    [
      { topic: 'home/a/temp', text: '21.5' },
      { topic: 'home/a/light', text: 'ON' },
    ],
    'value',
    {},
  ],
  ['JSON in CBOR', [{ topic: 'x', hex: 'a16161fb4035800000000000' }], 'json', { encoding: 'cbor' }],
  [
    'JSON in MessagePack',
    [{ topic: 'x', hex: '82a27473cf0000019ab697e87ba161cb4035800000000000' }],
    'json',
    { encoding: 'msgpack' },
  ],
  ['SenML', [{ topic: 'x', text: '[{"bn":"urn:dev:ow:10e2:","bt":1276020076,"n":"a","v":1}]' }], 'senml', {}],
  [
    'line protocol',
    [{ topic: 'x', text: 'weather,device=d1 temp=82.1 1465839830100400200' }],
    'line-protocol',
    {},
  ],
  ['ThingsBoard', [{ topic: 'v1/devices/me/telemetry', text: '{"temp":1}' }], 'thingsboard', {}],
  [
    'a gateway',
    [{ topic: 'v1/gateway/telemetry', text: '{"A":[{"ts":1483228800000,"values":{"t":42}}]}' }],
    'thingsboard-gateway',
    {},
  ],
  ['Cayenne LPP', [{ topic: 'x', hex: '03670110056700ff' }], 'cayenne-lpp', {}],
]
for (const [title, samples, type, options] of found) {
  test(`${title} is found`, () => {
    const [best] = detect(samples)
    assert.deepEqual({ type: best?.type, options: best?.options }, { type, options })
    assert.ok(best.score > 0 && best.score <= 1)
    for (const sentence of best.why) assert.match(sentence, /^[A-Z0-9].*[.:]/)
  })
}

test('nothing is proposed for what nobody can read', () => {
  assert.deepEqual(detect([{ topic: 'x', hex: 'ff00ff00' }]), [])
})

test('a proposal says what is wrong with the samples that it can’t read', () => {
  const [best] = detect([
    { topic: 'plant/a', text: '{"a":1}' },
    { topic: 'plant/a', text: '{"a":' },
  ])
  assert.match(
    best.why[0],
    /^1 of 2 samples can be read\. The first that can’t: Not valid JSON: .* at byte 5/,
  )
})

test('every proposal is a spec that makes a converter', () => {
  for (const { type, topicFit, variants = [{}] } of converterKinds) {
    // Never proposed, for nobody can guess it.
    if (topicFit === undefined) continue
    for (const options of variants) {
      assert.deepEqual(converterFaults({ type, ...options }), [])
      assert.equal(typeof createConverter({ type, ...options }).decode, 'function')
    }
  }
})

test('the list has a schema for the options of each kind, with words for a form', () => {
  for (const { type, title, about, topics, options } of listKinds()) {
    assert.ok(title.length > 2 && about.endsWith('.') && topics.length > 0, type)
    const properties = options['properties'] as Record<string, { description?: string }>
    assert.deepEqual(options['required'], [], type)
    assert.ok(!('type' in properties))
    for (const [name, { description }] of Object.entries(properties))
      assert.ok(description, `${type}.${name}`)
  }
})

test('a filter that names the device raises the score and says so', () => {
  const samples = [{ topic: 'plant/d1/t', text: '{"ts":1764000000123,"temp":21.5}' }]
  const [without] = detect(samples)
  const names = { device: 'd1', key: undefined }
  const [named] = detectConverters(
    samples.map(goldenMessage),
    () => new Readings(),
    () => names,
  )
  assert.equal(named.type, 'json')
  assert.ok(named.score > without.score)
  assert.ok(named.why.includes('Topic or payload name the device.'))
})
