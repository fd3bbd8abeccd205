import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apiToken, createTestHub, type TestHub } from '../../test/api-parts.ts'

const api = '/api/v1'
const ada = { name: 'Ada', email: 'Ada@Example.org', password: 'four words that fit' }

interface Asked {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  body?: unknown
  headers?: Record<string, string>
  from?: string
}

/** What a page of the hub itself sends along. */
const ownPage = { 'host': 'hub.test', 'origin': 'http://hub.test', 'sec-fetch-site': 'same-origin' }

async function ask(hub: TestHub, path: string, { method, body, headers = {}, from }: Asked = {}) {
  const answer = await hub.api.inject({
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    url: `${api}${path}`,
    headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { payload: JSON.stringify(body) }),
    ...(from !== undefined && { remoteAddress: from }),
  })
  return {
    status: answer.statusCode,
    body: answer.body,
    json: () => answer.json<Record<string, unknown>>(),
    setCookie: String(answer.headers['set-cookie'] ?? ''),
    cookie: /^ackstone_session=([^;]*)/.exec(String(answer.headers['set-cookie'] ?? ''))?.[1] ?? '',
    headers: answer.headers,
  }
}

async function setUp(options: Parameters<typeof createTestHub>[0] = {}) {
  const hub = await createTestHub({ adminToken: undefined, ...options })
  const code = hub.identity.setupCode ?? ''
  const answer = await ask(hub, '/setup', { body: { code, ...ada }, headers: ownPage })
  assert.equal(answer.status, 201, answer.body)
  return { hub, code, answer, cookie: answer.cookie }
}

const withCookie = (cookie: string) => ({ ...ownPage, cookie: `other=1; ackstone_session=${cookie}` })

test('the setup code with a password makes an administrator who is signed in, once', async () => {
  const fresh = await createTestHub({ adminToken: undefined })
  const before = (await ask(fresh, '/setup')).json()
  assert.deepEqual(before, { isSetUp: false, isOpen: true, devicesNeedCredentials: false, version: '0.1.0' })
  const { hub, code, answer, cookie } = await setUp()
  const { user } = answer.json() as { user: { id: string } }
  assert.deepEqual(user, { id: user.id, name: 'Ada', email: 'ada@example.org', role: 'administrator' })
  const session = (await ask(hub, '/session', { headers: withCookie(cookie) })).json()
  assert.deepEqual([session['user'], session['kind'], session['role']], [user, 'session', 'administrator'])
  assert.equal((await ask(hub, '/setup')).json()['isSetUp'], true)
  assert.equal((await ask(hub, '/setup', { body: { code, ...ada } })).status, 409)
})

test('the cookie is out of reach of scripts and of other sites, and keeps to HTTPS where there is HTTPS', async () => {
  const { hub, answer } = await setUp()
  assert.match(
    answer.setCookie,
    /^ackstone_session=[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Strict$/,
  )
  const secure = { host: 'hub.test', origin: 'https://hub.test' }
  const signedIn = await ask(hub, '/session', {
    body: { email: ada.email, password: ada.password },
    headers: secure,
  })
  assert.match(signedIn.setCookie, /; Secure$/)
})

test('a wrong password and an unknown address are refused alike, with one sentence', async () => {
  const { hub } = await setUp()
  const wrong = await ask(hub, '/session', { body: { email: 'ada@example.org', password: 'x' } })
  const unknown = await ask(hub, '/session', { body: { email: 'bob@example.org', password: 'x' } })
  const bare = (text: string) => text.replace(/"requestId":"[^"]*"/, '')
  assert.equal(wrong.status, 401)
  assert.equal(bare(wrong.body), bare(unknown.body))
  assert.equal(wrong.setCookie, '')
  const right = await ask(hub, '/session', { body: { email: ' ADA@example.org ', password: ada.password } })
  assert.equal(right.status, 200, right.body)
})

test('signing out ends the session at once', async () => {
  const { hub, cookie } = await setUp()
  const out = await ask(hub, '/session', { method: 'DELETE', headers: withCookie(cookie) })
  assert.equal(out.status, 204)
  assert.match(out.setCookie, /^ackstone_session=; Max-Age=0;/)
  assert.equal((await ask(hub, '/session', { headers: withCookie(cookie) })).status, 401)
})

test('users and sessions are there after a restart, and neither passwords nor cookies are in the store', async () => {
  const { hub, cookie } = await setUp()
  const again = await createTestHub({ adminToken: undefined, store: hub.store })
  assert.equal(again.identity.setupCode, undefined)
  assert.equal((await ask(again, '/session', { headers: withCookie(cookie) })).status, 200)
  for await (const { value } of hub.store.stateScan('registry', '')) {
    const text = Buffer.from(value).toString()
    assert.ok(!text.includes(ada.password) && !text.includes(cookie), 'only what verifies them is stored')
  }
})

test('who asks with a token is told so', async () => {
  const hub = await createTestHub()
  const session = await ask(hub, '/session', { headers: { authorization: `Bearer ${apiToken}` } })
  assert.deepEqual(session.json(), {
    user: null,
    kind: 'token',
    name: 'ACKSTONE_ADMIN_TOKEN',
    role: 'administrator',
    scopes: ['read', 'ingest', 'operate', 'administer'],
    expiresAt: null,
  })
  assert.equal((await ask(hub, '/session')).status, 401)
})
