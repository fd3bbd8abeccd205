// Registers an operation of the contract: checks who asks and what is asked before the handler sees it.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { Administrators } from './administrators.ts'
import { bodyBytes, parseJson } from './body.ts'
import type { Operation } from './contract.ts'
import { validate } from './validate.ts'

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
}

/** What it returns is sent; `reply` itself when it has been sent already. */
export type Handler<O extends Operation> = (call: Call<O>) => Promise<unknown>

declare module 'fastify' {
  interface FastifyContextConfig {
    operation?: Operation
  }
}

export function route<O extends Operation>(
  app: FastifyInstance,
  administrators: Administrators,
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
      if (!operation.isOpen) administrators.authenticate(request.headers.authorization, request.ip)
    },
    handler: async (request, reply) => {
      const params = validate(operation.params, request.params, 'PATH_INVALID')
      const query = validate(operation.query, request.query, 'QUERY_INVALID')
      let body: unknown
      if (operation.body !== undefined) {
        const bytes = bodyBytes(request)
        body = isRaw ? bytes : validate(operation.body, parseJson(bytes), 'BODY_INVALID')
      }
      return handler({ params, query, body, request, reply } as Call<O>)
    },
  })
}

/** Registers an operation with what all of them share. */
export type Register = <O extends Operation>(operation: O, handler: Handler<O>) => void
