// Keeps pages of other sites from doing something with a visitor's cookie. SameSite=Strict alone would let pages of a
// sibling domain, or of another port of the same host, through.
import type { FastifyRequest } from 'fastify'
import { AckstoneError } from '../errors.ts'

/** @param mustSay whether the request has to prove that it comes from a page of this hub, since it carries a cookie;
 *    otherwise it only must not come from a page of another.
 *  @throws CROSS_SITE */
export function checkOrigin(request: FastifyRequest, mustSay: boolean): void {
  const { origin, host, 'sec-fetch-site': site, 'content-type': type } = request.headers
  if (origin !== undefined && !isSameHost(origin, host)) throw new AckstoneError('CROSS_SITE')
  if (site !== undefined && site !== 'same-origin' && site !== 'none') throw new AckstoneError('CROSS_SITE')
  if (!mustSay) return
  if (origin === undefined && site !== 'same-origin') throw new AckstoneError('CROSS_SITE')
  const hasBody = request.headers['content-length'] !== undefined && request.headers['content-length'] !== '0'
  const isStreamed = request.headers['transfer-encoding'] !== undefined
  // A form of another page can send text, but not JSON.
  if ((hasBody || isStreamed) && !/^application\/json\b/i.test(type ?? ''))
    throw new AckstoneError('CROSS_SITE')
}

/** The scheme may differ: a proxy before the hub may take the encryption off. */
function isSameHost(origin: string, host: string | undefined): boolean {
  const url = URL.parse(origin)
  return url !== null && host !== undefined && url.host === URL.parse(`${url.protocol}//${host}`)?.host
}
