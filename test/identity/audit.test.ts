// The record of who did what: an entry for every change, by whomever, newest first, bounded, and safe to open.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { operationList } from '../../src/api/contract.ts'
import { auditPage } from '../../src/api/identity-shapes.ts'
import { auditEntriesMax } from '../../src/identity/audit.ts'
import { apiToken, createTestHub, type TestHub } from '../api-parts.ts'
import { ada, ask, newPerson, setUpHub, signIn, withCookie, withKey } from '../people.ts'

async function entriesOf(hub: TestHub, headers: Record<string, string>, query = '') {
  const answer = await ask(hub, `/audit?limit=1000${query}`, { headers })
  assert.equal(answer.status, 200, answer.body)
  return auditPage.parse(answer.json()).items
}

test('what is changed is on record when the answer is there: who, what, to what, from where', async () => {
  const { hub, cookie } = await setUpHub()
  const headers = withCookie(cookie)
  const bob = await newPerson(hub, cookie, 'viewer', 'bob')
  await ask(hub, `/users/${bob.id}`, {
    method: 'PUT',
    body: { role: 'operator' },
    headers,
    from: '203.0.113.7',
  })
  const [newest, ...older] = await entriesOf(hub, headers)
  const { id: _id, at, ...entry } = newest!
  assert.ok(Math.abs(Date.parse(at) - Date.now()) < 60_000)
  assert.deepEqual(entry, {
    who: { kind: 'session', id: hub.identity.users.byEmail(ada.email)?.id, name: 'Ada' },
    action: 'user.change',
    target: 'bob@example.org',
    sentence: 'Ada changed the user bob@example.org.',
    changes: [{ member: 'role', from: 'viewer', to: 'operator' }],
    address: '203.0.113.7',
  })
  assert.deepEqual(
    older.map(({ action }) => action),
    ['session.signIn', 'user.create', 'setup.done'],
  )
})

test('keys and tokens are named as who they are, and what was refused leaves no entry', async () => {
  const hub = await createTestHub()
  const token = withKey(apiToken)
  const { key } = (
    await ask(hub, '/keys', { body: { name: 'robot', scopes: ['operate'] }, headers: token })
  ).json()
  const body = { name: 'P', kind: 'direct', topics: [{ filter: 'p/{device}' }], converter: { type: 'json' } }
  assert.equal((await ask(hub, '/integrations', { body, headers: withKey(key) })).status, 201)
  assert.equal((await ask(hub, '/integrations', { body, headers: withKey(key) })).status, 409)
  assert.equal((await ask(hub, '/users', { body: {}, headers: withKey(key) })).status, 403)
  await ask(hub, '/devices/d/telemetry', { body: { t: 1 }, headers: token })
  const told = (await entriesOf(hub, token)).map(({ who, sentence }) => [who.kind, sentence])
  assert.deepEqual(told, [
    ['key', 'robot set up the integration P.'],
    ['token', 'ACKSTONE_ADMIN_TOKEN made the API key robot.'],
  ])
})

test('an integration that was changed is told by what is different, and never by its secrets', async () => {
  const hub = await createTestHub()
  const headers = withKey(apiToken)
  const draft = {
    name: 'P',
    kind: 'direct',
    topics: [{ filter: 'p/{device}', qos: 0 }],
    converter: { type: 'json' },
  }
  assert.equal((await ask(hub, '/integrations', { body: draft, headers })).status, 201)
  const body = { ...draft, topics: [{ filter: 'p/{device}', qos: 2 }] }
  assert.equal((await ask(hub, '/integrations/p', { method: 'PUT', body, headers })).status, 200)
  const [changed] = await entriesOf(hub, headers)
  assert.equal(changed?.sentence, 'ACKSTONE_ADMIN_TOKEN changed the integration P.')
  assert.deepEqual(changed?.changes, [
    { member: 'topics', from: [{ filter: 'p/{device}', qos: 0 }], to: [{ filter: 'p/{device}', qos: 2 }] },
  ])
  const connection = { url: 'mqtt://127.0.0.1:1', username: 'somebody', password: 'canary-2' }
  const bridge = { ...draft, name: 'B', kind: 'bridge', connection, enabled: false }
  const made = await ask(hub, '/integrations', { body: bridge, headers })
  assert.equal(made.status, 201, made.body)
  for await (const { key, value } of hub.store.stateScan('registry', 'identity/audit/')) {
    assert.ok(!Buffer.from(value).includes('canary'), key)
  }
})

