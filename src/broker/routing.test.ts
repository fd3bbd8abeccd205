// Messages to subscribers: retained ones, options of subscriptions, properties, aliases, limits of a client.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openHouse } from '../../test/broker-house.ts'
import { turn } from '../../test/held-store.ts'
import type { PublishPacket } from '../mqtt/packet.ts'

const five = { protocolVersion: 5 as const }

describe('retained messages', () => {
  test('[MQTT-3.3.1-5] [MQTT-3.3.1-6] the last one of a topic is kept, also over a crash; an empty one clears it', async () => {
    let house = await openHouse()
    const device = await house.connect()
    device.publish('plain/a', 'old', { retain: true })
    device.publish('plain/a', 'new', { retain: true })
    device.publish('plain/b', 'other', { retain: true, qos: 1, packetId: 1 })
    device.publish('plain/c', 'gone', { retain: true })
    device.publish('plain/c', '', { retain: true })
    await house.release()
    house = await house.crash()
    const reader = await house.connect({ clientId: 'reader' })
    reader.subscribe('plain/+', 1)
    assert.deepEqual(reader.take(), [
      'suback 1 [1]',
      'publish plain/a q0 retain new',
      'publish plain/b q1 # retain other',
    ])
    reader.subscribe('plain/c', 1)
    assert.deepEqual(reader.take(), ['suback 1 [1]'])
    await house.stop()
  })

  test('clearing a telemetry topic is no telemetry: nothing is rejected', async () => {
    const house = await openHouse()
    const device = await house.connect()
    device.publish('t/a', '', { retain: true, qos: 1, packetId: 1 })
    await house.release()
    assert.deepEqual(device.take(), ['puback 1'])
    assert.deepEqual(await house.store.rejected('', undefined, 10), [])
    await house.stop()
  })

  test('[MQTT-3.3.1-10] [MQTT-3.3.1-11] retain handling decides who gets them', async () => {
    const house = await openHouse()
    const device = await house.connect()
    device.publish('plain', 'kept', { retain: true })
    const reader = await house.connect({ ...five, clientId: 'reader' })
    reader.subscribe('plain', 0, { retainHandling: 2 })
    assert.deepEqual(reader.take(), ['suback 1 [0]'])
    reader.subscribe('plain', 0, { retainHandling: 1 })
    assert.deepEqual(reader.take(), ['suback 1 [0]'])
    reader.subscribe('plain', 0)
    assert.deepEqual(reader.take(), ['suback 1 [0]', 'publish plain q0 retain kept'])
    reader.subscribe('+', 0, { retainHandling: 1 })
    assert.deepEqual(reader.take(), ['suback 1 [0]', 'publish plain q0 retain kept'])
    await house.stop()
  })

  test('I7: their number is limited; messages beyond it are routed and not kept', async () => {
    const house = await openHouse({ limits: { retainedMessagesMax: 1 } })
    const device = await house.connect()
    device.publish('plain/a', 'a', { retain: true })
    device.publish('plain/b', 'b', { retain: true, qos: 1, packetId: 1 })
    await house.release()
    assert.deepEqual(device.take(), ['puback 1'])
    assert.equal(house.broker.retained.count, 1)
    await house.stop()
  })
})

describe('subscriptions', () => {
  test('[MQTT-3.3.4-2] overlapping ones give one copy, at the highest QoS, with all identifiers', async () => {
    const house = await openHouse()
    const reader = await house.connect({ ...five, clientId: 'reader' })
    const options = { noLocal: false, retainAsPublished: false, retainHandling: 0 as const }
    for (const [identifier, filter, qos] of [[3, 'a/+', 0] as const, [4, 'a/#', 1] as const]) {
      const properties = { subscriptionIdentifiers: [identifier] }
      reader.send({
        type: 'subscribe',
        packetId: 1,
        subscriptions: [{ filter, qos, ...options }],
        properties,
      })
    }
    reader.take()
    const device = await house.connect()
    device.publish('a/b', 'x', { qos: 2, packetId: 1 })
    const [packet, ...others] = reader.packets as PublishPacket[]
    assert.equal(others.length, 0)
    assert.equal(packet?.qos, 1)
    assert.deepEqual(packet?.properties?.subscriptionIdentifiers?.toSorted(), [3, 4])
    await house.stop()
  })

  test('[MQTT-3.8.3-3] no local, and [MQTT-3.3.1-13] retain as published', async () => {
    const house = await openHouse()
    const client = await house.connect({ ...five, clientId: 'both' })
    client.subscribe('mine', 0, { noLocal: true })
    client.subscribe('kept', 0, { retainAsPublished: true })
    client.subscribe('plain', 0)
    client.take()
    client.publish('mine', 'x')
    client.publish('kept', 'x', { retain: true })
    client.publish('plain', 'x', { retain: true })
    assert.deepEqual(client.take(), ['publish kept q0 retain x', 'publish plain q0 x'])
    await house.stop()
  })

  test('more than the limit are refused in SUBACK', async () => {
    const house = await openHouse({ limits: { subscriptionsPerSessionMax: 1 } })
    const client = await house.connect({ ...five, clientId: 'reader' })
    client.subscribe('a', 0)
    client.subscribe('a', 1)
    client.subscribe('b', 1)
    assert.deepEqual(client.take(), ['suback 1 [0]', 'suback 1 [1]', 'suback 1 [151]'])
    const old = await house.connect({ clientId: 'old' })
    old.subscribe('a', 0)
    old.subscribe('b', 0)
    assert.deepEqual(old.take(), ['suback 1 [0]', 'suback 1 [128]'])
    await house.stop()
  })

  test('[MQTT-3.10.4-1] after UNSUBSCRIBE nothing more comes', async () => {
    const house = await openHouse()
    const client = await house.connect({ ...five, clientId: 'reader' })
    client.subscribe('a', 0)
    client.send({ type: 'unsubscribe', packetId: 2, filters: ['a', 'b'] })
    client.publish('a', 'x')
    assert.deepEqual(client.take(), ['suback 1 [0]', 'unsuback 2 [0,17]'])
    await house.stop()
  })
})

