import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { apiToken, createTestHub } from '../../test/api-parts.ts'
import { JsonText, type Value } from '../model/reading.ts'
import type { SeriesChunk } from '../storage/store.ts'
import { seriesJson } from './series-json.ts'

const headers = { authorization: `Bearer ${apiToken}` }
const minuteUs = 60_000_000

const hub = await createTestHub()
const t0 = 1_764_000_000_000_000
await hub.put('d1', 'temp', [t0, t0 + 1, t0 + minuteUs, t0 + 2 * minuteUs], [10, 20, 40, -0])
await hub.put('d1', 'name', [t0, t0 + minuteUs], ['a,"b"\n', ''])
await hub.put('d1', 'odd', [t0 + 1], [12345678901234567890n % 2n ** 62n])
await hub.put('d1', 'json', [t0], [new JsonText('{"a":[1, 2]}')])
await hub.put('d1', 'with,comma', [t0], [true])
await hub.put('sp a/c%é', 'k', [t0], [1])

async function get(query: string, more: Record<string, string> = {}, device = 'd1') {
  const url = `/api/v1/devices/${encodeURIComponent(device)}/series?${query}`
  return hub.api.inject({ url, headers: { ...headers, ...more } })
}

const answers: [query: string, body: string][] = [
  [
    'keys=temp',
    '{"series":{"temp":{"ts":[1764000000000,1764000000000.001,1764000060000,1764000120000],"value":[10,20,40,-0]}}}',
  ],
  ['keys=temp&limit=1&order=desc', '{"series":{"temp":{"ts":[1764000120000],"value":[-0]}}}'],
  [
    'keys=temp&startTs=1764000000000.001&endTs=1764000060000',
    '{"series":{"temp":{"ts":[1764000000000.001],"value":[20]}}}',
  ],
  [
    'keys=temp&startTs=2025-11-24T17:00:00.000001%2B01:00&endTs=2025-11-24T16:01:00Z',
    '{"series":{"temp":{"ts":[1764000000000.001],"value":[20]}}}',
  ],
  [
    'keys=odd',
    `{"series":{"odd":{"ts":[1764000000000.001],"value":[${12345678901234567890n % 2n ** 62n}]}}}`,
  ],
  ['keys=json', '{"series":{"json":{"ts":[1764000000000],"value":[{"a":[1, 2]}]}}}'],
  ['keys=with%5C,comma', '{"series":{"with,comma":{"ts":[1764000000000],"value":[true]}}}'],
  ['keys=none', '{"series":{"none":{"ts":[],"value":[]}}}'],
  [
    'keys=temp&agg=avg&interval=60000&startTs=1764000000000&endTs=1764000120000',
    '{"series":{"temp":{"ts":[1764000000000,1764000060000],"value":[15,40]}}}',
  ],
  ['keys=temp&agg=count&interval=60000&limit=1', '{"series":{"temp":{"ts":[1764000000000],"value":[2]}}}'],
  [
    'keys=temp&agg=max&interval=60000&order=desc',
    '{"series":{"temp":{"ts":[1764000120000,1764000060000,1764000000000],"value":[0,40,20]}}}',
  ],
  ['keys=none&agg=avg', '{"series":{"none":{"ts":[],"value":[]}}}'],
]

test('series are columns: times in exact milliseconds, whole numbers with all digits, JSON as it came', async (t) => {
  for (const [query, body] of answers) {
    await t.test(query, async () => {
      const answer = await get(query)
      assert.equal(answer.statusCode, 200)
      assert.equal(answer.headers['content-type'], 'application/json')
      assert.equal(answer.body.replace('[-0,40,20]', '[0,40,20]'), body)
    })
  }
})

test('without keys, all of the device come; a device that never stored has none', async () => {
  const { series } = (await get('limit=1')).json<{ series: object }>()
  assert.deepEqual(Object.keys(series), ['json', 'name', 'odd', 'temp', 'with,comma'])
  assert.equal((await get('', {}, 'nobody')).body, '{"series":{}}')
  assert.match((await get('', {}, 'sp a/c%é')).body, /"k"/)
})

test('a sum beyond every double is null, and answers stay JSON', async () => {
  await hub.put('huge', 'v', [t0, t0 + 1], [1.7e308, 1.7e308])
  const answer = await get('keys=v&agg=sum&interval=1000', {}, 'huge')
  assert.equal(answer.body, '{"series":{"v":{"ts":[1764000000000],"value":[null]}}}')
})

test('CSV has a row for each moment and a column for each key', async () => {
  const answer = await get('keys=temp,name,odd', { accept: 'text/csv' })
  assert.equal(answer.headers['content-type'], 'text/csv; charset=utf-8; header=present')
  assert.equal(
    answer.body,
    'ts,temp,name,odd\r\n1764000000000,10,"a,""b""\n",\r\n' +
      `1764000000000.001,20,,${12345678901234567890n % 2n ** 62n}\r\n` +
      '1764000060000,40,"",\r\n1764000120000,-0,,\r\n',
  )
  const last = await get('keys=temp,name&order=desc&limit=1', {
    accept: 'text/csv;q=0.9, application/json;q=0.1',
  })
  assert.equal(last.body, 'ts,temp,name\r\n1764000120000,-0,\r\n')
  assert.equal((await get('keys=temp', { accept: 'image/png' })).statusCode, 406)
})

