// Who may do what is shared by two hubs on one Cassandra: whoever comes, changes or goes on one hub does so on the
// other within five seconds, sessions and connections that stand included.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { AckstoneError } from '../../src/errors.ts'
import { connectClient, type Client } from '../../src/client/client.ts'
import type { HubProcess } from '../hub.ts'
import { twoHubs, untilSeen } from './hubs.ts'
import { withCassandra } from './shared-server.ts'

const api = ({ httpPort }: HubProcess, path: string): string => `http://127.0.0.1:${httpPort}/api/v1${path}`

/** How a request is answered. */
async function statusOf(hub: HubProcess, path: string, headers: Record<string, string>): Promise<number> {
  const answer = await fetch(api(hub, path), { headers })
  await answer.body?.cancel()
  return answer.status
}

/** As a page of the hub does it. @returns the cookie; undefined when it is refused. */
async function signIn(hub: HubProcess, email: string, password: string): Promise<string | undefined> {
  const answer = await fetch(api(hub, '/session'), {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'origin': new URL(api(hub, '')).origin },
    body: JSON.stringify({ email, password }),
  })
  const cookie = /^ackstone_session=[^;]+/.exec(answer.headers.get('set-cookie') ?? '')?.[0]
  await answer.body?.cancel()
  return cookie
}

/** Resolves with whether the event stream of a session has ended. */
async function openStream(t: TestContext, hub: HubProcess, cookie: string): Promise<() => boolean> {
  const abort = new AbortController()
  t.after(() => abort.abort())
  const { body, status } = await fetch(api(hub, '/live'), { headers: { cookie }, signal: abort.signal })
  assert.equal(status, 200)
  let hasEnded = false
  const end = (): void => {
    hasEnded = true
  }
  body?.pipeTo(new WritableStream()).then(end, end)
  return () => hasEnded
}

async function connectAs(hub: HubProcess, device: string, token: string): Promise<Client | undefined> {
  const url = `mqtt://127.0.0.1:${hub.mqttPort}`
  try {
    return await connectClient({ url, clientId: device, username: token })
  } catch (error) {
    assert.ok(error instanceof AckstoneError)
    return undefined
  }
}

/** Resolves when a hub lists what was made on another. It is not found out by trying: who is wrong ten times has to
 *  wait for a minute. */
async function untilListed(hub: HubProcess, path: string, id: string): Promise<void> {
  await untilSeen(async () => {
    const { items } = await hub.get<{ items: { id: string }[] }>(path)
    return items.some((item) => item.id === id)
  })
}

async function usersAreShared(t: TestContext, one: HubProcess, other: HubProcess): Promise<void> {
  const password = 'four words that fit'
  const draft = { name: 'Grace', email: 'grace@example.org', role: 'viewer', password }
  const { user } = (await one.request('POST', '/users', draft)) as { user: { id: string } }
  await untilListed(other, '/users', user.id)
  const cookie = await signIn(other, draft.email, password)
  assert.ok(cookie !== undefined, 'who is listed signs in')
  const headers = { cookie }
  assert.equal(await statusOf(other, '/session', headers), 200)
  await untilSeen(async () => (await statusOf(one, '/session', headers)) === 200)
  const hasEnded = await openStream(t, other, cookie)

  await one.request('PUT', `/users/${user.id}`, { name: 'Grace H.' })
  await untilSeen(async () => {
    const answer = await fetch(api(other, '/session'), { headers })
    return ((await answer.json()) as { name: string }).name === 'Grace H.'
  })
  assert.equal(hasEnded(), false, 'another name ends no stream')

  await one.request('DELETE', `/users/${user.id}`)
  await untilSeen(async () => (await statusOf(other, '/session', headers)) === 401)
  await untilSeen(async () => hasEnded())
  assert.equal(await signIn(other, draft.email, password), undefined)
}

async function keysAndCredentialsAreShared(one: HubProcess, other: HubProcess): Promise<void> {
  type Made = { id: string; key: string; secret: string }
  const key = (await one.request('POST', '/keys', { name: 'reader', scopes: ['read'] })) as Made
  const headers = { authorization: `Bearer ${key.key}` }
  await untilListed(other, '/keys', key.id)
  assert.equal(await statusOf(other, '/devices', headers), 200)
  await one.request('DELETE', `/keys/${key.id}`)
  await untilSeen(async () => (await statusOf(other, '/devices', headers)) === 401)

  // Before there is any credential, whoever comes from this machine may connect, with whatever name.
  const path = '/devices/pump/credentials'
  const credential = (await one.request('POST', path, { kind: 'token' })) as Made
  await untilSeen(async () => (await connectAs(other, 'stranger', 'a-token-of-nobody-at-all')) === undefined)
  const client = await connectAs(other, 'pump', credential.secret)
  assert.ok(client !== undefined, 'where strangers are refused the credential is known')
  let isClosed = false
  const closed = client.closed.then(() => {
    isClosed = true
  })
  await one.request('DELETE', `${path}/${credential.id}`)
  await untilSeen(async () => isClosed)
  await closed
  assert.equal(await connectAs(other, 'pump', credential.secret), undefined)
}

withCassandra(() => {
  test('what is made on one of two hubs counts on the other, and what is taken away ends there', async (t) => {
    const [one, other] = await twoHubs(t)
    await t.test('a user signs in on the other; removed, the sessions and streams there end', () =>
      usersAreShared(t, one, other),
    )
    await t.test('a key and a credential are good; revoked, they are refused and connections end', () =>
      keysAndCredentialsAreShared(one, other),
    )
  })
})
