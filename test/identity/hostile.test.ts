// People who mean ill: guessing, other sites' pages, stolen and old cookies, and whoever looks for secrets in answers.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { operationList } from '../../src/api/contract.ts'
import { sessionIdleMs, sessionMs } from '../../src/identity/records.ts'
import { systemClock, type Clock } from '../../src/lib/clock.ts'
import { apiToken, createTestHub } from '../api-parts.ts'
import { ada, api, ask, newPerson, ownPage, setUpHub, signIn, withCookie, withKey } from '../people.ts'

/** A clock that the test puts forward. */
function settableClock(): Clock & { aheadMs: number } {
  const clock = {
    ...systemClock,
    aheadMs: 0,
    nowUs: () => systemClock.nowUs() + clock.aheadMs * 1000,
    monotonicMs: () => systemClock.monotonicMs() + clock.aheadMs,
  }
  return clock
}

test('a page of another site does nothing with a visitor’s cookie', async () => {
  const { hub, cookie } = await setUpHub()
  const change = (headers: Record<string, string>, method: 'POST' | 'DELETE' = 'POST') => {
    const body = method === 'POST' ? { name: 'X', email: 'x@example.org' } : undefined
    const path = method === 'POST' ? '/users' : '/sessions/0'
    return ask(hub, path, {
      method,
      body,
      headers: { host: 'hub.test', cookie: `ackstone_session=${cookie}`, ...headers },
    })
  }
  const foreign: Record<string, string>[] = [
    { origin: 'https://evil.example' },
    { origin: 'http://hub.test.evil.example' },
    { origin: 'http://hub.test:81' },
    { origin: 'null' },
    { origin: 'not a url' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site', 'origin': 'http://hub.test' },
    { 'sec-fetch-site': 'none' },
    { 'origin': 'http://hub.test', 'content-type': 'text/plain' },
    { 'origin': 'http://hub.test', 'content-type': 'application/x-www-form-urlencoded' },
    { 'origin': 'http://hub.test', 'content-type': '' },
    {},
  ]
  for (const headers of foreign) {
    const answer = await change(headers)
    assert.deepEqual([answer.status, answer.json().code], [403, 'CROSS_SITE'], JSON.stringify(headers))
    if (headers['content-type'] !== undefined) continue
    assert.equal((await change(headers, 'DELETE')).status, 403, JSON.stringify(headers))
  }
  assert.equal(hub.identity.users.size, 1)
  const own: Record<string, string>[] = [{ origin: 'http://hub.test' }, { 'sec-fetch-site': 'same-origin' }]
  for (const headers of own) {
    assert.equal((await change(headers, 'DELETE')).status, 404, JSON.stringify(headers))
  }
})

test('no other page signs a visitor in as somebody, and none reads an answer', async () => {
  const { hub } = await setUpHub()
  const evil = { host: 'hub.test', origin: 'https://evil.example' }
  for (const path of ['/session', '/setup', '/invitations']) {
    const answer = await ask(hub, path, { body: {}, headers: evil })
    assert.deepEqual([answer.status, answer.json().code], [403, 'CROSS_SITE'], path)
  }
  const asked = { headers: evil }
  const read = await ask(hub, '/setup', asked)
  assert.equal(read.headers['access-control-allow-origin'], undefined)
  assert.equal(read.headers['cross-origin-resource-policy'], 'same-origin')
})

test('a bearer’s request needs no origin, since no page can make it by itself', async () => {
  const hub = await createTestHub()
  const headers = { ...withKey(apiToken), 'sec-fetch-site': 'cross-site' }
  assert.equal((await ask(hub, '/users', { body: { ...ada, role: 'viewer' }, headers })).status, 201)
})

test('a cookie that was planted is nobody, and signing in never takes it over', async () => {
  const { hub, cookie } = await setUpHub()
  const planted = 'A'.repeat(43)
  const victim = await signIn(hub, ada.email, ada.password, { headers: withCookie(planted) })
  assert.equal(victim.status, 200)
  assert.notEqual(victim.cookie, planted)
  assert.equal((await ask(hub, '/session', { headers: withCookie(planted) })).status, 401)
  const again = await signIn(hub, ada.email, ada.password, { headers: withCookie(cookie) })
  assert.notEqual(again.cookie, cookie)
  assert.equal(
    (await ask(hub, '/session', { headers: withCookie(cookie) })).status,
    401,
    'the one before is ended',
  )
})

test('a session ends without use, and in any case after a month', async () => {
  const clock = settableClock()
  const { hub, cookie } = await setUpHub({ clock })
  const status = async (of: string) => (await ask(hub, '/session', { headers: withCookie(of) })).status
  clock.aheadMs += sessionIdleMs - 60_000
  assert.equal(await status(cookie), 200)
  clock.aheadMs += sessionIdleMs - 60_000
  assert.equal(await status(cookie), 200, 'each use puts the end off')
  clock.aheadMs += sessionIdleMs + 1
  assert.equal(await status(cookie), 401)
  const lasting = (await signIn(hub, ada.email, ada.password)).cookie
  for (let used = 0; used < sessionMs; used += sessionIdleMs / 2) {
    assert.equal(await status(lasting), 200)
    clock.aheadMs += sessionIdleMs / 2
  }
  assert.equal(await status(lasting), 401)
  // What has ended leaves the store with the next sign-in.
  await signIn(hub, ada.email, ada.password)
  const stored: string[] = []
  for await (const { key } of hub.store.stateScan('registry', 'identity/session/')) stored.push(key)
  assert.equal(stored.length, 1)
})

test('guessing one user’s password shuts neither that user nor others out elsewhere', async () => {
  const clock = settableClock()
  const { hub, cookie } = await setUpHub({ clock })
  const bob = await newPerson(hub, cookie, 'viewer')
  const guess = (email: string, password: string, from: string) => signIn(hub, email, password, { from })
  await Promise.all(Array.from({ length: 10 }, (_, i) => guess(ada.email, `wrong ${i}`, '203.0.113.1')))
  const limited = await guess(ada.email, ada.password, '203.0.113.1')
  assert.deepEqual([limited.status, limited.json().code], [429, 'TOO_MANY_ATTEMPTS'])
  assert.ok(Number(limited.headers['retry-after']) > 0)
  assert.equal((await guess(ada.email, ada.password, '203.0.113.2')).status, 200, 'the user, from elsewhere')
  assert.equal((await guess(bob.email, bob.password, '203.0.113.1')).status, 200, 'another user, from there')
  assert.equal((await ask(hub, '/session', { headers: withCookie(cookie), from: '203.0.113.1' })).status, 200)
  await Promise.all(Array.from({ length: 50 }, (_, i) => guess(`n${i}@example.org`, 'x', '203.0.113.1')))
  assert.equal(
    (await guess('new@example.org', 'x', '203.0.113.1')).status,
    429,
    'many names from one address',
  )
  clock.aheadMs += 61_000
  assert.equal((await guess(ada.email, ada.password, '203.0.113.1')).status, 200)
})

test('a refusal takes the same time for names that exist and names that do not', async () => {
  // Refusals leave on a grid of half a second: whoever hashes for longer than that is not told apart either.
  const { hub } = await setUpHub()
  const time = async (email: string) => {
    const begunMs = performance.now()
    assert.equal((await signIn(hub, email, 'wrong')).status, 401)
    return Math.round((performance.now() - begunMs) / 500)
  }
  const known = await time(ada.email)
  const unknown = await time('nobody@example.org')
  assert.ok(known >= 1 && unknown >= 1, 'neither is refused at once')
})

test('who is shut out, made less or given another password is out at once, also of an open stream', async () => {
  const { hub, cookie } = await setUpHub()
  const changes = [{ isEnabled: false }, { role: 'operator' }, { password: 'something else entirely' }]
  for (const [index, body] of changes.entries()) {
    const person = await newPerson(hub, cookie, 'viewer', `viewer${index}`)
    const headers = withCookie(person.cookie)
    const stream = hub.api.inject({ url: `${api}/live`, headers })
    await ask(hub, '/session', { headers })
    const asked = { method: 'PUT', body, headers: withCookie(cookie) } as const
    assert.equal((await ask(hub, `/users/${person.id}`, asked)).status, 200)
    assert.equal((await stream).statusCode, 200, 'the stream has ended')
    assert.equal((await ask(hub, '/session', { headers })).status, 401)
  }
  const gone = await newPerson(hub, cookie, 'viewer', 'gone')
  const stream = hub.api.inject({ url: `${api}/live`, headers: withCookie(gone.cookie) })
  await ask(hub, `/users/${gone.id}`, { method: 'DELETE', headers: withCookie(cookie) })
  await stream
  assert.equal((await signIn(hub, gone.email, gone.password)).status, 401)
})

test('weak passwords are refused with the reason', async () => {
  const { hub, cookie } = await setUpHub()
  const weak = [
    'short',
    'Password1234',
    '123456789012',
    'qwertyuiop[]',
    'aaaaaaaaaaaa',
    'abababababab',
    'Administrator1!',
    'bob@example.org',
    'bobbobbobbob',
    'Bob Robertson',
    '0987654321098',
    'x'.repeat(1_025),
  ]
  for (const password of weak) {
    const body = { name: 'Bob Robertson', email: 'bob@example.org', password }
    const answer = await ask(hub, '/users', { body, headers: withCookie(cookie) })
    assert.equal(answer.status, 422, `${password}: ${answer.body}`)
    assert.ok(!answer.body.includes(password) || password.length < 6, 'an answer does not repeat it')
  }
  for (const password of ['four words that fit', 'пароль из слов', '🙂🙃😉😌😍🥰😘😗😙😚😋😛']) {
    const body = { name: 'B', email: `${password.length}@example.org`, password }
    assert.equal((await ask(hub, '/users', { body, headers: withCookie(cookie) })).status, 201, password)
  }
})

test('no secret that was given or made is in any answer, in the audit log or in the store', async () => {
  const { hub, cookie } = await setUpHub()
  const headers = withCookie(cookie)
  const canary = 'canary-4f2a-four-words'
  const post = (path: string, body: unknown) => ask(hub, path, { body, headers })
  const secrets = [canary, cookie, ada.password]
  await post('/users', { name: 'B', email: 'b@example.org', password: canary })
  secrets.push((await post('/users', { name: 'C', email: 'c@example.org' })).json().invitation.code)
  secrets.push((await post('/keys', { name: 'K', scopes: ['read'] })).json().key)
  await post('/accounts', { name: 'dash', password: canary })
  await post('/devices/d1/credentials', { kind: 'password', username: 'd1', password: canary })
  await post('/devices/d2/credentials', { kind: 'token', token: `${canary}-token` })
  secrets.push((await post('/provisioning-rules', { pattern: 'm-*' })).json().secret)
  await ask(hub, '/session/password', { method: 'PUT', body: { current: canary, next: canary }, headers })
  await signIn(hub, canary, canary)
  let looked = 0
  for (const { method, path, answers } of operationList) {
    if (method !== 'GET' || 'text/event-stream' in (answers[200]?.content ?? {})) continue
    const { body } = await ask(hub, path.replace('{device}', 'd1').replace('{id}', 'device-api'), { headers })
    for (const secret of secrets) assert.ok(!body.includes(secret), `${path} has ${secret}`)
    looked++
  }
  assert.ok(looked > 20)
  const log = await ask(hub, '/audit?limit=1000', { headers: { ...headers, accept: 'text/csv' } })
  for (const secret of secrets.slice(1)) assert.ok(!log.body.includes(secret))
  for await (const { key, value } of hub.store.stateScan('registry', '')) {
    if (key.startsWith('identity/audit/') && Buffer.from(value).includes('session.refused')) continue
    for (const secret of secrets) assert.ok(!Buffer.from(value).includes(secret), `${key} has ${secret}`)
  }
})

test('a hub that reads what another has changed lets nobody in who was shut out there', async () => {
  const { hub, cookie } = await setUpHub()
  const other = await createTestHub({ adminToken: undefined, store: hub.store })
  const bob = await newPerson(hub, cookie, 'viewer', 'bob')
  assert.equal(
    (await ask(other, '/session', { headers: withCookie(bob.cookie) })).status,
    401,
    'not heard of yet',
  )
  await other.identity.refresh()
  assert.equal((await ask(other, '/session', { headers: withCookie(bob.cookie) })).status, 200)
  const stream = other.api.inject({ url: `${api}/live`, headers: withCookie(bob.cookie) })
  await ask(other, '/session', { headers: withCookie(bob.cookie) })
  await ask(hub, `/users/${bob.id}`, {
    method: 'PUT',
    body: { isEnabled: false },
    headers: withCookie(cookie),
  })
  await other.identity.refresh()
  await stream
  assert.equal((await ask(other, '/session', { headers: withCookie(bob.cookie) })).status, 401)
})

test('one user has so many sessions and no more', async () => {
  const { hub, cookie } = await setUpHub()
  // From now on the password is remembered, and costs no more time.
  await signIn(hub, ada.email, ada.password)
  await Promise.all(Array.from({ length: 55 }, () => signIn(hub, ada.email, ada.password)))
  const { items } = (
    await ask(hub, '/sessions', { headers: withCookie((await signIn(hub, ada.email, ada.password)).cookie) })
  ).json()
  assert.equal(items.length, 50)
  assert.equal((await ask(hub, '/session', { headers: withCookie(cookie) })).status, 401, 'the oldest went')
})

test('hostile cookies and headers are nobody, never an error', async () => {
  const hub = await createTestHub()
  const cookies = [
    '',
    ';;;',
    'ackstone_session',
    'ackstone_session=',
    'ackstone_session=a b',
    `ackstone_session=${'x'.repeat(4_000)}`,
    'ackstone_session="aaaaaaaaaaaaaaaaaaaaaaaa"',
    '__proto__=1; ackstone_session=%00',
    'ackstone_session=..%2f..%2fadministrator',
  ]
  for (const cookie of cookies) {
    assert.equal((await ask(hub, '/session', { headers: { ...ownPage, cookie } })).status, 401, cookie)
  }
  for (const authorization of [
    'Basic YTpi',
    'Bearer',
    'Bearer a b',
    '',
    'bearer  ',
    `Bearer ${'x'.repeat(600)}`,
  ]) {
    assert.equal((await ask(hub, '/session', { headers: { authorization } })).status, 401, authorization)
  }
})
