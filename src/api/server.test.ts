import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apiToken, createTestHub } from '../../test/api-parts.ts'
import { AckstoneError, errorTable } from '../errors.ts'
import { systemClock } from '../lib/clock.ts'
import { operationList } from './contract.ts'
import { problem } from './shapes.ts'

const hub = await createTestHub()
const headers = { authorization: `Bearer ${apiToken}` }
const json = { ...headers, 'content-type': 'application/json' }
const api = '/api/v1'
const plant = {
  name: 'Plant',
  kind: 'direct',
  topics: [{ filter: 'plant/{device}/telemetry', qos: 1 }],
  converter: { type: 'json' },
}
await hub.publish('v1/devices/me/telemetry', '{"temp":21.5}')

interface Scenario {
  name: string
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH' | 'HEAD'
  url: string
  headers?: Record<string, string>
  body?: unknown
  status: number
  has?: RegExp
  lacks?: RegExp
}

const create = { method: 'POST', url: `${api}/integrations` } as const
const scenarios: Scenario[] = [
  { name: 'health needs no token', url: '/healthz', headers: {}, status: 200, has: /"ok"/ },
  { name: 'ready', url: '/readyz', headers: {}, status: 200, has: /"ready"/ },
  { name: 'HEAD of health', method: 'HEAD', url: '/healthz', headers: {}, status: 200 },
  { name: 'version', url: '/version', headers: {}, status: 200, has: /"version":"0\.1\.0"/ },
  { name: 'page', url: '/', headers: {}, status: 200, has: /<h1>Ackstone/, lacks: /<script|src=|href="http/ },
  { name: 'metrics', url: '/metrics', headers: {}, status: 200, has: /^ackstone_readings_stored_total 1$/m },
  { name: 'no token', url: `${api}/devices`, headers: {}, status: 401, has: /UNAUTHENTICATED/ },
  {
    name: 'token of another kind',
    url: `${api}/devices`,
    headers: { authorization: 'Basic eDp5' },
    status: 401,
  },
  { name: 'nothing there', url: '/nothing?a=1', status: 404, has: /GET \/nothing\./ },
  { name: 'nothing there in the API', url: `${api}/nowhere`, status: 404, has: /NOT_FOUND/ },
  {
    name: 'a command that says nothing',
    method: 'POST',
    url: `${api}/devices/d1/commands`,
    body: {},
    status: 422,
    has: /"pointer":"\/command"/,
  },
  {
    name: 'other method',
    method: 'PATCH',
    url: `${api}/devices`,
    body: {},
    status: 405,
    has: /It takes GET/,
  },
  { name: 'broken percent sign', url: `${api}/devices/%zz/latest`, status: 400, has: /REQUEST_INVALID/ },
  { name: 'bytes that are no UTF-8', url: `${api}/devices/%ff/latest`, status: 400 },
  {
    name: 'device of 256 bytes',
    url: `${api}/devices/${'%C3%A9'.repeat(128)}/latest`,
    status: 200,
    has: /^\{\}$/,
  },
  {
    name: 'device of 257 bytes',
    url: `${api}/devices/${'d'.repeat(257)}/latest`,
    status: 400,
    has: /256 bytes/,
  },
  {
    name: 'device beyond any',
    url: `${api}/devices/${'d'.repeat(5000)}/latest`,
    status: 400,
    has: /REQUEST_INVALID/,
  },
  {
    name: 'latest',
    url: `${api}/devices/d1/latest`,
    status: 200,
    has: /^\{"temp":\{"ts":\d{13}[.\d]*,"value":21\.5\}\}$/,
  },
  {
    name: 'devices',
    url: `${api}/devices?search=d&limit=1`,
    status: 200,
    has: /"id":"d1".*"nextCursor":null/,
  },
  {
    name: 'misspelt parameter',
    url: `${api}/devices?serch=d`,
    status: 400,
    has: /Did you mean \\"search\\"/,
  },
  { name: 'a parameter twice', url: `${api}/devices?limit=1&limit=2`, status: 400, has: /"\/limit"/ },
  { name: 'limit 0', url: `${api}/devices?limit=0`, status: 400, has: /at least 1/ },
  { name: 'limit as hexadecimal', url: `${api}/devices?limit=0x10`, status: 400, has: /written in digits/ },
  { name: 'limit too high', url: `${api}/devices?limit=1001`, status: 400 },
  { name: 'invented cursor', url: `${api}/devices?cursor=abc`, status: 400, has: /CURSOR_INVALID/ },
  { name: 'upside down', url: `${api}/devices/d1/series?startTs=2&endTs=1`, status: 400, has: /lies before/ },
  { name: 'no time', url: `${api}/devices/d1/series?startTs=yesterday`, status: 400, has: /RFC 3339/ },
  { name: 'no date', url: `${api}/devices/d1/series?startTs=2026-02-30T00:00:00Z`, status: 400 },
  { name: 'four decimals', url: `${api}/devices/d1/series?startTs=1.2345`, status: 400 },
  {
    name: 'interval alone',
    url: `${api}/devices/d1/series?interval=1000`,
    status: 400,
    has: /needs \\"agg\\"/,
  },
  { name: 'interval 0', url: `${api}/devices/d1/series?agg=avg&interval=0`, status: 400 },
  { name: 'unknown agg', url: `${api}/devices/d1/series?agg=median`, status: 400, has: /\\"avg\\" or/ },
  { name: 'empty key', url: `${api}/devices/d1/series?keys=a,,b`, status: 400, has: /empty name/ },
  {
    name: 'key too long',
    url: `${api}/devices/d1/series?keys=${'k'.repeat(129)}`,
    status: 400,
    has: /128 bytes/,
  },
  { name: 'delivery', url: `${api}/delivery`, status: 200, has: /"received":\{"qos0":0,"qos1":1,"qos2":0\}/ },
  { name: 'delivery of a device', url: `${api}/devices/d1/delivery`, status: 200, has: /"readingsStored":1/ },
  { name: 'delivery of nobody', url: `${api}/devices/x/delivery`, status: 404, has: /DEVICE_NOT_FOUND/ },
  { name: 'delivery of the Device API', url: `${api}/integrations/device-api/delivery`, status: 200 },
  { name: 'delivery of no integration', url: `${api}/integrations/x/delivery`, status: 404 },
  { name: 'storage', url: `${api}/storage`, status: 200, has: /"name":"memory".*"writable":true/ },
  { name: 'integrations', url: `${api}/integrations`, status: 200, has: /"id":"device-api".*"managed":true/ },
  { name: 'the Device API stays', method: 'DELETE', url: `${api}/integrations/device-api`, status: 409 },
  { name: 'no integration', url: `${api}/integrations/none`, status: 404, has: /INTEGRATION_NOT_FOUND/ },
  { name: 'odd identifier', url: `${api}/integrations/A%2FB`, status: 400, has: /PATH_INVALID/ },
  { ...create, name: 'create', body: plant, status: 201, has: /"id":"plant".*"duplicates":"overwrite"/ },
  { ...create, name: 'create again', body: plant, status: 409, has: /INTEGRATION_NAME_TAKEN/ },
  { ...create, name: 'no body', status: 400, has: /BODY_MISSING/ },
  { ...create, name: 'no JSON', body: '{"name":', status: 400, has: /BODY_SYNTAX/ },
  { ...create, name: 'not UTF-8', body: Buffer.from([0x22, 0xff, 0x22]), status: 400, has: /not UTF-8/ },
  { ...create, name: 'an array', body: '[]', status: 422, has: /must be an object/ },
  {
    ...create,
    name: 'nesting',
    body: '['.repeat(100_000) + ']'.repeat(100_000),
    status: 400,
    has: /32 levels/,
  },
  { ...create, name: 'open nesting', body: '['.repeat(1_000_000), status: 400, has: /BODY_SYNTAX/ },
  { ...create, name: '__proto__', body: '{"__proto__":{"name":"x"}}', status: 400, has: /__proto__/ },
  { ...create, name: 'form', headers: { ...headers, 'content-type': 'text/xml' }, body: 'a', status: 415 },
  { ...create, name: 'packed', headers: { ...json, 'content-encoding': 'gzip' }, body: '{}', status: 415 },
  { ...create, name: 'too large', body: 'x'.repeat(1_048_577), status: 413, has: /1048576 bytes/ },
  {
    ...create,
    name: 'misspelt',
    body: { ...plant, topic: [] },
    status: 422,
    has: /"\/topic".*Did you mean \\"topics\\"/,
  },
  {
    ...create,
    name: 'deep',
    body: { ...plant, topics: [{ filter: 'a', qos: 3 }] },
    status: 422,
    has: /\/topics\/0\/qos/,
  },
  {
    ...create,
    name: 'filter',
    body: { ...plant, name: 'F', topics: [{ filter: 'a/#/b' }] },
    status: 422,
    has: /\/topics\/0\/filter/,
  },
  {
    ...create,
    name: 'converter',
    body: { ...plant, name: 'C', converter: { type: 'jsno' } },
    status: 422,
    has: /\/converter/,
  },
  {
    ...create,
    name: 'a bridge without a connection',
    body: { ...plant, name: 'B', kind: 'bridge' },
    status: 422,
    has: /A bridge needs a connection/,
  },
  { name: 'shown', url: `${api}/integrations/plant`, status: 200, has: /"enabled":true,"managed":false/ },
  {
    name: 'replaced, with defaults for what is left out',
    method: 'PUT',
    url: `${api}/integrations/plant`,
    body: { ...plant, topics: [{ filter: 'other/{device}' }], duplicates: 'ignore' },
    status: 200,
    has: /"topics":\[\{"filter":"other\/\{device\}","qos":0\}\].*"duplicates":"ignore"/,
  },
  { name: 'replacing none', method: 'PUT', url: `${api}/integrations/none`, body: plant, status: 404 },
  { name: 'removed', method: 'DELETE', url: `${api}/integrations/plant`, status: 204, has: /^$/ },
  { name: 'gone', url: `${api}/integrations/plant`, status: 404 },
  {
    name: 'retry of none',
    method: 'POST',
    url: `${api}/rejected/0abc/retry`,
    status: 404,
    has: /REJECTED_NOT_FOUND/,
  },
  {
    name: 'setup with a wrong code',
    method: 'POST',
    url: `${api}/setup`,
    body: { code: 'x', name: 'n' },
    status: 403,
  },
]

test('each operation answers as the contract says', async (t) => {
  for (const { name, method = 'GET', url, body, status, has, lacks, ...rest } of scenarios) {
    await t.test(name, async () => {
      const isRaw = typeof body === 'string' || Buffer.isBuffer(body)
      const payload = body === undefined || isRaw ? (body as string | undefined) : JSON.stringify(body)
      const answer = await hub.api.inject({
        method,
        url,
        headers: rest.headers ?? (body === undefined ? headers : json),
        ...(payload !== undefined && { payload }),
      })
      assert.equal(answer.statusCode, status, answer.body)
      if (has !== undefined) assert.match(answer.body, has)
      if (lacks !== undefined) assert.doesNotMatch(answer.body, lacks)
      assert.equal(answer.headers['x-content-type-options'], 'nosniff')
      assert.equal(answer.headers['access-control-allow-origin'], undefined)
      if (status >= 400) checkProblem(answer.body, status, answer.headers['content-type'])
    })
  }
})

function checkProblem(body: string, status: number, type: unknown): void {
  assert.match(String(type), /^application\/problem\+json/)
  const given = problem.parse(JSON.parse(body))
  assert.equal(given.status, status)
  assert.ok(given.code in errorTable)
  assert.doesNotMatch(body, /\{\w+\}(?!.*\\")|node:|\.ts:/)
}

test('pages follow one another by cursor, and a cursor fits only its list and filter', async () => {
  const pages = await createTestHub()
  for (const device of ['a', 'b', 'c', 'é', 'B']) await pages.publish('v2/t', '{"k":1}', device)
  const seen: string[] = []
  let cursor = ''
  let rounds = 0
  do {
    const url = `${api}/devices?limit=2${cursor}`
    const { items, nextCursor } = (await pages.api.inject({ url, headers })).json<{
      items: { id: string }[]
      nextCursor: string | null
    }>()
    seen.push(...items.map(({ id }) => id))
    cursor = nextCursor === null ? '' : `&cursor=${nextCursor}`
    rounds++
    if (rounds === 1) {
      const elsewhere = await pages.api.inject({ url: `${api}/rejected?limit=2${cursor}`, headers })
      assert.equal(elsewhere.statusCode, 400)
      const filtered = await pages.api.inject({ url: `${api}/devices?search=a${cursor}`, headers })
      assert.equal(filtered.statusCode, 400)
    }
  } while (cursor !== '')
  assert.deepEqual(seen, ['B', 'a', 'b', 'c', 'é'])
  assert.equal(rounds, 3)
})

test('answers have the shape that the contract promises', async () => {
  await hub.publish('v1/devices/me/telemetry', 'no json')
  const trace = hub.parts.delivery.traces.find({}, 1)[0]?.id ?? ''
  const listening = hub.parts.watching.listenings.start(['#'], undefined)
  const script = { name: 'Codec', source: 'function decodeUplink() { return { data: {} } }' }
  await hub.api.inject({ method: 'POST', url: '/api/v1/scripts', headers, payload: JSON.stringify(script) })
  const sent = await hub.api.inject({
    method: 'POST',
    url: `${api}/devices/d1/commands`,
    headers: json,
    payload: '{"command":"blink"}',
  })
  const command = sent.json<{ id: string }>().id
  const ids = {
    '/commands/': command,
    '/traces/': trace,
    '/listening/': listening ?? '',
    '/scripts/': 'codec',
  }
  for (const operation of operationList) {
    const schema = operation.answers[200]?.content['application/json']
    if (operation.method !== 'GET' || schema === undefined) continue
    const id = Object.entries(ids).find(([part]) => operation.path.includes(part))?.[1] ?? 'device-api'
    const url = operation.path.replace('{device}', 'd1').replace('{id}', id)
    const answer = await hub.api.inject({ url, headers })
    assert.equal(answer.statusCode, 200, url)
    const { success, error } = schema.safeParse(answer.json())
    assert.ok(success, `${url}: ${error?.message}`)
  }
})

test('I6: a rejected message is listed, stays while it can’t be read, and leaves the list when it can', async () => {
  const rejecting = await createTestHub()
  const { api: server, parts } = rejecting
  const draft = { ...plant, kind: 'direct' as const, topics: [{ filter: 'plant/{device}', qos: 0 as const }] }
  await parts.integrations.create({ ...draft, converter: { type: 'json' } })
  await rejecting.publish('plant/p7', 'ON')
  await rejecting.publish('plant/p8', Buffer.from([0xff, 0xfe]))
  // At effective QoS 0 nobody waits for the commit: this request does.
  await server.inject({
    method: 'POST',
    url: `${api}/devices/x/telemetry`,
    headers: json,
    payload: '{"a":1}',
  })
  const list = async () => {
    const answer = await server.inject({ url: `${api}/rejected?integration=plant`, headers })
    return answer.json<{ items: { id: string; reason: string; payload: Record<string, unknown> }[] }>().items
  }
  const [binary, text] = await list()
  assert.deepEqual(binary!.payload, { bytes: 2, text: null, base64: '//4=', isCut: false })
  assert.deepEqual(text!.payload, { bytes: 2, text: 'ON', base64: null, isCut: false })
  const retry = () => server.inject({ method: 'POST', url: `${api}/rejected/${text!.id}/retry`, headers })
  const refused = await retry()
  assert.equal(refused.statusCode, 422)
  assert.match(refused.body, /REJECTED_UNREADABLE/)
  assert.equal((await list()).length, 2)
  await parts.integrations.replace('plant', { ...draft, converter: { type: 'value', key: 'state' } })
  const stored = await retry()
  assert.equal(stored.statusCode, 200, stored.body)
  assert.deepEqual(stored.json(), { readings: 1 })
  assert.deepEqual(
    (await list()).map(({ id }) => id),
    [binary!.id],
  )
  assert.match((await server.inject({ url: `${api}/devices/p7/latest`, headers })).body, /"state"/)
  assert.equal((await retry()).statusCode, 404)
  await parts.integrations.remove('plant')
  const gone = await server.inject({ method: 'POST', url: `${api}/rejected/${binary!.id}/retry`, headers })
  assert.equal(gone.statusCode, 409)
})

test('I1: telemetry over HTTP is answered after the commit, and not at all as stored without it', async () => {
  const held = await createTestHub({ limits: { ackDeadlineMs: 50 } })
  const post = (payload: string) =>
    held.api.inject({ method: 'POST', url: `${api}/devices/h1/telemetry`, headers: json, payload })
  const first = await post('[{"ts":1764000000000,"values":{"a":1,"b":"x"}},{"c":true}]')
  assert.equal(first.statusCode, 200, first.body)
  assert.deepEqual(first.json(), { readings: 3 })
  const latest = await held.api.inject({ url: `${api}/devices/h1/latest`, headers })
  assert.match(latest.body, /^\{"a":\{"ts":1764000000000,"value":1\},"b":/)

  const bad = await post('{"a":1e400}')
  assert.equal(bad.statusCode, 400)
  assert.match(bad.body, /TELEMETRY_UNREADABLE/)
  const { items } = (await held.api.inject({ url: `${api}/rejected`, headers })).json<{ items: unknown[] }>()
  assert.deepEqual(items, [])

  held.store.hold()
  const late = await post('{"d":1}')
  assert.equal(late.statusCode, 503)
  assert.match(late.body, /ACK_DEADLINE/)
  assert.ok(Number(late.headers['retry-after']) > 0)
  assert.doesNotMatch((await held.api.inject({ url: `${api}/devices/h1/latest`, headers })).body, /"d"/)
  await held.store.fail(new AckstoneError('STORE_FULL', { folder: '/data' }))
  const unready = await held.api.inject({ url: '/readyz' })
  assert.equal(unready.statusCode, 503)
  assert.match(unready.body, /"not ready","reasons":\["/)
  held.store.letThrough()
  held.store.recover()
  assert.equal((await post('{"e":1}')).statusCode, 200)
  assert.equal((await held.api.inject({ url: '/readyz' })).statusCode, 200)
})

test('requests that wait for the store end when the hub stops', async () => {
  const stopping = await createTestHub({ limits: { ackDeadlineMs: 60_000 } })
  const address = await stopping.api.listen({ port: 0, host: '127.0.0.1' })
  stopping.store.hold()
  const url = `${address}${api}/devices/d/telemetry`
  const waiting = fetch(url, { method: 'POST', headers: json, body: '{"a":1}' })
  const started = systemClock.monotonicMs()
  while (stopping.store.waiting.length === 0) await new Promise((resolve) => setImmediate(resolve))
  const closed = stopping.api.close()
  assert.equal((await waiting).status, 503)
  await closed
  assert.ok(systemClock.monotonicMs() - started < 5_000)
  stopping.store.letThrough()
})
