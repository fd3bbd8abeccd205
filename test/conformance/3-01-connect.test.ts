// MQTT 5.0, section 3.1: CONNECT.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { data, packet, properties, raw, uint16, uint32 } from '../fixtures/packets/bytes.ts'
import { Hub, type RawClient } from './hub.ts'
import {
  authMethod,
  connect,
  connectWith,
  disconnect,
  maximumPacketSize,
  pingreq,
  publish,
  subscribe,
  topicAliasMaximum,
  userProperty,
} from './packets.ts'

let hub: Hub
let picky: Hub
before(async () => {
  hub = await Hub.open()
  picky = await Hub.open({
    authenticate: ({ username }) =>
      username === 'in'
        ? { isAllowed: true, device: 'd', reasonCode: 0 }
        : { isAllowed: false, device: '', reasonCode: 0x86 },
    beginExchange: () => ({ step: async () => ({ challenge: Buffer.of(1) }) }),
  })
})
after(async () => {
  await hub.stop()
  await picky.stop()
})

const lasting = { clean: false, expiry: 100 }

/** Somebody who sees the wills of the test. */
async function watcher(topic: string, options = 2): Promise<RawClient> {
  const client = await hub.client()
  await client.subscribe(topic, options)
  return client
}

test('[MQTT-3.1.0-1] a first packet that is not CONNECT ends the connection', async () => {
  const oldSubscribe = packet(0x82, uint16(1), 't', 0)
  const auth = packet(0xf0, 0x18, 4, 0x15, 'M')
  for (const first of [
    pingreq,
    disconnect,
    publish('t', 'x'),
    subscribe(1, [['t', 0]]),
    oldSubscribe,
    auth,
  ]) {
    const client = await hub.open()
    client.send(first)
    await client.ended()
  }
})

test('[MQTT-3.1.0-2] a second CONNECT ends the connection', () => hub.refuses(connect(), 0x82))

test('[MQTT-3.1.2-1] another protocol name is refused', async () => {
  for (const [name, level] of [
    ['MQTX', 4],
    ['MQTX', 3],
    ['MQIsdp', 4],
    ['mqtt', 4],
    ['', 4],
  ] as const) {
    const client = await hub.open(4)
    client.send(packet(0x10, name, level, 2, uint16(0), 'c'))
    assert.equal(await client.line(), 'connack new 1')
    await client.ended()
  }
})

test('[MQTT-3.1.2-2] another protocol version is refused, in words its client understands', async () => {
  await hub.refuses(packet(0x10, 'MQTT', 6, 2, uint16(0), 0, 'c'), 0x84, true)
  const old = await hub.open(4)
  old.send(packet(0x10, 'MQTT', 2, 2, uint16(0), 'c'))
  assert.equal(await old.line(), 'connack new 1')
  await old.ended()
})

test('[MQTT-3.1.2-3] the reserved connect flag ends the connection', () =>
  hub.refuses(connectWith(0x03, 'c'), 0x81, true))

test('[MQTT-3.1.2-4] [MQTT-3.1.4-4] [MQTT-3.2.2-2] Clean Start 1 begins anew', async () => {
  const id = hub.name()
  const first = await hub.client({ id, ...lasting })
  await first.subscribe('clean/start', 0)
  await first.lose()
  const second = await hub.client({ id, clean: true, expiry: 100 })
  assert.equal(second.connack?.sessionPresent, false)
  second.send(publish('clean/start', 'x'))
  assert.deepEqual(await second.sync(), [])
})

test('[MQTT-3.1.2-5] [MQTT-3.1.2-23] [MQTT-3.1.3-2] [MQTT-3.2.2-3] Clean Start 0 goes on', async () => {
  const id = hub.name()
  const first = await hub.client({ id, ...lasting })
  await first.subscribe('go/on', 1)
  await first.lose()
  const other = await hub.client()
  other.send(publish('go/on', 'missed', { qos: 1 }))
  assert.equal(await other.line(), 'puback 1')
  const second = await hub.client({ id, ...lasting })
  assert.equal(second.connack?.sessionPresent, true)
  assert.equal(await second.line(), 'publish go/on q1 # missed')
})

