// MQTT 5.0, section 3.3: PUBLISH.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { data, packet, raw, uint16, type Part } from '../fixtures/packets/bytes.ts'
import { Hub } from './hub.ts'
import { ack, expiry, publish, receiveMaximum, subscribe, topicAlias, userProperty } from './packets.ts'

let hub: Hub
before(async () => {
  hub = await Hub.open({ limits: { receiveMaximum: 5, topicAliasMaximum: 5 } })
})
after(() => hub.stop())

/** What a later subscriber finds retained, asking with these options. */
async function retained(filter: string, options = 0): Promise<string[]> {
  const client = await hub.client()
  client.send(subscribe(1, [[filter, options]]))
  return (await client.sync()).slice(1)
}

/** What one subscriber gets of a message with these properties. */
async function forwarded(properties: Part[]): Promise<Record<string, unknown>> {
  const client = await hub.client()
  const topic = `forward/${hub.name()}`
  await client.subscribe(topic, 0)
  client.send(publish(topic, 'x', { properties }))
  return { ...(await client.publish()).properties }
}

test('[MQTT-3.3.1-1] what is sent again has DUP 1', async () => {
  const id = hub.name()
  const client = await hub.client({ id, clean: false, expiry: 100 })
  await client.subscribe('again', 1)
  client.send(publish('again', 'x', { qos: 1 }))
  assert.deepEqual(new Set(await client.sync()), new Set(['publish again q1 # x', 'puback 1']))
  await client.lose()
  const back = await hub.client({ id, clean: false, expiry: 100 })
  assert.equal(await back.line(), 'publish again q1 # dup x')
})

test('[MQTT-3.3.1-2] DUP at QoS 0 ends the connection', () => hub.refuses(packet(0x38, 't', 0), 0x81))

test('[MQTT-3.3.1-3] DUP of the publisher does not carry over', async () => {
  const client = await hub.client()
  await client.subscribe('dup', 1)
  client.send(publish('dup', 'x', { qos: 1, dup: true }))
  assert.ok((await client.sync()).includes('publish dup q1 # x'))
})

test('[MQTT-3.3.1-4] QoS 3 ends the connection', () => hub.refuses(packet(0x36, 't', uint16(1), 0), 0x81))

test('[MQTT-3.3.1-5] RETAIN 1 replaces what was retained', async () => {
  const client = await hub.client()
  client.send(publish('r/5', 'old', { retain: true }), publish('r/5', 'new', { retain: true }))
  await client.sync()
  assert.deepEqual(await retained('r/5'), ['publish r/5 q0 retain new'])
})

test('[MQTT-3.3.1-6] [MQTT-3.3.1-7] RETAIN 1 without payload removes it, and goes to subscribers', async () => {
  const client = await hub.client()
  await client.subscribe('r/6', 0)
  client.send(publish('r/6', 'x', { retain: true }), publish('r/6', '', { retain: true }))
  assert.deepEqual(await client.sync(), ['publish r/6 q0 x', 'publish r/6 q0 '])
  assert.deepEqual(await retained('r/6'), [])
})

test('[MQTT-3.3.1-8] RETAIN 0 leaves alone what is retained, and retains nothing', async () => {
  const client = await hub.client()
  await client.subscribe('r/8', 0)
  client.send(publish('r/8', 'x'))
  await client.sync()
  assert.deepEqual(await retained('r/8'), [])
  client.send(publish('r/8', 'kept', { retain: true }), publish('r/8', 'x'), publish('r/8', ''))
  await client.sync()
  assert.deepEqual(await retained('r/8'), ['publish r/8 q0 retain kept'])
})

test('[MQTT-3.3.1-9] [MQTT-3.3.1-10] [MQTT-3.3.1-11] retain handling 0, 1 and 2', async () => {
  const sender = await hub.client()
  sender.send(publish('r/9', 'x', { retain: true }))
  await sender.sync()
  const answers: string[][] = []
  const client = await hub.client()
  for (const options of [0x20, 0x10, 0x00, 0x00, 0x20]) {
    client.send(subscribe(1, [['r/9', options]]))
    answers.push((await client.sync()).slice(1))
  }
  const message = ['publish r/9 q0 retain x']
  assert.deepEqual(answers, [[], [], message, message, []])
  assert.deepEqual(await retained('r/9', 0x10), message)
})

test('[MQTT-3.3.1-12] [MQTT-3.3.1-13] retain as published 0 and 1', async () => {
  const sender = await hub.client()
  for (const [options, expected] of [
    [0x00, ['publish r/12 q0 x', 'publish r/12 q0 y']],
    [0x08, ['publish r/12 q0 retain x', 'publish r/12 q0 y']],
  ] as const) {
    const client = await hub.client()
    await client.subscribe('r/12', options | 0x20)
    sender.send(publish('r/12', 'x', { retain: true }), publish('r/12', 'y'))
    await sender.sync()
    assert.deepEqual(await client.sync(), expected)
  }
})

