// Bodies of requests: bytes with a limit on size come in; JSON with a limit on depth goes on.
import type { FastifyRequest } from 'fastify'
import { AckstoneError } from '../errors.ts'

const depthMax = 32

/** The bytes of the body, which must be declared as JSON or not at all.
 *  @throws MEDIA_TYPE, BODY_MISSING */
export function bodyBytes(request: FastifyRequest): Buffer {
  const encoding = request.headers['content-encoding']
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'identity') {
    throw new AckstoneError('MEDIA_TYPE', { type: `Content-Encoding ${encoding.slice(0, 50)}` })
  }
  const type = request.headers['content-type']?.split(';')[0].trim().toLowerCase() ?? ''
  if (type !== '' && !/^application\/([a-z0-9.-]+\+)?json$/.test(type)) {
    throw new AckstoneError('MEDIA_TYPE', { type: type.slice(0, 100) })
  }
  const body = request.body
  if (!Buffer.isBuffer(body) || body.length === 0) throw new AckstoneError('BODY_MISSING')
  return body
}

/** @throws BODY_SYNTAX */
export function parseJson(bytes: Buffer): unknown {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    const cause = error instanceof SyntaxError ? error.message : 'it is not UTF-8 text'
    throw new AckstoneError('BODY_SYNTAX', { cause: cause.slice(0, 200) }, error)
  }
  checkTree(value, 0)
  return value
}

function checkTree(value: unknown, depth: number): void {
  if (typeof value !== 'object' || value === null) return
  if (depth === depthMax) {
    throw new AckstoneError('BODY_SYNTAX', { cause: `nesting goes deeper than ${depthMax} levels` })
  }
  if (Object.hasOwn(value, '__proto__')) {
    throw new AckstoneError('BODY_SYNTAX', { cause: 'the name "__proto__" is not allowed' })
  }
  for (const member of Object.values(value)) checkTree(member, depth + 1)
}