test('[MQTT-3.1.2-6] Clean Start 0 without a session begins one', async () => {
  const client = await hub.client({ clean: false })
  assert.equal(client.connack?.sessionPresent, false)
})

test('[MQTT-3.1.2-7] [MQTT-3.1.2-8] [MQTT-3.1.2-14] a will is kept, and published when the network fails', async () => {
  const sees = await watcher('will/1', 0x0a)
  const client = await hub.client({ will: { topic: 'will/1', payload: 'gone', qos: 1 } })
  assert.deepEqual(await sees.sync(), [])
  await client.lose()
  assert.equal(await sees.line(), 'publish will/1 q1 # gone')
  const late = await hub.client()
  late.send(subscribe(1, [['will/1', 0]]))
  assert.deepEqual(await late.sync(), ['suback 1 [0]'])
})

test('[MQTT-3.1.2-9] a will without properties, topic or payload ends the connection', async () => {
  await hub.refuses(connectWith(0x06, 'c'), 0x81, true)
  await hub.refuses(connectWith(0x06, 'c', 0, 'topic'), 0x81, true)
})

test('[MQTT-3.1.2-10] a will is published once', async () => {
  const own = await Hub.open()
  const sees = await own.client()
  await sees.subscribe('will/once', 1)
  const first = await own.client({ id: 'w', ...lasting, will: { topic: 'will/once', payload: 'x' } })
  await first.lose()
  assert.equal(await sees.line(), 'publish will/once q0 x')
  await own.clock.advance(10_000)
  assert.deepEqual(await sees.sync(), [])
  const second = await own.client({ id: 'w', ...lasting })
  await second.lose()
  // The end of the session would be the last occasion for it.
  await own.clock.advance(200_000)
  assert.deepEqual(await sees.sync(), [])
  await own.stop()
})

test('[MQTT-3.1.2-11] a will QoS without a will ends the connection', () =>
  hub.refuses(connectWith(0x0a, 'c'), 0x81, true))

test('[MQTT-3.1.2-12] will QoS 3 ends the connection, 0 to 2 are taken', async () => {
  await hub.refuses(connectWith(0x1e, 'c', 0, 't', data(raw('x'))), 0x81, true)
  const sees = await watcher('will/qos', 2)
  for (const qos of [0, 1, 2]) {
    const client = await hub.client({ will: { topic: 'will/qos', payload: `${qos}`, qos } })
    await client.lose()
    assert.equal((await sees.publish()).qos, qos)
  }
})

test('[MQTT-3.1.2-13] will retain without a will ends the connection', () =>
  hub.refuses(connectWith(0x22, 'c'), 0x81, true))

test('[MQTT-3.1.2-15] a will with retain is retained', async () => {
  const client = await hub.client({ will: { topic: 'will/kept', payload: 'x', retain: true } })
  await client.lose()
  const late = await hub.client()
  late.send(subscribe(1, [['will/kept', 0]]))
  assert.deepEqual(await late.sync(), ['suback 1 [0]', 'publish will/kept q0 retain x'])
})

test('[MQTT-3.1.2-16] [MQTT-3.1.2-18] what no flag announces must not be there', async () => {
  await hub.refuses(connectWith(0x02, 'c', 'name'), 0x81, true)
  await hub.refuses(connectWith(0x82, 'c', 'name', data(raw('password'))), 0x81, true)
})

test('[MQTT-3.1.2-17] [MQTT-3.1.2-19] what a flag announces must be there', async () => {
  await hub.refuses(connectWith(0x82, 'c'), 0x81, true)
  await hub.refuses(connectWith(0x42, 'c'), 0x81, true)
})

test('[MQTT-3.1.2-22] silence for one and a half keep-alives ends the connection as if cut off', async () => {
  const own = await Hub.open()
  const sees = await own.client()
  await sees.subscribe('late', 0)
  const client = await own.client({ keepAlive: 10, will: { topic: 'late', payload: 'x' } })
  await own.clock.advance(14_000)
  assert.deepEqual(await client.sync(), [])
  await own.clock.advance(16_000)
  assert.equal(await client.line(), 'disconnect 0x8d')
  await client.ended()
  assert.equal(await sees.line(), 'publish late q0 x')
  await own.stop()
})

