// Frames written by hand: what a WebSocket may carry, and every way in which it may not.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { after, describe, test } from 'node:test'
import { GuestList, makeDoors, openHttpDoor, type HttpDoor } from '../../test/doors.ts'
import { turn } from '../../test/held-store.ts'
import type { Doors, DoorsOptions } from './doors.ts'
import { connectWebSocket } from './websocket.ts'

interface Opened extends HttpDoor {
  doors: Doors
  guests: GuestList
}

async function open(given: Parameters<typeof makeDoors>[0] = {}): Promise<Opened> {
  const doors = makeDoors(given as Partial<DoorsOptions>)
  const guests = new GuestList()
  const door = { ...(await openHttpDoor(doors, guests)), doors, guests }
  opened.push(door)
  return door
}

// What a test that fails has left open.
const opened: Opened[] = []
const asked: Socket[] = []
after(() => {
  for (const socket of asked) socket.destroy()
  for (const { server, guests } of opened) {
    for (const { connection } of guests.all) connection.destroy()
    server.close()
    server.closeAllConnections()
  }
})

const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

interface FrameOptions {
  opcode?: keyof typeof opcodes
  isFinal?: boolean
  isMasked?: boolean
  reserved?: number
  /** Another length than the payload has. */
  length?: bigint
}

function frame(payload: string | Buffer, options: FrameOptions = {}): Buffer {
  const { opcode = 'binary', isFinal = true, isMasked = true, reserved = 0, length } = options
  const data = Buffer.from(payload)
  const first = (isFinal ? 0x80 : 0) | (reserved << 4) | opcodes[opcode]
  const mask = isMasked ? 0x80 : 0
  const long = Buffer.alloc(8)
  long.writeBigUInt64BE(length ?? BigInt(data.length))
  const isLong = length !== undefined || data.length > 65_535
  const size = isLong
    ? Buffer.concat([Buffer.of(mask | 127), long])
    : data.length < 126
      ? Buffer.of(mask | data.length)
      : Buffer.concat([Buffer.of(mask | 126), long.subarray(6)])
  const key = Buffer.from([1, 2, 3, 4])
  const body = isMasked ? data.map((byte, i) => byte ^ key[i % 4]!) : data
  return Buffer.concat([Buffer.of(first), size, isMasked ? key : Buffer.alloc(0), body])
}

function upgrade(port: number, headers: Record<string, string> = {}, path = '/mqtt'): string {
  const all = {
    'Host': `127.0.0.1:${port}`,
    'Connection': 'Upgrade',
    'Upgrade': 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Protocol': 'mqtt',
    ...headers,
  }
  const lines = Object.entries(all).flatMap(([name, value]) => (value === '' ? [] : [`${name}: ${value}`]))
  return `GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`
}

/** Asks for a WebSocket; resolves with the socket and the head of the answer. */
async function ask(port: number, request = upgrade(port)): Promise<{ socket: Socket; head: string }> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  asked.push(socket)
  socket.on('error', () => undefined)
  socket.write(request)
  let head = ''
  while (!head.includes('\r\n\r\n')) {
    const chunk = await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => undefined)])
    if (chunk === undefined) break
    head += String(chunk)
  }
  return { socket, head }
}

async function dial(port: number): Promise<Socket> {
  const { socket, head } = await ask(port)
  assert.match(head, /^HTTP\/1\.1 101 /)
  return socket
}

/** Code of the close frame with which the server ends it; undefined when it ends without one. */
async function closeCode(socket: Socket): Promise<number | undefined> {
  let heard = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => (heard = Buffer.concat([heard, chunk])))
  await once(socket, 'close')
  const at = heard.lastIndexOf(0x88)
  return at === -1 ? undefined : heard.readUInt16BE(at + 2)
}

