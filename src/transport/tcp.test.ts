// Real sockets, and other people's MQTT on the other end of them.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectSocket, type Socket } from 'node:net'
import { describe, test } from 'node:test'
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt'
import mqttPacket from 'mqtt-packet'
import { openHouse, type House } from '../../test/broker-house.ts'
import { turn } from '../../test/held-store.ts'
import { makeDoors } from '../../test/doors.ts'
import { AckstoneError } from '../errors.ts'
import type { Connection, ConnectionHandler, Listener } from './connection.ts'
import { connectTcp, type OnConnection } from './tcp.ts'

function listen(onConnection: OnConnection, connectionsMax = 100, port = 0): Promise<Listener> {
  return makeDoors({ limits: { connectionsMax } }).listen('mqtt', '127.0.0.1', port, onConnection)
}

const portOf = (listener: Listener): number => Number(listener.address.split(':').at(-1))

interface Heard {
  handler: ConnectionHandler
  chunks: Buffer[]
  ended: Promise<void>
  closed: Promise<Error | undefined>
}

function hear(): Heard {
  const chunks: Buffer[] = []
  const ended = Promise.withResolvers<void>()
  const closed = Promise.withResolvers<Error | undefined>()
  const handler: ConnectionHandler = {
    bytes: (chunk) => void chunks.push(chunk),
    drained: () => undefined,
    ended: () => ended.resolve(),
    closed: (error) => closed.resolve(error),
  }
  return { handler, chunks, ended: ended.promise, closed: closed.promise }
}

describe('tcp', () => {
  test('bytes travel both ways, a half-closed connection still gets its answer', async () => {
    const server = hear()
    let accepted: Connection | undefined
    const listener = await listen((connection) => {
      accepted = connection
      return server.handler
    })
    const client = hear()
    const connection = await connectTcp('127.0.0.1', portOf(listener), () => client.handler)
    connection.write(Buffer.from('question'))
    connection.end()
    await server.ended
    assert.equal(Buffer.concat(server.chunks).toString(), 'question')
    accepted!.write(Buffer.from('answer'))
    accepted!.end()
    assert.equal(await client.closed, undefined)
    assert.equal(Buffer.concat(client.chunks).toString(), 'answer')
    assert.equal(await server.closed, undefined)
    await listener.close()
  })

  test('a reset is told once, with its error', async () => {
    const server = hear()
    const listener = await listen(() => server.handler)
    const socket = connectSocket(portOf(listener), '127.0.0.1')
    await once(socket, 'connect')
    socket.write('x')
    socket.resetAndDestroy()
    const error = await server.closed
    assert.equal((error as NodeJS.ErrnoException | undefined)?.code, 'ECONNRESET')
    await listener.close()
  })

  test('I7: what is not read stops the sender, and goes on afterwards', async () => {
    const server = hear()
    let received = 0
    let accepted: Connection | undefined
    const listener = await listen((connection) => {
      accepted = connection
      connection.pause()
      return { ...server.handler, bytes: (chunk) => void (received += chunk.length) }
    })
    const drained = Promise.withResolvers<void>()
    const client = hear()
    const handler = { ...client.handler, drained: () => drained.resolve() }
    const connection = await connectTcp('127.0.0.1', portOf(listener), () => handler)
    const total = 32 * 1024 * 1024
    assert.equal(connection.write(Buffer.alloc(total)), false)
    await turn()
    assert.ok(connection.bufferedBytes > 0)
    assert.ok(received < total)
    accepted!.resume()
    await drained.promise
    connection.end()
    await server.ended
    assert.equal(received, total)
    accepted!.end()
    await client.closed
    await listener.close()
  })

  test('an address in use is an error that says what to do', async () => {
    const listener = await listen(() => hear().handler)
    const error: unknown = await listen(() => hear().handler, 1, portOf(listener)).catch((e: unknown) => e)
    assert.ok(error instanceof AckstoneError)
    assert.equal(error.code, 'ADDRESS_IN_USE')
    assert.match(error.message, new RegExp(String(portOf(listener))))
    await listener.close()
  })

  test('nobody listening is an error of the system', async () => {
    const listener = await listen(() => hear().handler)
    const port = portOf(listener)
    await listener.close()
    await assert.rejects(
      connectTcp('127.0.0.1', port, () => hear().handler),
      { code: 'ECONNREFUSED' },
    )
  })
})

/** A house with a door. */
async function openDoor(): Promise<{ house: House; port: number; close(): Promise<void> }> {
  const house = await openHouse()
  house.store.letThrough()
  const listener = await listen((connection) => house.broker.attach(connection))
  const close = async (): Promise<void> => {
    await listener.close()
    await house.stop()
  }
  return { house, port: portOf(listener), close }
}

function connectJs(port: number, options: IClientOptions): Promise<MqttClient> {
  return mqtt.connectAsync({ host: '127.0.0.1', port, reconnectPeriod: 0, ...options })
}

