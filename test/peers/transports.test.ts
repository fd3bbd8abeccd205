// A hub with certificates, reached over every transport by clients that are not ours and by ours: what is
// published at QoS 1 is read back.
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { get } from 'node:https'
import { connect as connectPlain } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test, type TestContext } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { connectAsync } from 'mqtt'
import { Authority, canIssue, type Issued } from '../certificates.ts'
import { HubProcess } from '../hub.ts'
import { runCommand } from '../terminal.ts'
import { lack, requireTool } from '../tools.ts'
import { assertLatest } from './rows.ts'

const run = promisify(execFile)
const topic = 'v1/devices/me/telemetry'
const folder = mkdtempSync(join(tmpdir(), 'ackstone-transports-'))
let authority: Authority
let live: Issued
/** Certificates of clients required on the MQTT port over TLS; HTTP stays plain. */
let strict: HubProcess
/** TLS everywhere, nobody asked for a certificate. */
let open: HubProcess

before(async () => {
  if (!canIssue()) return
  authority = new Authority(folder)
  const server = authority.issue('server', 'localhost')
  live = { cert: join(folder, 'live.pem'), key: join(folder, 'live.key') }
  copyFileSync(server.cert, live.cert)
  copyFileSync(server.key, live.key)
  const flags = ['--mqtts-port', '0', '--tls-cert', live.cert, '--tls-key', live.key]
  const env = { ACKSTONE_TLS_CLIENT_CERTIFICATE: 'required', ACKSTONE_TLS_CA: authority.cert }
  const hubs = [
    HubProcess.start({ folder: join(folder, 'a'), flags: [...flags, '--https-enabled', 'false'], env }),
    HubProcess.start({ folder: join(folder, 'b'), flags, ca: readFileSync(authority.cert, 'utf8') }),
  ] as const
  ;[strict, open] = await Promise.all(hubs)
})
after(async () => {
  await strict?.stop()
  await open?.stop()
  rmSync(folder, { recursive: true, force: true })
})

function cannot(t: TestContext): boolean {
  if (canIssue()) return false
  lack(t, 'needs openssl, which is not installed here')
  return true
}

test('mosquitto_pub --cafile, with and without a client certificate', async (t) => {
  const mosquittoPub = requireTool(t, 'mosquitto_pub')
  if (cannot(t) || mosquittoPub === undefined) return
  const device = authority.issue('device', 'd1')
  const publish = ['-q', '1', '-t', topic, '-m', '{"temp":1}', '--cafile', authority.cert, '-h', 'localhost']
  const good = ['-i', 'tls1', '--cert', device.cert, '--key', device.key, '-p', String(strict.mqttsPort)]
  await run(mosquittoPub, [...publish, ...good])
  await assertLatest(strict, 'tls1', { temp: 1 }, 1)
  await run(mosquittoPub, [...publish, '-i', 'tls2', '-p', String(open.mqttsPort)])
  await assertLatest(open, 'tls2', { temp: 1 }, 1)
  const without = [...publish, '-i', 'tls3', '-p', String(strict.mqttsPort)]
  await assert.rejects(run(mosquittoPub, without, { timeout: 2_000 }))
})

test('MQTT.js over ws, wss and mqtts', async (t) => {
  if (cannot(t)) return
  const ca = readFileSync(authority.cert)
  const roads: [HubProcess, string, string][] = [
    [strict, 'js-ws', `ws://127.0.0.1:${strict.httpPort}/mqtt`],
    [open, 'js-wss', `wss://localhost:${open.httpPort}/mqtt`],
    [open, 'js-mqtts', `mqtts://localhost:${open.mqttsPort}`],
  ]
  for (const protocolVersion of [4, 5] as const) {
    for (const [hub, name, url] of roads) {
      const clientId = `${name}-${protocolVersion}`
      const client = await connectAsync(url, { clientId, protocolVersion, reconnectPeriod: 0, ca })
      const heard = Promise.withResolvers<string>()
      client.on('message', (from, payload) => heard.resolve(`${from} ${payload.toString()}`))
      await client.subscribeAsync(`room/${clientId}`, { qos: 1 })
      await client.publishAsync(topic, '{"temp":2}', { qos: 1 })
      await assertLatest(hub, clientId, { temp: 2 }, 1)
      const long = 'x'.repeat(200_000)
      await client.publishAsync(`room/${clientId}`, long, { qos: 2 })
      assert.equal(await heard.promise, `room/${clientId} ${long}`)
      await client.endAsync()
    }
  }
})

