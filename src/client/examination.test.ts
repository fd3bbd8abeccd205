// A broker that can't be used, in each of the ways in which that happens: what was found and what to do next is said
// at the step where it ends.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer as createWebServer } from 'node:http'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { Authority, canIssue } from '../../test/certificates.ts'
import { ScriptedBroker, type Peer } from '../../test/scripted-broker.ts'
import { lack } from '../../test/tools.ts'
import { systemClock, type Clock } from '../lib/clock.ts'
import type { ConnackPacket } from '../mqtt/packet.ts'
import { examineBroker, type Examination, type ExaminationStep } from './examination.ts'
import type { ClientOptions } from './options.ts'

/** Time that passes when the test says so: all that waits is due then. */
function halted(): { clock: Clock; pass: () => void } {
  const waiting = new Set<() => void>()
  const after: Clock['after'] = (_delayMs, run) => {
    waiting.add(run)
    return { cancel: () => void waiting.delete(run) }
  }
  const pass = (): void => {
    for (const run of [...waiting]) if (waiting.delete(run)) run()
  }
  return { clock: { ...systemClock, after }, pass }
}

function examine(client: ClientOptions, filters = ['a/#'], clock = systemClock): Promise<Examination> {
  const topics = filters.map((filter) => ({ filter, qos: 2 as const }))
  return examineBroker({
    ...{ client: { host: '127.0.0.1', protocolVersion: 5, ...client }, topics, listenSeconds: 0 },
    ...{ clock, random: () => 5 },
  })
}

async function failing(client: ClientOptions, filters?: string[], clock?: Clock): Promise<ExaminationStep> {
  const { steps } = await examine(client, filters, clock)
  const failed = steps.find(({ status }) => status === 'failed') ?? assert.fail(JSON.stringify(steps))
  assert.ok(steps.slice(steps.indexOf(failed) + 1).every(({ status }) => status === 'skipped'))
  assert.match(failed.sentence, /^[^\n]+[^.]\.$/, 'whole sentences on one line')
  assert.match(failed.hint ?? '', /\.$/, 'a next step')
  return failed
}

function expectFailure(failed: ExaminationStep, step: string, sentence: RegExp, hint: RegExp): void {
  assert.equal(failed.step, step, failed.sentence)
  assert.match(failed.sentence, sentence)
  assert.match(failed.hint!, hint)
}

