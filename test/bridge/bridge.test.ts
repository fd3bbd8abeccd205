// A bridge packet by packet: what leaves before and after the commit, what a resend meets after a crash, what
// pausing, changing and removing says to the other broker.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { AckstoneError } from '../../src/errors.ts'
import { receiveMaximum } from '../../src/integrations/bridge/receiver.ts'
import { turn } from '../held-store.ts'
import { ScriptedBroker, type Peer } from '../scripted-broker.ts'
import { openBridgeHouse, publish, type BridgeHouse } from './house.ts'

let broker: ScriptedBroker
before(async () => {
  broker = await ScriptedBroker.start()
})
after(() => broker.stop())

/** Resolves when the bridge has taken in so many messages. */
async function untilMessages({ bridges }: BridgeHouse, count: number): Promise<void> {
  await until(() => bridges.health('b')?.messages === count, `${count} messages have come`)
}

async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + 10_000
  while (!(await holds())) {
    if (performance.now() > deadline) assert.fail(`never: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

/** Stores what waits, again and again, until the broker has heard so many answers. */
async function answers(house: BridgeHouse, peer: Peer, count: number): Promise<void> {
  house.store.letThrough()
  await house.store.release()
  await until(() => peer.waiting >= count, `${count} answers`)
}

test('I1 I4: nothing is acknowledged before it is stored, then everything in the order of arrival', async (t) => {
  const house = await openBridgeHouse(t, broker)
  const peer = await house.attach()
  peer.send(publish('b/d', '{"v":1}', 1, 1), publish('b/d', '{"v":2}', 2, 2), publish('b/d', '{"v":3}', 1, 3))
  await untilMessages(house, 3)
  await turn()
  assert.equal(peer.waiting, 0)
  assert.ok(house.store.waiting.length > 0, 'the batch waits for the store')
  await answers(house, peer, 3)
  assert.equal((await peer.expect('puback')).packetId, 1)
  assert.equal((await peer.expect('pubrec')).packetId, 2)
  assert.equal((await peer.expect('puback')).packetId, 3)
  assert.equal((await house.rows('d')).length, 3)
})

test('I5: while the store fails nothing is acknowledged; when it is back everything is', async (t) => {
  const house = await openBridgeHouse(t, broker)
  const peer = await house.attach()
  peer.send(publish('b/d', '{"v":1}', 1, 1))
  await untilMessages(house, 1)
  await turn()
  await house.store.fail(new AckstoneError('STORE_FULL', { folder: 'x' }))
  peer.send(publish('b/d', '{"v":2}', 2, 2))
  await untilMessages(house, 2)
  await turn()
  assert.equal(peer.waiting, 0)
  house.store.recover()
  await answers(house, peer, 2)
})

test('I7: a store that stalls stops the reading, and the broker keeps its messages', async (t) => {
  const house = await openBridgeHouse(t, broker, { limits: { batchReadingsMax: 10 } })
  const peer = await house.attach()
  const sent = 2_000
  // Each message alone in its packet of the network, so that not all of them come with one read.
  const payload = JSON.stringify({ v: 1, text: 'x'.repeat(4_000) })
  for (let n = 1; n <= sent; n++) peer.send(publish('b/d', payload, 1, n))
  await until(() => house.store.waiting.length > 0, 'a batch waits')
  let seen = -1
  await until(async () => {
    const before = seen
    seen = house.bridges.health('b')!.messages
    await new Promise((resolve) => setTimeout(resolve, 50))
    return before === seen
  }, 'it reads no more')
  assert.ok(seen < sent, `${seen} of ${sent} were read`)
  await answers(house, peer, sent)
  await untilMessages(house, sent)
})

test('I6: what nobody can read is stored raw, then acknowledged: in MQTT 5 with 0x99 at QoS 1', async (t) => {
  for (const version of [5, 4] as const) {
    const house = await openBridgeHouse(t, broker, { version })
    house.store.letThrough()
    const peer = await house.attach()
    peer.send(publish('b/d', '{', 1, 1), publish('b/d', '{', 2, 2), publish('b/d', '{', 2, 2, { dup: true }))
    assert.equal((await peer.expect('puback')).reasonCode, version === 5 ? 0x99 : 0)
    // A PUBREC that refuses would end the exchange, and the resend be a second message.
    assert.equal((await peer.expect('pubrec')).reasonCode, 0)
    assert.equal((await peer.expect('pubrec')).reasonCode, 0)
    const rejected = await house.store.rejected('', undefined, 10)
    assert.deepEqual(
      rejected.map(({ integration, topic, clientId }) => [integration, topic, clientId]),
      [
        ['b', 'b/d', 'bridge'],
        ['b', 'b/d', 'bridge'],
      ],
    )
    await house.bridges.close()
    await peer.expectEnd()
  }
})

test('I3: after a crash a resend lands on the row it may be in, at QoS 2 it is known', async (t) => {
  const first = await openBridgeHouse(t, broker)
  const peer = await first.attach()
  peer.send(publish('b/d', '{"v":1}', 1, 1), publish('b/d', '{"v":2}', 2, 2))
  await untilMessages(first, 2)
  await answers(first, peer, 2)
  const rows = await first.rows('d')
  peer.destroy()
  first.bridges.apply({ ...first.record(), isEnabled: false })

  const second = await first.crash()
  const again = await second.attach(second.record(), true)
  again.send(
    publish('b/d', '{"v":1}', 1, 1, { dup: true }),
    publish('b/d', '{"v":2}', 2, 2, { dup: true }),
    publish('b/d', '{"v":3}', 1, 3, { dup: true }),
  )
  await untilMessages(second, 3)
  await answers(second, again, 3)
  const rowsAfter = await second.rows('d')
  assert.deepEqual(rowsAfter.slice(0, 2), rows, 'the first two are where they were')
  assert.equal(rowsAfter.length, 3)
  assert.ok(rowsAfter[2]!.ts > rows[1]!.ts, 'what was never seen is new')
})

test('I1: PUBCOMP leaves when the release is stored; from then on the identifier is free', async (t) => {
  const house = await openBridgeHouse(t, broker)
  const peer = await house.attach()
  peer.send(publish('b/d', '{"v":1}', 2, 7))
  await untilMessages(house, 1)
  await turn()
  await house.store.release()
  await peer.expect('pubrec')
  peer.send({ type: 'pubrel', packetId: 7, reasonCode: 0 })
  await until(() => house.store.waiting.length > 0, 'the release waits for the store')
  assert.equal(peer.waiting, 0)
  await house.store.release()
  assert.equal((await peer.expect('pubcomp')).reasonCode, 0)
  peer.send({ type: 'pubrel', packetId: 7, reasonCode: 0 }, publish('b/d', '{"v":2}', 2, 7))
  assert.equal((await peer.expect('pubcomp')).reasonCode, 0x92)
  await answers(house, peer, 1)
  assert.equal((await house.rows('d')).length, 2, 'a released identifier names a new message')
})

test('I1: a broker that lost its memory gives a held identifier to another message: that one is stored too', async (t) => {
  const first = await openBridgeHouse(t, broker)
  const peer = await first.attach()
  peer.send(publish('b/d', '{"v":1}', 2, 7), publish('b/d', '{"v":2}', 2, 8))
  await untilMessages(first, 2)
  await answers(first, peer, 2)
  peer.destroy()
  first.bridges.apply({ ...first.record(), isEnabled: false })

  const second = await first.crash()
  const again = await second.attach(second.record(), true)
  again.send(publish('b/d', '{"v":1}', 2, 7), publish('b/d', '{"v":3}', 2, 8))
  await untilMessages(second, 2)
  await answers(second, again, 2)
  again.send(publish('b/d', '{"v":3}', 2, 8, { dup: true }))
  await untilMessages(second, 3)
  await answers(second, again, 1)
  const rows = await second.rows('d')
  assert.deepEqual(
    rows.map(({ value }) => value),
    [1, 2, 3],
  )
})

test('I3: what was released and comes again nevertheless, from a broker that forgot, lands on its row', async (t) => {
  const house = await openBridgeHouse(t, broker)
  house.store.letThrough()
  const peer = await house.attach()
  peer.send(publish('b/d', '{"v":1}', 2, 7), publish('b/d', '{"v":1}', 2, 8))
  await peer.expect('pubrec')
  await peer.expect('pubrec')
  peer.send({ type: 'pubrel', packetId: 7, reasonCode: 0 })
  await peer.expect('pubcomp')
  peer.destroy()
  const { peer: again } = await broker.connected({ sessionPresent: true })
  again.send(publish('b/d', '{"v":1}', 2, 7, { dup: true }), publish('b/d', '{"v":1}', 2, 7))
  await again.expect('pubrec')
  await again.expect('pubrec')
  assert.equal((await house.rows('d')).length, 2)
  again.send({ type: 'pubrel', packetId: 7, reasonCode: 0 }, publish('b/d', '{"v":1}', 2, 7))
  await again.expect('pubcomp')
  await again.expect('pubrec')
  assert.equal((await house.rows('d')).length, 3, 'without DUP it is a new message')
})

test('with the session gone at the broker, its identifiers mean new messages', async (t) => {
  const house = await openBridgeHouse(t, broker)
  house.store.letThrough()
  const peer = await house.attach()
  peer.send(publish('b/d', '{"v":1}', 2, 1), publish('b/d', '{"v":2}', 1, 2))
  await peer.expect('pubrec')
  await peer.expect('puback')
  peer.destroy()
  const again = await house.answer()
  again.send(publish('b/d', '{"v":1}', 2, 1), publish('b/d', '{"v":2}', 1, 2, { dup: true }))
  await again.expect('pubrec')
  await again.expect('puback')
  assert.equal((await house.rows('d')).length, 4)
})

test('I3: a retained message is stored once if it has a time, and left out and counted if it has none', async (t) => {
  const house = await openBridgeHouse(t, broker)
  house.store.letThrough()
  const peer = await house.attach()
  const retained = { retain: true }
  peer.send(
    publish('b/old', '{"v":1}', 1, 1, retained),
    publish('b/old', '{"ts":1764000000000,"values":{"v":2}}', 1, 2, retained),
    publish('b/old', '{"ts":1764000000000,"values":{"v":2}}', 1, 3, retained),
  )
  for (let n = 0; n < 3; n++) await peer.expect('puback')
  assert.deepEqual(await house.rows('old'), [{ ts: 1_764_000_000_000_000, value: 2 }])
  assert.equal(house.bridges.health('b')!.retainedLeftOut, 1)
})

test('I7: a broker that ignores Receive Maximum is read no further, and loses nothing', async (t) => {
  const house = await openBridgeHouse(t, broker)
  const peer = await house.attach()
  const sent = 3 * receiveMaximum
  for (let n = 1; n <= sent; n++) peer.send(publish('b/d', '{"v":1}', 1, n))
  await until(() => house.bridges.health('b')!.messages >= 2 * receiveMaximum, 'twice the window is taken in')
  await turn()
  assert.equal(peer.waiting, 0)
  await answers(house, peer, sent)
  for (let n = 1; n <= sent; n++) assert.equal((await peer.expect('puback')).packetId, n)
})

test('QoS 0 is selected unless said; what comes is stored and nothing is owed', async (t) => {
  const house = await openBridgeHouse(t, broker)
  house.store.letThrough()
  house.bridges.apply(
    house.record({ topics: [{ filter: 'b/{device}' }, { filter: '$share/g/c/#', qos: 1 }] }),
  )
  const { peer, connect } = await broker.connected()
  assert.deepEqual(
    [connect.clientId, connect.cleanStart, connect.properties?.sessionExpiryInterval, connect.keepAlive],
    ['bridge', false, 604_800, 60],
  )
  assert.equal(connect.properties?.receiveMaximum, receiveMaximum)
  const { packetId, subscriptions } = await peer.expect('subscribe')
  assert.deepEqual(
    subscriptions.map(({ filter, qos }) => [filter, qos]),
    [
      ['b/+', 0],
      ['$share/g/c/#', 1],
    ],
  )
  peer.send({ type: 'suback', packetId, reasonCodes: [0, 0x87] }, publish('b/d', '{"v":1}', 0, 0))
  await untilMessages(house, 1)
  await until(async () => (await house.rows('d')).length === 1, 'it is stored')
  const { topics } = house.bridges.health('b')!
  assert.match(topics[1]!.sentence, /refuses this filter: Not authorized/)
})

test('less than selected is granted: health says so in words', async (t) => {
  const house = await openBridgeHouse(t, broker)
  house.bridges.apply(house.record())
  const { peer } = await broker.connected({
    properties: { maximumQos: 1, receiveMaximum: 20, sessionExpiryInterval: 60 },
  })
  const { packetId } = await peer.expect('subscribe')
  peer.send({ type: 'suback', packetId, reasonCodes: [1] })
  await until(() => house.bridges.health('b')!.topics[0]!.granted === 1, 'SUBACK has come')
  const health = house.bridges.health('b')!
  assert.match(health.topics[0]!.sentence, /^Selected 2, granted 1/)
  const [connection] = health.connections
  assert.deepEqual(
    [connection!.maximumQos, connection!.receiveMaximum, connection!.sessionExpiry, connection!.state],
    [1, 20, { asked: 604_800, granted: 60 }, 'connected'],
  )
})

test('refused: health names the code, what to do, and when it is tried again', async (t) => {
  const house = await openBridgeHouse(t, broker)
  house.bridges.apply(house.record())
  const { peer } = await broker.connected({ reasonCode: 0x87 })
  await peer.expectEnd()
  await until(() => house.bridges.health('b')!.state === 'refused', 'it is refused')
  const { sentence, connections } = house.bridges.health('b')!
  assert.match(sentence, /code 135, Not authorized.*Check user name and password.*It is tried again/s)
  assert.ok(Date.parse(connections[0]!.retryAt!) > 0)
  await house.answer()
  assert.equal(house.bridges.health('b')!.connections[0]!.lastError?.code, 'CONNECT_REFUSED')
})

test('pausing keeps the session at the broker, going on resumes it, removing ends it', async (t) => {
  const house = await openBridgeHouse(t, broker)
  house.store.letThrough()
  const peer = await house.attach()
  house.bridges.apply({ ...house.record(), isEnabled: false })
  const goodbye = await peer.expect('disconnect')
  assert.deepEqual([goodbye.reasonCode, goodbye.properties?.sessionExpiryInterval], [0, undefined])
  assert.equal(house.bridges.health('b')!.state, 'paused')
  await assert.rejects(house.bridges.publish('b', 'x', Buffer.alloc(0), 0), { code: 'BRIDGE_PAUSED' })
  const again = await house.attach(house.record(), true)
  house.bridges.remove('b')
  assert.equal((await again.expect('disconnect')).properties?.sessionExpiryInterval, 0)
  assert.equal(house.bridges.health('b'), undefined)
})

test('removing a bridge that is paused, or speaks 3.1.1, ends the session with a clean start', async (t) => {
  const house = await openBridgeHouse(t, broker, { version: 4 })
  house.store.letThrough()
  const peer = await house.attach()
  house.bridges.remove('b')
  await peer.expect('disconnect')
  const last = await broker.connected()
  assert.deepEqual([last.connect.clientId, last.connect.cleanStart], ['bridge', true])
  await last.peer.expect('disconnect')
})

test('a change of topics goes on in the same session: what is gone is unsubscribed', async (t) => {
  const house = await openBridgeHouse(t, broker)
  house.store.letThrough()
  const peer = await house.attach()
  house.bridges.apply(house.record({ topics: [{ filter: 'c/{device}', qos: 1 }] }))
  await peer.expect('disconnect')
  const { peer: next, connect } = await broker.connected({ sessionPresent: true })
  assert.deepEqual([connect.clientId, connect.cleanStart], ['bridge', false])
  const { packetId, filters } = await next.expect('unsubscribe')
  assert.deepEqual(filters, ['b/+'])
  next.send({ type: 'unsuback', packetId, reasonCodes: [0] })
  assert.equal((await next.expect('subscribe')).subscriptions[0]!.filter, 'c/+')
})

test('another client identifier is another session: the old one ends', async (t) => {
  const house = await openBridgeHouse(t, broker)
  house.store.letThrough()
  const peer = await house.attach()
  const url = `mqtt://127.0.0.1:${broker.port}`
  house.bridges.apply(house.record({ connection: { url, clientId: 'other' } }))
  assert.equal((await peer.expect('disconnect')).properties?.sessionExpiryInterval, 0)
  assert.equal((await broker.connected()).connect.clientId, 'other')
})