test('[MQTT-3.3.2-1] a topic that is no text ends the connection', () =>
  hub.refuses(packet(0x30, data(Buffer.of(0xc0)), 0), 0x81))

test('[MQTT-3.3.2-2] wildcards in a topic end the connection', async () => {
  for (const topic of ['a/#', '+/b', 'a#']) await hub.refuses(publish(topic, 'x'), 0x81)
})

test('[MQTT-3.3.2-3] subscribers get the topic as published', async () => {
  const client = await hub.client()
  await client.subscribe('m/+/x/#', 0)
  client.send(publish('m/1/x/y/z', 'a'), publish('m/1/y', 'b'))
  assert.deepEqual(await client.sync(), ['publish m/1/x/y/z q0 a'])
})

test('[MQTT-3.3.2-4] the payload format indicator is passed on', async () => {
  assert.deepEqual(await forwarded([0x01, 1]), { payloadFormatIndicator: 1 })
  assert.deepEqual(await forwarded([0x01, 0]), { payloadFormatIndicator: 0 })
})

test('[MQTT-3.3.2-5] [MQTT-3.3.2-6] the time of a message runs out while it waits', async () => {
  const own = await Hub.open()
  const lasting = { id: 'reader', clean: false, expiry: 1000 }
  const first = await own.client(lasting)
  await first.subscribe('e', 1)
  await first.lose()
  const sender = await own.client()
  for (const [id, seconds] of [5, 60].entries()) {
    sender.send(publish('e', `${seconds}`, { qos: 1, id: id + 1, properties: expiry(seconds) }))
    assert.equal(await sender.line(), `puback ${id + 1}`)
  }
  await own.clock.advance(20_000)
  const back = await own.client(lasting)
  const got = await back.publish()
  assert.equal(got.properties?.messageExpiryInterval, 40)
  assert.deepEqual(await back.sync(), [])
  await own.stop()
})

test('[MQTT-3.3.2-7] an alias means nothing on another connection', async () => {
  const id = hub.name()
  const first = await hub.client({ id, clean: false, expiry: 100 })
  first.send(publish('t', 'x', { properties: topicAlias(1) }))
  await first.sync()
  await first.lose()
  const second = await hub.client({ id, clean: false, expiry: 100 })
  second.send(publish('t', 'x', { properties: topicAlias(2) }))
  assert.deepEqual(await second.sync(), [])
  second.send(publish('', 'x', { properties: topicAlias(1) }))
  assert.equal(await second.line(), 'disconnect 0x82')
})

test('[MQTT-3.3.2-8] alias 0 ends the connection', () =>
  hub.refuses(publish('t', 'x', { properties: topicAlias(0) }), 0x94))

test('[MQTT-3.3.2-12] all aliases up to the maximum are taken, and can be given anew', async () => {
  const client = await hub.client()
  await client.subscribe('al/#', 0)
  for (let alias = 1; alias <= 5; alias++) {
    client.send(publish(`al/${alias}`, '', { properties: topicAlias(alias) }))
  }
  client.send(publish('', '', { properties: topicAlias(3) }))
  client.send(publish('al/new', '', { properties: topicAlias(3) }))
  client.send(publish('', '', { properties: topicAlias(3) }))
  const topics = (await client.sync()).map((line) => line.split(' ')[1])
  assert.deepEqual(topics, ['al/1', 'al/2', 'al/3', 'al/4', 'al/5', 'al/3', 'al/new', 'al/new'])
})

test('[MQTT-3.3.2-13] a response topic that is no text ends the connection', () =>
  hub.refuses(publish('t', 'x', { properties: [0x08, data(Buffer.of(0xff))] }), 0x81))

test('[MQTT-3.3.2-14] wildcards in a response topic end the connection', () =>
  hub.refuses(publish('t', 'x', { properties: [0x08, 'a/+'] }), 0x81))

test('[MQTT-3.3.2-15] [MQTT-3.3.2-16] response topic and correlation data are passed on', async () => {
  const got = await forwarded([0x08, 'to/me', 0x09, data(Buffer.of(0, 255, 7))])
  assert.equal(got.responseTopic, 'to/me')
  assert.deepEqual([...(got.correlationData as Buffer)], [0, 255, 7])
})

test('[MQTT-3.3.2-17] [MQTT-3.3.2-18] user properties are passed on in their order', async () => {
  const pairs = [...userProperty('b', '1'), ...userProperty('a', ''), ...userProperty('b', '0')]
  const client = await hub.client()
  await client.subscribe('pairs', 0)
  client.send(publish('pairs', 'x', { properties: pairs }))
  await client.publish()
  assert.ok(client.hasHeard(...pairs))
})

