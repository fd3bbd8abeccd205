import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apiToken, createTestHub } from '../../test/api-parts.ts'
import { ada, ask, setUpHub, signIn, withCookie, withKey } from '../../test/people.ts'

test('the setup code with a password makes an administrator who is signed in, once', async () => {
  const fresh = await createTestHub({ adminToken: undefined })
  const before = (await ask(fresh, '/setup')).json()
  assert.deepEqual(before, { isSetUp: false, isOpen: true, devicesNeedCredentials: false, version: '0.1.0' })
  const { hub, code, answer, cookie } = await setUpHub()
  const { user } = answer.json()
  assert.deepEqual(user, { id: user.id, name: 'Ada', email: 'ada@example.org', role: 'administrator' })
  const session = (await ask(hub, '/session', { headers: withCookie(cookie) })).json()
  assert.deepEqual([session.user, session.kind, session.role], [user, 'session', 'administrator'])
  assert.equal((await ask(hub, '/setup')).json().isSetUp, true)
  assert.equal((await ask(hub, '/setup', { body: { code, ...ada } })).status, 409)
})

test('the cookie is out of reach of scripts and of other sites, and keeps to HTTPS where there is HTTPS', async () => {
  const { hub, answer } = await setUpHub()
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
  const { hub } = await setUpHub()
  const wrong = await signIn(hub, 'ada@example.org', 'x')
  const unknown = await signIn(hub, 'bob@example.org', 'x')
  const bare = (text: string) => text.replace(/"requestId":"[^"]*"/, '')
  assert.equal(wrong.status, 401)
  assert.equal(bare(wrong.body), bare(unknown.body))
  assert.equal(wrong.setCookie, '')
  const right = await signIn(hub, ' ADA@example.org ', ada.password)
  assert.equal(right.status, 200, right.body)
})

test('signing out ends the session at once', async () => {
  const { hub, cookie } = await setUpHub()
  const out = await ask(hub, '/session', { method: 'DELETE', headers: withCookie(cookie) })
  assert.equal(out.status, 204)
  assert.match(out.setCookie, /^ackstone_session=; Max-Age=0;/)
  assert.equal((await ask(hub, '/session', { headers: withCookie(cookie) })).status, 401)
})

