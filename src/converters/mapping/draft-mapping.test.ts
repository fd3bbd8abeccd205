import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { goldenMessage } from '../../../test/goldens.ts'
import { converterFaults } from '../converter-spec.ts'
import { detectConverters } from '../detect.ts'
import { Readings } from '../readings.ts'
import { draftMapping } from './draft-mapping.ts'

const at = 1_763_000_000

function draft(document: unknown, hasDevice = false) {
  return draftMapping([goldenMessage({ topic: 'x', json: document })], hasDevice)
}

const drafts: [title: string, document: unknown, type: string, options: object][] = [
  [
    'a list of measurements that carry their key',
    {
      head: { machine_id: 'm7', sent: '13.11.2025 09:00:00' },
      data: [
        { name: 'oil', value: 61.5 },
        { name: 'on', value: true },
      ],
    },
    'json-mapping',
    {
      device: { path: '$.head.machine_id' },
      ts: { path: '$.head.sent', timeZone: 'UTC', pattern: 'DD.MM.YYYY HH:mm:ss' },
      each: '$.data',
      keyPath: '@.name',
      valuePath: '@.value',
    },
  ],
  [
    'a list of sensors, each with its time',
    {
      gateway: 'g1',
      sensors: [
        { sensor_id: 's1', t: 3.5, at },
        { sensor_id: 's2', t: 4, at },
      ],
    },
    'json-mapping',
    {
      device: { path: '@.sensor_id' },
      ts: { path: '@.at' },
      each: '$.sensors',
      exclude: ['at', 'sensor_id'],
    },
  ],
  [
    'values in an object of their own',
    { time: { $date: '2025-11-13T09:00:00Z' }, data: { volt: 3.25, amp: 1 } },
    'json-mapping',
    { ts: { path: '$.time.$date' }, values: '$.data' },
  ],
  [
    'names that are not plain',
    { 'serial no': 17, 'meta': { 'device id': 'a' }, 'deviceId': 'pump', 'timestamp': at, 'bar': 2.5 },
    'json',
    { tsKey: 'timestamp', deviceKey: 'deviceId' },
  ],
  [
    'times without a zone',
    { time: '2025-11-13 09:00:00', id: 4711, temp: 1.5 },
    'json',
    { tsKey: 'time', timeZone: 'UTC', deviceKey: 'id' },
  ],
  [
    'one value that says its key',
    { sensor: 'hall', value: 19.5 },
    'json-mapping',
    { keyPath: '@.sensor', valuePath: '@.value' },
  ],
]
describe('a draft says where things stand', () => {
  for (const [title, document, type, options] of drafts) {
    test(title, () => {
      const found = draft(document) ?? assert.fail('a draft')
      assert.deepEqual({ type: found.type, options: found.options }, { type, options })
      assert.deepEqual(converterFaults({ type, ...options }), [])
      for (const sentence of found.why) assert.match(sentence, /^[A-Z].*\.$/)
    })
  }
})

const none: [title: string, document: unknown][] = [
  ['values alone', { temp: 21.5, on: true }],
  ['an object with ts', { ts: at, values: { temp: 21.5 } }],
  ['the time of one value among others', { temp: { value: 1, timestamp: at }, hum: { value: 2 } }],
  // What does not tell them apart would make one row of two.
  ['a list whose elements are alike', { production: [{ kW: 1 }, { kW: 2 }] }],
  ['a bare value', 5],
  ['nothing', []],
]
for (const [title, document] of none) {
  test(`${title}: nothing needs to be said`, () => assert.equal(draft(document), undefined))
}

test('a list beside the values stays JSON, and where topics name the device no path does', () => {
  const uplink = { devEUI: '24e1', time: '2025-11-13T09:00:00Z', temp: 1, fCnt: 2, rx: [{ rssi: -40 }] }
  assert.deepEqual(draft(uplink)?.options, { tsKey: 'time', deviceKey: 'devEUI' })
  assert.deepEqual(draft(uplink, true)?.options, { tsKey: 'time' })
})

test('JSON mapping is proposed where it fits best, and reads every reading of the sample', () => {
  const [, document] = drafts[0]
  const [best, next] = detectConverters([goldenMessage({ topic: 'x', json: document })], () => new Readings())
  assert.equal(best.type, 'json-mapping')
  assert.ok(best.score > next.score)
  assert.ok(best.why.includes('The list $.data is read element by element.'), best.why.join(' '))
  assert.ok(best.why.includes('The sample can be read, and gives 2 readings.'), best.why.join(' '))
})

test('whatever JSON is seen, a draft is a spec that can be set up', () => {
  const names = fc.constantFrom(
    'ts',
    'time',
    'id',
    'name',
    'value',
    'data',
    '__proto__',
    'a b',
    '"',
    '\\',
    'ü',
    '\n',
    't',
  )
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom(at, at * 1000, 1.5, true, null, 'text', '2025-11-13T09:00:00Z', '13.11.2025 09:00:00'),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(names, tie('value'), { maxKeys: 6, noNullPrototype: true }),
    ),
  }))
  fc.assert(
    fc.property(value, (document) => {
      const found = draft(document)
      if (found === undefined) return
      assert.deepEqual(converterFaults({ type: found.type, ...found.options }), [])
    }),
    { seed: 7, numRuns: 3000 },
  )
})