test('[MQTT-3.3.2-19] a content type that is no text ends the connection', () =>
  hub.refuses(publish('t', 'x', { properties: [0x03, data(Buffer.of(0xff))] }), 0x81))

test('[MQTT-3.3.2-20] the content type is passed on', async () => {
  assert.deepEqual(await forwarded([0x03, 'text/plain']), { contentType: 'text/plain' })
})

test('[MQTT-3.3.4-1] each QoS gets its answer', async () => {
  const client = await hub.client()
  client.send(publish('t', 'x'), publish('t', 'x', { qos: 1, id: 1 }), publish('t', 'x', { qos: 2, id: 2 }))
  assert.deepEqual(
    (await client.sync()).map((line) => line.slice(0, 8)),
    ['puback 1', 'pubrec 2'],
  )
})

test('[MQTT-3.3.4-2] [MQTT-3.3.4-3] [MQTT-3.3.4-4] overlapping subscriptions: one copy, highest QoS', async () => {
  const client = await hub.client()
  await client.subscribe('o/#', 0, 0x0b, 7)
  await client.subscribe('o/+', 2, 0x0b, Buffer.of(0x80, 0x01))
  await client.subscribe('o/x', 1)
  const sender = await hub.client()
  sender.send(publish('o/x', 'x', { qos: 1 }))
  await sender.sync()
  const got = await client.publish()
  assert.equal(got.qos, 1)
  assert.deepEqual(
    got.properties?.subscriptionIdentifiers?.toSorted((a, b) => a - b),
    [7, 128],
  )
  assert.deepEqual(await client.sync(), [])
})

test('[MQTT-3.3.4-6] a subscription identifier from a client ends the connection', () =>
  hub.refuses(publish('t', 'x', { properties: [0x0b, 1] }), 0x82))

test('[MQTT-3.3.4-7] more unanswered messages than the maximum end the connection with 0x93', async () => {
  const client = await hub.client()
  assert.equal(client.connack?.properties?.receiveMaximum, 5)
  const messages = [1, 2, 3, 4, 5, 6].map((id) => publish('t', 'x', { qos: 2, id }))
  client.send(...messages)
  const lines: string[] = []
  while (!lines.at(-1)?.startsWith('disconnect')) lines.push(await client.line())
  assert.equal(lines.at(-1), 'disconnect 0x93')
  await client.ended()
})

test('[MQTT-3.3.4-9] [MQTT-3.3.4-10] the client’s maximum holds for messages and for nothing else', async () => {
  const client = await hub.client({ properties: receiveMaximum(2) })
  await client.subscribe('rm', 2)
  const sender = await hub.client()
  for (const id of [1, 2, 3, 4]) sender.send(publish('rm', `${id}`, { qos: 1, id }))
  sender.send(publish('rm', 'at once', { qos: 0 }))
  await sender.sync()
  client.send(subscribe(2, [['other', 0]]), publish('nobody', 'x', { qos: 1 }))
  const lines = await client.sync()
  const first = ['publish rm q1 # 1', 'publish rm q1 # 2', 'publish rm q0 at once']
  assert.deepEqual(lines.slice(0, 3), first)
  assert.deepEqual(lines.slice(3), ['suback 2 [0]', 'puback 1 0x10'])
  await client.lose()
})

test('[MQTT-3.3.4-9] room comes with PUBACK, PUBCOMP and a PUBREC that refuses', async () => {
  const client = await hub.client({ properties: receiveMaximum(1) })
  await client.subscribe('room', 2)
  const sender = await hub.client()
  for (const [id, qos] of [1, 2, 2, 1].entries()) {
    sender.send(publish('room', `${id}`, { qos: qos as 1, id: id + 1 }))
  }
  await sender.sync()
  const first = await client.publish()
  client.send(ack(0x40, first.packetId))
  const second = await client.publish()
  client.send(ack(0x50, second.packetId))
  assert.equal(await client.line(), `pubrel ${second.packetId}`)
  client.send(ack(0x70, second.packetId))
  const third = await client.publish()
  client.send(ack(0x50, third.packetId, 0x97))
  assert.equal(await client.line(), 'publish room q1 # 3')
})

test('a payload is any bytes, also none', async () => {
  const client = await hub.client()
  await client.subscribe('bytes', 0)
  client.send(publish('bytes', Buffer.of(0, 255)), publish('bytes', raw('')))
  const got = [await client.publish(), await client.publish()]
  assert.deepEqual(
    got.map((each) => each.source.toString('hex', each.payloadStart, each.payloadEnd)),
    ['00ff', ''],
  )
})
