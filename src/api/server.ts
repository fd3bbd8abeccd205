// The HTTP server: the operations of the contract on their routes, and one way of saying what went wrong.
import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify'
import { AckstoneError } from '../errors.ts'
import { AssertionFailure } from '../lib/assert.ts'
import { operationList, type Operation } from './contract.ts'
import type { ApiParts } from './parts.ts'
import { rawProblem, sendProblem } from './problem.ts'
import { auditBeforeAnswers, route, type Register } from './route.ts'
import { accessRoutes } from './routes/access.ts'
import { converterRoutes } from './routes/converters.ts'
import { deliveryRoutes } from './routes/delivery.ts'
import { commandRoutes } from './routes/commands.ts'
import { demoRoutes } from './routes/demo.ts'
import { deviceRoutes } from './routes/devices.ts'
import { identityRoutes } from './routes/identity.ts'
import { integrationCheckRoutes } from './routes/integration-checks.ts'
import { integrationRoutes } from './routes/integrations.ts'
import { liveRoutes } from './routes/live.ts'
import { operatingRoutes } from './routes/operating.ts'
import { peopleRoutes } from './routes/people.ts'
import { rejectedRoutes } from './routes/rejected.ts'
import { scriptRoutes } from './routes/scripts.ts'
import { seriesRoutes } from './routes/series.ts'
import { listeningRoutes } from './routes/listening.ts'
import { proofRoutes } from './routes/proof.ts'
import { stepRoutes } from './routes/steps.ts'
import { deviceQualityRoutes } from './routes/device-quality.ts'
import { endpointRoutes } from './routes/endpoints.ts'
import { traceRoutes } from './routes/traces.ts'
import { telemetryRoutes } from './routes/telemetry.ts'
import { asksForPage, servePortal } from './static.ts'
import { Waits } from './waits.ts'

/** Time to receive a request, and for which an idle connection is kept. */
const requestTimeoutMs = 30_000
const keepAliveTimeoutMs = 60_000
/** How long answers under way may take when the hub stops. */
const closeWaitMs = 2_000
/** The longest path parameter: a device identifier of 256 bytes, each percent-encoded. */
const pathParameterLengthMax = 768

const securityHeaders: Readonly<Record<string, string>> = {
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cache-Control': 'no-store',
}

/** Builds the server; the caller listens with it and closes it. */
export function createApi(parts: ApiParts): FastifyInstance {
  const app = fastify({
    bodyLimit: parts.limits.httpBodyBytesMax,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    forceCloseConnections: 'idle',
    // Other protocols that a client offers to change to are passed over, as if it had not.
    http: { shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket' },
    genReqId: () => randomUUID(),
    routerOptions: { maxParamLength: pathParameterLengthMax },
    frameworkErrors(error, request, reply) {
      reply.headers(securityHeaders)
      answerError(parts, error, request, reply)
    },
    clientErrorHandler,
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(securityHeaders)
  })
  app.setErrorHandler((error: FastifyError, request, reply) => answerError(parts, error, request, reply))
  const sendPage = servePortal(app, parts.portalFolder)
  app.setNotFoundHandler((request, reply) => {
    if (parts.portalFolder !== undefined && asksForPage(request)) return sendPage(reply)
    return sendProblem(reply, notFound(request))
  })
  const register: Register = (operation, handler) => route(app, parts, operation, handler)
  const waits = new Waits(parts.ingest, parts.clock, parts.limits.ackDeadlineMs)
  auditBeforeAnswers(app, parts, waits)
  identityRoutes(register, parts, waits)
  peopleRoutes(register, parts, waits)
  integrationRoutes(register, parts, waits)
  integrationCheckRoutes(register, parts)
  converterRoutes(register, parts)
  scriptRoutes(register, parts, waits)
  commandRoutes(register, parts, waits)
  deviceRoutes(register, parts)
  seriesRoutes(register, parts, waits)
  telemetryRoutes(register, parts, waits)
  accessRoutes(register, parts, waits)
  deliveryRoutes(register, parts)
  traceRoutes(register, parts)
  listeningRoutes(register, parts)
  proofRoutes(register, parts)
  stepRoutes(register, parts)
  deviceQualityRoutes(register, parts)
  endpointRoutes(register, parts)
  demoRoutes(register, parts)
  rejectedRoutes(register, parts, waits)
  const endStreams = liveRoutes(register, parts)
  operatingRoutes(register, parts, sendPage)
  app.addHook('preClose', async () => {
    endStreams()
    waits.close()
    parts.clock.after(closeWaitMs, () => app.server.closeAllConnections())
  })
  return app
}

function answerError(
  parts: ApiParts,
  error: FastifyError | Error,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  if (error instanceof AckstoneError) {
    sendProblem(reply, error)
    return
  }
  const status = (error as FastifyError).statusCode ?? 500
  if (status >= 400 && status < 500) {
    sendProblem(reply, requestError(status, error, parts))
    return
  }
  parts.log.error('request failed', { requestId: request.id, error: error.stack ?? error.message })
  // A hub that is wrong about its own state must not go on: the process ends, as for any assertion.
  if (error instanceof AssertionFailure) {
    process.nextTick(() => {
      throw error
    })
  }
  sendProblem(reply, new AckstoneError('INTERNAL', { request: request.id }, error))
}

/** What the HTTP layer found wrong with a request. */
function requestError(status: number, error: Error, parts: ApiParts): AckstoneError {
  if (status === 413)
    return new AckstoneError('BODY_TOO_LARGE', { limit: parts.limits.httpBodyBytesMax }, error)
  if (status === 415) return new AckstoneError('MEDIA_TYPE', { type: 'what it declares' }, error)
  return new AckstoneError('REQUEST_INVALID', { cause: error.message.slice(0, 200) }, error)
}

const matchers = operationList.map((operation) => ({
  operation,
  pattern: new RegExp(`^${operation.path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`),
}))

function notFound(request: FastifyRequest): AckstoneError {
  const path = request.url.split('?')[0]
  const here = matchers.filter(({ pattern }) => pattern.test(path)).map(({ operation }) => operation)
  const shown = path.length > 200 ? `${path.slice(0, 200)}…` : path
  if (here.length === 0) return new AckstoneError('NOT_FOUND', { method: request.method, path: shown })
  return new AckstoneError('METHOD_NOT_ALLOWED', {
    method: request.method,
    path: shown,
    allowed: here.map(({ method }: Operation) => method).join(', '),
  })
}

function clientErrorHandler(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const status = statusOfClientError(error.code)
  const cause = status === 431 ? 'its headers are too long' : 'it is not HTTP as expected'
  socket.end(rawProblem(status, new AckstoneError('REQUEST_INVALID', { cause }, error)))
}

function statusOfClientError(code: string | undefined): number {
  if (code === 'HPE_HEADER_OVERFLOW') return 431
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400
}
