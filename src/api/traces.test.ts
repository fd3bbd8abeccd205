import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apiToken, createTestHub, type TestHub } from '../../test/api-parts.ts'
import { statsEvent, trace as traceShape, tracesPage, trafficEvent } from './live-shapes.ts'

const headers = { authorization: `Bearer ${apiToken}` }

async function get<T>(hub: TestHub, path: string): Promise<T> {
  const answer = await hub.api.inject({ url: `/api/v1${path}`, headers })
  assert.equal(answer.statusCode, 200, answer.body)
  return answer.json<T>()
}

test('a message is traced with what it held, and filters find it', async () => {
  const hub = await createTestHub()
  await hub.publish('v1/devices/me/telemetry', '{"ts":1764000000000,"values":{"temp":21.5,"on":true}}', 'd1')
  await hub.publish('v1/devices/me/telemetry', Buffer.from([0xff]), 'd2')
  const page = tracesPage.parse(await get(hub, '/traces'))
  assert.deepEqual(
    page.items.map(({ device, outcome }) => [device, outcome]),
    [
      ['d2', 'rejected'],
      ['d1', 'stored'],
    ],
  )
  const good = traceShape.parse(await get(hub, `/traces/${page.items[1]!.id}`))
  assert.equal(good.payload.text, '{"ts":1764000000000,"values":{"temp":21.5,"on":true}}')
  assert.deepEqual(good.values, [
    { device: 'd1', key: 'temp', ts: 1_764_000_000_000, value: 21.5 },
    { device: 'd1', key: 'on', ts: 1_764_000_000_000, value: true },
  ])
  const bad = traceShape.parse(await get(hub, `/traces/${page.items[0]!.id}`))
  assert.deepEqual([bad.payload.text, bad.payload.base64], [null, '/w=='])
  for (const [query, found] of [
    ['device=d1', 1],
    ['outcome=rejected', 1],
    ['topic=devices/me', 2],
    ['qos=0', 0],
    ['client=d2&qos=1', 1],
    ['integration=device-api&limit=1', 1],
  ] as const) {
    assert.equal((await get<{ items: unknown[] }>(hub, `/traces?${query}`)).items.length, found, query)
  }
})

test('privacy.payloads: hide keeps what was sent from whoever may only read', async () => {
  const hub = await createTestHub({ hidesPayloads: true })
  await hub.publish('v1/devices/me/telemetry', '{"secret":4711}')
  const [shown] = hub.parts.delivery.traces.find({}, 1)
  const full = await get<unknown>(hub, `/traces/${shown!.id}`)
  assert.match(JSON.stringify(full), /4711/)
  const key = await hub.api.inject({
    method: 'POST',
    url: '/api/v1/keys',
    headers,
    payload: { name: 'screen', scopes: ['read'] },
  })
  const authorization = `Bearer ${key.json<{ key: string }>().key}`
  const asViewer = await hub.api.inject({ url: `/api/v1/traces/${shown!.id}`, headers: { authorization } })
  assert.equal(asViewer.statusCode, 200)
  assert.doesNotMatch(asViewer.body, /4711|secret/)
  assert.equal(traceShape.parse(asViewer.json()).payload.isHidden, true)
})

test('hostile parameters are refused', async () => {
  const hub = await createTestHub()
  for (const query of ['limit=0', 'limit=1e9', 'outcome=lost', 'qos=3', 'x=1', `topic=${'a'.repeat(600)}`]) {
    assert.equal((await hub.api.inject({ url: `/api/v1/traces?${query}`, headers })).statusCode, 400, query)
  }
  for (const topics of ['everything', 'stats,', 'readings,readings,x', '%00']) {
    const answer = await hub.api.inject({ url: `/api/v1/live?topics=${topics}`, headers })
    assert.equal(answer.statusCode, 400, topics)
  }
  assert.equal((await hub.api.inject({ url: '/api/v1/traces/never', headers })).statusCode, 404)
})

/** Events of a stream until one of each name has come. */
async function eventsOf(
  answer: Response,
  names: string[],
): Promise<Map<string, { id?: string; data: unknown }>> {
  const found = new Map<string, { id?: string; data: unknown }>()
  const reader = answer.body!.getReader()
  const decoder = new TextDecoder()
  let text = ''
  while (names.some((name) => !found.has(name))) {
    const { done, value } = await reader.read()
    assert.ok(!done, `the stream ended after ${text}`)
    text += decoder.decode(value, { stream: true })
    for (const [, name, , id, data] of text.matchAll(/event: (\w+)\n(id: (.*)\n)?data: (.*)\n\n/g)) {
      found.set(name!, { ...(id !== undefined && { id }), data: JSON.parse(data!) as unknown })
    }
  }
  await reader.cancel()
  return found
}

test('the stream tells figures, messages, devices and integrations, and goes on where a watcher ended', async () => {
  const hub = await createTestHub()
  const address = await hub.api.listen({ port: 0, host: '127.0.0.1' })
  try {
    const live = (topics: string, more: Record<string, string> = {}): Promise<Response> =>
      fetch(`${address}/api/v1/live?topics=${topics}`, { headers: { ...headers, ...more } })
    const answer = await live('stats,traffic,devices,integrations')
    await hub.publish('v1/devices/me/telemetry', '{"v":1}', 'd1')
    const events = await eventsOf(answer, ['stats', 'traffic', 'devices', 'integrations'])
    const { delivery, store } = statsEvent.parse(events.get('stats')!.data)
    assert.deepEqual([delivery.readingsStored, store.writable], [1, true])
    const { messages } = trafficEvent.parse(events.get('traffic')!.data)
    assert.deepEqual(
      messages.map(({ device, outcome }) => [device, outcome]),
      [['d1', 'stored']],
    )
    const lastId = events.get('traffic')!.id
    assert.equal(lastId, messages[0]!.id)
    await hub.publish('v1/devices/me/telemetry', '{"v":2}', 'd2')
    const again = await eventsOf(await live('traffic', { 'last-event-id': lastId! }), ['traffic'])
    assert.deepEqual(
      trafficEvent.parse(again.get('traffic')!.data).messages.map(({ device }) => device),
      ['d2'],
    )
  } finally {
    await hub.api.close()
  }
})

test('each minute becomes a point of the history', async () => {
  const hub = await createTestHub()
  await hub.publish('v1/devices/me/telemetry', '{"ts":1764000000000,"values":{"v":1}}')
  hub.parts.watching.history.take()
  await hub.publish('v1/devices/me/telemetry', '{"ts":1764000000000,"values":{"v":1}}')
  const { points } = await get<{ points: { messages: number; readings: number; duplicates: number }[] }>(
    hub,
    '/delivery/history',
  )
  assert.deepEqual(
    points.map(({ messages, readings, duplicates }) => [messages, readings, duplicates]),
    [
      [1, 1, 0],
      [1, 0, 1],
    ],
  )
})
