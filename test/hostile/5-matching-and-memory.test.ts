// Items 5, 8, 9, 10 and 13: what costs time to match, what would grow without end, wills that chase each other,
// rights that are withdrawn, and bodies that are no telemetry.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createConverter } from '../../src/converters/create-converter.ts'
import { openHouse, publish, type TestClient } from '../broker-house.ts'
import { turn } from '../held-store.ts'
import { processorMs } from '../processor-time.ts'

const five = { protocolVersion: 5 as const }
const lasting = { cleanStart: false, properties: { sessionExpiryInterval: 3_600 } }
const plain = { noLocal: false, retainAsPublished: false, retainHandling: 0 as const }
const patienceMs = 2_000

function within(what: string, run: () => void): void {
  const tookMs = processorMs(run)
  assert.ok(tookMs < patienceMs, `${what} took ${Math.round(tookMs)} ms`)
}

function subscribeAll(client: TestClient, filters: string[], qos: 0 | 1 = 0): void {
  client.send({
    type: 'subscribe',
    packetId: 1,
    subscriptions: filters.map((filter) => ({ filter, qos, ...plain })),
  })
}

describe('item 5: the cost of matching', () => {
  test('overlapping wildcards against the deepest topic there may be', async () => {
    const house = await openHouse()
    const client = await house.connect(five)
    const filters = Array.from({ length: 1_000 }, (_, n) => {
      const levels = Array.from({ length: 190 }, (_, level) => (((n * 7) >> (level % 10)) & 1 ? '+' : 'a'))
      return `${levels.join('/')}/#`
    })
    within('subscribing', () => subscribeAll(client, [...new Set(filters)]))
    const topic = Array<string>(195).fill('a').join('/')
    within('ten messages', () => {
      for (let n = 0; n < 10; n++) client.publish(`${topic}/${n}`, 'x')
    })
    await house.stop()
  })

  test('20,000 filters in a packet: the first are granted, the others refused and counted', async () => {
    const house = await openHouse()
    const client = await house.connect(five)
    const filters = Array.from({ length: 20_000 }, (_, n) => `a/${n}/+`)
    within('one SUBSCRIBE', () => subscribeAll(client, filters))
    const [suback] = client.packets
    assert.equal(suback?.type, 'suback')
    const codes = suback?.type === 'suback' ? suback.reasonCodes : []
    assert.equal(codes.length, 20_000)
    assert.equal(codes.filter((code) => code === 0).length, 1_000)
    assert.ok(codes.slice(1_000).every((code) => code === 0x97))
    assert.equal(house.broker.reached.counts.get('filtersPerPacketMax'), 1)
    within('the other way', () => client.send({ type: 'unsubscribe', packetId: 2, filters }))
    assert.equal(house.broker.subscriptions.count, 0)
    await house.stop()
  })

  test('subscribing to # again and again while much is retained does not hold others up', async () => {
    const house = await openHouse()
    const device = await house.connect()
    for (let n = 0; n < 20_000; n++) device.publish(`kept/${n}`, 'x', { retain: true })
    const reader = await house.connect({ ...five, clientId: 'reader', properties: { receiveMaximum: 1 } })
    within('2,000 SUBSCRIBE in one chunk', () => {
      const one = {
        type: 'subscribe' as const,
        packetId: 1,
        subscriptions: [{ filter: '#', qos: 1 as const, ...plain }],
      }
      reader.send(...Array.from({ length: 2_000 }, () => one))
    })
    await house.stop()
  })
})