describe('other people’s clients', () => {
  for (const protocolVersion of [4, 5] as const) {
    test(`MQTT.js, version ${protocolVersion}: publishes and subscribes at every QoS`, async () => {
      const { house, port, close } = await openDoor()
      const reader = await connectJs(port, { clientId: 'reader', protocolVersion })
      const device = await connectJs(port, { clientId: 'js', protocolVersion })
      const received: string[] = []
      const all = Promise.withResolvers<void>()
      reader.on('message', (topic, payload, { qos }) => {
        received.push(`${topic} q${qos} ${payload}`)
        if (received.length === 3) all.resolve()
      })
      await reader.subscribeAsync('+/js', { qos: 2 })
      await device.publishAsync('t/js', '{"v":0}', { qos: 0 })
      await device.publishAsync('t/js', '{"v":1}', { qos: 1 })
      await device.publishAsync('q2/js', '{"v":2}', { qos: 2 })
      await all.promise
      assert.deepEqual(received.toSorted(), ['q2/js q2 {"v":2}', 't/js q0 {"v":0}', 't/js q1 {"v":1}'])
      const values = (await house.rows('js')).map(({ value }) => value)
      assert.deepEqual(values, [0, 1, 2])
      await Promise.all([reader.endAsync(), device.endAsync()])
      await close()
    })
  }

  test('MQTT.js: a lasting session gets what came while it was away', async () => {
    const { port, close } = await openDoor()
    const options = { clientId: 'reader', protocolVersion: 5 as const, clean: false }
    const properties = { sessionExpiryInterval: 3600 }
    const first = await connectJs(port, { ...options, properties })
    await first.subscribeAsync('t/#', { qos: 1 })
    await first.endAsync()
    const device = await connectJs(port, { clientId: 'js' })
    for (const v of [1, 2, 3]) await device.publishAsync('t/js', `{"v":${v}}`, { qos: 1 })
    const received: string[] = []
    const all = Promise.withResolvers<void>()
    const second = mqtt.connect({ host: '127.0.0.1', port, reconnectPeriod: 0, ...options, properties })
    second.on('message', (_topic, payload) => {
      if (received.push(String(payload)) === 3) all.resolve()
    })
    await all.promise
    assert.deepEqual(received, ['{"v":1}', '{"v":2}', '{"v":3}'])
    await Promise.all([second.endAsync(), device.endAsync()])
    await close()
  })

  test('MQTT.js: the will of a connection that breaks', async () => {
    const { port, close } = await openDoor()
    const reader = await connectJs(port, { clientId: 'reader' })
    await reader.subscribeAsync('wills/#')
    const will = { topic: 'wills/js', payload: Buffer.from('gone'), qos: 1 as const, retain: false }
    const device = await connectJs(port, { clientId: 'js', will })
    const arrived = new Promise<[string, Buffer]>((resolve) =>
      reader.once('message', (...heard) => resolve([heard[0], heard[1]])),
    )
    device.stream.destroy()
    const [topic, payload] = await arrived
    assert.equal(`${topic} ${payload}`, 'wills/js gone')
    await Promise.all([reader.endAsync(), device.endAsync(true)])
    await close()
  })

  test('mqtt-packet: a thousand messages in pieces of odd lengths are answered in order', async () => {
    const { house, port, close } = await openDoor()
    const socket = connectSocket(port, '127.0.0.1')
    const answers = answersOf(socket, 1001)
    const packets: Buffer[] = [
      mqttPacket.generate({ cmd: 'connect', protocolId: 'MQTT', clientId: 'raw', clean: true, keepalive: 0 }),
    ]
    for (let messageId = 1; messageId <= 1000; messageId++) {
      const payload = `{"v":${messageId},"ts":${messageId}}`
      const fields = { topic: 't/raw', payload, qos: 1 as const, messageId, dup: false, retain: false }
      packets.push(mqttPacket.generate({ cmd: 'publish', ...fields }))
    }
    const bytes = Buffer.concat(packets)
    for (let at = 0; at < bytes.length; at += 777) {
      socket.write(bytes.subarray(at, at + 777))
      if (at % 10 === 0) await turn()
    }
    const [connack, ...pubacks] = await answers
    assert.equal(connack?.cmd, 'connack')
    assert.deepEqual(
      pubacks.map(({ cmd, messageId }) => `${cmd} ${messageId}`),
      Array.from({ length: 1000 }, (_, i) => `puback ${i + 1}`),
    )
    assert.equal((await house.rows('raw')).length, 1000)
    socket.destroy()
    await close()
  })
})

function answersOf(socket: Socket, count: number): Promise<{ cmd: string; messageId?: number }[]> {
  const packets: { cmd: string; messageId?: number }[] = []
  const parser = mqttPacket.parser({ protocolVersion: 4 })
  const done = Promise.withResolvers<typeof packets>()
  parser.on('packet', (packet) => {
    if (packets.push(packet) === count) done.resolve(packets)
  })
  parser.on('error', (error) => done.reject(error))
  socket.on('data', (chunk: Buffer) => parser.parse(chunk))
  return done.promise
}
