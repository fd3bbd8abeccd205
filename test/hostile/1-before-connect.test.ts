// Items 1 and 2: what comes before CONNECT, or comes so slowly that it never ends.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { encode } from '../../src/mqtt/encoder.ts'
import { openHouse, type House } from '../broker-house.ts'
import { turn } from '../held-store.ts'

const limits = { connectTimeoutMs: 8_000, packetTimeoutMs: 5_000 }
const connect = encode(
  { type: 'connect', protocolVersion: 4, cleanStart: true, keepAlive: 65_535, clientId: 'slow' },
  4,
)

function reached(house: House, limit: 'connectTimeoutMs' | 'packetTimeoutMs' | 'packetBytesMax'): number {
  return house.broker.reached.counts.get(limit) ?? 0
}

describe('item 1: before CONNECT', () => {
  test('nothing at all, half a CONNECT, a byte a second: each is cut off after connectTimeoutMs', async () => {
    const house = await openHouse({ limits })
    const mute = house.open()
    const half = house.open()
    half.handler.bytes(connect.subarray(0, 5))
    const dribbling = house.open()
    for (let second = 0; second < 10; second++) {
      if (!dribbling.isEnded) dribbling.handler.bytes(connect.subarray(second, second + 1))
      await house.clock.advance(1_000)
    }
    assert.deepEqual(
      [mute, half, dribbling].map(({ isEnded }) => isEnded),
      [true, true, true],
    )
    assert.equal(reached(house, 'connectTimeoutMs'), 3)
    assert.equal(house.broker.links.size, 0)
    await house.stop()
  })

  test('CVE-2017-7651, CVE-2023-0809: 256 MB claimed by CONNECT or another first packet take no memory', async () => {
    const house = await openHouse()
    const before = process.memoryUsage().arrayBuffers
    for (let n = 0; n < 1_000; n++) {
      for (const first of [0x10, 0x30, 0x82, 0xf0, 0x00]) {
        const client = house.open()
        client.handler.bytes(Buffer.of(first, 0xff, 0xff, 0xff, 0x7f))
        assert.ok(client.isEnded)
      }
    }
    assert.ok(reached(house, 'packetBytesMax') >= 1_000)
    assert.equal(house.broker.links.size, 0)
    assert.ok(process.memoryUsage().arrayBuffers - before < 16 * 1024 * 1024)
    await house.stop()
  })

  test('lengths of five bytes and without end are the end', async () => {
    const house = await openHouse()
    for (const bytes of [
      [0x10, 0x80, 0x80, 0x80, 0x80, 0x01],
      [0x10, ...Array<number>(1_000).fill(0xff)],
    ]) {
      const client = house.open()
      client.handler.bytes(Buffer.from(bytes))
      assert.ok(client.isEnded)
    }
    await house.stop()
  })

  test('connections that are reset before they say anything leave nothing behind', async () => {
    const house = await openHouse()
    for (let n = 0; n < 5_000; n++) house.open().lose()
    assert.equal(house.broker.links.size, 0)
    assert.equal([...house.broker.sessions.all()].length, 0)
    await house.stop()
  })
})

describe('item 2: slow attacks', () => {
  test('CVE-2020-13849, SlowITe: a keep-alive of 65,535 is capped for 5.0, which is told', async () => {
    const house = await openHouse()
    const client = await house.connect({ protocolVersion: 5, keepAlive: 65_535 }, false)
    const [connack] = client.packets
    assert.equal(connack?.type === 'connack' && connack.properties?.serverKeepAlive, 3_600)
    await house.clock.advance(3_600 * 1_500 + 10_000)
    assert.ok(client.isEnded)
    await house.stop()
  })

  for (const [name, slow] of [
    ['SlowTT: a PUBLISH that is dribbled', Buffer.from('327f0001', 'hex')],
    ['a fixed header of which one byte comes', Buffer.of(0x30)],
  ] as const) {
    test(`${name} ends with packetTimeoutMs, whatever the keep-alive`, async () => {
      const house = await openHouse({ limits })
      const client = await house.connect({ protocolVersion: 5, clientId: 'slow' })
      client.handler.bytes(slow)
      for (let second = 0; second < 4; second++) await house.clock.advance(1_000)
      assert.ok(!client.isEnded)
      await house.clock.advance(2_000)
      assert.deepEqual(client.take(), ['disconnect 0x97'])
      assert.ok(client.isEnded)
      assert.equal(reached(house, 'packetTimeoutMs'), 1)
      await house.stop()
    })
  }

  test('many small packets, each cut in two, are no slow packet', async () => {
    const house = await openHouse({ limits })
    const client = await house.connect()
    const ping = Buffer.of(0xc0, 0, 0xc0)
    client.handler.bytes(Buffer.of(0xc0))
    for (let n = 0; n < 20; n++) {
      client.handler.bytes(ping.subarray(1))
      await house.clock.advance(1_000)
    }
    assert.ok(!client.isEnded)
    assert.equal(client.take().length, 20)
    await house.stop()
  })

  test('the time in which the hub itself does not read does not count', async () => {
    const house = await openHouse({ limits: { ...limits, receiveMaximum: 1 } })
    const client = await house.connect()
    client.publish('t/a', '{"v":1,"ts":1}', { qos: 1, packetId: 1 })
    client.handler.bytes(Buffer.from('3210', 'hex'))
    await turn()
    if (client.isPaused) await house.clock.advance(8_000)
    await house.release()
    assert.ok(!client.isEnded)
    await house.stop()
  })

  test('messagesPerSecondMax: who sends faster is read later, and loses nothing', async () => {
    const house = await openHouse({ limits: { messagesPerSecondMax: 10 } })
    const client = await house.connect()
    for (let n = 1; n <= 20; n++) client.publish('nobody', 'x', { qos: 1, packetId: n })
    assert.ok(client.isPaused)
    assert.equal(client.take().length, 20)
    await house.clock.advance(1_100)
    assert.ok(!client.isPaused)
    assert.ok((house.broker.reached.counts.get('messagesPerSecondMax') ?? 0) > 0)
    await house.stop()
  })
})
