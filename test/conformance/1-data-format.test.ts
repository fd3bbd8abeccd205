// MQTT 5.0, chapters 1 and 2: how values and fixed headers look.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { data, packet, properties, raw, uint16 } from '../fixtures/packets/bytes.ts'
import { Hub } from './hub.ts'
import { ack, connect, connectWith, publish, subscribe, unsubscribe, userProperty } from './packets.ts'

let hub: Hub
before(async () => {
  hub = await Hub.open()
})
after(() => hub.stop())

const text = (...content: number[]): Buffer => data(Buffer.from(content))

test('[MQTT-1.5.4-1] ill-formed UTF-8, surrogates included, ends the connection', async () => {
  for (const wrong of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xe2, 0x82]]) {
    await hub.refuses(packet(0x30, text(...wrong), 0), 0x81)
    await hub.refuses(packet(0x82, uint16(1), 0, text(...wrong), 0), 0x81)
  }
})

test('[MQTT-1.5.4-2] U+0000 ends the connection, wherever there is text', async () => {
  await hub.refuses(packet(0x30, text(0x61, 0), 0), 0x81)
  await hub.refuses(packet(0x30, 't', properties(0x03, text(0x61, 0))), 0x81)
  await hub.refuses(packet(0x82, uint16(1), 0, text(0x61, 0), 0), 0x81)
  await hub.refuses(connectWith(0x02, text(0x61, 0)), 0x81, true)
  await hub.refuses(connectWith(0x82, 'c', text(0xc3, 0xa4, 0)), 0x81, true)
})

test('[MQTT-1.5.4-3] a byte order mark is kept', async () => {
  const client = await hub.client()
  await client.subscribe('\ufeffbom', 0)
  client.send(publish('bom', 'without'), publish('\ufeffbom', 'with'))
  assert.deepEqual(await client.sync(), ['publish \ufeffbom q0 with'])
})

test('[MQTT-1.5.5-1] a length in more bytes than it needs ends the connection', async () => {
  await hub.refuses(Buffer.of(0xc0, 0x80, 0x00), 0x81)
  await hub.refuses(packet(0x30, 't', Buffer.of(0x80, 0x00)), 0x81)
})

test('[MQTT-1.5.7-1] both halves of a user property are text', async () => {
  await hub.refuses(packet(0x30, 't', properties(0x26, text(0xff), 'v')), 0x81)
  await hub.refuses(packet(0x30, 't', properties(0x26, 'n', text(0))), 0x81)
})

test('[MQTT-2.1.3-1] reserved flags of the fixed header end the connection', async () => {
  // Right in all else.
  for (const first of [0x41, 0x44, 0x52, 0x72, 0x78]) await hub.refuses(packet(first, uint16(1)), 0x81)
  for (const first of [0xc1, 0xc2, 0xc8]) await hub.refuses(packet(first), 0x81)
  const [, ...rest] = connect({ id: 'c' })
  const client = await hub.open()
  client.send(Buffer.of(0x11, ...rest))
  assert.equal(await client.line(), 'connack new 129')
  await client.ended()
})

test('[MQTT-2.2.1-2] PUBLISH at QoS 0 has no packet identifier, in neither direction', async () => {
  const client = await hub.client()
  await client.subscribe('no/id', 2)
  // What would be an identifier is a property length and payload.
  client.send(packet(0x30, 'no/id', 0, 7))
  const got = await client.publish()
  assert.equal(got.packetId, 0)
  assert.equal(got.payloadEnd - got.payloadStart, 1)
})

test('[MQTT-2.2.1-3] an identifier of 0 ends the connection', async () => {
  await hub.refuses(packet(0x32, 't', uint16(0), 0), 0x82)
  await hub.refuses(subscribe(0, [['t', 0]]), 0x82)
  await hub.refuses(unsubscribe(0, 't'), 0x82)
})

test('[MQTT-2.2.1-4] identifiers of messages in flight are all different', async () => {
  const client = await hub.client()
  await client.subscribe('ids', 1)
  for (let n = 0; n < 100; n++) client.send(publish('ids', `${n}`, { qos: 1, id: 1 + (n % 50) }))
  const seen = new Set<number>()
  while (seen.size < 100) {
    const packet_ = await client.next()
    if (packet_.type !== 'publish') continue
    assert.ok(packet_.packetId > 0 && !seen.has(packet_.packetId))
    seen.add(packet_.packetId)
  }
})

test('[MQTT-2.2.1-5] each answer in an exchange carries the identifier of its PUBLISH', async () => {
  const client = await hub.client()
  client.send(publish('t', 'x', { qos: 1, id: 258 }), publish('t', 'x', { qos: 2, id: 772 }))
  assert.equal(await client.line(), 'puback 258 0x10')
  assert.equal(await client.line(), 'pubrec 772 0x10')
  client.send(ack(0x62, 772))
  assert.equal(await client.line(), 'pubcomp 772')
  await client.subscribe('back', 2)
  client.send(publish('back', 'x', { qos: 2, id: 9 }))
  const packets = [await client.next(), await client.next()]
  const got = packets.find(({ type }) => type === 'publish') as { packetId: number }
  client.send(ack(0x50, got.packetId))
  assert.equal(await client.line(), `pubrel ${got.packetId}`)
})

test('[MQTT-2.2.1-6] SUBACK and UNSUBACK carry the identifier of the request', async () => {
  const client = await hub.client()
  client.send(subscribe(4660, [['t', 0]]), unsubscribe(65_535, 't'))
  assert.equal(await client.line(), 'suback 4660 [0]')
  assert.equal(await client.line(), 'unsuback 65535 [0]')
})

test('[MQTT-2.2.2-1] without a property length the packet is malformed', async () => {
  await hub.refuses(packet(0x30, 't'), 0x81)
  await hub.refuses(packet(0x10, 'MQTT', 5, 2, uint16(0), raw('')), 0x81, true)
  const client = await hub.client()
  await client.subscribe('t/len', 0)
  client.send(publish('t/len', 'x', { properties: userProperty('a', 'b') }))
  assert.deepEqual((await client.publish()).properties?.userProperties, [['a', 'b']])
})

test('3.1.1 and 3.1 clients are served beside it', async () => {
  for (const version of [3, 4] as const) {
    const client = await hub.open(version)
    client.send(connect({ version, id: hub.name() }))
    assert.equal(await client.line(), 'connack new 0')
    client.send(packet(0x82, uint16(1), 't', 1), publish('t', 'x', { qos: 1, version: 4 }))
    const lines = new Set([await client.line(), await client.line(), await client.line()])
    assert.deepEqual(lines, new Set(['suback 1 [1]', 'puback 1', 'publish t q1 # x']))
  }
})
