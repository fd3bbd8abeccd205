// What administrators see and do over HTTP about users, keys, and the record of who did what.
import type { AuditEntry, Change, Key, User } from '../../identity/records.ts'
import { chooseType } from '../accept.ts'
import { operations } from '../contract.ts'
import { decodeCursor, encodeCursor } from '../cursor.ts'
import type { ApiParts } from '../parts.ts'
import type { Register } from '../route.ts'
import type { Waits } from '../waits.ts'

const auditLimitDefault = 100

export function peopleRoutes(register: Register, parts: ApiParts, waits: Waits): void {
  userRoutes(register, parts, waits)
  keyRoutes(register, parts, waits)
  auditRoutes(register, parts)
}

function userRoutes(register: Register, { identity }: ApiParts, waits: Waits): void {
  register(operations.listUsers, async () => ({ items: identity.users.list().map(shownUser) }))

  register(operations.createUser, async ({ body, reply, tell }) => {
    const { user, code } = await waits.until(identity.administration.createUser(body))
    const { name, email, role } = user
    tell({
      target: email,
      changes: Object.entries({ name, email, role }).map(([member, to]) => ({ member, to })),
    })
    reply.code(201)
    return { user: shownUser(user), invitation: shownInvitation(user, code) }
  })

  register(operations.changeUser, async ({ params: { id }, body, tell }) => {
    const { before, user, code } = await waits.until(identity.administration.changeUser(id, body))
    tell({
      target: user.email,
      changes: differences(before, user, body.password !== undefined, code !== undefined),
    })
    return { user: shownUser(user), invitation: shownInvitation(user, code) }
  })

  register(operations.removeUser, async ({ params: { id }, reply, tell }) => {
    const user = await waits.until(identity.administration.removeUser(id))
    tell({ target: user.email, changes: [{ member: 'role', from: user.role }] })
    return reply.code(204).send()
  })
}

function differences(before: User, after: User, hasPassword: boolean, hasInvitation: boolean): Change[] {
  const changes: Change[] = []
  for (const member of ['name', 'email', 'role', 'isEnabled'] as const) {
    const [from, to] = [before[member], after[member]]
    if (from !== to) changes.push({ member, from, to })
  }
  if (hasPassword) changes.push({ member: 'password', to: '…' })
  if (hasInvitation) changes.push({ member: 'invitation', to: '…' })
  return changes
}

function keyRoutes(register: Register, { identity }: ApiParts, waits: Waits): void {
  register(operations.listKeys, async () => ({ items: identity.keys.list().map(shownKey) }))

  register(operations.createKey, async ({ body, reply }) => {
    const { key, secret } = await waits.until(identity.administration.createKey(body))
    reply.code(201)
    return { ...shownKey(key), key: secret }
  })

  register(operations.removeKey, async ({ params: { id }, reply, tell }) => {
    const key = await waits.until(identity.administration.removeKey(id))
    tell({ target: `${key.name} (${key.prefix}…)`, changes: [{ member: 'scopes', from: key.scopes }] })
    return reply.code(204).send()
  })
}

function auditRoutes(register: Register, { identity }: ApiParts): void {
  register(operations.audit, async ({ query, request, reply }) => {
    const { limit = auditLimitDefault, cursor, who = '', action = '' } = query
    const type = chooseType(request.headers.accept, ['application/json', 'text/csv'])
    const filter = JSON.stringify([who, action])
    const after = decodeCursor(cursor, 'audit', filter)
    const { items, next } = await identity.audit.list({ after, limit, who, action })
    const nextCursor = next === undefined ? null : encodeCursor('audit', filter, next)
    if (type !== 'text/csv') return { items, nextCursor }
    if (nextCursor !== null) {
      const rest = new URLSearchParams({ who, action, limit: String(limit), cursor: nextCursor })
      reply.header('Link', `<?${rest}>; rel="next"`)
    }
    return reply.type('text/csv; charset=utf-8').send(auditCsv(items))
  })
}

/** RFC 4180. */
function auditCsv(entries: readonly AuditEntry[]): string {
  const rows = entries.map(({ at, who, action, target, sentence, changes, address }) => {
    const told = changes === undefined ? '' : JSON.stringify(changes)
    return [at, who.kind, who.id, who.name, action, target, sentence, told, address].map(field).join(',')
  })
  const heading = 'at,whoKind,whoId,whoName,action,target,sentence,changes,address'
  return `${[heading, ...rows].join('\r\n')}\r\n`
}

/** A spreadsheet would take a field that begins like a formula for one, and anybody can choose a name. */
function field(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

function shownUser({ id, name, email, role, createdAt, lastSeenAt, isEnabled, password, invitation }: User) {
  return {
    ...{ id, name, email, role, createdAt, isEnabled },
    lastSeenAt: lastSeenAt ?? null,
    hasPassword: password !== undefined,
    invitedUntil: invitation === undefined ? null : new Date(invitation.expiresMs).toISOString(),
  }
}

function shownInvitation({ invitation }: User, code: string | undefined) {
  if (code === undefined || invitation === undefined) return null
  return { code, expiresAt: new Date(invitation.expiresMs).toISOString() }
}

function shownKey({ id, name, scopes, prefix, createdAt, expiresAt, lastUsedAt, isFromSetup }: Key) {
  const times = { createdAt, expiresAt: expiresAt ?? null, lastUsedAt: lastUsedAt ?? null }
  return { id, name, scopes, prefix, ...times, isFromSetup }
}
