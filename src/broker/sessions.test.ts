// Sessions: what outlives a connection, what outlives the process, and what ends.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openHouse, type House } from '../../test/broker-house.ts'
import { turn } from '../../test/held-store.ts'
import type { ConnackPacket, Will } from '../mqtt/packet.ts'
import { sessionNeverExpires } from '../mqtt/packet.ts'

const lasting = { cleanStart: false, properties: { sessionExpiryInterval: sessionNeverExpires } }
const five = { protocolVersion: 5 as const }

describe('connecting', () => {
  test('[MQTT-3.1.4-5] CONNACK says whether there was a session', async () => {
    const house = await openHouse()
    const first = await house.connect(lasting, false)
    assert.deepEqual(first.take(), ['connack new 0'])
    first.send({ type: 'disconnect', reasonCode: 0 })
    const second = await house.connect(lasting, false)
    assert.deepEqual(second.take(), ['connack present 0'])
    second.lose()
    const third = await house.connect({ cleanStart: true }, false)
    assert.deepEqual(third.take(), ['connack new 0'])
    third.lose()
    const fourth = await house.connect(lasting, false)
    assert.deepEqual(fourth.take(), ['connack new 0'])
    await house.stop()
  })

  test('[MQTT-3.1.4-3] a second connection takes the session over, the first is told 0x8e', async () => {
    const house = await openHouse()
    const first = await house.connect({ ...five, ...lasting })
    first.subscribe('plain', 1)
    await house.release()
    first.take()
    const second = await house.connect({ ...five, ...lasting }, false)
    assert.deepEqual(first.take(), ['disconnect 0x8e'])
    assert.ok(first.isEnded)
    assert.deepEqual(second.take(), ['connack present 0'])
    await house.stop()
  })

  test('packets that come behind CONNECT wait for CONNACK', async () => {
    const house = await openHouse({
      authenticate: async (connect) => {
        await turn()
        return { isAllowed: true, device: connect.clientId, reasonCode: 0 }
      },
    })
    const client = house.open()
    client.connect({})
    client.publish('nobody', 'x', { qos: 1, packetId: 4 })
    assert.deepEqual(client.take(), [])
    assert.ok(client.isPaused)
    await turn()
    await turn()
    assert.deepEqual(client.take(), ['connack new 0', 'puback 4'])
    assert.ok(!client.isPaused)
    await house.stop()
  })

  test('who is not allowed is refused, in the words of each version', async () => {
    const house = await openHouse({
      authenticate: () => ({ isAllowed: false, device: '', reasonCode: 0x87 }),
    })
    const old = await house.connect({}, false)
    assert.deepEqual(old.take(), ['connack new 5'])
    const client = await house.connect(five, false)
    assert.deepEqual(client.take(), ['connack new 135'])
    assert.ok(old.isEnded && client.isEnded)
    await house.stop()
  })

  test('[MQTT-3.1.3-6] a client without a name gets one, but not for a session that should last', async () => {
    const house = await openHouse()
    const client = await house.connect({ ...five, clientId: '' }, false)
    const connack = client.packets[0] as ConnackPacket
    assert.match(connack.properties?.assignedClientIdentifier ?? '', /^auto-/)
    const old = await house.connect({ clientId: '', cleanStart: false }, false)
    assert.deepEqual(old.take(), ['connack new 2'])
    await house.stop()
  })

  test('a mute connection, and one that keeps alive too slowly, are closed', async () => {
    const house = await openHouse()
    const mute = house.open()
    const slow = await house.connect({ ...five, keepAlive: 10 })
    await house.clock.advance(9_000)
    slow.send({ type: 'pingreq' })
    assert.deepEqual(slow.take(), ['pingresp'])
    assert.ok(!mute.isEnded)
    await house.clock.advance(2_000)
    assert.ok(mute.isEnded)
    await house.clock.advance(12_000)
    assert.ok(!slow.isEnded)
    await house.clock.advance(2_000) // [MQTT-3.1.2-22] one and a half times
    assert.deepEqual(slow.take(), ['disconnect 0x8d'])
    await house.stop()
  })

  test('[MQTT-3.1.0-1] what does not begin with CONNECT is closed without a word', async () => {
    const house = await openHouse()
    const client = house.open()
    client.send({ type: 'pingreq' })
    assert.deepEqual(client.take(), [])
    assert.ok(client.isEnded)
    await house.stop()
  })

  test('a session ends after its expiry, also when the process was away', async () => {
    let house = await openHouse()
    const expiring = { ...five, cleanStart: false, properties: { sessionExpiryInterval: 60 } }
    const first = await house.connect(expiring)
    first.lose()
    await house.release()
    await house.clock.advance(30_000)
    house = await house.crash()
    const second = await house.connect(expiring, false)
    assert.deepEqual(second.take(), ['connack present 0'])
    second.lose()
    await house.release()
    house = await house.restart()
    await house.clock.advance(61_000)
    const third = await house.connect(expiring, false)
    assert.deepEqual(third.take(), ['connack new 0'])
    await house.stop()
  })
})

