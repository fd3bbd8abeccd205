// The cookie of a signed-in browser: no script reads it, no other site's page sends it, and over HTTPS it never travels
// in the clear.
import type { FastifyReply, FastifyRequest } from 'fastify'

const cookieName = 'ackstone_session'
/** The hub decides when a session ends; the browser keeps the cookie as long as it may last. */
const maxAgeSeconds = 30 * 86_400

/** What the cookie holds, if there is one. */
export function cookieOf(request: FastifyRequest): string | undefined {
  for (const part of request.headers.cookie?.split(';') ?? []) {
    const [name = '', value = ''] = part.split('=', 2)
    if (name.trim() === cookieName && /^[\w-]{20,128}$/.test(value.trim())) return value.trim()
  }
  return undefined
}

export function setCookie(request: FastifyRequest, reply: FastifyReply, secret: string): void {
  reply.header('Set-Cookie', `${cookieName}=${secret}; Max-Age=${maxAgeSeconds}${attributes(request)}`)
}

export function clearCookie(request: FastifyRequest, reply: FastifyReply): void {
  reply.header('Set-Cookie', `${cookieName}=; Max-Age=0${attributes(request)}`)
}

function attributes(request: FastifyRequest): string {
  return `; Path=/; HttpOnly; SameSite=Strict${isHttps(request) ? '; Secure' : ''}`
}

/** Whether the browser speaks HTTPS, with this hub or with a proxy before it. Who says so wrongly only keeps their own
 *  cookie from travelling in the clear. */
function isHttps(request: FastifyRequest): boolean {
  const { origin, 'x-forwarded-proto': forwarded } = request.headers
  const isEncrypted = (request.socket as { encrypted?: boolean }).encrypted === true
  return isEncrypted || origin?.startsWith('https://') === true || forwarded === 'https'
}
