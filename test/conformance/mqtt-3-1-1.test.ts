// MQTT 3.1.1 where it asks for something else than 5.0, and 3.1. What both ask for is tested in 5.0.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { data, packet, raw, uint16, type Part } from '../fixtures/packets/bytes.ts'
import { Hub, type RawClient } from './hub.ts'
import { ack, connect, disconnect, publish, type ConnectFields, type PublishFields } from './packets.ts'

let hub: Hub
before(async () => {
  hub = await Hub.open({ limits: { subscriptionsPerSessionMax: 4, clientIdBytesMax: 40 } })
})
after(() => hub.stop())

const version = 4
const kept = { clean: false }

function client(fields: ConnectFields = {}): Promise<RawClient> {
  return hub.client({ version, ...fields })
}

/** CONNECT with these flags and this payload. */
function connectOf(flags: number, ...payload: Part[]): Buffer {
  return packet(0x10, 'MQTT', version, flags, uint16(0), ...payload)
}

function subscribeTo(id: number, ...filters: [filter: string, qos: number][]): Buffer {
  return packet(0x82, uint16(id), ...filters.flat())
}

function publishOf(topic: string, payload: string, fields: PublishFields = {}): Buffer {
  return publish(topic, payload, { version, ...fields })
}

async function subscriber(filter: string, qos: number, fields: ConnectFields = {}): Promise<RawClient> {
  const made = await client(fields)
  made.send(subscribeTo(1, [filter, qos]))
  assert.equal(await made.line(), `suback 1 [${qos}]`)
  return made
}

/** These bytes end a connection that stands, and nothing is said before. */
async function closes(bytes: Buffer): Promise<void> {
  const made = await client()
  made.send(bytes)
  await made.ended()
}

/** This CONNECT is answered with this return code, or with nothing, and the connection ends. */
async function refuses(sent: Buffer, code: number | undefined): Promise<void> {
  const made = await hub.open(version)
  made.send(sent)
  if (code !== undefined) assert.equal(await made.line(), `connack new ${code}`)
  await made.ended()
}

test('[3.1.1 2.2.2-2] [3.1.1 3.14.1-1] wrong flags end the connection', async () => {
  for (const first of [0x60, 0x41, 0x5a, 0x7f]) await closes(packet(first, uint16(1)))
  await closes(packet(0x80, uint16(1), 't', 0))
  await closes(packet(0xc8))
  await closes(packet(0xe1))
})

test('[3.1.1 3.1.2-2] a protocol level that is not served is refused with 1', async () => {
  for (const level of [0, 2, 3, 0x84]) {
    await refuses(packet(0x10, 'MQTT', level, 2, uint16(0), 'c'), 1)
  }
})

test('[3.1.1 3.1.2-3] [3.1.1 3.1.2-11] [3.1.1 3.1.2-22] [3.1.1 3.1.4-1] a CONNECT of the wrong form gets no answer', async () => {
  await refuses(connectOf(0x03, 'c'), undefined)
  for (const flags of [0x0a, 0x12, 0x22, 0x1e]) await refuses(connectOf(flags, 'c'), undefined)
  await refuses(connectOf(0x02, 'c', 'topic', data(raw('will'))), undefined)
  await refuses(connectOf(0x42, 'c', data(raw('password'))), undefined)
  await refuses(connectOf(0x82, 'c'), undefined)
  await refuses(connectOf(0x06, 'c', 'topic'), undefined)
  await refuses(connectOf(0x06, 'c', 'a/#', data(raw('will'))), undefined)
  await refuses(packet(0x10, 'MQTT', version, 2), undefined)
})

test('[3.1.1 3.1.2-4] [3.1.1 3.1.2-5] [3.1.1 3.2.2-2] [3.1.1 3.2.2-3] [3.1.1 4.1.0-1] without Clean Session all is kept', async () => {
  const id = hub.name()
  const first = await subscriber('kept/+', 2, { id, ...kept })
  assert.equal(first.connack?.sessionPresent, false)
  first.send(disconnect)
  await first.ended()
  const sender = await client()
  for (const qos of [0, 1, 2] as const) sender.send(publishOf('kept/t', `${qos}`, { qos, id: qos + 1 }))
  await sender.sync()
  const second = await client({ id, ...kept })
  assert.equal(second.connack?.sessionPresent, true)
  // QoS 0 is not kept for who is away.
  assert.deepEqual(await second.sync(), ['publish kept/t q1 # 1', 'publish kept/t q2 # 2'])
})

test('[3.1.1 3.1.2-6] [3.1.1 3.2.2-1] Clean Session begins anew and leaves nothing', async () => {
  const id = hub.name()
  await (await subscriber('clean/t', 1, { id, ...kept })).lose()
  const second = await client({ id })
  assert.equal(second.connack?.sessionPresent, false)
  second.send(publishOf('clean/t', 'x'))
  assert.deepEqual(await second.sync(), [])
  second.send(subscribeTo(1, ['clean/t', 1]))
  await second.sync()
  await second.lose()
  const third = await client({ id, ...kept })
  assert.equal(third.connack?.sessionPresent, false)
  third.send(publishOf('clean/t', 'x'))
  assert.deepEqual(await third.sync(), [])
})

