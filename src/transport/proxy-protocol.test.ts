// The header of load balancers: what it may be, and every way in which it may not.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { GuestList, makeDoors, openHttpDoor, portOf } from '../../test/doors.ts'
import { AddressList } from '../lib/addresses.ts'
import { ProxyHeaderError, readPrefix, readSource } from './proxy-protocol.ts'

const signature = Buffer.from('0d0a0d0a000d0a515549540a', 'hex')

function header(command: number, family: number, rest: Buffer): Buffer {
  const fixed = Buffer.from([command, family, rest.length >> 8, rest.length & 0xff])
  return Buffer.concat([signature, fixed, rest])
}

const ipv4 = Buffer.from([192, 0, 2, 7, 10, 0, 0, 1, 0xc0, 0x01, 0x07, 0x5b])
const fromIpv4 = header(0x21, 0x11, ipv4)

function read(bytes: Buffer) {
  const prefix = bytes.subarray(0, 16)
  return readSource(prefix, bytes.subarray(16, 16 + readPrefix(prefix)))
}

describe('a PROXY header of version 2', () => {
  test('names the client over IPv4 and IPv6, with extensions behind the addresses', () => {
    assert.deepEqual(read(fromIpv4), { address: '192.0.2.7', port: 49153 })
    const ipv6 = Buffer.alloc(36)
    ipv6.set([0x20, 0x01, 0x0d, 0xb8], 0)
    ipv6[15] = 1
    ipv6.writeUInt16BE(4242, 32)
    assert.deepEqual(read(header(0x21, 0x21, ipv6)), { address: '2001:db8::1', port: 4242 })
    const extension = Buffer.from([0x04, 0, 3, 1, 2, 3])
    assert.equal(read(header(0x21, 0x11, Buffer.concat([ipv4, extension])))?.address, '192.0.2.7')
  })

  test('of a health check, or of an unknown family, names nobody', () => {
    assert.equal(read(header(0x20, 0x00, Buffer.alloc(0))), undefined)
    assert.equal(read(header(0x20, 0x11, ipv4)), undefined)
    assert.equal(read(header(0x21, 0x00, Buffer.alloc(0))), undefined)
  })

  test('is refused when anything in it is not as specified', () => {
    const wrong: [string, Buffer][] = [
      ['another first byte', Buffer.concat([Buffer.from([0x10]), fromIpv4.subarray(1)])],
      ['version 1', Buffer.from('PROXY TCP4 192.0.2.7 10.0.0.1 49153 1883\r\n')],
      ['version 3', header(0x31, 0x11, ipv4)],
      ['an unknown command', header(0x22, 0x11, ipv4)],
      ['a datagram', header(0x21, 0x12, ipv4)],
      ['a UNIX socket', header(0x21, 0x31, Buffer.alloc(216))],
      ['too short for its addresses', header(0x21, 0x11, ipv4.subarray(1))],
      ['an extension beyond its end', header(0x21, 0x11, Buffer.concat([ipv4, Buffer.from([4, 0, 9, 1])]))],
      ['half an extension', header(0x21, 0x11, Buffer.concat([ipv4, Buffer.from([4, 0])]))],
      ['far too long', header(0x21, 0x11, Buffer.alloc(65_535))],
    ]
    for (const [name, bytes] of wrong) assert.throws(() => read(bytes), ProxyHeaderError, name)
  })

  test('of any bytes at all is understood or refused, and nothing else happens', () => {
    const property = fc.property(fc.uint8Array({ maxLength: 300 }), (tail) => {
      try {
        read(Buffer.concat([signature, tail]))
      } catch (error) {
        assert.ok(error instanceof ProxyHeaderError, String(error))
      }
    })
    fc.assert(property, { numRuns: 2000 })
  })
})

async function dial(port: number, ...pieces: (string | Buffer)[]): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  for (const piece of pieces) socket.write(piece)
  return socket
}

describe('behind a load balancer', () => {
  const loopback = new AddressList(['127.0.0.0/8'])
  const proxied = { behindBalancer: ['mqtt', 'http'] as const, balancers: loopback }

  test('a connection has the address of the client, and its first bytes, however they are cut', async () => {
    const doors = makeDoors(proxied)
    const guests = new GuestList()
    const listener = await doors.listen('mqtt', '127.0.0.1', 0, guests.take)
    const port = portOf(listener.address)
    const together = await dial(port, Buffer.concat([fromIpv4, Buffer.from('hello')]))
    assert.equal((await (await guests.guest(0)).heard(5)).toString(), 'hello')
    assert.equal(guests.all[0]!.connection.remote, '192.0.2.7:49153')
    const dribble = await dial(port, ...[...fromIpv4].map((byte) => Buffer.of(byte)), 'hello')
    assert.equal((await (await guests.guest(1)).heard(5)).toString(), 'hello')
    guests.all[1]!.connection.write(Buffer.from('answer'))
    assert.equal(String(await once(dribble, 'data')), 'answer')
    const check = await dial(port, header(0x20, 0, Buffer.alloc(0)), 'x')
    await (await guests.guest(2)).heard(1)
    assert.match(guests.all[2]!.connection.remote, /^127\.0\.0\.1:/)
    for (const socket of [together, dribble, check]) socket.destroy()
    await listener.close()
  })

  test('HTTP hears the address of the client too', async () => {
    const doors = makeDoors(proxied)
    const http = await openHttpDoor(doors, new GuestList())
    const request = 'GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'
    const socket = await dial(http.port, Buffer.concat([fromIpv4, Buffer.from(request)]))
    let answer = ''
    socket.on('data', (text) => (answer += String(text)))
    await once(socket, 'close')
    assert.match(answer, /192\.0\.2\.7 asks for \/x/)
    await http.close()
  })

  test('without the header, with half of it, or from somebody else, there is no connection', async () => {
    const doors = makeDoors({ ...proxied, limits: { handshakeTimeoutMs: 150, handshakesMax: 2 } })
    const guests = new GuestList()
    const listener = await doors.listen('mqtt', '127.0.0.1', 0, guests.take)
    const port = portOf(listener.address)
    await once(await dial(port, 'GET / HTTP/1.1\r\n\r\n'), 'close')
    await once(await dial(port, fromIpv4.subarray(0, 20)), 'close')
    assert.equal(doors.refused.get('proxy'), 2)
    const silent = [await dial(port), await dial(port)]
    await once(await dial(port), 'close')
    assert.equal(doors.refused.get('handshakes'), 1)
    await Promise.all(silent.map((socket) => once(socket, 'close')))
    await listener.close()
    const strangers = makeDoors({ behindBalancer: ['mqtt'], balancers: new AddressList(['10.0.0.0/8']) })
    const other = await strangers.listen('mqtt', '127.0.0.1', 0, guests.take)
    await once(await dial(portOf(other.address), fromIpv4), 'close')
    assert.equal(strangers.refused.get('proxy'), 1)
    assert.equal(guests.all.length, 0)
    await other.close()
  })
})
