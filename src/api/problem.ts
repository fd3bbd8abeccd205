// Errors as clients see them: RFC 9457 problem documents with a stable code, a sentence and a hint.
import { STATUS_CODES } from 'node:http'
import type { FastifyReply } from 'fastify'
import { AckstoneError } from '../errors.ts'

/** Seconds after which a client may try again where the answer is 429 or 503. */
const retryAfterSecondsDefault = 5

export interface Problem {
  type: string
  title: string
  status: number
  code: string
  detail: string
  hint: string
  errors?: readonly { pointer: string; detail: string }[]
  requestId: string
}

export function problemOf(error: AckstoneError, requestId: string): Problem {
  return {
    type: `urn:ackstone:problem:${error.code}`,
    title: titleOf(error.code),
    status: error.httpStatus,
    code: error.code,
    detail: error.message,
    hint: error.hint,
    ...(error.fields.length > 0 && { errors: error.fields }),
    requestId,
  }
}

export function sendProblem(reply: FastifyReply, error: AckstoneError): void {
  const status = error.httpStatus
  if (status === 401) reply.header('WWW-Authenticate', 'Bearer realm="ackstone"')
  if (status === 429 || status === 503) {
    reply.header('Retry-After', String(error.details.seconds ?? retryAfterSecondsDefault))
  }
  if (error.code === 'METHOD_NOT_ALLOWED') reply.header('Allow', String(error.details.allowed))
  reply
    .code(status)
    .type('application/problem+json')
    .send(JSON.stringify(problemOf(error, reply.request.id)))
}

/** A request that HTTP itself could not make sense of, as the bytes that answer it. */
export function rawProblem(status: number, error: AckstoneError): string {
  const body = JSON.stringify({ ...problemOf(error, ''), status })
  return (
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}\r\nContent-Type: application/problem+json\r\n` +
    `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`
  )
}

/** STORE_FULL → Store full */
function titleOf(code: string): string {
  const words = code.toLowerCase().replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
