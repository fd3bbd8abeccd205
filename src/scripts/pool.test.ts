import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { systemClock } from '../lib/clock.ts'
import { silentLog } from '../lib/log.ts'
import { ScriptPool } from './pool.ts'
import type { Result, UplinkInput } from './protocol.ts'
import { ScriptQueue, strikesMax } from './script-queue.ts'

const pool = new ScriptPool({ clock: systemClock, log: silentLog, threads: 2 })
after(() => pool.close())

function script(body: string): ScriptQueue {
  return new ScriptQueue(`function decodeUplink(input) { ${body} }`, systemClock)
}

function input(text = '{"t":1}', parts: Partial<UplinkInput> = {}): UplinkInput {
  return {
    bytes: Buffer.from(text),
    fPort: 1,
    now: 1_764_000_000_123,
    topic: 'a/b',
    device: 'd1',
    key: null,
    contentType: null,
    userProperties: {},
    qos: 1,
    retain: false,
    normalize: true,
    ...parts,
  }
}

function run(queue: ScriptQueue, given: UplinkInput = input()): Promise<Result> {
  return pool.run(queue, { call: 'decodeUplink', input: given }, 100)
}

/** `key=value` of the readings, or the code of the failure. */
async function outcome(body: string, given?: UplinkInput): Promise<string[] | string> {
  const { readings, failure } = await run(script(body), given)
  if (failure !== undefined) return failure.code
  return readings!.keys.map((key, at) => `${key}=${readings!.values[at]}`)
}

describe('what a script gives', () => {
  test('a codec of TS013 as its maker wrote it', async () => {
    const body =
      'return { data: { temp: ((input.bytes[0] << 8) | input.bytes[1]) / 100, port: input.fPort } }'
    const given = input('', { bytes: Buffer.of(0x08, 0x66), fPort: 7 })
    assert.deepEqual(await outcome(body, given), ['temp=21.5', 'port=7'])
  })

  test('keys of nested objects are joined, lists are JSON, null is left out, integers keep their digits', async () => {
    const body =
      'return { data: { a: { b: 1, c: { d: true } }, list: [1, 2n ** 60n, NaN], none: null, big: 2n ** 60n } }'
    const result = await run(script(body))
    assert.deepEqual(result.readings!.keys, ['a.b', 'a.c.d', 'list', 'big'])
    assert.deepEqual(result.readings!.values, [1, true, '[1,1152921504606846976,null]', 2n ** 60n])
    assert.deepEqual(result.readings!.json, [2])
  })

  test('a time in data or in a reading, and a list of readings with devices', async () => {
    const one = await run(script('return { data: { time: new Date(1000), a: 1 } }'))
    assert.deepEqual([one.readings!.keys, one.readings!.ts], [['a'], [1_000_000]])
    const notOne = await run(script('return { data: { time: "noon", a: 1 } }'))
    assert.deepEqual(notOne.readings!.keys, ['time', 'a'])
    const list =
      'return { readings: [{ key: "a", value: 1, ts: 1764000000123, device: "x" }, { key: "b", value: 2 }] }'
    const { readings } = await run(script(list))
    assert.deepEqual(readings!.devices, ['x', null])
    assert.deepEqual(readings!.ts, [1_764_000_000_123_000, Number.NaN])
  })

  test('payload as text and as JSON, topic, user properties, normalizeUplink', async () => {
    const body =
      'return { data: { t: input.json.t, text: input.payload, u: input.userProperties.u, topic: input.topic } }'
    const given = input('{"t":5}', { userProperties: { u: 'v' } })
    assert.deepEqual(await outcome(body, given), ['t=5', 'text={"t":5}', 'u=v', 'topic=a/b'])
    const normalized = new ScriptQueue(
      'function decodeUplink() { return { data: { c: 1 } } } ' +
        'function normalizeUplink({ data }) { return { data: { air: { temperature: data.c } } } }',
      systemClock,
    )
    assert.deepEqual((await run(normalized)).readings!.keys, ['air.temperature'])
    assert.deepEqual((await run(normalized, input('', { normalize: false }))).readings!.keys, ['c'])
  })

  test('the same message gives the same: the clock is the message’s, chance is not, and nothing stays', async () => {
    const queue = new ScriptQueue(
      'let n = 0; function decodeUplink(input) { n++; return { data: { n, now: Date.now(), ' +
        'again: new Date().getTime(), recv: input.recvTime.getTime(), r: Math.random(), ' +
        'zone: new Date(2025, 0, 1).toISOString(), proto: ({}).left === undefined, ' +
        'x: (Object.prototype.left = 1) } } }',
      systemClock,
    )
    const results = await Promise.all([run(queue), run(queue), run(queue)])
    const [first] = results
    assert.deepEqual(first!.readings!.values.slice(0, 4), [1, ...Array(3).fill(1_764_000_000_123)])
    assert.equal(first!.readings!.values[5], '2025-01-01T00:00:00.000Z')
    assert.equal(first!.readings!.values[6], true)
    for (const { readings } of results) assert.deepEqual(readings, first!.readings)
  })

  test('errors that it returns reject the message, warnings do not', async () => {
    const failing = await run(script('return { errors: ["too short", "no port"] }'))
    assert.deepEqual(failing.failure?.reason, 'The script says: too short; no port')
    const warned = await run(
      script('console.log("hi", { a: 1 }); return { data: { a: 1 }, warnings: ["w"] }'),
    )
    assert.deepEqual([warned.warnings, warned.console, warned.failure], [['w'], ['hi {"a":1}'], undefined])
  })

  test('where a script fails is said with line and column', async () => {
    const thrown = await run(new ScriptQueue('function decodeUplink() {\n  null.x\n}', systemClock))
    assert.deepEqual([thrown.failure?.line, thrown.failure?.code], [2, 'script_error'])
    const unreadable = await run(new ScriptQueue('function f() {\n  let x = ;\n}', systemClock))
    assert.deepEqual([unreadable.failure?.line, unreadable.failure?.column], [2, 11])
    assert.match(unreadable.failure!.reason, /can’t be read.*line 2, column 11/)
  })
})

