// MQTT 5.0, sections 3.8 to 3.11: SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { data, packet, uint16 } from '../fixtures/packets/bytes.ts'
import { Hub } from './hub.ts'
import { ack, publish, receiveMaximum, subscribe, unsubscribe } from './packets.ts'

let hub: Hub
before(async () => {
  hub = await Hub.open({ limits: { subscriptionsPerSessionMax: 3 } })
})
after(() => hub.stop())

test('[MQTT-3.8.1-1] [MQTT-3.10.1-1] SUBSCRIBE and UNSUBSCRIBE with other flags end the connection', async () => {
  for (const flags of [0, 1, 3, 0xa]) {
    await hub.refuses(packet(0x80 | flags, uint16(1), 0, 't', 0), 0x81)
    await hub.refuses(packet(0xa0 | flags, uint16(1), 0, 't'), 0x81)
  }
})

test('[MQTT-3.8.3-1] [MQTT-3.10.3-1] filters that are no text end the connection', async () => {
  await hub.refuses(packet(0x82, uint16(1), 0, data(Buffer.of(0xff)), 0), 0x81)
  await hub.refuses(packet(0xa2, uint16(1), 0, data(Buffer.of(0xff))), 0x81)
})

test('[MQTT-3.8.3-2] [MQTT-3.10.3-2] without a filter they end the connection', async () => {
  await hub.refuses(packet(0x82, uint16(1), 0), 0x82)
  await hub.refuses(packet(0xa2, uint16(1), 0), 0x82)
})

test('[MQTT-3.8.3-3] no local: nobody gets its own', async () => {
  const client = await hub.client()
  const other = await hub.client()
  await client.subscribe('local', 0x04)
  await other.subscribe('local', 0x04)
  client.send(publish('local', 'x'))
  assert.deepEqual(await client.sync(), [])
  assert.deepEqual(await other.sync(), ['publish local q0 x'])
})

test('[MQTT-3.8.3-4] no local on a shared subscription ends the connection', () =>
  hub.refuses(subscribe(1, [['$share/g/t', 0x04]]), 0x82))

test('[MQTT-3.8.3-5] reserved options end the connection', async () => {
  await hub.refuses(subscribe(1, [['t', 0x40]]), 0x81)
  await hub.refuses(subscribe(1, [['t', 0x80]]), 0x81)
  await hub.refuses(subscribe(1, [['t', 0x03]]), 0x82)
  await hub.refuses(subscribe(1, [['t', 0x30]]), 0x82)
})

test('[MQTT-3.8.4-1] [MQTT-3.8.4-2] SUBSCRIBE is answered under its identifier', async () => {
  const client = await hub.client()
  client.send(subscribe(513, [['t', 2]]))
  assert.equal(await client.line(), 'suback 513 [2]')
})

test('[MQTT-3.8.4-3] the same filter replaces the subscription', async () => {
  const client = await hub.client()
  await client.subscribe('same', 2)
  await client.subscribe('same', 0)
  client.send(publish('same', 'x', { qos: 1 }))
  const lines = await client.sync()
  assert.deepEqual(lines.toSorted(), ['puback 1', 'publish same q0 x'])
  client.send(unsubscribe(2, 'same'), publish('same', 'y'))
  assert.deepEqual(await client.sync(), ['unsuback 2 [0]'])
})

test('[MQTT-3.8.4-4] replacing sends retained messages again and loses nothing', async () => {
  const client = await hub.client()
  const sender = await hub.client()
  sender.send(publish('rep/kept', 'k', { retain: true }))
  await sender.sync()
  await client.subscribe('rep/#', 1)
  assert.deepEqual(await client.sync(), ['publish rep/kept q0 retain k'])
  // All in one turn: there is no moment between old and new.
  const round = [subscribe(1, [['rep/#', 1]]), publish('rep/x', 'x')]
  client.send(...Array.from({ length: 10 }, () => round).flat())
  const lines = await client.sync()
  assert.equal(lines.filter((line) => line === 'publish rep/x q0 x').length, 10)
  assert.ok(lines.includes('publish rep/kept q0 retain k'))
})

