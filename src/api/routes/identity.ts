// People over HTTP: the setup, signing in and out, invitations, and the password and sessions of who asks.
import { AckstoneError } from '../../errors.ts'
import type { SignedIn } from '../../identity/identity.ts'
import type { Client, Session } from '../../identity/records.ts'
import { operations, type Operation } from '../contract.ts'
import type { ApiParts } from '../parts.ts'
import type { Call, Register } from '../route.ts'
import { clearCookie, cookieOf, setCookie } from '../session-cookie.ts'
import type { Waits } from '../waits.ts'

type AnyCall = Pick<Call<Operation>, 'request' | 'reply' | 'tell'>

export function identityRoutes(register: Register, parts: ApiParts, waits: Waits): void {
  setupRoutes(register, parts, waits)
  signInRoutes(register, parts, waits)
  sessionRoutes(register, parts, waits)
}

function setupRoutes(register: Register, parts: ApiParts, waits: Waits): void {
  const { identity, access, version } = parts

  register(operations.setupState, async () => ({
    isSetUp: identity.isSetUp,
    isOpen: identity.setupCode !== undefined,
    devicesNeedCredentials: !access.isAnonymousAllowed,
    version,
  }))

  register(operations.setup, async (call) => {
    const { code, name, email, password } = call.body
    const client = clientOf(call)
    call.reply.code(201)
    if (password === undefined) {
      const untilStored = (ticket: number) => waits.untilStored(ticket)
      const { key, secret } = await identity.setUpToken(code, name, client, untilStored)
      call.tell({ who: { kind: 'token', id: key.id, name }, ...setupWords(name) })
      return { id: key.id, name, token: secret, createdAt: key.createdAt }
    }
    if (email === undefined) throw missingEmail()
    const signedIn = await waits.until(identity.setUpUser(code, { name, email, password }, client))
    return welcome(parts, call, signedIn, setupWords(name))
  })
}

function setupWords(name: string) {
  return { action: 'setup.done', target: name, sentence: `${name} became administrator with the setup code.` }
}

function missingEmail(): AckstoneError {
  const detail = 'An administrator with a password needs an e-mail address to sign in with.'
  return new AckstoneError('BODY_INVALID', {}, undefined, [{ pointer: '/email', detail }])
}

function signInRoutes(register: Register, parts: ApiParts, waits: Waits): void {
  const { identity } = parts

  register(operations.signIn, async (call) => {
    const { email, password } = call.body
    const client = clientOf(call)
    try {
      const signedIn = await waits.until(identity.signIn(email, password, client, cookieOf(call.request)))
      const words = { action: 'session.signIn', target: '', sentence: `${signedIn.user.name} signed in.` }
      return welcome(parts, call, signedIn, words)
    } catch (error) {
      if (error instanceof AckstoneError && error.code === 'LOGIN_WRONG') identity.refused(email, client)
      throw error
    }
  })

  register(operations.acceptInvitation, async (call) => {
    const { code, password } = call.body
    const before = cookieOf(call.request)
    const signedIn = await waits.until(identity.acceptInvitation(code, password, clientOf(call), before))
    const sentence = `${signedIn.user.name} took the invitation and signed in.`
    return welcome(parts, call, signedIn, { action: 'session.invitation', target: '', sentence })
  })

  register(operations.currentSession, async ({ caller }) => {
    const { kind, name, role, scopes, userId, expiresMs } = caller
    const user = userId === undefined ? undefined : identity.users.get(userId)
    return {
      user: user === undefined ? null : shownPerson(user),
      kind,
      name,
      role: role ?? null,
      scopes,
      expiresAt: expiresMs === undefined ? null : new Date(expiresMs).toISOString(),
    }
  })

  register(operations.signOut, async (call) => {
    const session = identity.sessions.get(call.caller.sessionId ?? '')
    if (session !== undefined) await waits.until(identity.endSessions([session]))
    clearCookie(call.request, call.reply)
    return call.reply.code(204).send()
  })
}

function sessionRoutes(register: Register, { identity }: ApiParts, waits: Waits): void {
  const own = ({ userId, name }: { userId: string | undefined; name: string }): Session[] => {
    if (userId === undefined) throw new AckstoneError('SESSION_NEEDED', { who: name })
    return identity.sessions.ofUser(userId)
  }

  register(operations.changePassword, async ({ body, caller, request, reply }) => {
    const { current, next } = body
    await waits.until(identity.administration.changeOwnPassword(caller, current, next, request.ip))
    return reply.code(204).send()
  })

  register(operations.listSessions, async ({ caller }) => ({
    items: identity.sessions.ofUser(caller.userId ?? '').map((session) => ({
      id: session.id,
      createdAt: new Date(session.createdMs).toISOString(),
      lastUsedAt: new Date(session.lastUsedMs).toISOString(),
      expiresAt: new Date(identity.sessions.endsMs(session)).toISOString(),
      address: session.address,
      userAgent: session.userAgent,
      isThis: session.id === caller.sessionId,
    })),
  }))

  register(operations.endSession, async ({ caller, params: { id }, reply }) => {
    const session = own(caller).find((each) => each.id === id)
    if (session === undefined) throw new AckstoneError('ACCESS_NOT_FOUND', { what: 'session', name: id })
    await waits.until(identity.endSessions([session]))
    return reply.code(204).send()
  })

  register(operations.endSessions, async ({ caller, request, reply }) => {
    await waits.until(identity.endSessions(own(caller)))
    clearCookie(request, reply)
    return reply.code(204).send()
  })
}

/** Sets the cookie of a session that has begun, and says who it is. */
function welcome(
  { identity }: Pick<ApiParts, 'identity'>,
  { request, reply, tell }: AnyCall,
  { user, session, secret }: SignedIn,
  words: { action: string; target: string; sentence: string },
) {
  tell({ who: { kind: 'session', id: user.id, name: user.name }, ...words })
  setCookie(request, reply, secret)
  return { user: shownPerson(user), expiresAt: new Date(identity.sessions.endsMs(session)).toISOString() }
}

function shownPerson({ id, name, email, role }: SignedIn['user']) {
  return { id, name, email, role }
}

function clientOf({ request }: AnyCall): Client {
  return { address: request.ip, userAgent: request.headers['user-agent'] ?? '' }
}