describe('what a script can’t do', () => {
  const escapes: [what: string, body: string][] = [
    [
      'reach the host through constructors',
      'return { data: { x: (function () {}).constructor("return typeof process + typeof require")() } }',
    ],
    [
      'reach it through the input',
      'return { data: { x: input.constructor.constructor("return typeof process + typeof require")() } }',
    ],
    ['find sockets, files or timers', 'return { data: { x: typeof fetch + typeof std } }'],
  ]
  for (const [what, body] of escapes) {
    test(what, async () => assert.deepEqual(await outcome(body), ['x=undefinedundefined']))
  }

  test('load modules', async () => {
    assert.equal(await outcome('return import("fs")'), 'script_error')
    assert.deepEqual(await outcome('return { data: { x: typeof require } }'), ['x=undefined'])
  })

  test('spoil the host’s objects', async () => {
    assert.equal(await outcome('return { data: JSON.parse(\'{"__proto__":{"a":1}}\') }'), 'script_result')
    assert.equal(await outcome('return { data: { constructor: 1 } }'), 'script_result')
    assert.equal(({} as { a?: number }).a, undefined)
    assert.deepEqual(
      await outcome('Object.prototype.toJSON = () => ({ b: 2 }); return { data: { a: 1 } }'),
      'script_result',
    )
    assert.deepEqual(await outcome('JSON.stringify = () => "x"; return { data: { a: 1 } }'), ['a=1'])
  })

  const excesses: [code: string, body: string][] = [
    ['script_time', 'for (;;);'],
    ['script_time', 'try { for (;;); } finally { for (;;); }'],
    ['script_time', 'return { get data() { for (;;); } }'],
    [
      'script_time',
      'const e = new Error("x"); Object.defineProperty(e, "stack", { get() { for (;;); } }); throw e',
    ],
    ['script_memory', 'const a = []; for (let i = 0; ; i++) a.push(new Uint8Array(1e6))'],
    ['script_stack', '(function f() { return f() + 1 })()'],
    ['script_output', 'return { data: { x: "y".repeat(1.5e6) } }'],
    ['too_many_readings', 'const data = {}; for (let i = 0; i < 10001; i++) data[i] = 1; return { data }'],
    ['script_result', 'let o = { a: 1 }; for (let i = 0; i < 100; i++) o = { o }; return { data: o }'],
    ['script_result', 'return 5'],
    ['not_finite', 'return { data: { x: 1 / 0 } }'],
    ['number_range', 'return { data: { x: 2n ** 64n } }'],
  ]
  for (const [code, body] of excesses) {
    test(`${code}: ${body.slice(0, 60)}`, async () => assert.equal(await outcome(body), code))
  }
})