test('[MQTT-3.8.4-5] [MQTT-3.8.4-6] [MQTT-3.8.4-7] [MQTT-3.9.3-1] many filters, one SUBACK, codes in order', async () => {
  const client = await hub.client()
  const filters: [string, number][] = [
    ['a', 2],
    ['b', 0],
    ['a', 1],
    ['c', 0],
    ['d', 1],
  ]
  client.send(subscribe(1, filters))
  assert.equal(await client.line(), 'suback 1 [2,0,1,0,151]')
})

test('[MQTT-3.8.4-8] messages come at the lower of both QoS', async () => {
  const sender = await hub.client()
  for (const granted of [0, 1, 2]) {
    const client = await hub.client()
    await client.subscribe('low', granted)
    for (const qos of [0, 1, 2] as const) {
      sender.send(publish('low', 'x', { qos, id: 10 * granted + qos + 1 }))
      await sender.sync()
      assert.equal((await client.publish()).qos, Math.min(qos, granted))
    }
  }
})

test('[MQTT-3.9.3-2] SUBACK uses its codes', async () => {
  const client = await hub.client()
  client.send(
    subscribe(1, [
      ['q/0', 0],
      ['q/1', 1],
      ['q/2', 2],
      ['q/3', 0],
    ]),
  )
  assert.equal(await client.line(), 'suback 1 [0,1,2,151]')
  const old = await hub.client({ version: 4 })
  old.send(packet(0x82, uint16(1), 'q/0', 0, 'q/1', 1, 'q/2', 2, 'q/3', 0))
  assert.equal(await old.line(), 'suback 1 [0,1,2,128]')
})

test('[MQTT-3.10.4-1] only an equal filter ends', async () => {
  const client = await hub.client()
  await client.subscribe('un/+', 0)
  client.send(unsubscribe(1, 'un/#', 'un/x', 'UN/+'), publish('un/x', 'still'), unsubscribe(2, 'un/+'))
  assert.deepEqual(await client.sync(), ['unsuback 1 [17,17,17]', 'publish un/x q0 still', 'unsuback 2 [0]'])
})

test('[MQTT-3.10.4-2] no new message comes after UNSUBACK', async () => {
  const client = await hub.client()
  await client.subscribe('un/2', 1)
  client.send(unsubscribe(1, 'un/2'))
  await client.sync()
  const sender = await hub.client()
  sender.send(publish('un/2', 'x', { qos: 1 }))
  await sender.sync()
  assert.deepEqual(await client.sync(), [])
})

test('[MQTT-3.10.4-3] what has begun is completed', async () => {
  const client = await hub.client({ properties: receiveMaximum(1) })
  await client.subscribe('un/3', 2)
  const sender = await hub.client()
  sender.send(publish('un/3', 'x', { qos: 2 }))
  await sender.sync()
  const { packetId } = await client.publish()
  client.send(unsubscribe(1, 'un/3'), ack(0x50, packetId))
  assert.deepEqual(await client.sync(), ['unsuback 1 [0]', `pubrel ${packetId}`])
})

test('[MQTT-3.10.4-4] [MQTT-3.10.4-5] UNSUBSCRIBE is answered under its identifier, also for nothing', async () => {
  const client = await hub.client()
  client.send(unsubscribe(1027, 'never'))
  assert.equal(await client.line(), 'unsuback 1027 [17]')
})

test('[MQTT-3.10.4-6] [MQTT-3.11.3-1] [MQTT-3.11.3-2] many filters, one UNSUBACK, codes in order', async () => {
  const client = await hub.client()
  client.send(
    subscribe(1, [
      ['a', 0],
      ['b', 0],
    ]),
    unsubscribe(2, 'b', 'x', 'a', 'a'),
  )
  assert.deepEqual(await client.sync(), ['suback 1 [0,0]', 'unsuback 2 [0,17,0,17]'])
})