describe('item 8: fan-out and memory', () => {
  test('1,000 subscribers that stop reading: QoS 0 is shed, QoS 1 queues to its limit, and no more is held', async () => {
    const limits = { queueMessagesMax: 20, outgoingBytesMax: 4_096 }
    const house = await openHouse({ limits })
    const readers: TestClient[] = []
    for (let n = 0; n < 1_000; n++) {
      const reader = await house.connect({ ...five, clientId: `r${n}` })
      subscribeAll(reader, ['news'], n % 2 === 0 ? 0 : 1)
      reader.hasRoom = false
      reader.bufferedBytes = limits.outgoingBytesMax
      readers.push(reader)
    }
    const device = await house.connect()
    for (let n = 0; n < 100; n++) device.send(publish('news', 'x'.repeat(1_000), { qos: 1, packetId: 1 + n }))
    const { counts } = house.broker.reached
    while (device.packets.length < 100 || (counts.get('outgoingBytesMax') ?? 0) < 500 * 100) await turn()
    assert.equal(readers.filter(({ isEnded }) => isEnded).length, 500)
    assert.equal(counts.get('queueMessagesMax'), 500)
    assert.equal(counts.get('outgoingBytesMax'), 500 * 100)
    assert.deepEqual([house.broker.queued.messages, house.broker.queued.bytes], [0, 0])
    assert.ok(!device.isEnded)
    await house.stop()
  })

  test('all queues together have a limit: the session with the most ends, the others lose nothing', async () => {
    const house = await openHouse({ limits: { queuedMessagesTotalMax: 60 } })
    const greedy = await house.connect({ ...lasting, ...five, clientId: 'greedy' })
    const modest = await house.connect({ ...lasting, ...five, clientId: 'modest' })
    subscribeAll(greedy, ['#'], 1)
    subscribeAll(modest, ['little'], 1)
    await house.release()
    greedy.lose()
    modest.lose()
    const device = await house.connect()
    for (let n = 1; n <= 5; n++) device.publish('little', 'x', { qos: 1, packetId: n })
    for (let n = 6; n <= 100; n++) device.publish('much', 'x', { qos: 1, packetId: n })
    await house.release()
    assert.equal(house.broker.reached.counts.get('queuedMessagesTotalMax'), 1)
    const back = await house.connect({ ...lasting, ...five, clientId: 'modest' }, false)
    await house.release()
    assert.equal(back.take().filter((line) => line.startsWith('publish little')).length, 5)
    const gone = await house.connect({ ...lasting, ...five, clientId: 'greedy' }, false)
    assert.equal(gone.take()[0], 'connack new 0')
    await house.stop()
  })

  test('sessions that pile up: a new one above sessionsMax is refused, and room comes with expiry', async () => {
    const house = await openHouse({ limits: { sessionsMax: 50 } })
    for (let n = 0; n < 50; n++) (await house.connect({ ...lasting, ...five, clientId: `s${n}` })).lose()
    await house.release()
    const late = await house.connect({ ...five, clientId: 'late' }, false)
    assert.deepEqual(late.take(), ['connack new 151'])
    house.store.letThrough()
    await house.clock.advance(3_700_000)
    await house.connect({ ...five, clientId: 'late' })
    await house.stop()
  })

  test('retained messages without end: beyond the limits they are delivered and not kept; old ones may change', async () => {
    const house = await openHouse({ limits: { retainedMessagesMax: 100, retainedBytesMax: 50_000 } })
    const device = await house.connect()
    for (let n = 0; n < 5_000; n++) device.publish(`kept/${n}`, 'x', { retain: true })
    assert.equal(house.broker.retained.count, 100)
    device.publish('kept/0', 'changed', { retain: true })
    device.publish('kept/1', 'x'.repeat(60_000), { retain: true })
    assert.equal(house.broker.retained.count, 99)
    const reader = await house.connect({ clientId: 'reader' })
    reader.subscribe('kept/0', 0)
    await turn()
    assert.equal(reader.take().at(-1), 'publish kept/0 q0 retain changed')
    assert.equal(house.broker.reached.counts.get('retainedMessagesMax'), 4_900)
    assert.equal(house.broker.reached.counts.get('retainedBytesMax'), 1)
    await house.stop()
  })

  test('a publisher that floods is not read while its answers wait', async () => {
    const house = await openHouse({ limits: { receiveMaximum: 100 } })
    const device = await house.connect()
    for (let n = 1; n <= 100; n++) device.publish('t/a', `{"v":${n},"ts":${n}}`, { qos: 1, packetId: n })
    assert.ok(device.isPaused)
    await house.release()
    assert.ok(!device.isPaused)
    assert.equal(device.take().length, 100)
    await house.stop()
  })
})