test('users and sessions are there after a restart, and neither passwords nor cookies are in the store', async () => {
  const { hub, cookie } = await setUpHub()
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
  const session = await ask(hub, '/session', { headers: withKey(apiToken) })
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

test('an invitation is taken once, and gives the role that it was made with', async () => {
  const { hub, cookie } = await setUpHub()
  const headers = withCookie(cookie)
  const body = { name: 'Bob', email: 'bob@example.org', role: 'operator' }
  const made = (await ask(hub, '/users', { body, headers })).json()
  assert.deepEqual([made.user.hasPassword, made.user.isEnabled], [false, true])
  assert.ok(made.invitation.code.length >= 43)
  const take = (code: string, password: string) => ask(hub, '/invitations', { body: { code, password } })
  assert.equal((await take(`${made.invitation.code}x`, 'a password that fits')).status, 403)
  const weak = await take(made.invitation.code, 'bob@example.org')
  assert.deepEqual([weak.status, weak.json().errors[0].pointer], [422, '/password'])
  const taken = await take(made.invitation.code, 'a password that fits')
  assert.deepEqual([taken.status, taken.json().user.role], [200, 'operator'])
  assert.equal(
    (await ask(hub, '/session', { headers: withCookie(taken.cookie) })).json().user.email,
    body.email,
  )
  assert.equal((await take(made.invitation.code, 'another one that fits')).status, 403)
})

test('a new password ends the other sessions and not this one; the old one is worth nothing', async () => {
  const { hub, cookie } = await setUpHub()
  const other = await signIn(hub, ada.email, ada.password)
  const change = (current: string, next: string) =>
    ask(hub, '/session/password', { method: 'PUT', body: { current, next }, headers: withCookie(cookie) })
  assert.deepEqual((await change('wrong', 'another four words')).json().code, 'PASSWORD_WRONG')
  assert.deepEqual((await change(ada.password, 'password1234')).json().errors[0].pointer, '/next')
  assert.equal((await change(ada.password, 'another four words')).status, 204)
  assert.equal((await ask(hub, '/session', { headers: withCookie(other.cookie) })).status, 401)
  assert.equal((await ask(hub, '/session', { headers: withCookie(cookie) })).status, 200)
  assert.equal((await signIn(hub, ada.email, ada.password)).status, 401)
  assert.equal((await signIn(hub, ada.email, 'another four words')).status, 200)
})

test('sessions are listed to their owner, and ended one by one or all at once', async () => {
  const { hub, cookie } = await setUpHub()
  const agent = { 'user-agent': 'Phone' }
  const phone = await signIn(hub, ada.email, ada.password, { headers: agent, from: '203.0.113.9' })
  const list = async () => (await ask(hub, '/sessions', { headers: withCookie(cookie) })).json().items
  const items = await list()
  assert.equal(items.length, 2)
  const other = items.find(({ isThis }: { isThis: boolean }) => !isThis)
  assert.deepEqual([other.address, other.userAgent], ['203.0.113.9', 'Phone'])
  const end = { method: 'DELETE', headers: withCookie(cookie) } as const
  assert.equal((await ask(hub, `/sessions/${other.id}`, end)).status, 204)
  assert.equal((await ask(hub, '/session', { headers: withCookie(phone.cookie) })).status, 401)
  assert.equal((await ask(hub, `/sessions/${other.id}`, end)).status, 404)
  assert.equal((await ask(hub, '/sessions', end)).status, 204)
  assert.equal((await ask(hub, '/session', { headers: withCookie(cookie) })).status, 401)
})

test('an administrator remains: the last one is neither removed, nor shut out, nor made less', async () => {
  const { hub, cookie } = await setUpHub()
  const headers = withCookie(cookie)
  const { id } = (await ask(hub, '/users', { headers })).json().items[0]
  const change = (body: unknown) => ask(hub, `/users/${id}`, { method: 'PUT', body, headers })
  for (const body of [{ role: 'operator' }, { isEnabled: false }]) {
    assert.deepEqual((await change(body)).json().code, 'LAST_ADMINISTRATOR')
  }
  assert.equal((await ask(hub, `/users/${id}`, { method: 'DELETE', headers })).status, 409)
  const second = await ask(hub, '/users', {
    body: { ...ada, email: 'b@example.org', role: 'administrator' },
    headers,
  })
  assert.equal(second.status, 201)
  assert.equal((await change({ role: 'operator' })).status, 200)
})

test('a key does what it was made for until it is revoked or expires, and is shown once', async () => {
  const { hub, cookie } = await setUpHub()
  const headers = withCookie(cookie)
  const make = async (scopes: string[]) =>
    (await ask(hub, '/keys', { body: { name: 'n', scopes }, headers })).json()
  const ingest = await make(['ingest'])
  assert.match(ingest.key, /^ack_[\w-]{43}$/)
  const store = (key: string) => ask(hub, '/devices/d1/telemetry', { body: { t: 1 }, headers: withKey(key) })
  assert.equal((await store(ingest.key)).status, 200)
  assert.equal((await ask(hub, '/devices', { headers: withKey(ingest.key) })).json().code, 'FORBIDDEN')
  assert.equal((await ask(hub, '/session', { headers: withKey(ingest.key) })).json().role, null)
  assert.equal((await store((await make(['read'])).key)).status, 403)
  const listed = await ask(hub, '/keys', { headers })
  assert.ok(!listed.body.includes(ingest.key), 'only how it begins')
  const row = listed.json().items.find(({ id }: { id: string }) => id === ingest.id)
  assert.equal(row.prefix, ingest.key.slice(0, 12))
  assert.match(row.lastUsedAt, /:00:00\.000Z$/)
  assert.equal((await ask(hub, `/keys/${ingest.id}`, { method: 'DELETE', headers })).status, 204)
  assert.equal((await store(ingest.key)).status, 401)
  const past = { name: 'p', scopes: ['read'], expiresAt: '2020-01-01T00:00:00Z' }
  const expired = (await ask(hub, '/keys', { body: past, headers })).json()
  assert.equal((await ask(hub, '/devices', { headers: withKey(expired.key) })).status, 401)
})

test('whoever has lost the password gets in with a new setup code, and everything else stays', async () => {
  const { hub, cookie } = await setUpHub()
  const again = await createTestHub({ adminToken: undefined, store: hub.store, hasNewSetupCode: true })
  const code = again.identity.setupCode ?? ''
  assert.equal((await ask(again, '/setup')).json().isOpen, true)
  const back = await ask(again, '/setup', { body: { code, ...ada, password: 'not lost this time' } })
  assert.equal(back.status, 201, back.body)
  assert.equal(again.identity.users.size, 1)
  assert.equal(
    (await ask(again, '/session', { headers: withCookie(cookie) })).status,
    401,
    'old sessions end',
  )
  assert.equal((await signIn(again, ada.email, 'not lost this time')).status, 200)
  assert.equal((await ask(again, '/setup', { body: { code, ...ada } })).status, 409, 'it works once')
})
