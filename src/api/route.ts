// Registers an operation of the contract: checks who asks, whether they may, and what is asked, before the handler sees
// it; and leaves an entry in the audit log when something was changed.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { AckstoneError } from '../errors.ts'
import type { Caller } from '../identity/caller.ts'
import type { AuditEntry } from '../identity/records.ts'
import { isEnough } from '../model/user-role.ts'
import { actionOf, changesOf, sentenceOf } from './audit-words.ts'
import { bodyBytes, parseJson } from './body.ts'
import type { Operation } from './contract.ts'
import type { ApiParts } from './parts.ts'
import { checkOrigin } from './same-origin.ts'
import { cookieOf } from './session-cookie.ts'
import { validate } from './validate.ts'
import type { Waits } from './waits.ts'

/** What a handler may say about what it did, where it knows better. */
export type Told = Partial<Pick<AuditEntry, 'action' | 'target' | 'sentence' | 'changes' | 'who'>>

export interface Call<O extends Operation> {
  params: z.output<O['params']>
  query: z.output<O['query']>
  /** Checked JSON; the bytes themselves where the contract takes anything. */
  body: O['body'] extends z.ZodUnknown
    ? Buffer
    : O['body'] extends z.ZodType
      ? z.output<O['body']>
      : undefined
  request: FastifyRequest
  reply: FastifyReply
  /** Who asks; nobody at an operation that is open. */
  caller: Caller
  /** For the audit log. */
  tell: (told: Told) => void
}

/** What it returns is sent; `reply` itself when it has been sent already. */
export type Handler<O extends Operation> = (call: Call<O>) => Promise<unknown>

declare module 'fastify' {
  interface FastifyContextConfig {
    operation?: Operation
  }
  interface FastifyRequest {
    caller: Caller | null
    /** An entry that waits for the answer to be a good one. */
    audited: Omit<AuditEntry, 'id' | 'at'> | null
  }
}

export function route<O extends Operation>(
  app: FastifyInstance,
  { identity }: Pick<ApiParts, 'identity'>,
  operation: O,
  handler: Handler<O>,
): void {
  const isRaw = operation.body?.def.type === 'unknown'
  app.route({
    method: operation.method,
    url: operation.path.replace(/\{(\w+)\}/g, ':$1'),
    exposeHeadRoute: operation.isOpen && operation.method === 'GET',
    config: { operation },
    onRequest: async (request) => {
      const isReading = operation.method === 'GET'
      if (operation.isOpen) {
        if (!isReading) checkOrigin(request, false)
        return
      }
      const caller = identity.authenticate(request.headers.authorization, cookieOf(request), request.ip)
      if (caller.kind === 'session' && !isReading) checkOrigin(request, true)
      checkRole(operation, caller)
      request.caller = caller
    },
    handler: async (request, reply) => {
      const params = validate(operation.params, request.params, 'PATH_INVALID')
      const query = validate(operation.query, request.query, 'QUERY_INVALID')
      let body: unknown
      if (operation.body !== undefined) {
        const bytes = bodyBytes(request)
        body = isRaw ? bytes : validate(operation.body, parseJson(bytes), 'BODY_INVALID')
      }
      const caller = request.caller ?? identity.nobody
      if (operation.isAudited && !operation.isOpen) {
        request.audited = entryOf(operation, caller, request.ip, params, body)
      }
      const tell = (told: Told): void => {
        const entry = request.audited ?? entryOf(operation, caller, request.ip, params, undefined)
        const target = told.target ?? entry.target
        const sentence = sentenceOf(operation, (told.who ?? entry.who).name, target)
        request.audited = { ...entry, sentence, ...told }
      }
      return handler({ params, query, body, request, reply, caller, tell } as Call<O>)
    },
  })
}

/** An answer that says "done" leaves once it is on record who did it. */
export function auditBeforeAnswers(
  app: FastifyInstance,
  { identity }: Pick<ApiParts, 'identity'>,
  waits: Waits,
): void {
  app.decorateRequest('caller', null)
  app.decorateRequest('audited', null)
  app.addHook('onSend', async (request, reply, payload) => {
    const entry = request.audited
    if (entry === null || reply.statusCode >= 400) return payload
    request.audited = null
    await waits.untilStored(identity.audit.record(entry))
    return payload
  })
}

/** @throws FORBIDDEN */
function checkRole({ role, isIngest }: Operation, caller: Caller): void {
  if (role === 'anybody' || isEnough(caller.role, role)) return
  if (isIngest && caller.scopes.includes('ingest')) return
  const has = caller.role ?? 'only the right to store readings'
  throw new AckstoneError('FORBIDDEN', { needed: role, who: caller.name, has })
}

function entryOf(
  operation: Operation,
  { kind, id, name }: Caller,
  address: string,
  params: unknown,
  body: unknown,
): Omit<AuditEntry, 'id' | 'at'> {
  const { name: named, value } = (body ?? {}) as { name?: unknown; value?: unknown; pattern?: unknown }
  const [first] = Object.values(params as Record<string, string>)
  const target = String(first ?? named ?? value ?? '').slice(0, 256)
  const changes = changesOf(body)
  return {
    who: { kind, id, name },
    action: actionOf(operation),
    target,
    sentence: sentenceOf(operation, name, target),
    ...(changes !== undefined && { changes }),
    address,
  }
}

/** Registers an operation with what all of them share. */
export type Register = <O extends Operation>(operation: O, handler: Handler<O>) => void