async function listening(t: TestContext, server: Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

/** A broker that lets everybody in like this, and then does what is given. */
async function broker(
  t: TestContext,
  connack: Partial<ConnackPacket>,
  then: (peer: Peer) => Promise<void> = async () => undefined,
): Promise<number> {
  const scripted = await ScriptedBroker.start()
  let isOver = false
  const serve = async (): Promise<void> => {
    const peer = await scripted.accept()
    // The step before only looks whether the port is open.
    const isClient = await peer.expect('connect').then(
      () => true,
      () => false,
    )
    if (isClient) {
      peer.send({ type: 'connack', sessionPresent: false, reasonCode: 0, ...connack })
      then(peer).catch(() => peer.destroy())
    }
    if (!isOver) return serve()
  }
  const serving = serve()
  t.after(async () => {
    isOver = true
    await Promise.race([serving, scripted.stop()])
  })
  return scripted.port
}

test('a port that is open and silent, and one that hangs up', async (t) => {
  const { clock, pass } = halted()
  const silent = await listening(
    t,
    createServer((socket) => void socket.once('data', pass)),
  )
  expectFailure(
    await failing({ port: silent }, undefined, clock),
    'connect',
    /no answer within 10 s/,
    /open, but nobody answers/,
  )
  const closing = await listening(
    t,
    createServer((socket) => void socket.destroy()),
  )
  expectFailure(await failing({ port: closing }), 'connect', /the other side closed it/, /port is for MQTT/)
})

test('a port of something else: it says of what', async (t) => {
  const web = await listening(
    t,
    createWebServer((_, answer) => answer.end('hello')),
  )
  expectFailure(await failing({ port: web }), 'connect', /speaks HTTP/, /use ws if/)
  expectFailure(await failing({ port: web, protocolVersion: 'auto' }), 'connect', /speaks HTTP/, /1883/)
  const overWs = await failing({ port: web, transport: 'ws' })
  expectFailure(overWs, 'connect', /200.*does not take MQTT over WebSocket/, /path of the URL/)
  expectFailure(await failing({ port: web, transport: 'tls' }), 'tls', /does not speak TLS/, /mqtt or ws/)
  const rabbit = await listening(
    t,
    createServer((socket) => void socket.end('AMQP\u0000\u0000\u0009\u0001')),
  )
  expectFailure(await failing({ port: rabbit }), 'connect', /speaks AMQP/, /Check the port/)
  const odd = await listening(
    t,
    createServer((socket) => void socket.end(Buffer.from([0x4f, 0xff, 0xff, 0xff, 0xff]))),
  )
  expectFailure(await failing({ port: odd }), 'connect', /broke the MQTT protocol/, /an MQTT broker/)
})

test('a login that is refused, in the words of both versions', async (t) => {
  const cases = [
    [5, 0x86, /134, Bad User Name or Password/, /Check user name and password/],
    [5, 0x87, /135, Not authorized/, /ackstone-test-5/],
    [4, 4, /4, Bad user name or password/, /Check user name and password/],
    [4, 5, /5, Not authorized/, /user name and password.*ackstone-test-5/],
    [5, 0x88, /Server unavailable/i, /its log/],
  ] as const
  for (const [protocolVersion, code, sentence, hint] of cases) {
    const port = await broker(t, { reasonCode: code })
    const failed = await failing({ port, protocolVersion, username: 'ada', password: 'wrong' })
    expectFailure(failed, 'connect', sentence, hint)
    assert.equal(failed.isRefused, true)
  }
})

test('a subscription that is refused, hung up on, or never answered', async (t) => {
  const refusing = await broker(t, {}, async (peer) => {
    const { packetId, subscriptions } = await peer.expect('subscribe')
    peer.send({ type: 'suback', packetId, reasonCodes: subscriptions.map(() => 0x87) })
  })
  const refused = await failing({ port: refusing }, ['a/#', 'b/+'])
  expectFailure(refused, 'subscribe', /a\/#: refused, Not authorized; b\/\+: refused/, /allows this user/)
  const rude = await broker(t, {}, async (peer) => {
    await peer.expect('subscribe')
    peer.destroy()
  })
  expectFailure(await failing({ port: rude }), 'subscribe', /closed it/, /narrower one, at QoS 0/)
  const { clock, pass } = halted()
  const mute = await broker(t, {}, async (peer) => {
    await peer.expect('subscribe')
    pass()
  })
  expectFailure(
    await failing({ port: mute }, undefined, clock),
    'subscribe',
    /does not answer SUBSCRIBE/,
    /broker’s log/,
  )
})

test('a broker of Maximum QoS 1 is used, with a warning at CONNECT and at SUBSCRIBE', async (t) => {
  const port = await broker(t, { properties: { maximumQos: 1 } }, async (peer) => {
    const { packetId } = await peer.expect('subscribe')
    peer.send({ type: 'suback', packetId, reasonCodes: [1] })
  })
  const { steps, filters } = await examine({ port })
  const said = steps.filter(({ status }) => status === 'warning')
  assert.deepEqual(
    said.map(({ step }) => step),
    ['connect', 'subscribe'],
  )
  assert.match(said[0]!.hint!, /QoS 2 is selected, and this broker delivers at QoS 1/)
  assert.deepEqual(filters, [{ filter: 'a/#', asked: 2, granted: 1 }])
})

test('TLS: an authority that is not known, a certificate that has expired or is for another name', async (t) => {
  if (!canIssue()) return lack(t, 'needs openssl, which is not installed here')
  const folder = mkdtempSync(join(tmpdir(), 'ackstone-examination-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const authority = new Authority(folder, 'Plant CA')
  const ca = readFileSync(authority.cert, 'utf8')
  const secure = (paths: { cert: string; key: string }): Promise<number> => {
    const server = createTlsServer({ cert: readFileSync(paths.cert), key: readFileSync(paths.key) })
    server.on('tlsClientError', () => undefined)
    return listening(t, server)
  }
  const good = await secure(authority.issue('good', 'good'))
  const unknown = await failing({ port: good, transport: 'tls' })
  expectFailure(unknown, 'tls', /issued by Plant CA.*not known here/, /"ca"/)
  const old = await secure(authority.issueExpired('old', 'old'))
  const expired = await failing({ port: old, transport: 'tls', tls: { ca } })
  expectFailure(expired, 'tls', /expired \d+ days ago\. .*has expired/, /Renew it/)
  const other = await secure(authority.issue('other', 'other', 'DNS:elsewhere.example'))
  const misnamed = await failing({ port: other, transport: 'tls', tls: { ca } })
  expectFailure(misnamed, 'tls', /another name/, /a name that the certificate holds/)
  const plain = await failing({ port: good })
  expectFailure(plain, 'connect', /closed it|speaks TLS/, /TLS|mqtts/)
})