test('guessing is on record, but does not push everything else out of it', async () => {
  const { hub, cookie } = await setUpHub()
  const guesses = Array.from({ length: 30 }, (_, i) =>
    signIn(hub, `n${i}@example.org`, 'x', { from: `203.0.113.${i}` }),
  )
  await Promise.all(guesses)
  // Nobody who is refused waits for the store.
  await hub.ingest.stored(hub.ingest.open().ticket)
  const refused = await entriesOf(hub, withCookie(cookie), '&action=session.refused')
  assert.equal(refused.length, 10)
})

test('pages follow one another, and filters narrow them', async () => {
  const { hub, cookie } = await setUpHub()
  const headers = withCookie(cookie)
  for (let i = 0; i < 5; i++) await ask(hub, '/keys', { body: { name: `k${i}`, scopes: ['read'] }, headers })
  const targets: string[] = []
  let cursor = ''
  do {
    const page = (await ask(hub, `/audit?limit=2&action=key.&who=ADA${cursor}`, { headers })).json()
    assert.ok(page.items.length <= 2)
    targets.push(...page.items.map(({ target }: { target: string }) => target))
    cursor = page.nextCursor === null ? '' : `&cursor=${page.nextCursor}`
  } while (cursor !== '')
  assert.deepEqual(targets, ['k4', 'k3', 'k2', 'k1', 'k0'])
  assert.deepEqual(await entriesOf(hub, headers, '&who=nobody'), [])
})

test('as CSV it opens in a spreadsheet without becoming formulas', async () => {
  const { hub, cookie } = await setUpHub()
  const headers = withCookie(cookie)
  await ask(hub, '/keys', { body: { name: '=HYPERLINK("http://evil")', scopes: ['read'] }, headers })
  const answer = await ask(hub, '/audit', { headers: { ...headers, accept: 'text/csv' } })
  const [heading, first] = answer.body.split('\r\n')
  assert.equal(heading, 'at,whoKind,whoId,whoName,action,target,sentence,changes,address')
  assert.match(first!, /,key\.create,"'=HYPERLINK\(""http:\/\/evil""\)",/)
})

test('it is bounded: the oldest entries leave', async () => {
  const hub = await createTestHub()
  const entry = {
    who: { kind: 'token', id: 't', name: 't' },
    action: 'a.b',
    target: '',
    sentence: 'S.',
    address: '',
  } as const
  const first = hub.identity.audit.record({ ...entry, action: 'first.of' })
  await hub.ingest.stored(first)
  for (let i = 0; i < auditEntriesMax + 600; i += 100) {
    for (let j = 0; j < 100; j++) hub.identity.audit.record(entry)
    await hub.ingest.stored(hub.ingest.open().ticket)
  }
  const count = async () => {
    let entries = 0
    for await (const _ of hub.store.stateScan('registry', 'identity/audit/')) entries++
    return entries
  }
  while ((await count()) > auditEntriesMax + 500) await hub.ingest.stored(hub.ingest.open().ticket)
  const { items } = await hub.identity.audit.list({ after: '', limit: 10, who: '', action: 'first' })
  assert.deepEqual(items, [])
})

test('every operation that changes something is recorded, or says that it is not', () => {
  const silent = operationList.filter(
    ({ method, isAudited, isOpen }) => method !== 'GET' && !isAudited && !isOpen,
  )
  for (const { id } of silent)
    assert.match(id, /test|try|detect|prove|advi|listen|postTelemetry|preview|estimate/i, id)
})