describe('a script that costs too much', () => {
  test('is suspended after so many times in a row, and is run again later', async () => {
    let nowMs = 0
    const clock = { ...systemClock, monotonicMs: () => nowMs, nowUs: () => 0 }
    const queue = new ScriptQueue(
      'function decodeUplink(i) { if (i.payload === "loop") for (;;); return { data: { a: 1 } } }',
      clock,
    )
    for (let i = 0; i < strikesMax; i++)
      assert.equal((await run(queue, input('loop'))).failure?.code, 'script_time')
    const refused = await run(queue)
    assert.equal(refused.failure?.code, 'script_suspended')
    assert.match(refused.failure!.reason, /failed 5 times in a row.*before 1970-01-01T00:00:01/)
    nowMs = 1_001
    assert.equal((await run(queue)).failure, undefined)
    assert.equal(queue.figures().suspendedUntil, null)
    assert.deepEqual(Object.fromEntries(queue.figures().failures), { script_time: 5, script_suspended: 1 })
  })

  test('a call that never comes back ends its thread, and costs only that message', async () => {
    const before = pool.lost
    const hang = script('return { data: { x: /^(a+)+$/.test("a".repeat(40) + "b") } }')
    const good = script('return { data: { a: 1 } }')
    const hung = run(hang)
    const others = await Promise.all(Array.from({ length: 500 }, () => run(good)))
    assert.ok(others.every(({ failure }) => failure === undefined))
    assert.ok(['script_ended', 'script_time'].includes((await hung).failure!.code))
    assert.ok(pool.lost >= before)
    assert.equal((await run(good)).failure, undefined)
  })

  test('a thread that ends by itself is replaced, and the call it had in hand is given up after the second', async () => {
    const before = pool.lost
    const queue = new ScriptQueue('function encodeDownlink() { return { bytes: [1] } }', systemClock)
    // No JSON has such a number, which the worker does not expect.
    const data = { now: 0, device: 'd', command: 'c', data: 1n }
    const good = { now: 0, device: 'd', command: 'c', data: 1 }
    const lost = pool.run(queue, { call: 'encodeDownlink', input: data }, 1)
    const kept = pool.run(queue, { call: 'encodeDownlink', input: good }, 1)
    assert.equal((await lost).failure?.code, 'script_ended')
    assert.deepEqual((await kept).downlink?.bytes, Uint8Array.of(1))
    assert.equal(pool.lost, before + 2)
  })

  test('others wait no longer than its budget: a thousand good messages beside a script that loops', async () => {
    const loop = script('for (;;);')
    const good = script('return { data: { a: 1 } }')
    await run(good)
    const looping = Promise.all(Array.from({ length: 1_000 }, () => run(loop)))
    const results = await Promise.all(Array.from({ length: 1_000 }, () => run(good)))
    assert.ok(results.every(({ failure }) => failure === undefined))
    // The loop has had its five calls and their 20 ms, and not a thousand of them.
    const codes = (await looping).map(({ failure }) => failure!.code)
    const refused = codes.filter((code) => code === 'script_suspended').length
    assert.ok(refused >= 1_000 - strikesMax, `${refused} were refused at once`)
  })
})
