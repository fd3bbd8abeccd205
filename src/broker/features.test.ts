// What a 5.0 client may ask of the hub beyond publish and subscribe, and what outlives a kill: each with
// the state machine alone, time in the test's hand.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openHouse, publish, type TestClient } from '../../test/broker-house.ts'
import { turn } from '../../test/held-store.ts'
import type { ConnackPacket, Properties, PublishPacket } from '../mqtt/packet.ts'
import { reasonCode } from '../mqtt/reason.ts'

const five = { protocolVersion: 5 as const }
const hour = { sessionExpiryInterval: 3600 }
const reader = { ...five, clientId: 'reader', cleanStart: false, properties: hour }

function will(topic: string): object {
  return { will: { topic, payload: Buffer.from('gone'), qos: 1, retain: false } }
}

function publishes(client: TestClient): PublishPacket[] {
  return client.packets.splice(0).filter((packet) => packet.type === 'publish')
}

describe('CONNACK', () => {
  const connack = async (connect: object): Promise<ConnackPacket> => {
    const house = await openHouse()
    const client = await house.connect({ ...five, ...connect }, false)
    await house.stop()
    return client.packets[0] as ConnackPacket
  }

  test('[MQTT-3.2.2-22] a keep-alive over the limit, or none, gets the limit; others stay', async () => {
    assert.equal((await connack({ keepAlive: 0 })).properties?.serverKeepAlive, 3600)
    assert.equal((await connack({ keepAlive: 60_000 })).properties?.serverKeepAlive, 3600)
    assert.equal((await connack({ keepAlive: 30 })).properties?.serverKeepAlive, undefined)
    const old = { protocolVersion: 4 as const, keepAlive: 0 }
    assert.equal((await connack(old)).properties, undefined)
  })

  test('[MQTT-3.1.2-28] response information for who asks for it', async () => {
    const asked: Properties = { requestResponseInformation: 1 }
    assert.equal((await connack({ properties: asked })).properties?.responseInformation, 'responses/d1')
    assert.equal((await connack({})).properties?.responseInformation, undefined)
    const strange = await connack({ clientId: 'a/#', properties: asked })
    assert.equal(strange.properties?.responseInformation, undefined)
  })

  test('[MQTT-3.1.2-24] longer than the client takes: no connection', async () => {
    assert.equal((await connack({ properties: { maximumPacketSize: 15 } })).reasonCode, 0x95)
  })

  test('a client that is to go elsewhere is told where', async () => {
    const serverReference = 'other.example:1883'
    const house = await openHouse({
      authenticate: () => ({ isAllowed: false, device: '', reasonCode: 0x9c, serverReference }),
    })
    const client = await house.connect(five, false)
    const [answer] = client.packets as ConnackPacket[]
    assert.equal(answer?.reasonCode, reasonCode.useAnotherServer)
    assert.deepEqual(answer?.properties, { serverReference })
    const old = await house.connect({}, false)
    assert.equal((old.packets[0] as ConnackPacket).reasonCode, 3)
    await house.stop()
  })
})

describe('topic aliases on the way out', () => {
  test('[MQTT-3.1.2-26] the first topics have one each, no more than the client takes', async () => {
    const house = await openHouse()
    const client = await house.connect({ ...five, properties: { topicAliasMaximum: 1 } })
    client.subscribe('#', 1)
    await turn()
    client.take()
    for (const topic of ['room/a', 'room/b', 'room/a']) client.publish(topic, 'x', { qos: 0 })
    await house.release()
    const got = publishes(client).map(({ topic, properties }) => [topic, properties?.topicAlias])
    assert.deepEqual(got, [
      ['room/a', 1],
      ['room/b', undefined],
      ['', 1],
    ])
    await house.stop()
  })

  test('[MQTT-3.3.2-7] a new connection begins without', async () => {
    const house = await openHouse()
    const aliased = { ...reader, properties: { ...hour, topicAliasMaximum: 4 } }
    let client = await house.connect(aliased)
    client.subscribe('room/#', 1)
    await house.release()
    const device = await house.connect()
    device.publish('room/a', 'x', { qos: 1, packetId: 1 })
    await house.release()
    client.lose()
    client = await house.connect(aliased)
    await house.release()
    assert.deepEqual(
      publishes(client).map(({ topic, dup }) => [topic, dup]),
      [['room/a', true]],
    )
    await house.stop()
  })

  test('[MQTT-3.1.2-24] an alias that would make the packet too long is left out', async () => {
    const house = await openHouse()
    const plain = 2 + 2 + 6 + 1 + 8
    const client = await house.connect({
      ...five,
      properties: { topicAliasMaximum: 4, maximumPacketSize: Math.max(plain, 19) },
    })
    client.subscribe('room/a', 0)
    client.take()
    client.publish('room/a', '12345678')
    client.publish('room/a', '123456789')
    assert.deepEqual(client.take(), ['publish room/a q0 12345678'])
    await house.stop()
  })
})

