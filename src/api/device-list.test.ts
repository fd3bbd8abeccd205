import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apiToken, createTestHub, type TestHub } from '../../test/api-parts.ts'
import { systemClock } from '../lib/clock.ts'
import { proofDevice } from '../model/proof-device.ts'

const headers = { authorization: `Bearer ${apiToken}` }

interface Page {
  items: { id: string; isConnected: boolean; integration: string | null; latest?: Record<string, unknown> }[]
  nextCursor: string | null
}

async function get(hub: TestHub, query: string): Promise<Page> {
  const answer = await hub.api.inject({ url: `/api/v1/devices?${query}`, headers })
  assert.equal(answer.statusCode, 200, answer.body)
  return answer.json<Page>()
}

/** All pages of a list, their identifiers. */
async function all(hub: TestHub, query: string): Promise<string[]> {
  const ids: string[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const page: Page = await get(hub, `${query}${cursor === '' ? '' : `&cursor=${cursor}`}`)
    ids.push(...page.items.map(({ id }) => id))
    cursor = page.nextCursor
  }
  return ids
}

async function hubWithDevices(): Promise<TestHub> {
  let ts = 1_764_000_000_000_000
  const hub = await createTestHub({ clock: { ...systemClock, nowUs: () => (ts += 1_000) } })
  for (const device of ['b', 'd', 'a', 'c', proofDevice])
    await hub.publish('v1/devices/me/telemetry', '{"v":1}', device)
  return hub
}

test('devices are listed by identifier or by when they were last seen, page by page', async () => {
  const hub = await hubWithDevices()
  for (const limit of [1, 2, 3, 10]) {
    assert.deepEqual(await all(hub, `limit=${limit}`), ['a', 'b', 'c', 'd'])
    assert.deepEqual(await all(hub, `sort=lastSeenAt&order=desc&limit=${limit}`), ['c', 'a', 'd', 'b'])
    assert.deepEqual(await all(hub, `sort=lastSeenAt&limit=${limit}`), ['b', 'd', 'a', 'c'])
  }
})

test('the list tells who is connected, through what its last message came, and its newest readings', async () => {
  const hub = await hubWithDevices()
  hub.parts.watching.presence.connected({ device: 'd', clientId: 'x' })
  hub.parts.watching.presence.connected({ device: 'b', clientId: 'y' })
  hub.parts.watching.presence.connected({ device: 'never stored', clientId: 'z' })
  for (const sort of ['id', 'lastSeenAt']) {
    assert.deepEqual((await all(hub, `state=connected&sort=${sort}&limit=1`)).toSorted(), ['b', 'd'])
    assert.deepEqual((await all(hub, `state=disconnected&sort=${sort}&limit=1`)).toSorted(), ['a', 'c'])
  }
  const { items } = await get(hub, 'search=d&include=latest')
  assert.deepEqual(
    items.map(({ id, isConnected, integration, latest }) => [
      id,
      isConnected,
      integration,
      Object.keys(latest ?? {}),
    ]),
    [['d', true, 'device-api', ['v']]],
  )
  const one = await hub.api.inject({ url: '/api/v1/devices/d', headers })
  const { clientId, keys } = one.json<{ clientId: string; keys: string[] }>()
  assert.deepEqual([clientId, keys], ['x', ['v']])
  const none = await hub.api.inject({ url: '/api/v1/devices/nobody', headers })
  assert.equal(none.statusCode, 404)
})

test('what makes no sense in a list of devices is refused', async () => {
  const hub = await createTestHub()
  const cursor = Buffer.from(JSON.stringify(['devices', '["","lastSeenAt","asc",null]', 'x'])).toString(
    'base64url',
  )
  const wrong = [
    'sort=name',
    'order=desc',
    'state=asleep',
    'include=all',
    `sort=lastSeenAt&cursor=${cursor}`,
    'cursor=x',
  ]
  for (const query of wrong) {
    const answer = await hub.api.inject({ url: `/api/v1/devices?${query}`, headers })
    assert.equal(answer.statusCode, 400, query)
  }
})
