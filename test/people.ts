// People at the HTTP API of a hub without sockets: a first administrator, users of each role, and requests as a page
// of the hub sends them, or anybody else.
import assert from 'node:assert/strict'
import type { LightMyRequestResponse } from 'fastify'
import type { UserRole } from '../src/model/user-role.ts'
import { createTestHub, type TestHub, type TestHubOptions } from './api-parts.ts'

export const api = '/api/v1'
export const ada = { name: 'Ada', email: 'Ada@Example.org', password: 'four words that fit' }

/** What a page of the hub itself sends along. */
export const ownPage = { 'host': 'hub.test', 'origin': 'http://hub.test', 'sec-fetch-site': 'same-origin' }

export const withCookie = (cookie: string): Record<string, string> => ({
  ...ownPage,
  cookie: `other=1; ackstone_session=${cookie}`,
})
export const withKey = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` })

export interface Asked {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  body?: unknown
  headers?: Record<string, string>
  from?: string
}

export interface Answered {
  status: number
  body: string
  json: LightMyRequestResponse['json']
  setCookie: string
  /** What the cookie holds; empty when none was set. */
  cookie: string
  headers: Record<string, unknown>
}

export async function ask(hub: TestHub, path: string, asked: Asked = {}): Promise<Answered> {
  const { method, body, headers = {}, from } = asked
  const answer = await hub.api.inject({
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    url: path.startsWith('/api') ? path : `${api}${path}`,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { payload: JSON.stringify(body) }),
    ...(from !== undefined && { remoteAddress: from }),
  })
  const setCookie = String(answer.headers['set-cookie'] ?? '')
  return {
    status: answer.statusCode,
    body: answer.body,
    json: answer.json,
    setCookie,
    cookie: /^ackstone_session=([^;]*)/.exec(setCookie)?.[1] ?? '',
    headers: answer.headers,
  }
}

/** A hub whose first administrator has come with the setup code. */
export async function setUpHub(options: TestHubOptions = {}) {
  const hub = await createTestHub({ adminToken: undefined, ...options })
  const code = hub.identity.setupCode ?? ''
  const answer = await ask(hub, '/setup', { body: { code, ...ada }, headers: ownPage })
  assert.equal(answer.status, 201, answer.body)
  return { hub, code, answer, cookie: answer.cookie }
}

export async function signIn(
  hub: TestHub,
  email: string,
  password: string,
  asked: Asked = {},
): Promise<Answered> {
  return ask(hub, '/session', { body: { email, password }, headers: ownPage, ...asked })
}

/** A user of a role, signed in. @returns the cookie and who it is. */
export async function newPerson(hub: TestHub, administrator: string, role: UserRole, name: string = role) {
  const email = `${name}@example.org`
  const password = `the password of the ${name}`
  const headers = withCookie(administrator)
  const made = await ask(hub, '/users', { body: { name, email, role, password }, headers })
  assert.equal(made.status, 201, made.body)
  const { cookie } = await signIn(hub, email, password)
  return { id: made.json().user.id as string, email, password, cookie }
}