describe('message expiry', () => {
  test('[MQTT-3.3.2-5] [MQTT-3.3.2-6] counts on while the hub is down', async () => {
    let house = await openHouse()
    let client = await house.connect(reader)
    client.subscribe('plain/#', 1)
    await house.release()
    client.lose()
    const device = await house.connect(five)
    for (const [n, messageExpiryInterval] of [5, 50].entries()) {
      const fields = { qos: 1 as const, packetId: n + 1, properties: { messageExpiryInterval } }
      device.publish('plain/a', `${n}`, fields)
    }
    await house.release()
    house = await house.crash()
    await house.clock.advance(20_000)
    client = await house.connect(reader)
    await house.release()
    const got = publishes(client)
    assert.deepEqual(
      got.map(({ properties }) => properties?.messageExpiryInterval),
      [30],
    )
    await house.stop()
  })

  test('[MQTT-4.3.3-7] what has been sent does not expire', async () => {
    const house = await openHouse()
    let client = await house.connect(reader)
    client.subscribe('plain/#', 2)
    await house.release()
    const device = await house.connect(five)
    const properties = { messageExpiryInterval: 5 }
    device.publish('plain/a', 'x', { qos: 2, packetId: 1, properties })
    await house.release()
    assert.equal(publishes(client).length, 1)
    client.lose()
    await house.clock.advance(20_000)
    client = await house.connect(reader)
    await house.release()
    assert.deepEqual(
      publishes(client).map(({ dup, properties: with_ }) => [dup, with_?.messageExpiryInterval]),
      [[true, 0]],
    )
    await house.stop()
  })
})

describe('a kill', () => {
  test('[MQTT-3.1.2-8] does not swallow the will of a session that ends with its connection', async () => {
    let house = await openHouse()
    const watcher = await house.connect(reader)
    watcher.subscribe('wills', 1)
    await house.connect({ ...five, clientId: 'clean', ...will('wills') })
    await house.release()
    house = await house.crash()
    const again = await house.connect(reader)
    await house.clock.advance(1000)
    await house.release()
    assert.deepEqual(again.take(), ['publish wills q1 # gone'])
    house = await house.crash()
    const third = await house.connect(reader)
    await house.clock.advance(1000)
    await house.release()
    assert.deepEqual(third.take().map(String), ['publish wills q1 # dup gone'])
    await house.stop()
  })

  test('a will that was taken back stays so', async () => {
    let house = await openHouse()
    const watcher = await house.connect(reader)
    watcher.subscribe('wills', 1)
    const clean = await house.connect({ ...five, clientId: 'clean', ...will('wills') })
    await house.release()
    clean.send({ type: 'disconnect', reasonCode: 0 })
    await house.release()
    house = await house.crash()
    const again = await house.connect(reader)
    await house.clock.advance(1000)
    await house.release()
    assert.deepEqual(again.take(), [])
    await house.stop()
  })
})

describe('a lasting session that subscribes', () => {
  test('[MQTT-3.8.4-1] gets SUBACK once its subscription is stored, and retained messages after it', async () => {
    const house = await openHouse()
    const device = await house.connect()
    device.publish('kept/0', 'x', { retain: true })
    device.publish('kept/1', 'y', { retain: true, qos: 1, packetId: 1 })
    await house.release()
    const client = await house.connect(reader)
    await house.release()
    client.subscribe('kept/0', 1)
    client.subscribe('kept/1', 1)
    await turn()
    assert.deepEqual(client.take(), [])
    await house.release()
    assert.deepEqual(client.take(), [
      'suback 1 [1]',
      'suback 1 [1]',
      'publish kept/0 q0 retain x',
      'publish kept/1 q1 # retain y',
    ])
    await house.stop()
  })
})

