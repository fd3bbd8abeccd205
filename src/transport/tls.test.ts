// TLS on real sockets: who gets in, with which certificate, and what a reload leaves alone.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect as connectPlain } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test, type TestContext } from 'node:test'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { Authority, canIssue, type Issued } from '../../test/certificates.ts'
import { GuestList, makeDoors, portOf } from '../../test/doors.ts'
import { lack } from '../../test/tools.ts'
import { AckstoneError } from '../errors.ts'
import { silentLog } from '../lib/log.ts'
import { Certificates } from './certificates.ts'
import type { Doors } from './doors.ts'
import type { ClientCertificates } from './entrance.ts'

const folder = mkdtempSync(join(tmpdir(), 'ackstone-tls-'))
let authority: Authority
let server: Issued
let ca: Buffer

before(() => {
  if (!canIssue()) return
  authority = new Authority(folder)
  server = authority.issue('server', 'localhost')
  ca = readFileSync(authority.cert)
})
// What a test that fails has left open.
const dialled: TLSSocket[] = []
const opened: Opened[] = []
after(async () => {
  for (const socket of dialled) socket.destroy()
  for (const { close } of opened) await close()
  rmSync(folder, { recursive: true, force: true })
})

interface Opened {
  doors: Doors
  guests: GuestList
  port: number
  close(): Promise<void>
}

async function open(
  { cert, key }: { cert: string[]; key: string[] },
  clientCertificates: ClientCertificates = 'none',
  limits = {},
): Promise<Opened> {
  const certificates = { cert, key, ca: authority.cert, minVersion: 'TLSv1.2' as const }
  const doors = makeDoors({ certificates, clientCertificates, limits })
  const guests = new GuestList()
  const listener = await doors.listen('mqtts', '127.0.0.1', 0, guests.take)
  const close = async (): Promise<void> => {
    for (const { connection } of guests.all) connection.destroy()
    doors.close()
    await listener.close()
  }
  const ways = { doors, guests, port: portOf(listener.address), close }
  opened.push(ways)
  return ways
}

const usual = (): { cert: string[]; key: string[] } => ({ cert: [server.cert], key: [server.key] })

async function dial(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca, ...options })
  dialled.push(socket)
  await once(socket, 'secureConnect')
  return socket
}

/** Resolves when the server has ended the connection, in whatever way. */
function refused(port: number, options: ConnectionOptions): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca, ...options })
  dialled.push(socket)
  socket.on('data', () => undefined)
  return new Promise((resolve) => {
    socket.on('error', () => resolve())
    socket.on('close', () => resolve())
  })
}

function readable({ cert, key }: Issued): { cert: Buffer; key: Buffer } {
  return { cert: readFileSync(cert), key: readFileSync(key) }
}

function cannot(t: TestContext): boolean {
  if (canIssue()) return false
  lack(t, 'needs openssl, which is not installed here')
  return true
}

