// The client against a broker that does what the test says, packet by packet.
import assert from 'node:assert/strict'
import { after, before, test, type TestContext } from 'node:test'
import { ScriptedBroker, type Peer } from '../../test/scripted-broker.ts'
import { freePort } from '../../test/mosquitto-broker.ts'
import type { AckstoneError } from '../errors.ts'
import { systemClock, type Clock } from '../lib/clock.ts'
import { Client, connectClient } from './client.ts'
import { clientSettings, type ClientOptions } from './options.ts'

let broker: ScriptedBroker
before(async () => {
  broker = await ScriptedBroker.start()
})
after(() => broker.stop())

const quick = { minDelayMs: 1, maxDelayMs: 5 }

/** A connected client, ended with the test. */
async function open(
  t: TestContext,
  options: ClientOptions = {},
  connack: Parameters<ScriptedBroker['connected']>[0] = {},
): Promise<{ client: Client; peer: Peer }> {
  const connecting = connectClient({ host: '127.0.0.1', port: broker.port, clientId: 'c', ...options })
  const { peer } = await broker.connected(connack)
  const client = await connecting
  t.after(async () => {
    client.cut()
    await client.end()
  })
  return { client, peer }
}

test('CONNECT says what the options say', async (t) => {
  const connecting = connectClient({
    url: `mqtt://user:pass@127.0.0.1:${broker.port}`,
    clientId: 'id',
    cleanStart: false,
    keepAlive: 7,
    receiveMaximum: 9,
    will: { topic: 'w', payload: Buffer.from('gone'), qos: 1, retain: true },
  })
  const { connect } = await broker.connected()
  const client = await connecting
  t.after(() => client.cut())
  assert.equal(connect.clientId, 'id')
  assert.equal(connect.username, 'user')
  assert.equal(Buffer.from(connect.password!).toString(), 'pass')
  assert.equal(connect.keepAlive, 7)
  assert.equal(connect.cleanStart, false)
  assert.equal(connect.properties?.receiveMaximum, 9)
  assert.equal(connect.properties?.sessionExpiryInterval, 0xffffffff)
  assert.equal(connect.will?.topic, 'w')
})

test('a refusal names code and reason in both versions', async () => {
  for (const [protocolVersion, reasonCode, name] of [
    [5, 0x87, 'Not authorized'],
    [4, 5, 'Not authorized'],
  ] as const) {
    const connecting = connectClient({ host: '127.0.0.1', port: broker.port, protocolVersion })
    const rejected = assert.rejects(connecting, (error: AckstoneError) => {
      assert.equal(error.code, 'CONNECT_REFUSED')
      assert.equal(error.details['reasonCode'], reasonCode)
      assert.match(error.message, new RegExp(`code ${reasonCode}, ${name}`))
      return true
    })
    await broker.connected({ reasonCode })
    await rejected
  }
})

test('a broker that is not there, or says nothing, is named with its address', async () => {
  const port = await freePort()
  await assert.rejects(connectClient({ host: '127.0.0.1', port }), {
    code: 'CONNECT_FAILED',
    message: new RegExp(`No MQTT connection to 127.0.0.1:${port}`),
  })
  const silent = connectClient({ host: '127.0.0.1', port: broker.port, connectTimeoutMs: 100 })
  await assert.rejects(silent, { code: 'CONNECT_FAILED', message: /no answer within 0.1 s/ })
  await (await broker.accept()).expectEnd()
})

test('what is no MQTT ends the connection with a violation, and what is known of it is said', async () => {
  const cases = [
    ['Ola, mundo', { code: 'PROTOCOL_VIOLATION' }],
    ['HTTP/1.1 400 Bad Request\r\n\r\n', { code: 'CONNECT_FAILED', message: /speaks HTTP/ }],
  ] as const
  for (const [bytes, error] of cases) {
    const connecting = connectClient({ host: '127.0.0.1', port: broker.port })
    const rejected = assert.rejects(connecting, error)
    const peer = await broker.accept()
    await peer.expect('connect')
    peer.sendBytes(Buffer.from(bytes))
    await rejected
  }
})