test('[3.1.1 3.1.2-7] retained messages outlive the session that sent them', async () => {
  const sender = await client()
  sender.send(publishOf('outlives', 'x', { retain: true }))
  await sender.sync()
  await sender.lose()
  const late = await subscriber('outlives', 0)
  assert.deepEqual(await late.sync(), ['publish outlives q0 retain x'])
})

test('[3.1.1 3.1.2-8] [3.1.1 3.1.2-12] [3.1.1 3.14.4-3] a will is published unless DISCONNECT took it back', async () => {
  const sees = await subscriber('wills/+', 0)
  const quiet = await client({ will: { topic: 'wills/a', payload: 'quiet' } })
  quiet.send(disconnect)
  await quiet.ended()
  await (await client()).lose()
  const broken = await client({ will: { topic: 'wills/b', payload: 'broken' } })
  broken.send(packet(0x30, 'a/#'))
  await broken.ended()
  const lost = await client({ will: { topic: 'wills/c', payload: 'lost' } })
  await lost.lose()
  assert.deepEqual(await sees.sync(), ['publish wills/b q0 broken', 'publish wills/c q0 lost'])
})

test('[3.1.1 3.1.2-24] silence for one and a half keep-alives ends the connection as if cut off', async () => {
  const own = await Hub.open()
  const sees = await own.client()
  await sees.subscribe('silent', 0)
  const silent = await own.client({ version, keepAlive: 10, will: { topic: 'silent', payload: 'x' } })
  await own.clock.advance(14_000)
  assert.deepEqual(await silent.sync(), [])
  await own.clock.advance(17_000)
  await silent.ended()
  assert.equal(await sees.line(), 'publish silent q0 x')
  // Who asks for none may be silent for ever.
  const patient = await own.client({ version })
  await own.clock.advance(10_000_000)
  assert.deepEqual(await patient.sync(), [])
  await own.stop()
})

test('[3.1.1 3.1.3-6] [3.1.1 3.1.3-8] [3.1.1 3.1.3-9] [3.1.1 3.2.2-4] [3.1.1 3.2.2-5] no identifier, and one that is refused', async () => {
  const nameless = [await client({ id: '' }), await client({ id: '' })]
  for (const one of nameless) assert.deepEqual(await one.sync(), [])
  await refuses(connect({ version, id: '', clean: false }), 2)
  await refuses(connect({ version, id: 'x'.repeat(41) }), 2)
})

test('[3.1.1 3.1.4-2] a second connection ends the first, without a word', async () => {
  const id = hub.name()
  const first = await client({ id })
  const second = await client({ id })
  await first.ended()
  assert.deepEqual(await second.sync(), [])
})

test('[3.1.1 3.1.4-4] CONNACK is two bytes long', async () => {
  const made = await client()
  assert.equal(made.connack?.reasonCode, 0)
  assert.equal(made.connack?.properties, undefined)
})

test('[3.1.1 3.3.1-6] [3.1.1 3.3.1-8] [3.1.1 3.3.1-9] [3.1.1 3.8.4-3] retained to new subscriptions alone, again for each SUBSCRIBE', async () => {
  const made = await subscriber('kept/1', 1)
  made.send(publishOf('kept/1', 'x', { qos: 1, retain: true }))
  assert.deepEqual((await made.sync()).toSorted(), ['puback 1', 'publish kept/1 q1 # x'])
  made.send(subscribeTo(2, ['kept/1', 0]))
  assert.deepEqual(await made.sync(), ['suback 2 [0]', 'publish kept/1 q0 retain x'])
})

test('[3.1.1 3.3.4-1] answers have no reason codes, whatever becomes of the message', async () => {
  const sender = await client()
  sender.send(publishOf('nobody', 'x', { qos: 1 }), publishOf('nobody', 'x', { qos: 2, id: 2 }), ack(0x62, 2))
  assert.deepEqual(await sender.sync(), ['puback 1', 'pubrec 2', 'pubcomp 2'])
  sender.send(ack(0x62, 99), ack(0x50, 98))
  assert.deepEqual((await sender.sync()).toSorted(), ['pubcomp 99', 'pubrel 98'])
})

test('[3.1.1 3.3.5-2] what a client may not publish ends the connection', async () => {
  for (const qos of [1, 2] as const) await closes(publishOf('$SYS/mine', 'x', { qos }))
})

test('[3.1.1 3.8.3-4] a byte that is no QoS ends the connection', async () => {
  for (const qos of [3, 4, 0x80]) await closes(subscribeTo(1, ['t', qos]))
  await closes(packet(0x82, uint16(1)))
})

test('[3.1.1 3.9.3-2] a subscription that fails is 0x80, whatever the reason', async () => {
  const made = await client()
  made.send(subscribeTo(7, ['a', 0], ['b', 1], ['c', 2], ['d', 2], ['e', 1]))
  assert.equal(await made.line(), 'suback 7 [0,1,2,2,128]')
})

