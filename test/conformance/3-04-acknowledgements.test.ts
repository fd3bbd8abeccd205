// MQTT 5.0, sections 3.4 to 3.7: PUBACK, PUBREC, PUBREL, PUBCOMP.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { packet, uint16 } from '../fixtures/packets/bytes.ts'
import { Hub } from './hub.ts'
import { ack, maximumPacketSize, publish } from './packets.ts'

let hub: Hub
before(async () => {
  hub = await Hub.open()
})
after(() => hub.stop())

const notText = { properties: [0x01, 1] }
const wrong = Buffer.of(0xff)

test('[MQTT-3.4.2-1] [MQTT-3.5.2-1] PUBACK and PUBREC use their codes, and are refused with others', async () => {
  const client = await hub.client()
  client.send(publish('t', 'x', { qos: 1 }), publish('t', wrong, { qos: 1, id: 2, ...notText }))
  client.send(publish('t', 'x', { qos: 2, id: 3 }), publish('t', wrong, { qos: 2, id: 4, ...notText }))
  assert.deepEqual(await client.sync(), ['puback 1 0x10', 'puback 2 0x99', 'pubrec 3 0x10', 'pubrec 4 0x99'])
  await hub.refuses(ack(0x40, 1, 0x92), 0x82)
  await hub.refuses(ack(0x50, 1, 0x01), 0x82)
})

test('[MQTT-3.4.2-2] [MQTT-3.5.2-2] a reason string is left out where it does not fit', async () => {
  for (const [size, hasReason] of [
    [1000, true],
    [40, false],
  ] as const) {
    const client = await hub.client({ properties: maximumPacketSize(size) })
    client.send(publish('t', wrong, { qos: 1, ...notText }), publish('t', wrong, { qos: 2, ...notText }))
    for (let n = 0; n < 2; n++) {
      const answer = (await client.next()) as { properties?: { reasonString?: string } }
      assert.equal(answer.properties?.reasonString !== undefined, hasReason)
    }
  }
})

test('[MQTT-3.6.1-1] PUBREL with other flags ends the connection', async () => {
  for (const first of [0x60, 0x61, 0x63, 0x6a]) await hub.refuses(packet(first, uint16(1)), 0x81)
})

test('[MQTT-3.6.2-1] [MQTT-3.7.2-1] PUBREL and PUBCOMP of what is not known say 0x92', async () => {
  const client = await hub.client()
  client.send(ack(0x50, 77), ack(0x62, 78))
  assert.deepEqual(await client.sync(), ['pubrel 77 0x92', 'pubcomp 78 0x92'])
  await hub.refuses(ack(0x62, 1, 0x10), 0x82)
  await hub.refuses(ack(0x70, 1, 0x80), 0x82)
})

test('answers to nothing are left alone', async () => {
  const client = await hub.client()
  client.send(ack(0x40, 5), ack(0x70, 6))
  assert.deepEqual(await client.sync(), [])
})