test('several connections share, each with a client identifier of its own', async (t) => {
  const house = await openBridgeHouse(t, broker)
  const wanted = house.record({ topics: [{ filter: '$share/g/b/{device}', qos: 1 }], connections: 2 })
  const peers = [await house.attach(wanted), await house.answer()]
  house.store.letThrough()
  for (const [at, peer] of peers.entries()) {
    peer.send(publish(`b/d${at}`, '{"v":1}', 1, 1))
    await peer.expect('puback')
  }
  const { connections, messages } = house.bridges.health('b')!
  assert.deepEqual(
    connections.map(({ clientId }) => clientId),
    ['bridge-1', 'bridge-2'],
  )
  assert.equal(messages, 2)
})

test('publishing through a bridge resolves with the broker’s answer', async (t) => {
  const house = await openBridgeHouse(t, broker)
  const peer = await house.attach()
  const published = house.bridges.publish('b', 'down/d', Buffer.from('{"on":true}'), 1)
  const packet = await peer.expect('publish')
  assert.deepEqual([packet.topic, packet.qos], ['down/d', 1])
  peer.send({ type: 'puback', packetId: packet.packetId, reasonCode: 0x10 })
  assert.equal((await published).reasonCode, 0x10)
})

test('I1: a hub that stops answers what is stored and keeps the session', async (t) => {
  const house = await openBridgeHouse(t, broker)
  const peer = await house.attach()
  peer.send(publish('b/d', '{"v":1}', 1, 1))
  await untilMessages(house, 1)
  const closed = house.bridges.close()
  house.store.letThrough()
  await turn()
  await house.store.release()
  assert.equal((await peer.expect('puback')).packetId, 1)
  assert.equal((await peer.expect('disconnect')).properties, undefined)
  peer.destroy()
  await closed
})