describe('the upgrade', () => {
  test('[MQTT-6.0.0-3] [MQTT-6.0.0-4] the subprotocol mqtt is needed, and answered', async () => {
    const door = await open()
    const { head, socket } = await ask(door.port, upgrade(door.port, { 'Sec-WebSocket-Protocol': 'x, mqtt' }))
    assert.match(head, /^HTTP\/1\.1 101 [\s\S]*Sec-WebSocket-Protocol: mqtt\r\n/i)
    socket.destroy()
    for (const protocol of ['', 'chat', 'MQTT']) {
      const answer = await ask(door.port, upgrade(door.port, { 'Sec-WebSocket-Protocol': protocol }))
      assert.match(answer.head, /^HTTP\/1\.1 400 /, protocol)
      // The client has not closed its half.
      if (!answer.socket.destroyed) await once(answer.socket, 'close')
    }
    await door.close()
  })

  test('never agrees on compression', async () => {
    const door = await open()
    const request = upgrade(door.port, { 'Sec-WebSocket-Extensions': 'permessage-deflate' })
    const { head, socket } = await ask(door.port, request)
    assert.match(head, /^HTTP\/1\.1 101 /)
    assert.doesNotMatch(head, /extensions/i)
    socket.write(frame('x', { reserved: 4 }))
    assert.equal(await closeCode(socket), 1002)
    await door.close()
  })

  test('is for /mqtt and WebSocket; what else is asked for stays HTTP', async () => {
    const door = await open()
    assert.match((await ask(door.port, upgrade(door.port, {}, '/other'))).head, /^HTTP\/1\.1 404 /)
    assert.match((await ask(door.port, upgrade(door.port, {}, '/mqtt?token=1'))).head, /^HTTP\/1\.1 101 /)
    for (const name of ['Sec-WebSocket-Version', 'Sec-WebSocket-Key']) {
      assert.match((await ask(door.port, upgrade(door.port, { [name]: '99' }))).head, /^HTTP\/1\.1 400 /)
    }
    const endless = `${upgrade(door.port).slice(0, -2)}X-Long: ${'x'.repeat(100_000)}`
    assert.match((await ask(door.port, endless)).head, /^HTTP\/1\.1 431 /)
    await door.close()
  })

  test('pages of this hub and of listed origins may connect, pages of others may not', async () => {
    const door = await open({ webSocketOrigins: ['https://app.example'] })
    const { port } = door
    const status = async (headers: Record<string, string>): Promise<string> => {
      const { head, socket } = await ask(port, upgrade(port, headers))
      socket.destroy()
      return head.slice(9, 12)
    }
    assert.equal(await status({ Origin: `http://127.0.0.1:${port}` }), '101')
    assert.equal(await status({ Origin: `http://localhost:${port}`, Host: `localhost:${port}` }), '101')
    assert.equal(await status({ Origin: 'https://app.example' }), '101')
    for (const Origin of ['https://evil.example', `http://127.0.0.1:${port + 1}`, 'null', 'file://', 'x']) {
      assert.equal(await status({ Origin }), '403', Origin)
    }
    // A name that somebody made to point to this machine: the page comes from "the same" host.
    const rebound = { Origin: `http://evil.example:${port}`, Host: `evil.example:${port}` }
    assert.equal(await status(rebound), '403')
    await door.close()
  })

  test('I7: MQTT connections are counted as such, and one above the limit is let in to be told', async () => {
    const door = await open({ limits: { connectionsMax: 1, httpConnectionsMax: 1 } })
    const first = await dial(door.port)
    await door.guests.guest(0)
    await dial(door.port)
    assert.equal((await door.guests.guest(1)).connection.refusal, 0x89)
    first.destroy()
    await door.guests.all[0]!.closing.promise
    await dial(door.port)
    assert.equal((await door.guests.guest(2)).connection.refusal, undefined)
    await door.close()
  })
})