describe('item 9: wills', () => {
  const will = { topic: 'wills', payload: Buffer.from('gone'), qos: 1 as const, retain: false }

  test('a takeover storm whose wills reach the next taker ends with the last one', async () => {
    const house = await openHouse()
    const watcher = await house.connect({ clientId: 'watcher' })
    subscribeAll(watcher, ['wills'])
    await turn()
    watcher.take()
    for (let n = 0; n < 500; n++) {
      const taker = await house.connect({ ...five, clientId: 'taken', will })
      subscribeAll(taker, ['wills'])
    }
    assert.equal(house.broker.links.size, 2)
    assert.equal(watcher.take().length, 499)
    await house.stop()
  })

  test('a will loop: each will overflows the queue of the next, whose will follows', async () => {
    const house = await openHouse({ limits: { queueMessagesMax: 1 } })
    const loop: TestClient[] = []
    for (let n = 0; n < 200; n++) {
      const member = await house.connect({
        ...five,
        clientId: `w${n}`,
        will,
        properties: { receiveMaximum: 1 },
      })
      subscribeAll(member, ['wills'], 1)
      loop.push(member)
    }
    within('the loop', () => loop[0]!.lose())
    within('its second round', () => loop[1]!.lose())
    assert.ok(house.broker.links.size <= 1)
    await house.stop()
  })

  test('a will delay beyond the end of the session is due with that end, once', async () => {
    const house = await openHouse()
    house.store.letThrough()
    const watcher = await house.connect({ clientId: 'watcher' })
    subscribeAll(watcher, ['wills'])
    const delayed = { ...will, properties: { willDelayInterval: 0xffffffff } }
    const client = await house.connect({ ...five, ...lasting, clientId: 'late', will: delayed })
    watcher.take()
    client.lose()
    await house.clock.advance(3_700_000)
    await house.clock.advance(3_700_000)
    assert.deepEqual(watcher.take(), ['publish wills q0 gone'])
    await house.stop()
  })

  test('a will above its limit, or to a topic that the client may not publish to, is refused at CONNECT', async () => {
    const rights = { mayPublish: (topic: string) => topic !== 'wills', maySubscribe: () => true }
    const house = await openHouse({
      limits: { willBytesMax: 100 },
      authenticate: ({ clientId }) => ({ isAllowed: true, device: clientId, reasonCode: 0, rights }),
    })
    const large = await house.connect(
      { ...five, will: { ...will, topic: 'a', payload: Buffer.alloc(101) } },
      false,
    )
    assert.deepEqual(large.take(), ['connack new 149'])
    const userProperties: [string, string][] = [['n', 'x'.repeat(100)]]
    const adorned = { ...will, topic: 'a', properties: { userProperties } }
    const long = await house.connect({ ...five, will: adorned }, false)
    assert.deepEqual(long.take(), ['connack new 149'])
    assert.equal(house.broker.reached.counts.get('willBytesMax'), 2)
    const forbidden = await house.connect({ ...five, will }, false)
    assert.deepEqual(forbidden.take(), ['connack new 135'])
    await house.stop()
  })
})

test('item 13: hostile bodies are stored as rejected or read, and always answered', async () => {
  const house = await openHouse({ converter: createConverter({ type: 'json' }) })
  house.store.letThrough()
  const device = await house.connect(five)
  const bodies = [
    '['.repeat(100_000),
    `{"a":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`,
    '{"v":1e400}',
    `{"v":${'9'.repeat(5_000)}}`,
    '{"v":NaN}',
    '{"__proto__":{"polluted":1},"constructor":1}',
    '{"v":1,"v":2}',
    '\u{feff}{"v":1}',
    '{"ts":-1,"values":{"v":1}}',
    '{"ts":1e30,"values":{"v":1}}',
    '{"ts":9007199254740993,"values":{"v":1}}',
    '{"ts":"text","values":{"v":1}}',
    `{${Array.from({ length: 60_000 }, (_, n) => `"k${n}":1`).join()}}`,
    `[${Array<string>(60_000).fill('{"v":1}').join()}]`,
  ]
  for (const [index, body] of bodies.entries()) {
    within(body.slice(0, 30), () => device.publish('t/a', body, { qos: 1, packetId: index + 1 }))
  }
  const source = Buffer.of(0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d)
  device.send({ ...publish('t/a', '', { qos: 1, packetId: 99 }), source, payloadEnd: source.length })
  await house.release()
  assert.equal(device.take().filter((line) => line.startsWith('puback')).length, bodies.length + 1)
  assert.equal(({} as { polluted?: number }).polluted, undefined)
  await house.stop()
})
