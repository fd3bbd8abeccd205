import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import fc from 'fast-check'
import { apiToken, createTestHub } from '../../test/api-parts.ts'
import { operationList } from './contract.ts'

const hub = await createTestHub()
await hub.put('d1', 'k', [1, 2, 3], [1, 'x', true])
const headers = { authorization: `Bearer ${apiToken}` }
/** An event stream never ends by itself. */
const operations = operationList.filter(({ id }) => id !== 'live')
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '',
    '-1',
    '1e9',
    'NaN',
    '9'.repeat(20),
    '__proto__',
    '%',
    '%00',
    '../..',
    '\u0000',
    "' OR 1=1",
    '-',
  ),
)

function checkAnswer(statusCode: number, contentType: unknown, body: string, what: string): void {
  assert.ok(statusCode < 500, `${what}: ${statusCode} ${body}`)
  if (statusCode >= 400) assert.match(String(contentType), /^application\/problem\+json/, what)
}

test('no path, query string or header gives a 500', async () => {
  const known = [...new Set(operations.flatMap(({ query }) => Object.keys(query.shape)))]
  const query = fc.array(fc.tuple(fc.oneof(fc.constantFrom(...known), text), text), { maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...operations),
      text,
      query,
      fc.boolean(),
      text,
      async (operation, name, pairs, isRaw, accept) => {
        const encode = isRaw ? (part: string) => part.replace(/[\s#?]/g, '') : safeEncode
        const path = operation.path.replace(/\{\w+\}/g, () => encode(name) || 'd1')
        const search = pairs.map(([key, value]) => `${encode(key)}=${encode(value)}`).join('&')
        const url = `${path}?${search}`
        const answer = await hub.api.inject({
          method: operation.method,
          url,
          headers: { ...headers, accept: accept.replace(/[^\x20-\x7e]/g, '') },
        })
        checkAnswer(
          answer.statusCode,
          answer.headers['content-type'],
          answer.body,
          `${operation.method} ${url}`,
        )
      },
    ),
    { numRuns: 700 },
  )
})

test('no body gives a 500', async () => {
  const posts = operations.filter(({ body }) => body !== undefined)
  const member = fc.constantFrom(
    'name',
    'kind',
    'topics',
    'converter',
    'samples',
    'payload',
    'type',
    'filter',
    'code',
  )
  const shaped = fc
    .dictionary(member, fc.jsonValue({ maxDepth: 3 }), { maxKeys: 6 })
    .map((body) => JSON.stringify(body))
  const body = fc.oneof(
    fc.json(),
    shaped,
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
    text,
  )
  const type = fc.oneof(
    fc.constantFrom(
      'application/json',
      'application/json; charset=utf-16',
      'text/plain',
      ';',
      'application/merge-patch+json',
    ),
    fc.string({ maxLength: 20 }).map((given) => given.replace(/[^\x20-\x7e]/g, '')),
  )
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...posts), body, type, async (operation, payload, contentType) => {
      const url = operation.path.replace('{device}', 'd1').replace('{id}', 'device-api')
      const answer = await hub.api.inject({
        method: operation.method,
        url,
        headers: { ...headers, 'content-type': contentType },
        payload,
        remoteAddress: `10.${Math.trunc(payload.length / 200) % 250}.${payload.length % 250}.1`,
      })
      checkAnswer(answer.statusCode, answer.headers['content-type'], answer.body, `${url} ${String(payload)}`)
    }),
    { numRuns: 700 },
  )
})

test('bytes that are no HTTP are answered with a problem and the end of the connection', async () => {
  const listening = await createTestHub()
  await listening.api.listen({ port: 0, host: '127.0.0.1' })
  const address = listening.api.server.address()
  assert.ok(typeof address === 'object' && address !== null)
  const { port } = address
  try {
    const requests: [bytes: string | Buffer, answer: RegExp][] = [
      ['\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00', /^HTTP\/1\.1 400 /],
      ['GET / HTTP/9.9\r\n\r\n', /^HTTP\/1\.1 400 /],
      [`GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
      ['POST /api/v1/setup HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n', /^HTTP\/1\.1 400 /],
      ['GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n', /^HTTP\/1\.1 40[04] /],
    ]
    for (const [bytes, expected] of requests) {
      const answer = await exchange(port, bytes)
      assert.match(answer, expected)
      assert.match(answer, /application\/problem\+json/)
    }
  } finally {
    await listening.api.close()
  }
})

function exchange(port: number, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => socket.end(Buffer.from(bytes as string, 'latin1')))
    socket.setEncoding('latin1').on('data', (data: string) => (answer += data))
    socket.once('close', () => resolve(answer))
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error)
    })
  })
}

/** encodeURIComponent for texts that may have half a surrogate pair. */
function safeEncode(part: string): string {
  return encodeURIComponent(part.toWellFormed())
}
