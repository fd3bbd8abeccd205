// What published LoRaWAN codecs rely on beside the language itself, each as one of them does it.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, describe, test } from 'node:test'
import { runInNewContext } from 'node:vm'
import { systemClock } from '../lib/clock.ts'
import { silentLog } from '../lib/log.ts'
import { ScriptPool } from './pool.ts'
import type { Result, UplinkInput } from './protocol.ts'
import { ScriptQueue } from './script-queue.ts'

const pool = new ScriptPool({ clock: systemClock, log: silentLog, threads: 1 })
after(() => pool.close())

function run(source: string, bytes: Uint8Array = Buffer.of(1, 2), fPort = 1): Promise<Result> {
  const input: UplinkInput = {
    ...{ bytes, fPort, now: 1_764_000_000_123, topic: 'a/b', device: 'd1', key: null, contentType: null },
    ...{ userProperties: {}, qos: 1, retain: false, normalize: true },
  }
  return pool.run(new ScriptQueue(source, systemClock), { call: 'decodeUplink', input }, 100)
}

async function data(source: string, bytes?: Uint8Array): Promise<Record<string, unknown>> {
  const { readings, failure } = await run(source, bytes)
  assert.equal(failure, undefined, JSON.stringify(failure))
  return Object.fromEntries(readings!.keys.map((key, at) => [key, readings!.values[at]]))
}

describe('a codec may', () => {
  const idioms: [title: string, source: string, expected: Record<string, unknown>][] = [
    [
      'export its functions as a module does',
      'const decode = (input) => ({ data: { n: input.bytes.length } }); exports.decodeUplink = decode',
      { n: 2 },
    ],
    ['replace its exports', 'module.exports = { decodeUplink: () => ({ data: { n: 1 } }) }', { n: 1 }],
    [
      'say what it exports only where there is a module',
      'function decodeUplink() { return { data: { n: 3 } } }\nif (typeof module !== "undefined") module.exports = {}',
      { n: 3 },
    ],
    [
      'assign to variables that it has not declared',
      'function decodeUplink(input) { for (i = 0; i < 2; i++) total = i + input.bytes[i]; return { data: { total } } }',
      { total: 3 },
    ],
    [
      'look at variables of the device, of which there are none',
      'function decodeUplink(input) { return { data: { n: Object.keys(input.variables).length } } }',
      { n: 0 },
    ],
    [
      'give each value with its name and unit',
      'function decodeUplink() { return { data: { t: { displayName: "T", value: [22.5][0], unit: "°C" } } } }',
      { 't.displayName': 'T', 't.value': 22.5, 't.unit': '°C' },
    ],
    [
      'copy its input, whatever the payload is',
      'function decodeUplink(input) { return { data: { n: JSON.parse(JSON.stringify(input)).bytes.length, m: { ...input }.fPort } } }',
      { n: 2, m: 1 },
    ],
    [
      'give typed arrays',
      'function decodeUplink() { return { data: { a: new Float32Array([1, 1.5]), b: Buffer.of(1, 2), c: new BigInt64Array([5n]) } } }',
      { a: '[1,1.5]', b: '[1,2]', c: '[5]' },
    ],
    [
      'give dates',
      'function decodeUplink(input) { return { data: { at: new Date(Date.UTC(2024, 0, 2)), r: input.recvTime } } }',
      { at: '2024-01-02T00:00:00.000Z', r: '2025-11-24T16:00:00.123Z' },
    ],
  ]
  for (const [title, source, expected] of idioms) {
    test(title, async () => assert.deepEqual(await data(source), expected))
  }
})

