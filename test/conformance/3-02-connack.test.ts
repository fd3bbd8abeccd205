// MQTT 5.0, section 3.2: CONNACK.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { packet, uint16 } from '../fixtures/packets/bytes.ts'
import { Hub } from './hub.ts'
import { connect, connectWith, pingreq, publish, subscribe, topicAlias } from './packets.ts'

let hub: Hub
before(async () => {
  hub = await Hub.open({ limits: { packetBytesMax: 1000, topicAliasMaximum: 5, keepAliveMaxS: 100 } })
})
after(() => hub.stop())

test('[MQTT-3.2.0-1] CONNACK is the first packet, also when others were sent ahead', async () => {
  const slow = await Hub.open({
    authenticate: async () => ({ isAllowed: true, device: 'd', reasonCode: 0 }),
  })
  for (const own of [hub, slow]) {
    const client = await own.open()
    client.send(connect({ id: own.name() }), subscribe(1, [['t', 0]]), publish('t', 'x'), pingreq)
    assert.equal(await client.line(), 'connack new 0')
    assert.equal(await client.line(), 'suback 1 [0]')
  }
  await slow.stop()
})

test('[MQTT-3.2.0-2] there is one CONNACK', async () => {
  const client = await hub.client()
  client.send(connect())
  assert.equal(await client.line(), 'disconnect 0x82')
  await client.ended()
})

test('[MQTT-3.2.2-1] the reserved acknowledge flags are 0', async () => {
  // The decoder of the test refuses a CONNACK with them.
  const id = hub.name()
  await (await hub.client({ id, expiry: 10 })).lose()
  const back = await hub.client({ id, clean: false, expiry: 10 })
  assert.equal(back.connack?.sessionPresent, true)
})

test('[MQTT-3.2.2-6] a refusal has Session Present 0', async () => {
  const client = await hub.open()
  client.send(connectWith(0x03, 'c'))
  assert.equal(await client.line(), 'connack new 129')
  await client.ended()
})

test('[MQTT-3.2.2-8] refusals use the codes of CONNACK', async () => {
  await hub.refuses(packet(0x10, 'MQTT', 7, 2, uint16(0), 0, 'c'), 0x84, true)
  await hub.refuses(connect({ id: 'x'.repeat(300) }), 0x85, true)
  await hub.refuses(connectWith(0x02), 0x81, true)
})

test('[MQTT-3.2.2-13] where nothing is retained, CONNACK says so, and nothing that asks for it is taken', async () => {
  const own = await Hub.open({ limits: { retainedMessagesMax: 0 } })
  const will = { topic: 'w', payload: 'x', retain: true }
  await own.refuses(connect({ id: 'w', will }), 0x9a, true)
  const client = await own.client()
  assert.equal(client.connack?.properties?.retainAvailable, 0)
  await client.subscribe('r', 0x08)
  client.send(publish('r', 'x'))
  assert.equal(await client.line(), 'publish r q0 x')
  // 3.1.1 has no word for it: the message is delivered, and not retained.
  const old = await own.client({ version: 4, will })
  old.send(publish('r', 'y', { retain: true, version: 4 }))
  assert.equal(await client.line(), 'publish r q0 retain y')
  const late = await own.client()
  late.send(subscribe(1, [['r', 0]]))
  assert.deepEqual(await late.sync(), ['suback 1 [0]'])
  client.send(publish('r', 'z', { retain: true }))
  assert.equal(await client.line(), 'disconnect 0x9a')
  await client.ended()
  await own.stop()
})

test('[MQTT-3.2.2-15] a packet longer than the maximum that CONNACK tells ends the connection', async () => {
  const client = await hub.client()
  assert.equal(client.connack?.properties?.maximumPacketSize, 1000)
  client.send(publish('t', 'x'.repeat(1000 - 7), { qos: 1 }))
  // 1 first byte, 2 of length, 3 of topic, 2 of identifier, 1 of properties: two too many.
  assert.equal(await client.line(), 'disconnect 0x95')
  await client.ended()
  const other = await hub.client()
  other.send(publish('u', 'x'.repeat(1000 - 9), { qos: 1 }))
  assert.equal(await other.line(), 'puback 1 0x10')
})

test('[MQTT-3.2.2-17] [MQTT-3.3.2-9] an alias above the maximum that CONNACK tells is 0x94', async () => {
  const client = await hub.client()
  assert.equal(client.connack?.properties?.topicAliasMaximum, 5)
  client.send(publish('t', 'x', { properties: topicAlias(6) }))
  assert.equal(await client.line(), 'disconnect 0x94')
  await client.ended()
})

test('[MQTT-3.2.2-21] the keep-alive that CONNACK tells is the one that counts', async () => {
  const own = await Hub.open({ limits: { keepAliveMaxS: 100 } })
  const client = await own.client({ keepAlive: 5000 })
  assert.equal(client.connack?.properties?.serverKeepAlive, 100)
  await own.clock.advance(160_000)
  assert.equal(await client.line(), 'disconnect 0x8d')
  await own.stop()
})

test('[MQTT-3.2.2-22] without one the client keeps to its own', async () => {
  const own = await Hub.open()
  const client = await own.client({ keepAlive: 50 })
  assert.equal(client.connack?.properties?.serverKeepAlive, undefined)
  await own.clock.advance(70_000)
  assert.deepEqual(await client.sync(), [])
  await own.clock.advance(80_000)
  assert.equal(await client.line(), 'disconnect 0x8d')
  await own.stop()
})
