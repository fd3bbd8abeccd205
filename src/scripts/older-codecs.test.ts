// Codecs as they were written before TS013, and converters of ThingsBoard: what they return arrives as readings and as
// bytes, and what is wrong with them is said with its place.
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { systemClock } from '../lib/clock.ts'
import { silentLog } from '../lib/log.ts'
import { ScriptPool } from './pool.ts'
import type { Result, UplinkInput } from './protocol.ts'
import { ScriptQueue } from './script-queue.ts'

const pool = new ScriptPool({ clock: systemClock, log: silentLog, threads: 1 })
after(() => pool.close())

const now = 1_764_000_000_123

function uplink(source: string, bytes: Uint8Array = Buffer.of(8, 102)): Promise<Result> {
  const input: UplinkInput = {
    ...{ bytes, fPort: 7, now, topic: 'plant/d1/raw', device: 'd1', key: null, contentType: null },
    ...{ userProperties: { site: 'north' }, qos: 1, retain: false, normalize: true },
  }
  return pool.run(new ScriptQueue(source, systemClock), { call: 'decodeUplink', input }, 100)
}

async function rows(source: string, bytes?: Uint8Array): Promise<unknown[][]> {
  const { readings, failure } = await uplink(source, bytes)
  assert.equal(failure, undefined, JSON.stringify(failure))
  const { devices, keys, ts, values } = readings!
  return keys.map((key, at) => [devices[at], key, Number.isNaN(ts[at]) ? null : ts[at], values[at]])
}

async function data(source: string, bytes?: Uint8Array): Promise<Record<string, unknown>> {
  return Object.fromEntries((await rows(source, bytes)).map(([, key, , value]) => [key, value]))
}

function downlink(source: string, given: unknown): Promise<Result> {
  const input = { now, device: 'd1', command: 'set', data: given }
  return pool.run(new ScriptQueue(source, systemClock), { call: 'encodeDownlink', input }, 100)
}

describe('a codec may be', () => {
  const cases: [title: string, source: string, expected: Record<string, unknown>][] = [
    [
      'Decoder(bytes, port)',
      'function Decoder(bytes, port) { return { n: bytes[1], port } }',
      { n: 102, port: 7 },
    ],
    [
      'Decode(fPort, bytes)',
      'function Decode(fPort, bytes) { return { n: bytes[0], fPort } }',
      { n: 8, fPort: 7 },
    ],
    [
      'Decode with variables of the device',
      'var Decode = (fPort, bytes, variables) => ({ n: Object.keys(variables).length })',
      { n: 0 },
    ],
    [
      'a Decoder that returns what decodeUplink would',
      'function Decoder() { return { data: { n: 1 }, warnings: [] } }',
      { n: 1 },
    ],
    [
      'a Decoder whose own value is called data',
      'function Decoder() { return { data: 5, n: 1 } }',
      { data: 5, n: 1 },
    ],
    [
      'of both ages; then the new function counts',
      'function Decoder() { return { old: 1 } }\nfunction decodeUplink(input) { return { data: { new: 7 } } }',
      { new: 7 },
    ],
  ]
  for (const [title, source, expected] of cases) {
    test(title, async () => assert.deepEqual(await data(source), expected))
  }
  test('a Decoder, whose errors reject the message', async () => {
    const { failure } = await uplink('function Decoder() { return { data: {}, errors: ["too short"] } }')
    assert.deepEqual([failure?.code, failure?.reason], ['script_errors', 'The script says: too short'])
  })
  for (const waiting of [
    'const Decode = async () => ({ n: 1 })',
    'function decodeUplink() { return { data: { n: (async () => 1)() } } }',
  ]) {
    test(`${waiting.slice(0, 22)}…, which can’t wait and is refused`, async () => {
      const { failure } = await uplink(waiting)
      assert.match(failure?.reason ?? '', /a promise is no value/)
    })
  }
  test('nothing of the kind, which is said', async () => {
    const { failure } = await uplink('function decoder(bytes) { return {} }')
    assert.equal(failure?.code, 'script_function')
  })
})

