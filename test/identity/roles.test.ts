// Who may do what, over every operation of the contract: a lesser role is refused before anything else is looked at.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { operationList, type Operation } from '../../src/api/contract.ts'
import { isEnough, userRoles, type UserRole } from '../../src/model/user-role.ts'
import { ask, newPerson, setUpHub, withCookie, withKey, type Asked } from '../people.ts'

const { hub, cookie } = await setUpHub()
const closed = operationList.filter(({ isOpen }) => !isOpen)
const scopeOf = { viewer: 'read', operator: 'operate', administrator: 'administer' } as const

const cookies: Record<UserRole, string> = {
  viewer: (await newPerson(hub, cookie, 'viewer')).cookie,
  operator: (await newPerson(hub, cookie, 'operator')).cookie,
  administrator: cookie,
}
const keys: Record<UserRole | 'ingest', string> = { viewer: '', operator: '', administrator: '', ingest: '' }
for (const role of [...userRoles, 'ingest'] as const) {
  const scopes = [role === 'ingest' ? role : scopeOf[role]]
  keys[role] = (
    await ask(hub, '/keys', { body: { name: role, scopes }, headers: withCookie(cookie) })
  ).json().key
}

/** Asks with a body that nothing accepts: who may gets as far as that. */
function tried({ method, path, body }: Operation, headers: Record<string, string>) {
  const asked: Asked = { method, headers, ...(body !== undefined && { body: 0 }) }
  return ask(hub, path.replace(/\{\w+\}/g, 'nothing-here'), asked)
}

test('each operation says who may do it, and nobody else learns anything', async () => {
  for (const operation of closed) {
    const what = `${operation.method} ${operation.path}`
    assert.ok(operation.role === 'anybody' || userRoles.includes(operation.role), what)
    const answer = await tried(operation, {})
    assert.deepEqual([answer.status, answer.json().code], [401, 'UNAUTHENTICATED'], what)
  }
})

for (const role of userRoles) {
  test(`a ${role} is refused what asks for more, signed in or with a key`, async () => {
    for (const operation of closed) {
      const needed = operation.role
      if (needed === 'anybody' || isEnough(role, needed)) continue
      for (const headers of [withCookie(cookies[role]), withKey(keys[role])]) {
        const answer = await tried(operation, headers)
        const problem = answer.json()
        assert.deepEqual(
          [answer.status, problem.code],
          [403, 'FORBIDDEN'],
          `${operation.method} ${operation.path}`,
        )
        assert.match(problem.detail, new RegExp(`needs the role ${needed}.*has ${role}`))
      }
    }
  })

  test(`a ${role} is not refused what the role allows`, async () => {
    for (const operation of closed) {
      // An event stream never ends, and signing out everywhere would end the rest of this test.
      if ('text/event-stream' in (operation.answers[200]?.content ?? {})) continue
      if (operation.role !== 'anybody' && !isEnough(role, operation.role)) continue
      const answer = await tried(operation, withKey(keys[role]))
      assert.ok(
        answer.status !== 401 && !answer.body.includes('FORBIDDEN'),
        `${operation.path}: ${answer.body}`,
      )
    }
  })
}

test('a key for storing does that and nothing else', async () => {
  for (const operation of closed) {
    if (operation.role === 'anybody') continue
    const answer = await tried(operation, withKey(keys.ingest))
    assert.equal(
      answer.body.includes('FORBIDDEN'),
      !operation.isIngest,
      `${operation.method} ${operation.path}`,
    )
  }
  const ingest = closed.filter(({ isIngest }) => isIngest).map(({ id }) => id)
  assert.deepEqual(ingest, ['postTelemetry'])
})

test('what only administrators may do is what it is meant to be', () => {
  const only = closed.filter(({ role }) => role === 'administrator').map(({ id }) => id)
  const meant = `createAccount changeAccount removeAccount putRole removeRole createRule removeRule createBan removeBan
    listUsers createUser changeUser removeUser listKeys createKey removeKey audit`
  for (const id of meant.split(/\s+/)) assert.ok(only.includes(id), id)
  // Who may only look changes nothing: what a viewer posts is an arithmetic question at most.
  for (const { id, isAudited, role } of closed) {
    if (isAudited) assert.notEqual(role, 'viewer', id)
  }
})
