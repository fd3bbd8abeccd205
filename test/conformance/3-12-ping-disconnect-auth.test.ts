// MQTT 5.0, sections 3.12 to 3.15: PINGREQ, DISCONNECT, AUTH.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { packet, uint32 } from '../fixtures/packets/bytes.ts'
import { Hub } from './hub.ts'
import { authMethod, connect, disconnect, maximumPacketSize, pingreq, publish } from './packets.ts'

let hub: Hub
before(async () => {
  hub = await Hub.open({
    beginExchange: () => ({ step: async () => ({ isAllowed: true, device: 'd', reasonCode: 0 }) }),
  })
})
after(() => hub.stop())

test('[MQTT-3.12.4-1] PINGREQ is answered', async () => {
  const client = await hub.client()
  client.send(pingreq)
  assert.equal(await client.line(), 'pingresp')
})

test('[MQTT-3.14.0-1] before CONNACK there is no DISCONNECT', async () => {
  const client = await hub.open()
  client.send(Buffer.of(0x10, 0xff, 0xff, 0xff, 0xff))
  // A CONNECT that can't be read is of no version: the connection ends without a word.
  await client.ended()
})

test('[MQTT-3.14.1-1] DISCONNECT with other flags is malformed', () => hub.refuses(packet(0xe1), 0x81))

test('[MQTT-3.14.2-1] DISCONNECT with a code that it has not is refused', async () => {
  await hub.refuses(packet(0xe0, 0x01), 0x82)
  await hub.refuses(packet(0xe0, 0x8e), 0x82)
})

test('[MQTT-3.14.2-2] the expiry of a DISCONNECT is the client’s to say, and not from nothing', async () => {
  // The decoder of the tests refuses a DISCONNECT of the hub with one.
  const client = await hub.client()
  client.send(packet(0xe0, 0x00, 5, 0x11, uint32(60)))
  assert.equal(await client.line(), 'disconnect 0x82')
  await client.ended()
})

test('[MQTT-3.14.2-3] the reason string of DISCONNECT is left out where it does not fit', async () => {
  for (const [size, hasReason] of [
    [1000, true],
    [20, false],
  ] as const) {
    const client = await hub.client({ properties: maximumPacketSize(size) })
    client.send(publish('a/#', 'x'))
    const last = (await client.next()) as { reasonCode: number; properties?: { reasonString?: string } }
    assert.equal(last.reasonCode, 0x81)
    assert.equal(last.properties?.reasonString !== undefined, hasReason)
  }
})

test('[MQTT-3.14.4-1] [MQTT-3.14.4-2] after its DISCONNECT the hub says no more and closes', async () => {
  const client = await hub.client()
  client.send(packet(0x30, 'a/#', 0), pingreq, publish('t', 'x', { qos: 1 }))
  assert.equal(await client.line(), 'disconnect 0x81')
  await client.ended()
})

test('[MQTT-3.14.4-3] DISCONNECT 0x00 takes the will back, 0x04 does not', async () => {
  const sees = await hub.client()
  await sees.subscribe('bye/#', 0)
  for (const [last, topic] of [
    [disconnect, 'bye/quietly'],
    [packet(0xe0, 0x04), 'bye/aloud'],
  ] as const) {
    const client = await hub.client({ will: { topic, payload: 'x' } })
    client.send(last)
    await client.ended()
  }
  assert.deepEqual(await sees.sync(), ['publish bye/aloud q0 x'])
})

test('[MQTT-3.15.1-1] AUTH with other flags is malformed', () =>
  hub.refuses(packet(0xf1, 0x18, 4, 0x15, 'M'), 0x81))

test('[MQTT-3.15.2-1] AUTH with a code that it has not is refused', async () => {
  const client = await hub.open()
  client.send(connect({ id: 'auth', properties: authMethod('M') }))
  assert.equal(await client.line(), 'connack new 0')
  client.send(packet(0xf0, 0x00, 4, 0x15, 'M'))
  assert.equal(await client.line(), 'disconnect 0x82')
  await client.ended()
})