describe('what is decoded is stored where normalizeUplink', () => {
  const decode = 'function decodeUplink() { return { data: { vdd: 3.5 }, warnings: ["low"] } }\n'
  const cases: [title: string, body: string, warnings: string[]][] = [
    [
      'fails',
      'return { data: { air_1 } }',
      ['low', "normalizeUplink: ReferenceError: 'air_1' is not defined"],
    ],
    ['says errors', 'return { errors: ["no rule"] }', ['low', 'normalizeUplink: no rule']],
    ['has nothing to say', 'return { data: { air: { temperature: input.data.none } } }', ['low']],
    ['returns nothing', '', ['low']],
    ['returns an empty list', 'return { data: [{}, {}] }', ['low']],
  ]
  for (const [title, body, warnings] of cases) {
    test(title, async () => {
      const result = await run(`${decode}function normalizeUplink(input) { ${body} }`)
      assert.deepEqual([result.readings!.keys, result.warnings], [['vdd'], warnings])
    })
  }
  test('and several of one kind at one time are told apart', async () => {
    const source = `function decodeUplink() { return { data: [{ soil: { d: 10, m: 20 } }, { soil: { d: 30, m: 25 } },
      { soil: { d: 10, m: 21 }, time: '2024-01-02T00:00:00Z' }] } }`
    const { readings } = await run(source)
    const rows = readings!.keys.map((key, at) => `${key}=${readings!.values[at]}`)
    assert.deepEqual(rows, ['soil.d=10', 'soil.m=20', 'soil.d_2=30', 'soil.m_2=25', 'soil.d=10', 'soil.m=21'])
  })
  test('and not where it has', async () => {
    const source = `${decode}function normalizeUplink() { return { data: [{ battery: 3.5 }, { air: {} }] } }`
    assert.deepEqual(await data(source), { battery: 3.5 })
  })
})

/** Expressions in `b`, bytes, and `Buffer`. */
const expressions = [
  'b.readUInt8(0)',
  'b.readInt8(1)',
  'b.readUInt16BE(0)',
  'b.readUInt16LE(1)',
  'b.readInt16BE(2)',
  'b.readInt16LE(3)',
  'b.readUInt32BE(4)',
  'b.readUInt32LE(5)',
  'b.readInt32BE(6)',
  'b.readInt32LE(7)',
  'b.readUint16LE(2)',
  'b.readUIntBE(1, 3)',
  'b.readUIntLE(1, 3)',
  'b.readIntBE(2, 3)',
  'b.readIntLE(2, 6)',
  'b.readUIntBE(0, 6)',
  'String(b.readFloatBE(0))',
  'String(b.readFloatLE(4))',
  'String(b.readDoubleBE(8))',
  'String(b.readDoubleLE(8))',
  'String(b.readBigInt64BE(0))',
  'String(b.readBigUInt64LE(8))',
  'b.toString("hex")',
  'b.toString("hex", 2, 5)',
  'b.toString("base64")',
  'b.toString("base64url")',
  'b.toString("latin1")',
  'b.toString("ascii")',
  'b.slice(2, 6).readUInt16BE(1)',
  'b.subarray(1).toString("hex")',
  'Buffer.concat([b, b.slice(3)]).toString("hex")',
  'Buffer.from(b.toString("base64"), "base64").equals(b)',
  'Buffer.from(b.toString("hex"), "hex").toString("hex")',
  'Buffer.from("Grüße 🙂").toString("hex")',
  'Buffer.from("4772c3bcc39f65f09f9982", "hex").toString()',
  'Buffer.from("zz", "hex").length',
  'Buffer.from("0a0", "hex").length',
  'Buffer.from("YWI", "base64").toString()',
  'Buffer.alloc(3, 7).toString("hex")',
  'JSON.stringify(Buffer.from([1, 300, -1]))',
  'Buffer.isBuffer(b)',
  'Buffer.isBuffer([1])',
  'Buffer.byteLength("ü")',
  'Array.from(b).length',
  'b.length',
  'b[3]',
  '(() => { const c = Buffer.alloc(8); c.writeInt16BE(-2, 0); c.writeUInt32LE(70000, 2); return c.toString("hex") })()',
]

test('Buffer gives what that of Node gives', async () => {
  for (let round = 0; round < 20; round++) {
    const b = createHash('md5').update(String(round)).digest()
    const source = `function decodeUplink(input) {
      const b = Buffer.from(input.bytes)
      return { data: { out: JSON.stringify([${expressions.join(', ')}]) } }
    }`
    const own = JSON.parse((await data(source, b))['out'] as string) as unknown[]
    for (const [i, expression] of expressions.entries()) {
      const expected: unknown = runInNewContext(expression, { b, Buffer })
      assert.deepEqual(own[i], expected, `${expression} of ${b.toString('hex')}`)
    }
  }
})

test('what stands behind the last byte is an error, not a number', async () => {
  const { failure } = await run(
    'function decodeUplink() { return { data: { n: Buffer.from([1]).readUInt16BE(0) } } }',
  )
  assert.equal(failure?.code, 'script_error')
})