describe('frames', () => {
  test('[MQTT-6.0.0-2] a packet over many frames, many in one, fragments with a ping between: the bytes are the same', async () => {
    const door = await open()
    const socket = await dial(door.port)
    socket.write(Buffer.concat([frame('ab'), frame(''), frame('c'), frame('defghij')]))
    socket.write(frame('k', { isFinal: false }))
    socket.write(frame('are you there', { opcode: 'ping' }))
    socket.write(frame('', { opcode: 'continuation', isFinal: false }))
    socket.write(frame('lm', { opcode: 'continuation' }))
    for (const byte of frame('nop')) socket.write(Buffer.of(byte))
    socket.write(frame('q'.repeat(70_000)))
    const guest = await door.guests.guest(0)
    const heard = await guest.heard(16 + 70_000)
    assert.equal(heard.subarray(0, 16).toString(), 'abcdefghijklmnop')
    guest.connection.write(Buffer.from('answer'))
    let answer = ''
    socket.on('data', (chunk) => (answer += String(chunk)))
    while (!answer.includes('answer')) await once(socket, 'data')
    assert.match(answer, /are you there/)
    socket.write(frame(Buffer.from([0x03, 0xe8]), { opcode: 'close' }))
    assert.equal(await guest.closing.promise, undefined)
    await door.close()
  })

  const hostile: [name: string, bytes: Buffer, code: number][] = [
    ['[MQTT-6.0.0-1] a text frame', frame('hello', { opcode: 'text' }), 1003],
    ['an unmasked frame', frame('hello', { isMasked: false }), 1002],
    ['a length of 2^63', frame('', { length: 2n ** 63n }), 1009],
    ['a length of 2^53', frame('', { length: 2n ** 53n }), 1009],
    ['a message above the limit', frame('', { length: 3n * 1024n * 1024n }), 1009],
    ['reserved bits', frame('x', { reserved: 2 }), 1002],
    ['a continuation of nothing', frame('x', { opcode: 'continuation' }), 1002],
    ['a fragmented ping', frame('x', { opcode: 'ping', isFinal: false }), 1002],
    ['a ping that is too long', frame('x'.repeat(126), { opcode: 'ping' }), 1002],
    ['a close frame of one byte', frame('x', { opcode: 'close' }), 1002],
    ['two beginnings', Buffer.concat([frame('x', { isFinal: false }), frame('y')]), 1002],
    [
      'fragments without end',
      Buffer.concat([
        frame('', { isFinal: false }),
        ...Array.from({ length: 20_000 }, () => frame('', { opcode: 'continuation', isFinal: false })),
      ]),
      1008,
    ],
  ]
  for (const [name, bytes, code] of hostile) {
    test(`${name} ends the connection with ${code}`, async () => {
      const door = await open()
      const socket = await dial(door.port)
      const guest = await door.guests.guest(0)
      const closed = closeCode(socket)
      socket.write(bytes)
      // Whoever speaks like that may not answer the close frame either.
      const error = await guest.closing.promise
      assert.ok(error instanceof Error)
      assert.equal(await closed, code)
      assert.ok(guest.received.length <= 1)
      await door.close()
    })
  }

  test('I7: pings whose answers nobody reads end the connection', async () => {
    const door = await open()
    const socket = await dial(door.port)
    socket.pause()
    const guest = await door.guests.guest(0)
    const pings = Buffer.concat(
      Array.from({ length: 1000 }, () => frame('x'.repeat(125), { opcode: 'ping' })),
    )
    let isOpen = true
    const closed = guest.closing.promise.then(() => (isOpen = false))
    while (isOpen) {
      if (!socket.write(pings)) await Promise.race([once(socket, 'drain'), closed])
      assert.ok(guest.connection.bufferedBytes < 1024 * 1024)
    }
    socket.destroy()
    await door.close()
  })

  test('I7: what is not read stops the sender; what is not taken is buffered and told', async () => {
    const door = await open()
    const dialled = new GuestList()
    const url = `ws://127.0.0.1:${door.port}/mqtt`
    const { signal } = new AbortController()
    const sender = await connectWebSocket(url, {}, 1024 * 1024, signal, dialled.take)
    const guest = await door.guests.guest(0)
    guest.connection.pause()
    const block = Buffer.alloc(64 * 1024)
    let sent = 0
    while (sender.write(block)) {
      sent += block.length
      if (sent % (1024 * 1024) === 0) await turn()
      assert.ok(sent < 64 * 1024 * 1024, 'the sender is stopped')
    }
    sent += block.length
    assert.ok(sender.bufferedBytes > 0)
    assert.ok(guest.received.length < sent)
    guest.connection.resume()
    await dialled.all[0]!.told()
    await guest.heard(sent)
    assert.equal(guest.received.length, sent)
    sender.end()
    await guest.closing.promise
    await dialled.all[0]!.closing.promise
    await door.close()
  })
})