test('after a cut the session goes on: same identifiers, DUP, and one answer each', async (t) => {
  const { client, peer } = await open(t, { cleanStart: false, reconnect: quick })
  const answers = [
    client.publish('a', '1', { qos: 1 }),
    client.publish('b', '2', { qos: 2 }),
    client.publish('c', '3', { qos: 2 }),
  ]
  const first = [await peer.expect('publish'), await peer.expect('publish'), await peer.expect('publish')]
  peer.send({ type: 'pubrec', packetId: first[1]!.packetId, reasonCode: 0 })
  await peer.expect('pubrel')
  peer.destroy()

  const again = await broker.connected({ sessionPresent: true })
  assert.equal(again.connect.cleanStart, false)
  const repeated = await again.peer.expect('publish')
  assert.deepEqual([repeated.topic, repeated.dup, repeated.packetId], ['a', true, first[0]!.packetId])
  assert.equal((await again.peer.expect('pubrel')).packetId, first[1]!.packetId)
  assert.equal((await again.peer.expect('publish')).packetId, first[2]!.packetId)
  again.peer.send(
    { type: 'puback', packetId: first[0]!.packetId, reasonCode: 0 },
    { type: 'pubcomp', packetId: first[1]!.packetId, reasonCode: 0 },
    { type: 'pubrec', packetId: first[2]!.packetId, reasonCode: 0 },
  )
  await again.peer.expect('pubrel')
  again.peer.send({ type: 'pubcomp', packetId: first[2]!.packetId, reasonCode: 0 })
  assert.deepEqual(
    (await Promise.all(answers)).map(({ reasonCode }) => reasonCode),
    [0, 0, 0],
  )
})

test('what was granted is subscribed again when the broker has lost the session', async (t) => {
  const { client, peer } = await open(t, { reconnect: quick })
  const subscribing = client.subscribe(['kept/#', 'refused', { filter: 'gone', qos: 1 }])
  const { packetId } = await peer.expect('subscribe')
  peer.send({ type: 'suback', packetId, reasonCodes: [0, 0x87, 1] })
  assert.deepEqual(await subscribing, [0, 0x87, 1])
  const unsubscribing = client.unsubscribe(['gone'])
  peer.send({ type: 'unsuback', packetId: (await peer.expect('unsubscribe')).packetId, reasonCodes: [0] })
  assert.deepEqual(await unsubscribing, [0])
  peer.destroy()
  const again = await broker.connected()
  const { subscriptions } = await again.peer.expect('subscribe')
  assert.deepEqual(
    subscriptions.map(({ filter }) => filter),
    ['kept/#'],
  )
})

test('without reconnect, a lost connection ends the client and rejects what is pending', async (t) => {
  const { client, peer } = await open(t)
  const rejected = assert.rejects(client.publish('a', '', { qos: 1 }), { code: 'CONNECTION_LOST' })
  await peer.expect('publish')
  peer.destroy()
  await rejected
  assert.equal((await client.closed)?.code, 'CONNECTION_LOST')
  await assert.rejects(client.publish('a', ''), { code: 'CLIENT_ENDED' })
})

test('a client that was taken over does not fight for its session', async (t) => {
  const { client, peer } = await open(t, { reconnect: quick })
  peer.send({ type: 'disconnect', reasonCode: 0x8e })
  const error = await client.closed
  assert.match(error!.message, /Session taken over/)
})

test('MQTT-3.1.2-22: a quiet connection is kept alive, and one that does not answer is given up', async (t) => {
  const { client, peer } = await open(t, { keepAlive: 60 }, { properties: { serverKeepAlive: 1 } })
  await peer.expect('pingreq')
  peer.send({ type: 'pingresp' })
  await peer.expect('pingreq')
  const error = await client.closed
  assert.match(error!.message, /no answer to PINGREQ for 1 s/)
})