describe('a wildcard over many retained messages', () => {
  test('fills no queue: they follow as fast as the subscriber takes them', async () => {
    const limits = { queueInMemoryMax: 10, queueMessagesMax: 20 }
    const house = await openHouse({ limits })
    const device = await house.connect()
    const topics = Array.from({ length: 100 }, (_, n) => `kept/${n}`)
    for (const [n, topic] of topics.entries()) {
      device.publish(topic, 'x', { retain: true, qos: 1, packetId: n + 1 })
    }
    await house.release()
    const client = await house.connect(reader)
    client.subscribe('kept/#', 1)
    const got = new Set<string>()
    for (let round = 0; round < 60; round++) {
      await house.release()
      for (const { topic, packetId } of publishes(client)) {
        got.add(topic)
        client.send({ type: 'puback', packetId, reasonCode: 0 })
      }
    }
    assert.equal(got.size, 100)
    await house.stop()
  })

  test('goes on after a kill', async () => {
    const limits = { queueInMemoryMax: 4, queueMessagesMax: 20 }
    let house = await openHouse({ limits })
    const device = await house.connect()
    for (let n = 0; n < 30; n++) device.publish(`kept/${n}`, 'x', { retain: true, qos: 1, packetId: n + 1 })
    await house.release()
    const first = await house.connect(reader)
    first.subscribe('kept/#', 1)
    await house.release()
    house = await house.crash()
    const client = await house.connect(reader)
    const got = new Set<string>()
    for (let round = 0; round < 60; round++) {
      await house.release()
      for (const { topic, packetId } of publishes(client)) {
        got.add(topic)
        client.send({ type: 'puback', packetId, reasonCode: 0 })
      }
    }
    assert.equal(got.size, 30)
    await house.stop()
  })
})

describe('what is said about a payload', () => {
  test('text that is none: 0x99, and no subscriber gets it', async () => {
    const house = await openHouse()
    const client = await house.connect(five)
    client.subscribe('plain/#', 0)
    client.take()
    const properties: Properties = { payloadFormatIndicator: 1 }
    const wrong = { source: Buffer.of(0x61, 0, 0xff), payloadStart: 0, payloadEnd: 3, properties }
    client.send(publish('plain/a', '', { ...wrong, qos: 1, packetId: 1 }))
    client.send(publish('plain/a', '', { ...wrong, qos: 2, packetId: 2 }))
    client.send(publish('plain/a', '', wrong))
    client.publish('plain/a', 'ä\0', { properties })
    await house.release()
    assert.deepEqual(client.take(), ['puback 1 0x99', 'pubrec 2 0x99', 'publish plain/a q0 ä\0'])
    await house.stop()
  })
})

describe('$SYS', () => {
  test('tells who subscribes, at once and again; nobody else may publish there', async () => {
    const house = await openHouse()
    const client = await house.connect(five)
    client.subscribe('$SYS/broker/clients/connected', 0)
    assert.deepEqual(client.take(), ['suback 1 [0]', 'publish $SYS/broker/clients/connected q0 retain 1'])
    await house.clock.advance(10_000)
    assert.deepEqual(client.take(), ['publish $SYS/broker/clients/connected q0 1'])
    client.publish('$SYS/broker/clients/connected', '7', { qos: 1, packetId: 3 })
    assert.deepEqual(client.take(), ['puback 3 0x87'])
    client.subscribe('#', 0)
    await house.clock.advance(10_000)
    assert.deepEqual(client.take(), ['suback 1 [0]', 'publish $SYS/broker/clients/connected q0 1'])
    await house.stop()
  })
})

describe('no local', () => {
  test('[MQTT-3.8.3-3] counts for each subscription by itself', async () => {
    const house = await openHouse()
    const client = await house.connect(five)
    const request = { qos: 0 as const, retainAsPublished: false, retainHandling: 0 as const }
    const subscribe = (filter: string, noLocal: boolean, identifier: number): void =>
      client.send({
        type: 'subscribe',
        packetId: 1,
        subscriptions: [{ ...request, filter, noLocal }],
        properties: { subscriptionIdentifiers: [identifier] },
      })
    subscribe('a/#', true, 1)
    subscribe('a/b', false, 2)
    client.take()
    client.publish('a/b', 'x')
    assert.deepEqual(
      publishes(client).map(({ properties }) => properties?.subscriptionIdentifiers),
      [[2]],
    )
    await house.stop()
  })
})