describe('5.0 properties', () => {
  test('[MQTT-3.3.2-17] properties travel, [MQTT-3.3.2-6] the expiry interval runs down, [MQTT-3.3.2-5] and out', async () => {
    const house = await openHouse()
    const reader = await house.connect({ ...five, clientId: 'reader', properties: { receiveMaximum: 1 } })
    reader.subscribe('a', 1)
    reader.take()
    const device = await house.connect(five)
    const properties = {
      contentType: 'text/plain',
      userProperties: [['k', 'v'] as [string, string]],
      correlationData: Buffer.from('c'),
      responseTopic: 'answers',
      payloadFormatIndicator: 1 as const,
    }
    device.publish('a', '1', { qos: 1, packetId: 1, properties: { ...properties, messageExpiryInterval: 9 } })
    device.publish('a', '2', { qos: 1, packetId: 2, properties: { messageExpiryInterval: 5 } })
    device.publish('a', '3', { qos: 1, packetId: 3, properties: { messageExpiryInterval: 60 } })
    const first = reader.packets.shift() as PublishPacket
    assert.deepEqual(
      { ...first.properties, correlationData: undefined },
      {
        ...properties,
        correlationData: undefined,
        messageExpiryInterval: 9,
      },
    )
    await house.clock.advance(20_500)
    reader.send({ type: 'puback', packetId: first.packetId, reasonCode: 0 })
    const third = reader.packets[0] as PublishPacket
    assert.deepEqual(reader.take(), ['publish a q1 # 3'])
    assert.equal(third.properties?.messageExpiryInterval, 40)
    await house.stop()
  })

  test('[MQTT-3.3.2-12] a topic alias stands for its topic; unknown or too high it ends the connection', async () => {
    const house = await openHouse()
    const reader = await house.connect({ clientId: 'reader' })
    reader.subscribe('#', 0)
    reader.take()
    const device = await house.connect(five)
    device.publish('a/b', '1', { properties: { topicAlias: 1 } })
    device.publish('', '2', { properties: { topicAlias: 1 } })
    assert.deepEqual(reader.take(), ['publish a/b q0 1', 'publish a/b q0 2'])
    device.publish('', '3', { properties: { topicAlias: 2 } })
    assert.deepEqual(device.take(), ['disconnect 0x82'])
    const other = await house.connect(five)
    other.publish('a', '3', { properties: { topicAlias: 65 } })
    assert.deepEqual(other.take(), ['disconnect 0x94'])
    await house.stop()
  })

  test('[MQTT-3.1.2-25] a packet that is too long for the client is not sent, and what follows is', async () => {
    const house = await openHouse()
    const reader = await house.connect({ ...five, clientId: 'reader', properties: { maximumPacketSize: 40 } })
    reader.subscribe('#', 1)
    reader.take()
    const device = await house.connect()
    device.publish('a', 'x'.repeat(50))
    device.publish('a', 'x'.repeat(50), { qos: 1, packetId: 1 })
    device.publish('a', 'short', { qos: 1, packetId: 2 })
    assert.deepEqual(reader.take(), ['publish a q1 # short'])
    device.take()
    const publisher = await house.connect({ ...five, properties: { maximumPacketSize: 20 } })
    publisher.publish('t/a', 'nonsense', { qos: 1, packetId: 1 })
    await house.release()
    assert.deepEqual(publisher.take(), ['puback 1 0x99'])
    await house.stop()
  })

  test('nobody wants it: 0x10, and PUBACK all the same', async () => {
    const house = await openHouse()
    const device = await house.connect(five)
    device.publish('nobody', 'x', { qos: 1, packetId: 1 })
    assert.deepEqual(device.take(), ['puback 1 0x10'])
    await house.stop()
  })
})

test('a half-closed connection gets its last answers', async () => {
  const house = await openHouse()
  const device = await house.connect()
  device.publish('t/a', '{"v":1}', { qos: 1, packetId: 1 })
  device.handler.ended?.()
  await turn()
  assert.ok(!device.isEnded)
  await house.release()
  assert.deepEqual(device.take(), ['puback 1'])
  assert.ok(device.isEnded)
  await house.stop()
})