test('a SUBSCRIBE that nobody answers ends the connection, but not while the hub does not read', async (t) => {
  const due: (() => void)[] = []
  const clock: Clock = {
    ...systemClock,
    after: (delayMs, run) => {
      if (delayMs !== 30_000) return systemClock.after(delayMs, run)
      due.push(run)
      return { cancel: () => undefined }
    },
  }
  const resumed = Promise.withResolvers<void>()
  const onConnect = (sessionPresent: boolean): void => (sessionPresent ? resumed.resolve() : undefined)
  const { client, peer } = await open(t, { clock, reconnect: quick, cleanStart: false, onConnect })
  const asked = client.subscribe(['a'])
  await peer.expect('subscribe')
  client.pause()
  due.shift()!()
  client.resume()
  const failed = assert.rejects(asked, /no answer to SUBSCRIBE for 30 s/)
  due.shift()!()
  await failed
  // It goes on with another connection.
  const next = await broker.connected({ sessionPresent: true })
  await resumed.promise
  const again = client.subscribe(['a'])
  const { packetId } = await next.peer.expect('subscribe')
  next.peer.send({ type: 'suback', packetId, reasonCodes: [0] })
  assert.deepEqual(await again, [0])
})

test('the receiver’s acknowledgement is what answers the broker', async (t) => {
  const kept: (() => void)[] = []
  const { peer } = await open(t, { onMessage: (_packet, acknowledge) => void kept.push(acknowledge) })
  const publish = {
    type: 'publish',
    topic: 'a',
    source: Buffer.alloc(0),
    payloadStart: 0,
    payloadEnd: 0,
  } as const
  const rest = { retain: false, dup: false, properties: undefined }
  peer.send(
    { ...publish, ...rest, qos: 1, packetId: 1 },
    { ...publish, ...rest, qos: 2, packetId: 2 },
    { ...publish, ...rest, qos: 0, packetId: 0 },
    { type: 'pubrel', packetId: 9, reasonCode: 0 },
  )
  // The answer to PUBREL shows that the messages before it were read and not answered.
  assert.equal((await peer.expect('pubcomp')).reasonCode, 0x92)
  assert.equal(kept.length, 3)
  kept[1]!()
  kept[0]!()
  assert.equal((await peer.expect('puback')).packetId, 1)
  assert.equal((await peer.expect('pubrec')).packetId, 2)
})

test('I7: a broker that ignores Receive Maximum is disconnected with 0x93', async (t) => {
  const { client, peer } = await open(t, { receiveMaximum: 1, onMessage: () => undefined })
  const publish = {
    type: 'publish',
    topic: 'a',
    source: Buffer.alloc(0),
    payloadStart: 0,
    payloadEnd: 0,
  } as const
  for (const packetId of [1, 2]) {
    peer.send({ ...publish, qos: 1, packetId, retain: false, dup: false, properties: undefined })
  }
  assert.equal((await peer.expect('disconnect')).reasonCode, 0x93)
  assert.equal((await client.closed)?.code, 'PROTOCOL_VIOLATION')
})

test('I7: in MQTT 3.1.1, a broker is not read while as many messages as were asked for wait', async (t) => {
  const kept: (() => void)[] = []
  let wanted = Promise.withResolvers<undefined>()
  const { peer } = await open(t, {
    protocolVersion: 4,
    receiveMaximum: 2,
    onMessage(_packet, acknowledge) {
      kept.push(acknowledge)
      wanted.resolve(undefined)
    },
  })
  const publish = { type: 'publish', topic: 'a', payloadStart: 0, payloadEnd: 100_000 } as const
  const rest = { source: Buffer.alloc(100_000), retain: false, dup: false, properties: undefined }
  // Each message is longer than one read, so the client can stop between them.
  for (let packetId = 1; packetId <= 20; packetId++) peer.send({ ...publish, ...rest, qos: 1, packetId })
  for (let answered = 0; answered < 20; answered++) {
    if (kept.length <= answered) await wanted.promise
    wanted = Promise.withResolvers()
    assert.ok(kept.length <= answered + 3, `${kept.length} given out, ${answered} answered`)
    kept[answered]!()
    assert.equal((await peer.expect('puback')).packetId, answered + 1)
  }
})

test('what the broker can’t take is refused before it is sent', async (t) => {
  const properties = { maximumQos: 1, retainAvailable: 0, maximumPacketSize: 100 } as const
  const { client, peer } = await open(t, {}, { properties })
  for (const refused of [
    client.publish('a', '', { qos: 2 }),
    client.publish('a', '', { retain: true }),
    client.publish('a', Buffer.alloc(101)),
  ]) {
    await assert.rejects(refused, { code: 'BROKER_LACKS' })
  }
  for (const topic of ['', 'a/#', 'a/+', 'a\0b', 'x'.repeat(70_000)]) {
    await assert.rejects(client.publish(topic, ''), { code: 'TOPIC_INVALID' }, topic.slice(0, 10))
  }
  await assert.rejects(client.subscribe(['a/#/b']), { code: 'TOPIC_INVALID' })
  assert.equal(peer.waiting, 0)
})