describe('tls', () => {
  test('bytes travel both ways; TLS 1.3 and 1.2 with forward secrecy, nothing older', async (t) => {
    if (cannot(t)) return
    const { guests, port, close } = await open(usual())
    for (const [index, version] of (['TLSv1.3', 'TLSv1.2'] as const).entries()) {
      const socket = await dial(port, { minVersion: version, maxVersion: version })
      assert.equal(socket.getProtocol(), version)
      socket.write('question')
      const guest = await guests.guest(index)
      assert.equal((await guest.heard(8)).toString(), 'question')
      assert.ok(guest.connection.isSecure)
      assert.match(guest.connection.remote, /^127\.0\.0\.1:\d+$/)
      guest.connection.write(Buffer.from('answer'))
      assert.equal(String(await once(socket, 'data')), 'answer')
      guest.connection.end()
      await once(socket, 'close')
    }
    await refused(port, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' })
    await refused(port, { maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA:ECDHE-ECDSA-AES128-SHA' })
    assert.equal(guests.all.length, 2)
    await close()
  })

  test('openssl s_client is content with the chain, and may not renegotiate', async (t) => {
    if (cannot(t)) return
    const { guests, port, close } = await open(usual())
    const args = [
      's_client',
      '-connect',
      `127.0.0.1:${port}`,
      '-CAfile',
      authority.cert,
      '-servername',
      'x y',
    ]
    const client = spawn('openssl', [...args, '-verify_return_error', '-tls1_2'])
    let printed = ''
    for (const stream of [client.stdout, client.stderr])
      stream.on('data', (text) => (printed += String(text)))
    const guest = await guests.guest(0)
    // A line "R" asks for a renegotiation.
    client.stdin.write('R\n')
    await once(client, 'exit')
    assert.match(printed, /Verify return code: 0 \(ok\)/)
    assert.match(printed, /RENEGOTIATING/)
    await guest.closing.promise
    await close()
  })

  test('a client certificate is asked for, checked, and known to the owner', async (t) => {
    if (cannot(t)) return
    const device = authority.issue('device', 'sensor-7')
    const stranger = new Authority(folder, 'stranger').issue('foreign', 'sensor-7')
    const required = await open(usual(), 'required')
    await dial(required.port, readable(device))
    const { peerCertificate } = (await required.guests.guest(0)).connection
    assert.equal(peerCertificate?.commonName, 'sensor-7')
    assert.equal(
      peerCertificate?.fingerprint256,
      new X509Certificate(readFileSync(device.cert)).fingerprint256,
    )
    await refused(required.port, {})
    await refused(required.port, readable(stranger))
    assert.equal(required.guests.all.length, 1)
    assert.ok(required.doors.refused.get('tls')! >= 2)
    await required.close()

    const optional = await open(usual(), 'optional')
    await dial(optional.port)
    assert.equal((await optional.guests.guest(0)).connection.peerCertificate, undefined)
    await dial(optional.port, readable(device))
    assert.equal((await optional.guests.guest(1)).connection.peerCertificate?.commonName, 'sensor-7')
    await refused(optional.port, readable(stranger))
    assert.equal(optional.guests.all.length, 2)
    await optional.close()

    const none = await open(usual(), 'none')
    await dial(none.port, readable(device))
    assert.equal((await none.guests.guest(0)).connection.peerCertificate, undefined)
    await none.close()
  })

  test('several certificates: the name that a client asks for chooses, the first is for the others', async (t) => {
    if (cannot(t)) return
    const plant = authority.issue('plant', 'plant', 'DNS:plant.example,DNS:*.lines.example')
    const { port, close } = await open({ cert: [server.cert, plant.cert], key: [server.key, plant.key] })
    const names = { 'plant.example': 'plant', 'a.lines.example': 'plant', 'localhost': 'localhost' }
    for (const [servername, commonName] of Object.entries(names)) {
      const socket = await dial(port, { servername })
      assert.equal(socket.getPeerCertificate().subject.CN, commonName)
      socket.destroy()
    }
    const stranger = await dial(port, { servername: 'who.example', rejectUnauthorized: false })
    assert.equal(stranger.getPeerCertificate().subject.CN, 'localhost')
    await close()
  })

  test('a reload changes what new connections see; those that stand go on', async (t) => {
    if (cannot(t)) return
    const paths = { cert: join(folder, 'live.pem'), key: join(folder, 'live.key') }
    const put = (issued: Issued): void => {
      copyFileSync(issued.cert, paths.cert)
      copyFileSync(issued.key, paths.key)
    }
    put(server)
    const { doors, guests, port, close } = await open({ cert: [paths.cert], key: [paths.key] })
    const old = await dial(port)
    const serial = (socket: TLSSocket): string => socket.getPeerCertificate().serialNumber
    const next = authority.issue('next', 'localhost')
    copyFileSync(next.cert, paths.cert)
    doors.reload()
    assert.equal(serial(await dial(port)), serial(old), 'a certificate without its key is not taken')
    put(next)
    doors.reload()
    assert.notEqual(serial(await dial(port)), serial(old))
    assert.notEqual(serial(await dial(port, { servername: '' })), serial(old))
    old.write('still here')
    assert.equal((await (await guests.guest(0)).heard(10)).toString(), 'still here')
    await close()
  })

  test('files that change are noticed without being told', async (t) => {
    if (cannot(t)) return
    const paths = { cert: join(folder, 'watched.pem'), key: join(folder, 'watched.key') }
    copyFileSync(server.cert, paths.cert)
    copyFileSync(server.key, paths.key)
    const reloaded = Promise.withResolvers<void>()
    let lines = 0
    const log = { ...silentLog, info: () => void (++lines === 2 && reloaded.resolve()) }
    const files = { cert: [paths.cert], key: [paths.key], ca: undefined, minVersion: 'TLSv1.2' as const }
    const stop = new Certificates(files, log).watch(20)
    // Its own watch does not keep the process; the test has to.
    const hold = setInterval(() => undefined, 1000)
    const next = authority.issue('renewed', 'localhost')
    copyFileSync(next.key, paths.key)
    copyFileSync(next.cert, paths.cert)
    await reloaded.promise
    clearInterval(hold)
    stop()
  })

  test('files that can’t be used are an error that names them', (t) => {
    if (cannot(t)) return
    const broken = join(folder, 'broken.pem')
    writeFileSync(broken, 'no certificate')
    const other = authority.issue('other', 'other')
    for (const [cert, key] of [
      [join(folder, 'gone.pem'), server.key],
      [broken, server.key],
      [server.cert, other.key],
    ] as const) {
      const files = { cert: [cert], key: [key], ca: undefined, minVersion: 'TLSv1.2' as const }
      assert.throws(
        () => new Certificates(files, silentLog),
        (error) =>
          error instanceof AckstoneError && error.code === 'TLS_INVALID' && error.message.includes(cert),
      )
    }
  })

  test('I7: handshakes that are never finished end, and are few at a time', async (t) => {
    if (cannot(t)) return
    const limits = { handshakesMax: 3, handshakeTimeoutMs: 300 }
    const { doors, guests, port, close } = await open(usual(), 'none', limits)
    const hello = Buffer.from('16030100c8010000c40303', 'hex')
    const silent = Array.from({ length: 3 }, () => connectPlain(port, '127.0.0.1'))
    await Promise.all(silent.map((socket) => once(socket, 'connect')))
    silent[1]!.write(hello)
    const fourth = connectPlain(port, '127.0.0.1')
    fourth.on('error', () => undefined)
    await once(fourth, 'close')
    assert.equal(doors.refused.get('handshakes'), 1)
    await Promise.all(silent.map((socket) => once(socket, 'close')))
    const garbage = connectPlain(port, '127.0.0.1')
    garbage.write('CONNECT or something else that is no TLS')
    garbage.resume()
    await once(garbage, 'close')
    assert.equal(guests.all.length, 0)
    const good = await dial(port)
    good.write('x')
    await (await guests.guest(0)).heard(1)
    await close()
  })
})