test('ackstone pub over mqtts, ws and wss; what can’t be meant is refused', async (t) => {
  if (cannot(t)) return
  const device = authority.issue('device2', 'd2')
  const message = ['-q', '1', '-m', '{"temp":3}']
  const cafile = ['--cafile', authority.cert]
  const certificate = ['--cert', device.cert, '--key', device.key]
  const roads: [HubProcess, string, string[]][] = [
    [strict, 'own-mqtts', ['-h', 'localhost', '-p', String(strict.mqttsPort), ...cafile, ...certificate]],
    [strict, 'own-ws', ['-L', `ws://127.0.0.1:${strict.httpPort}`]],
    [open, 'own-wss', ['-L', `wss://localhost:${open.httpPort}/mqtt`, ...cafile]],
    [open, 'own-insecure', ['-L', `mqtts://127.0.0.1:${open.mqttsPort}`, '--insecure']],
  ]
  for (const [hub, name, road] of roads) {
    const { exitCode, stderr } = await runCommand(['pub', ...road, '-t', `ack/${name}`, ...message])
    assert.deepEqual([exitCode, stderr], [0, ''], name)
    await assertLatest(hub, name, { temp: 3 }, 1)
  }
  const unknown = await runCommand(['pub', '-L', `mqtts://localhost:${open.mqttsPort}/ack/x`, ...message])
  assert.equal(unknown.exitCode, 3)
  assert.match(unknown.stderr, /certificate/)
  const plain = await runCommand(['pub', '-L', 'mqtt://localhost/ack/x', ...cafile, ...message])
  assert.equal(plain.exitCode, 2)
  assert.match(plain.stderr, /mqtts:\/\//)
  const half = await runCommand(['pub', '-t', 'ack/x', '--cert', device.cert, ...message])
  assert.equal(half.exitCode, 2)
})

test('SIGHUP: new connections see the new certificate, those that stand go on', async (t) => {
  if (cannot(t)) return
  const ca = readFileSync(authority.cert)
  const url = `mqtts://localhost:${open.mqttsPort}`
  const client = await connectAsync(url, { clientId: 'stays', reconnectPeriod: 0, ca })
  const serial = async (port: number): Promise<string> => {
    const socket = connectTls({ port, host: '127.0.0.1', servername: 'localhost', ca })
    await once(socket, 'secureConnect')
    const { serialNumber } = socket.getPeerCertificate()
    socket.destroy()
    return serialNumber
  }
  const old = await serial(open.mqttsPort)
  const next = authority.issue('next', 'localhost')
  copyFileSync(next.key, live.key)
  copyFileSync(next.cert, live.cert)
  process.kill(open.pid, 'SIGHUP')
  const deadline = performance.now() + 10_000
  while ((await serial(open.mqttsPort)) === old && performance.now() < deadline) await sleep(10)
  assert.notEqual(await serial(open.mqttsPort), old)
  assert.notEqual(await serial(open.httpPort), old)
  await client.publishAsync(topic, '{"temp":4}', { qos: 1 })
  await assertLatest(open, 'stays', { temp: 4 }, 1)
  await client.endAsync()
})

test('the API is there over https, and what never finishes a handshake harms nobody', async (t) => {
  if (cannot(t)) return
  const silent = Array.from({ length: 20 }, () => connectPlain(open.httpPort, '127.0.0.1'))
  const ca = readFileSync(authority.cert)
  const [answer] = (await once(get(`https://localhost:${open.httpPort}/readyz`, { ca }), 'response')) as [
    { statusCode: number; resume(): void },
  ]
  answer.resume()
  assert.equal(answer.statusCode, 200)
  const plain = connectPlain(open.httpPort, '127.0.0.1')
  plain.on('error', () => undefined)
  plain.write('GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n')
  let heard = ''
  plain.on('data', (bytes) => (heard += String(bytes)))
  await once(plain, 'close')
  assert.doesNotMatch(heard, /HTTP/)
  for (const socket of silent) socket.destroy()
})

test('openssl s_client speaks MQTT: CONNECT is answered with CONNACK', async (t) => {
  if (cannot(t)) return
  const args = ['s_client', '-connect', `localhost:${open.mqttsPort}`, '-CAfile', authority.cert, '-quiet']
  const client = spawn('openssl', [...args, '-verify_return_error'], { stdio: ['pipe', 'pipe', 'ignore'] })
  client.stdin.write(Buffer.from('101000044d5154540402003c000473636c69', 'hex'))
  const [answer] = (await once(client.stdout, 'data')) as [Buffer]
  assert.equal(answer.toString('hex'), '20020000')
  client.kill()
  await once(client, 'exit')
})

test('I7: above limits.connectionsMax, CONNACK says why; the metrics count it', async (t) => {
  const env = { ACKSTONE_LIMITS_CONNECTIONS_MAX: '2', ACKSTONE_LIMITS_CONNECTIONS_PER_ADDRESS_MAX: '1' }
  const hub = await HubProcess.start({ folder: join(folder, 'c'), env })
  t.after(() => hub.stop())
  const connectTo = (url: string, protocolVersion: 4 | 5) =>
    connectAsync(url, {
      clientId: `limit-${url}`,
      protocolVersion,
      reconnectPeriod: 0,
      connectTimeout: 5_000,
    })
  const tcp = `mqtt://127.0.0.1:${hub.mqttPort}`
  const first = await connectTo(tcp, 5)
  await assert.rejects(connectTo(tcp, 5), { code: 0x97 })
  await assert.rejects(connectTo(`ws://127.0.0.1:${hub.httpPort}/mqtt`, 5), { code: 0x97 })
  await assert.rejects(connectTo(tcp, 4), { code: 3 })
  const metrics = await (await fetch(`http://127.0.0.1:${hub.httpPort}/metrics`)).text()
  assert.match(metrics, /ackstone_connections_refused_total\{reason="connectionsPerAddress"\} 3/)
  assert.match(hub.printed, /limits\.connectionsPerAddressMax is 1/)
  await first.endAsync()
  const again = await untilThereIsRoom(() => connectTo(tcp, 5))
  const ended = await hub.stop()
  assert.equal(ended.code, 0)
  await again.endAsync(true)
})

/** The hub hears of the end of a connection a moment after its client. */
async function untilThereIsRoom<T>(connect: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + 10_000
  for (;;) {
    try {
      return await connect()
    } catch (error) {
      if ((error as { code?: number }).code !== 0x97 || performance.now() > deadline) throw error
    }
  }
}

test('a hub with open web sockets stops in order and soon', async (t) => {
  const hub = await HubProcess.start({ folder: join(folder, 'd') })
  t.after(() => hub.stop())
  const url = `ws://127.0.0.1:${hub.httpPort}/mqtt`
  const client = await connectAsync(url, { clientId: 'w', protocolVersion: 5, reconnectPeriod: 0 })
  const told = new Promise<number>((resolve) =>
    client.once('disconnect', ({ reasonCode = 0 }) => resolve(reasonCode)),
  )
  const { code, ms } = await hub.stop()
  assert.equal(code, 0)
  assert.equal(await told, 0x8b)
  assert.ok(ms < 5_000, `it took ${ms} ms`)
  await client.endAsync(true)
})