test('end sends what is written, says DISCONNECT and rejects what has no answer', async (t) => {
  const { client, peer } = await open(t)
  const rejected = assert.rejects(client.publish('a', '', { qos: 1 }), { code: 'CLIENT_ENDED' })
  await client.publish('b', 'last words')
  const ended = client.end()
  await peer.expect('publish')
  assert.equal((await peer.expect('publish')).topic, 'b')
  assert.equal((await peer.expect('disconnect')).reasonCode, 0)
  peer.destroy()
  await Promise.all([ended, rejected])
  assert.equal(await client.closed, undefined)
})

test('attempts to connect again go on until the broker is back', async (t) => {
  const failures: string[] = []
  const { client, peer } = await open(t, {
    reconnect: quick,
    onDisconnect: ({ code }) => void failures.push(code),
  })
  peer.destroy()
  const first = await broker.accept()
  await first.expect('connect')
  first.destroy()
  const second = await broker.accept()
  await second.expect('connect')
  second.send({ type: 'connack', sessionPresent: false, reasonCode: 0x88 })
  const { peer: third } = await broker.connected()
  const answer = client.publish('a', '', { qos: 1 })
  third.send({ type: 'puback', packetId: (await third.expect('publish')).packetId, reasonCode: 0 })
  await answer
  assert.deepEqual(failures, ['CONNECTION_LOST', 'CONNECT_FAILED', 'CONNECT_REFUSED'])
})

test('auto: a broker that refuses MQTT 5, or hangs up on it, is spoken to in 3.1.1', async (t) => {
  for (const way of ['refuses', 'hangs up', 'answers gibberish'] as const) {
    const connecting = connectClient({ host: '127.0.0.1', port: broker.port, protocolVersion: 'auto' })
    const first = await broker.accept()
    assert.equal((await first.expect('connect')).protocolVersion, 5)
    // In the form of 3.1.1: a broker that doesn't know 5 answers so.
    if (way === 'refuses') first.sendBytes(Buffer.from([0x20, 2, 0, 1]))
    else if (way === 'hangs up') first.destroy()
    else first.sendBytes(Buffer.from([0x40, 2, 0, 1]))
    const { connect } = await broker.connected()
    assert.equal(connect.protocolVersion, 4, way)
    const client = await connecting
    t.after(() => client.cut())
    assert.equal(client.protocolVersion, 4)
  }
})

test('auto: a broker that has spoken MQTT 5 is not spoken to in 3.1.1 after a cut', async (t) => {
  const { peer } = await open(t, { protocolVersion: 'auto', reconnect: quick })
  peer.destroy()
  const again = await broker.accept()
  await again.expect('connect')
  again.destroy()
  const { connect } = await broker.connected({ sessionPresent: true })
  assert.equal(connect.protocolVersion, 5)
})

test('persistent: a first connection that fails is tried again, and so is a session taken over', async (t) => {
  const { connected, delays, client } = persistent(broker.port)
  t.after(() => client.cut())
  const refused = await broker.connected({ reasonCode: 0x87 })
  await refused.peer.expectEnd()
  const { peer } = await broker.connected()
  await connected
  peer.send({ type: 'disconnect', reasonCode: 0x8e })
  await broker.connected()
  assert.ok(delays[0]! <= 2, `first ${delays[0]} ms`)
  assert.ok(delays[1]! >= 25, `taken over ${delays[1]} ms`)
  await client.end()
})

function persistent(port: number) {
  const delays: (number | undefined)[] = []
  const settings = clientSettings({
    ...{ host: '127.0.0.1', port, clientId: 'p' },
    reconnect: { minDelayMs: 2, maxDelayMs: 50, isPersistent: true },
    onDisconnect: (_error, delayMs) => void delays.push(delayMs),
  })
  const client = new Client(settings)
  return { client, delays, connected: client.connected }
}