describe('a converter of ThingsBoard', () => {
  const parse = 'function decodeToJson(p) { return JSON.parse(String.fromCharCode.apply(String, p)); }\n'
  const payload = Buffer.from('{"id":"d1","t":21.5}')

  test('is the body of a function with payload and metadata', async () => {
    const source = `var data = decodeToJson(payload);
      var result = { deviceName: data.id, deviceType: 'x', attributes: { a: 1 },
        telemetry: { temperature: data.t, topic: metadata.topic, site: metadata.site, port: metadata.fPort } };
      ${parse} return result;`
    assert.deepEqual(await rows(source, payload), [
      ['d1', 'temperature', null, 21.5],
      ['d1', 'topic', null, 'plant/d1/raw'],
      ['d1', 'site', null, 'north'],
      ['d1', 'port', null, 7],
    ])
  })
  test('may give times, and several devices', async () => {
    const source = `return [
      { deviceName: 'a',
        telemetry: [{ ts: 1764000000123, values: { t: 1 } }, { ts: 1764000001123, values: { t: 2 } }] },
      { deviceName: 'b', telemetry: [{ t: 3 }] }, { deviceName: 'c', attributes: { x: 1 } }]`
    assert.deepEqual(await rows(source), [
      ['a', 't', 1_764_000_000_123_000, 1],
      ['a', 't', 1_764_000_001_123_000, 2],
      ['b', 't', null, 3],
    ])
  })
  test('is told the line of its fault', async () => {
    const { failure } = await uplink('var a = 1\nvar b = payload.nothing.at\nreturn { telemetry: {} }')
    assert.deepEqual([failure?.code, failure?.line], ['script_error', 2])
    const unread = await uplink('var a = 1\nvar b = ;\nreturn a')
    assert.deepEqual([unread.failure?.code, unread.failure?.line], ['script_syntax', 2])
    const after = await uplink('return 1\nvar b = ;')
    assert.deepEqual([after.failure?.code, after.failure?.line], ['script_syntax', 2])
  })
  for (const result of [
    '',
    'null',
    '5',
    '[null]',
    '{ telemetry: 5 }',
    '{ telemetry: [null] }',
    '{ telemetry: null }',
  ]) {
    test(`that returns ${result === '' ? 'nothing' : result} stores nothing, or says so`, async () => {
      const { failure, readings } = await uplink(`return ${result}`)
      assert.ok(failure !== undefined || readings!.keys.length === 0)
    })
  }
})

describe('bytes of a command', () => {
  const cases: [title: string, source: string, expected: number[]][] = [
    ['come from Encoder(object, port)', 'function Encoder(object, port) { return [object.a, port] }', [5, 1]],
    [
      'come from Encode(fPort, object)',
      'function Encode(fPort, object) { return [fPort, object.a] }',
      [1, 5],
    ],
    [
      'may be a typed array',
      'function encodeDownlink() { return { bytes: new Uint8Array([1, 255]) } }',
      [1, 255],
    ],
    [
      'may be a Buffer',
      'function encodeDownlink() { return { bytes: Buffer.from("0aff", "hex") } }',
      [10, 255],
    ],
    [
      'may have signs',
      'function encodeDownlink({ data }) { return { bytes: [-1, -128, data.a] } }',
      [255, 128, 5],
    ],
    [
      'may come from a Buffer of the script’s own',
      `function encodeDownlink() { const b = new Buffer(2); b.put(7); return { bytes: b.bytes } }
       function Buffer(size) { this.bytes = new Array(size).fill(0) }
       Buffer.prototype.put = function (value) { this.bytes[0] = value }`,
      [7, 0],
    ],
  ]
  for (const [title, source, expected] of cases) {
    test(title, async () => {
      const { failure, downlink: given } = await downlink(source, { a: 5 })
      assert.equal(failure, undefined, JSON.stringify(failure))
      assert.deepEqual([...given!.bytes], expected)
    })
  }
  for (const bad of [
    '[256]',
    '[-129]',
    '[1.5]',
    '["1"]',
    'new Float32Array([1.5])',
    '{ length: 2 }',
    'undefined',
  ]) {
    test(`are refused when they are ${bad}`, async () => {
      const { failure } = await downlink(`function encodeDownlink() { return { bytes: ${bad} } }`, {})
      assert.equal(failure?.code, 'script_result')
    })
  }
})