test('[MQTT-3.1.2-24] [MQTT-3.1.2-25] a message too long for the client counts as delivered', async () => {
  const id = hub.name()
  const client = await hub.client({ id, ...lasting, properties: maximumPacketSize(64) })
  await client.subscribe('long', 1)
  const sender = await hub.client()
  sender.send(publish('long', 'x'.repeat(64), { qos: 1, id: 1 }), publish('long', 'short', { qos: 1, id: 2 }))
  assert.deepEqual([await sender.line(), await sender.line()], ['puback 1', 'puback 2'])
  assert.equal(await client.line(), 'publish long q1 # short')
  await client.lose()
  const again = await hub.client({ id, ...lasting })
  assert.equal(await again.line(), 'publish long q1 # dup short')
  assert.deepEqual(await again.sync(), [])
})

test('[MQTT-3.1.2-26] [MQTT-3.3.2-11] aliases to the client stay within its maximum', async () => {
  const client = await hub.client({ properties: topicAliasMaximum(2) })
  await client.subscribe('alias/#', 0)
  for (const topic of ['alias/a', 'alias/b', 'alias/c', 'alias/a']) client.send(publish(topic, 'x'))
  const got: (number | undefined)[] = []
  for (let n = 0; n < 4; n++) got.push((await client.publish()).properties?.topicAlias)
  assert.deepEqual(got, [1, 2, undefined, 1])
})

test('[MQTT-3.1.2-27] without a maximum there are no aliases', async () => {
  const client = await hub.client()
  await client.subscribe('alias/none', 0)
  client.send(publish('alias/none', 'x'), publish('alias/none', 'x'))
  for (let n = 0; n < 2; n++) assert.equal((await client.publish()).properties?.topicAlias, undefined)
})