describe('I7: sessions have limits', () => {
  test('I7: what a client may resend is kept for a day, and for so many clients at most', async () => {
    const house = await openHouse({ limits: { rememberedSessionsMax: 2, sweepMs: 60_000 } })
    for (const clientId of ['a', 'b', 'c']) {
      const device = await house.connect({ clientId })
      device.publish('t/a', '{"v":1}', { qos: 1, packetId: 1 })
      await house.release()
      device.lose()
      await house.clock.advance(10)
    }
    await house.clock.advance(11 * 60_000)
    await house.release()
    assert.deepEqual(await remembered(house), ['b', 'c'])
    assert.equal(house.broker.sessions.get('a'), undefined)
    await house.clock.advance(23 * 60 * 60 * 1000)
    await house.release()
    assert.deepEqual(await remembered(house), ['b', 'c'])
    await house.clock.advance(2 * 60 * 60 * 1000)
    await house.release()
    assert.deepEqual(await remembered(house), [])
    await house.stop()
  })

  test('I7: one session too many is refused', async () => {
    const house = await openHouse({ limits: { sessionsMax: 1 } })
    await house.connect({ clientId: 'a' })
    const b = await house.connect({ ...five, clientId: 'b' }, false)
    assert.deepEqual(b.take(), ['connack new 151'])
    await house.stop()
  })

  test('a session that ends leaves nothing in memory or in the store', async () => {
    const house = await openHouse()
    const device = await house.connect({ clientId: 'a' })
    device.publish('t/a', '{"v":1,"ts":1}', { qos: 1, packetId: 1 })
    device.lose()
    assert.notEqual(house.broker.sessions.get('a'), undefined)
    await house.release()
    assert.equal(house.broker.sessions.get('a'), undefined)
    assert.deepEqual(await remembered(house), [])
    await house.stop()
  })
})

/** Client identifiers of which the store has something. */
async function remembered(house: House): Promise<string[]> {
  const found = new Set<string>()
  for (const space of ['session', 'inbound'] as const) {
    for await (const { key } of house.store.stateScan(space, '')) found.add(key.split('\u0000')[0]!)
  }
  return [...found].toSorted()
}

describe('wills', () => {
  const will: Will = { topic: 'wills/d1', payload: Buffer.from('gone'), qos: 1, retain: false }

  test('[MQTT-3.1.2-8] a lost connection publishes the will, DISCONNECT does not', async () => {
    const house = await openHouse()
    const watcher = await house.connect({ clientId: 'watcher' })
    watcher.subscribe('wills/#', 0)
    watcher.take()
    const polite = await house.connect({ will })
    polite.send({ type: 'disconnect', reasonCode: 0 })
    assert.deepEqual(watcher.take(), [])
    const lost = await house.connect({ will })
    lost.lose()
    assert.deepEqual(watcher.take(), ['publish wills/d1 q0 gone'])
    const asked = await house.connect({ ...five, will })
    asked.send({ type: 'disconnect', reasonCode: 4 })
    assert.deepEqual(watcher.take(), ['publish wills/d1 q0 gone'])
    await house.stop()
  })

  test('[MQTT-3.1.3-9] a delayed will is called off by coming back, and outlives a crash', async () => {
    let house = await openHouse()
    const delayed = { ...five, ...lasting, will: { ...will, properties: { willDelayInterval: 10 } } }
    let device = await house.connect(delayed)
    device.lose()
    await house.clock.advance(5_000)
    device = await house.connect(delayed)
    let watcher = await house.connect({ clientId: 'watcher' })
    watcher.subscribe('wills/#', 0)
    await house.clock.advance(20_000)
    assert.deepEqual(watcher.take(), ['suback 1 [0]'])
    await house.release()
    house = await house.crash()
    watcher = await house.connect({ clientId: 'watcher' })
    watcher.subscribe('wills/#', 0)
    watcher.take()
    await house.clock.advance(9_000)
    assert.deepEqual(watcher.take(), [])
    await house.clock.advance(2_000)
    assert.deepEqual(watcher.take(), ['publish wills/d1 q0 gone'])
    await house.stop()
  })
})

describe('the end of the hub', () => {
  test('answers that wait leave, then 5.0 clients are told 0x8b', async () => {
    const house = await openHouse()
    const device = await house.connect(five)
    device.publish('t/a', '{"v":1}', { qos: 1, packetId: 1 })
    await turn()
    const closing = house.broker.close()
    assert.deepEqual(device.take(), [])
    await house.release()
    await closing
    assert.deepEqual(device.take(), ['puback 1', 'disconnect 0x8b'])
  })

  test('I5: when the store hangs the hub ends without an answer', async () => {
    const house = await openHouse()
    const device = await house.connect(five)
    device.publish('t/a', '{"v":1}', { qos: 1, packetId: 1 })
    await turn()
    const closing = house.broker.close()
    await house.clock.advance(2_000)
    await house.clock.advance(2_000)
    await closing
    assert.deepEqual(device.take(), ['disconnect 0x8b'])
  })
})
