// The portal as files: pages that a browser asks for get the portal, its hashed files are kept for a year. A
// policy lets these pages run nothing and ask nobody but this hub.
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { pageHtml, pagePolicy } from './page.ts'

const yearSeconds = 31_536_000

/** React and uPlot set styles through the object model, which `style-src 'self'` allows. */
const portalHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "manifest-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'self'",
  ].join('; '),
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
}

/** Paths that belong to the hub; an unknown one below them is no page of the portal. */
const hubPaths = /^\/(api|mqtt|metrics|healthz|readyz|version|assets)(\/|$)/

/** The folder of the built portal; undefined when it has not been built. */
export function builtPortal(): string | undefined {
  const folder = resolve(import.meta.dirname, '../../portal/dist')
  return existsSync(join(folder, 'index.html')) ? folder : undefined
}

/** Sends the portal, or without one a page that says so. */
export type SendPage = (reply: FastifyReply) => FastifyReply

/** Registers the files of the portal; undefined stands for a portal that was not built. */
export function servePortal(app: FastifyInstance, folder: string | undefined): SendPage {
  if (folder === undefined) return sendPlainPage
  // `serve: false`: only what is named here is a path, and only these folders are looked into.
  app.register(fastifyStatic, { root: folder, serve: false, preCompressed: true })
  app.get<{ Params: { '*': string } }>('/assets/*', { exposeHeadRoute: true }, (request, reply) => {
    const kept = { maxAge: yearSeconds * 1_000, immutable: true }
    return asset(reply).sendFile(`assets/${request.params['*']}`, kept)
  })
  for (const name of ['favicon.svg', 'theme.js']) {
    app.get(`/${name}`, (_request, reply) => asset(reply).sendFile(name, { maxAge: 0 }))
  }
  return (reply) => {
    reply.removeHeader('Cache-Control')
    return reply.headers(portalHeaders).sendFile('index.html', { maxAge: 0 })
  }
}

/** Whether a browser asks for a page, so that an unknown path is the portal's to explain. */
export function asksForPage(request: FastifyRequest): boolean {
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  const accepts = request.headers.accept ?? ''
  const path = request.url.split('?')[0] ?? ''
  return isRead && accepts.includes('text/html') && !hubPaths.test(path)
}

/** The cache rule of the API does not hold for files. */
function asset(reply: FastifyReply): FastifyReply {
  return reply.removeHeader('Cache-Control')
}

function sendPlainPage(reply: FastifyReply): FastifyReply {
  reply.header('Content-Security-Policy', pagePolicy)
  return reply.type('text/html; charset=utf-8').send(pageHtml)
}