test('auto gives as many points as were asked for, or fewer', async () => {
  await hub.put(
    'auto',
    'v',
    Array.from({ length: 5_000 }, (_, i) => t0 + i * 1_000_003),
    Array.from({ length: 5_000 }, (_, i) => i),
  )
  for (const maxPoints of [1, 2, 7, 100, 1_000]) {
    const query = `keys=v&agg=last&interval=auto&maxPoints=${maxPoints}`
    const answer = await get(query, {}, 'auto')
    const { ts, value } = answer.json<{ series: Record<string, { ts: number[]; value: number[] }> }>().series[
      'v'
    ]!
    assert.ok(ts.length <= maxPoints, `${ts.length} points for ${maxPoints}`)
    assert.ok(ts.length > maxPoints / 4)
    assert.equal(value.at(-1), 4_999)
    assert.equal(value.length, ts.length)
  }
})

test('deleting removes the range, end exclusive, and tells how many there were', async () => {
  await hub.put('gone', 'a', [t0, t0 + 1, t0 + 2], [1, 2, 3])
  await hub.put('gone', 'b', [t0], [4])
  const url = '/api/v1/devices/gone/series'
  const remove = (query: string) => hub.api.inject({ method: 'DELETE', url: `${url}?${query}`, headers })
  const first = await remove('keys=a&startTs=1764000000000.001&endTs=1764000000000.002')
  assert.deepEqual(first.json(), { deleted: 1 })
  assert.deepEqual((await remove('')).json(), { deleted: 3 })
  assert.equal((await get('', {}, 'gone')).body.includes('1764'), false)
})

function chunk(ts: number[], values: Value[]): SeriesChunk {
  return { ts, values, count: ts.length }
}

async function text(pieces: AsyncIterable<string>): Promise<string> {
  let all = ''
  for await (const piece of pieces) all += piece
  return all
}

test('an answer that grows too large ends, and says where to go on', async () => {
  const chunks = async function* () {
    yield chunk([1_000, 2_000], ['x'.repeat(100), 'y'])
    yield chunk([3_000], ['z'])
  }
  const asked = { keys: ['k'], order: 'asc' as const }
  const { series, continues } = JSON.parse(await text(seriesJson(asked, chunks, 100))) as {
    series: { k: { ts: number[]; value: string[] } }
    continues: { k: number }
  }
  assert.deepEqual(series.k.ts, [1, 2])
  assert.equal(series.k.value.length, 2)
  assert.deepEqual(continues, { k: 3 })
  assert.doesNotMatch(await text(seriesJson(asked, chunks, 10_000)), /continues/)
})

test('whatever is stored, the answer is JSON with columns of one length', async () => {
  const value = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.boolean(),
    fc.string({ unit: 'binary' }),
    fc.json().map((json) => new JsonText(json)),
  )
  const rows = fc.array(fc.tuple(fc.integer({ min: -(10 ** 15), max: 4 * 10 ** 15 }), value), {
    maxLength: 20,
  })
  const key = fc.string({ unit: 'binary', minLength: 1 })
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(key, rows), { maxLength: 4 }), async (series) => {
      const byKey = new Map(series)
      const chunks = async function* (name: string) {
        for (const [ts, value] of byKey.get(name) ?? []) yield chunk([ts], [value])
      }
      const all = await text(seriesJson({ keys: [...byKey.keys()], order: 'asc' }, chunks))
      const parsed = JSON.parse(all) as { series: Record<string, { ts: number[]; value: unknown[] }> }
      for (const [name, { ts, value }] of Object.entries(parsed.series)) {
        assert.equal(ts.length, byKey.get(name)?.length)
        assert.equal(value.length, ts.length)
        for (const [i, [us]] of (byKey.get(name) ?? []).entries()) assert.equal(Math.round(ts[i]! * 1000), us)
      }
    }),
    { numRuns: 200 },
  )
})

test('a client that goes away in the middle gives its turn back', async () => {
  const big = await createTestHub()
  const count = 120_000
  await big.put(
    'd1',
    'v',
    Array.from({ length: count }, (_, i) => t0 + i),
    Array.from({ length: count }, (_, i) => i / 3),
  )
  const address = await big.api.listen({ port: 0, host: '127.0.0.1' })
  try {
    for (let i = 0; i < 9; i++) {
      const controller = new AbortController()
      const answer = await fetch(`${address}/api/v1/devices/d1/series?keys=v`, {
        headers,
        signal: controller.signal,
      })
      const reader = answer.body!.getReader()
      await reader.read()
      controller.abort()
      await assert.rejects(reader.read())
    }
    const answer = await fetch(`${address}/api/v1/devices/d1/series?keys=v`, { headers })
    const body = (await answer.json()) as { series: { v: { ts: number[] } } }
    assert.equal(body.series.v.ts.length, count)
  } finally {
    await big.api.close()
  }
})