test('[3.1.1 3.10.4-4] [3.1.1 3.10.4-5] UNSUBACK is the identifier alone', async () => {
  const made = await subscriber('t', 0)
  made.send(packet(0xa2, uint16(770), 't', 'never'))
  // The decoder of the test refuses more.
  assert.equal(await made.line(), 'unsuback 770 []')
})

test('[3.1.1 4.3.3-1] [3.1.1 4.4.0-1] unanswered PUBLISH and PUBREL are sent again under their identifiers', async () => {
  const id = hub.name()
  const first = await subscriber('again/#', 2, { id, ...kept })
  const sender = await client()
  for (const qos of [1, 2, 2] as const)
    sender.send(publishOf('again/t', `${qos}`, { qos, id: 3 }), ack(0x62, 3))
  await sender.sync()
  const [one, two, three] = [await first.publish(), await first.publish(), await first.publish()]
  assert.deepEqual([one.dup, two.dup, three.dup], [false, false, false])
  first.send(ack(0x50, two.packetId))
  assert.equal(await first.line(), `pubrel ${two.packetId}`)
  await first.lose()
  const second = await client({ id, ...kept })
  const resent = [await second.next(), await second.next(), await second.next()]
  const seen = resent.map((each) =>
    each.type === 'publish' ? [each.type, each.packetId, each.dup] : [each.type],
  )
  assert.deepEqual(
    seen.toSorted(),
    [['publish', one.packetId, true], ['publish', three.packetId, true], ['pubrel']].toSorted(),
  )
  second.send(
    ack(0x40, one.packetId),
    ack(0x50, three.packetId),
    ack(0x70, two.packetId),
    ack(0x70, three.packetId),
  )
  assert.deepEqual(await second.sync(), [`pubrel ${three.packetId}`])
  await second.lose()
  assert.deepEqual(await (await client({ id, ...kept })).sync(), [])
})

test('[3.1.1 4.8.0-1] who breaks the protocol is cut off without a word', async () => {
  for (const wrong of [
    connect({ version, id: 'again' }),
    packet(0xf0),
    packet(0x00),
    packet(0x20, 0, 0),
    packet(0xd0),
    packet(0x32, 't', uint16(0)),
    packet(0x36, 't', uint16(1)),
    packet(0x30, ''),
    packet(0x38, 't'),
    packet(0xa2, uint16(1)),
    subscribeTo(0, ['t', 0]),
    subscribeTo(1, ['a/#/b', 0]),
    Buffer.of(0x30, 0xff, 0xff, 0xff, 0xff, 0x01),
  ]) {
    await closes(wrong)
  }
})

test('messages cross between versions, without what 3.1.1 has not', async () => {
  const old = await subscriber('cross', 2)
  const young = await hub.client()
  await young.subscribe('cross', 2)
  young.send(publish('cross', 'from 5.0', { properties: [0x03, 'text/plain', 0x26, 'a', 'b'] }))
  assert.equal(await old.line(), 'publish cross q0 from 5.0')
  assert.equal((await young.publish()).properties?.contentType, 'text/plain')
  old.send(publishOf('cross', 'from 3.1.1'))
  assert.equal(await old.line(), 'publish cross q0 from 3.1.1')
  assert.equal((await young.publish()).properties, undefined)
})

test('3.1 has no Session Present, and marks what it sends again', async () => {
  const id = hub.name()
  const first = await hub.client({ version: 3, id, clean: false })
  first.send(subscribeTo(1, ['three', 1]))
  assert.equal(await first.line(), 'suback 1 [1]')
  await first.lose()
  const sender = await client()
  sender.send(publishOf('three', 'x', { qos: 1 }))
  await sender.sync()
  const second = await hub.client({ version: 3, id, clean: false })
  assert.equal(second.connack?.sessionPresent, false)
  assert.equal(await second.line(), 'publish three q1 # x')
  second.send(packet(0x8a, uint16(5), 'three', 0), packet(0x6a, uint16(6)))
  const answers = [await second.line(), await second.line()]
  assert.deepEqual(answers.toSorted(), ['pubcomp 6', 'suback 5 [0]'])
})

test('3.1 has flags in CONNECT that mean nothing, and no client without identifier', async () => {
  const made = await hub.open(3)
  const [, ...rest] = packet(0x10, 'MQIsdp', 3, 0x03, uint16(0), hub.name())
  made.send(Buffer.of(0x1b, ...rest))
  assert.equal(await made.line(), 'connack new 0')
  const nameless = await hub.open(3)
  nameless.send(connect({ version: 3, id: '' }))
  assert.equal(await nameless.line(), 'connack new 2')
  await nameless.ended()
})

test('control characters in names end the connection, as in topics', async () => {
  for (const name of ['a\u0001', '\u001f', 'b\u007fc', '\u009f']) {
    await refuses(connectOf(0x02, name), undefined)
    await refuses(connectOf(0x82, 'c', name), undefined)
    await hub.refuses(connect({ id: name }), 0x81, true)
  }
})