test('[MQTT-3.1.2-28] response information is for who asks', async () => {
  const asks = await hub.client({ properties: [0x19, 1] })
  assert.match(asks.connack?.properties?.responseInformation ?? '', /^responses\//)
  for (const quiet of [[0x19, 0], []]) {
    const client = await hub.client({ properties: quiet })
    assert.equal(client.connack?.properties?.responseInformation, undefined)
  }
})

test('[MQTT-3.1.2-29] without problem information no answer has a reason string', async () => {
  for (const isWanted of [0, 1]) {
    const client = await hub.client({ properties: [0x17, isWanted] })
    client.send(publish('t', Buffer.of(0xff), { qos: 1, properties: [0x01, 1] }))
    const puback = (await client.next()) as { reasonCode: number; properties?: { reasonString?: string } }
    assert.equal(puback.reasonCode, 0x99)
    assert.equal(puback.properties?.reasonString !== undefined, isWanted === 1)
  }
})

test('[MQTT-3.1.2-30] a client that sends something else while it authenticates is refused', async () => {
  const client = await picky.open()
  client.send(connect({ properties: authMethod('M') }))
  assert.equal(await client.line(), 'auth')
  client.send(publish('t', 'x'))
  assert.equal(await client.line(), 'connack new 130')
  await client.ended()
})

test('[MQTT-3.1.3-1] the payload is read in its order', async () => {
  const sees = await watcher('order', 0)
  const client = await hub.open()
  const will = [properties(...userProperty('a', 'b')), 'order', data(raw('x'))]
  client.send(connectWith(0xc6, hub.name(), ...will, 'user', data(raw('password'))))
  assert.equal(await client.line(), 'connack new 0')
  await client.lose()
  assert.equal(await sees.line(), 'publish order q0 x')
})

test('[MQTT-3.1.3-3] a CONNECT without client identifier ends the connection', () =>
  hub.refuses(connectWith(0x02), 0x81, true))

test('[MQTT-3.1.3-4] an ill-formed client identifier ends the connection', () =>
  hub.refuses(connectWith(0x02, data(Buffer.of(0xff))), 0x81, true))

test('[MQTT-3.1.3-5] identifiers of digits and letters are taken', async () => {
  for (const id of ['0', 'z', '0123456789ABCDEFGHIJKLM', 'nopqrstuvwxyzNOPQRSTUVW']) await hub.client({ id })
})

test('[MQTT-3.1.3-6] [MQTT-3.1.3-7] [MQTT-3.2.2-16] a client without identifier gets one of its own', async () => {
  const ids = new Set<string>()
  for (let n = 0; n < 3; n++) {
    const client = await hub.client({ id: '', expiry: 100 })
    ids.add(client.connack?.properties?.assignedClientIdentifier ?? '')
    await client.subscribe('assigned', 1)
    await client.lose()
  }
  assert.equal(ids.size, 3)
  assert.ok(!ids.has(''))
  for (const id of ids) {
    const again = await hub.client({ id, ...lasting })
    assert.equal(again.connack?.sessionPresent, true)
  }
})

test('[MQTT-3.1.3-8] a refused identifier ends the connection', async () => {
  await hub.refuses(connect({ id: 'x'.repeat(257) }), 0x85, true)
  // 3.1.1: without an identifier there is nothing to come back to.
  const old = await hub.open(4)
  old.send(connect({ version: 4, id: '', clean: false }))
  assert.equal(await old.line(), 'connack new 2')
  await old.ended()
})

test('[MQTT-3.1.3-9] who is back in time has no will published', async () => {
  const own = await Hub.open()
  const sees = await own.client()
  await sees.subscribe('delayed', 0)
  const will = { topic: 'delayed', payload: 'x', properties: [0x18, uint32(10)] }
  const first = await own.client({ id: 'd', ...lasting, will })
  await first.lose()
  await own.clock.advance(5_000)
  const second = await own.client({ id: 'd', ...lasting, will })
  await own.clock.advance(20_000)
  assert.deepEqual(await sees.sync(), [])
  await second.lose()
  await own.clock.advance(9_000)
  assert.deepEqual(await sees.sync(), [])
  await own.clock.advance(2_000)
  assert.deepEqual(await sees.sync(), ['publish delayed q0 x'])
  await own.stop()
})

test('[MQTT-3.1.3-10] user properties of a will keep their order', async () => {
  const sees = await watcher('will/props', 0)
  const pairs = [...userProperty('b', '1'), ...userProperty('a', '2'), ...userProperty('b', '0')]
  const client = await hub.client({ will: { topic: 'will/props', payload: 'x', properties: pairs } })
  await client.lose()
  await sees.publish()
  assert.ok(sees.hasHeard(...pairs))
})

test('[MQTT-3.1.3-11] an ill-formed will topic ends the connection', () =>
  hub.refuses(connectWith(0x06, 'c', 0, data(Buffer.of(0xff)), data(raw('x'))), 0x81, true))

test('[MQTT-3.1.3-12] an ill-formed user name ends the connection', () =>
  hub.refuses(connectWith(0x82, 'c', data(Buffer.of(0xff))), 0x81, true))

test('[MQTT-3.1.4-1] a CONNECT that ends early or goes on too long ends the connection', async () => {
  await hub.refuses(packet(0x10, 'MQTT', 5, 2), 0x81, true)
  await hub.refuses(Buffer.concat([connectWith(0x02, 'c', raw('more'))]), 0x81, true)
})

test('[MQTT-3.1.4-2] [MQTT-3.2.2-7] who fails authentication is refused and closed', () =>
  picky.refuses(connect({ id: 'c' }), 0x86, true))

test('[MQTT-3.1.4-3] a second connection ends the first, saying so', async () => {
  const id = hub.name()
  const first = await hub.client({ id })
  await hub.client({ id })
  assert.equal(await first.line(), 'disconnect 0x8e')
  await first.ended()
})

test('[MQTT-3.1.4-5] who is let in gets CONNACK 0x00', async () => {
  const client = await hub.client()
  assert.equal(client.connack?.reasonCode, 0)
})

test('[MQTT-3.1.4-6] nothing that follows a refused CONNECT is taken in', async () => {
  const sees = await picky.open()
  sees.send(connectWith(0x82, 'sees', 'in'), subscribe(1, [['#', 0]]))
  assert.equal(await sees.line(), 'connack new 0')
  assert.equal(await sees.line(), 'suback 1 [0]')
  const client = await picky.open()
  client.send(connect({ id: 'c' }), publish('sneaked', 'x'))
  assert.equal(await client.line(), 'connack new 134')
  await client.ended()
  assert.deepEqual(await sees.sync(), [])
})
