// The promise of the acknowledgement, proved with commits that the test holds back: bytes go in, and nothing
// may come out before the store says so.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openHouse, publish } from '../../test/broker-house.ts'
import { turn } from '../../test/held-store.ts'
import { AckstoneError } from '../errors.ts'
import type { Properties, SubackPacket } from '../mqtt/packet.ts'
import { sessionNeverExpires } from '../mqtt/packet.ts'

const lasting = { cleanStart: false, properties: { sessionExpiryInterval: sessionNeverExpires } }
const five = { protocolVersion: 5 as const }
const unavailable = (): AckstoneError =>
  new AckstoneError('STORE_UNAVAILABLE', { folder: 'data', cause: 'a test' })

describe('I1: nothing is acknowledged before it is stored', () => {
  test('I1: no PUBACK leaves before the commit that holds the reading', async () => {
    const house = await openHouse()
    const device = await house.connect()
    device.publish('t/a', '{"v":1,"ts":5}', { qos: 1, packetId: 7 })
    await turn()
    assert.deepEqual(device.take(), [])
    assert.deepEqual(await house.rows('d1'), [])
    await house.release()
    assert.deepEqual(await house.rows('d1'), [{ ts: 5, value: 1 }])
    assert.deepEqual(device.take(), ['puback 7'])
    await house.stop()
  })

  test('I1: a message that came during a commit waits for the next one', async () => {
    const house = await openHouse()
    const device = await house.connect()
    device.publish('t/a', '{"v":1}', { qos: 1, packetId: 1 })
    await turn()
    device.publish('t/a', '{"v":2}', { qos: 1, packetId: 2 })
    await house.store.release()
    assert.deepEqual(device.take(), ['puback 1'])
    await house.store.release()
    assert.deepEqual(device.take(), ['puback 2'])
    await house.stop()
  })

  test('I1: PUBREC waits for the reading, PUBCOMP for the release of the identifier', async () => {
    const house = await openHouse()
    const device = await house.connect(lasting)
    device.publish('q2/a', '{"v":1}', { qos: 2, packetId: 3 })
    await turn()
    assert.deepEqual(device.take(), [])
    await house.release()
    assert.deepEqual(device.take(), ['pubrec 3'])
    device.send({ type: 'pubrel', packetId: 3, reasonCode: 0 })
    await turn()
    assert.deepEqual(device.take(), [])
    await house.release()
    assert.deepEqual(device.take(), ['pubcomp 3'])
    await house.stop()
  })

  test('I1: a retained message, and a copy for a lasting session, hold the answer back as readings do', async () => {
    const house = await openHouse()
    const reader = await house.connect({ ...lasting, clientId: 'reader' })
    reader.subscribe('plain/copy', 1)
    await house.release()
    const device = await house.connect()
    device.publish('plain/kept', 'x', { qos: 1, packetId: 1, retain: true })
    device.publish('plain/copy', 'x', { qos: 1, packetId: 2 })
    device.publish('plain/other', 'x', { qos: 1, packetId: 3 })
    await turn()
    assert.deepEqual(device.take(), [])
    await house.release()
    assert.deepEqual(device.take(), ['puback 1', 'puback 2', 'puback 3'])
    await house.stop()
  })

  test('effective QoS 0 and topics that nobody wants are answered at once', async () => {
    const house = await openHouse()
    const device = await house.connect()
    device.publish('q0/a', '{"v":1}', { qos: 1, packetId: 1 })
    device.publish('nobody', 'x', { qos: 1, packetId: 2 })
    device.publish('nobody', 'x', { qos: 2, packetId: 3 })
    assert.deepEqual(device.take(), ['puback 1', 'puback 2', 'pubrec 3'])
    device.send({ type: 'pubrel', packetId: 3, reasonCode: 0 })
    assert.deepEqual(device.take(), ['pubcomp 3'])
    await house.stop()
  })

  test('the answers of one commit leave in one write', async () => {
    const house = await openHouse()
    const device = await house.connect()
    const before = device.writes
    device.send(...[1, 2, 3, 4, 5].map((packetId) => publish('t/a', '{"v":1}', { qos: 1, packetId })))
    await house.release()
    assert.equal(device.take().length, 5)
    assert.equal(device.writes, before + 1)
    await house.stop()
  })
})

describe('I4: answers keep their order', () => {
  test('I4: an answer that could leave at once waits for those before it', async () => {
    const house = await openHouse()
    const device = await house.connect()
    device.send(
      publish('nobody', 'x', { qos: 1, packetId: 1 }),
      publish('t/a', '{"v":1}', { qos: 1, packetId: 2 }),
      publish('nobody', 'x', { qos: 1, packetId: 3 }),
      publish('q2/a', '{"v":1}', { qos: 2, packetId: 4 }),
    )
    await turn()
    assert.deepEqual(device.take(), ['puback 1'])
    await house.release()
    assert.deepEqual(device.take(), ['puback 2', 'puback 3', 'pubrec 4'])
    await house.stop()
  })
})

describe('I5: no store, no answer', () => {
  test('I5: while the store fails there is no answer, then the same messages are stored and answered', async () => {
    const house = await openHouse()
    const device = await house.connect(five)
    device.publish('t/a', '{"v":1,"ts":1}', { qos: 1, packetId: 1 })
    await turn()
    await house.store.fail(unavailable())
    await house.clock.advance(5_000)
    device.publish('t/a', '{"v":2,"ts":2}', { qos: 1, packetId: 2 })
    await house.clock.advance(5_000)
    assert.deepEqual(device.take(), [])
    house.store.recover()
    await house.clock.advance(5_000)
    await house.release()
    assert.deepEqual(device.take(), ['puback 1', 'puback 2'])
    assert.equal((await house.rows('d1')).length, 2)
    await house.stop()
  })

  test('I5: past the deadline publishers that wait are disconnected with 0x89, others stay', async () => {
    const house = await openHouse()
    const waiting = await house.connect({ ...five, clientId: 'waiting' })
    const old = await house.connect({ clientId: 'old' })
    const idle = await house.connect({ ...five, clientId: 'idle' })
    waiting.publish('t/a', '{"v":1}', { qos: 1, packetId: 1 })
    old.publish('t/a', '{"v":1}', { qos: 1, packetId: 1 })
    await turn()
    await house.store.fail(unavailable())
    await house.clock.advance(29_000)
    assert.ok(!waiting.isEnded)
    await house.clock.advance(2_000)
    assert.deepEqual(waiting.take(), ['disconnect 0x89'])
    assert.deepEqual(old.take(), [])
    assert.deepEqual([waiting.isEnded, old.isEnded, idle.isEnded], [true, true, false])
    house.store.recover()
    await house.clock.advance(5_000)
    await house.release()
    assert.equal((await house.rows('waiting')).length, 1)
    await house.stop()
  })
})

test('I5: the deadline counts from when a session began to wait', async () => {
  const house = await openHouse()
  const first = await house.connect(five)
  first.publish('t/a', '{"v":1}', { qos: 1, packetId: 1 })
  await turn()
  await house.store.fail(unavailable())
  await house.clock.advance(20_000)
  const late = await house.connect({ ...five, clientId: 'late' })
  late.publish('t/a', '{"v":1}', { qos: 1, packetId: 1 })
  await house.clock.advance(20_000)
  assert.deepEqual([first.isEnded, late.isEnded], [true, false])
  await house.clock.advance(12_000)
  assert.ok(late.isEnded)
  house.store.recover()
  await house.clock.advance(5_000)
  await house.stop()
})

describe('I6: what can’t be read is kept, then acknowledged', () => {
  test('I6: a rejected message is answered with 0x99 and a sentence after its commit', async () => {
    const house = await openHouse()
    const device = await house.connect(five)
    device.publish('t/a', 'nonsense', { qos: 1, packetId: 1 })
    device.publish('q2/a', 'nonsense', { qos: 2, packetId: 2 })
    await turn()
    assert.deepEqual(device.packets, [])
    await house.release()
    const [puback, pubrec] = device.packets as { reasonCode: number; properties: Properties }[]
    assert.equal(puback?.reasonCode, 0x99)
    assert.equal(puback?.properties.reasonString, 'The payload is not JSON.')
    assert.equal(pubrec?.reasonCode, 0x99)
    assert.equal((await house.store.rejected('', undefined, 10)).length, 2)
    device.packets.length = 0
    // [MQTT-4.3.3-9] The exchange is over, the identifier free: what comes under it now is a new message.
    device.publish('q2/a', '{"v":1}', { qos: 2, packetId: 2 })
    await house.release()
    assert.deepEqual(device.take(), ['pubrec 2'])
    assert.equal((await house.rows('d1')).length, 1)
    await house.stop()
  })

  test('I6: a 3.1.1 client gets the plain answer', async () => {
    const house = await openHouse()
    const device = await house.connect()
    device.publish('t/a', 'nonsense', { qos: 1, packetId: 1 })
    await house.release()
    assert.deepEqual(device.take(), ['puback 1'])
    await house.stop()
  })
})

describe('I7: full means the socket is not read', () => {
  test('I7: a full batch pauses the senders, and room resumes them', async () => {
    const house = await openHouse({ ingestLimits: { batchReadingsMax: 3 } })
    const device = await house.connect()
    device.publish('t/a', '{"v":0}', { qos: 1, packetId: 1 })
    await turn()
    for (const packetId of [2, 3, 4]) device.publish('t/a', '{"v":1}', { qos: 1, packetId })
    assert.equal(device.isPaused, true)
    await house.store.release()
    assert.equal(device.isPaused, false)
    assert.deepEqual(device.take(), ['puback 1'])
    await house.release()
    assert.deepEqual(device.take(), ['puback 2', 'puback 3', 'puback 4'])
    await house.stop()
  })

  test('I7: a 3.1.1 publisher with too many unanswered messages is not read', async () => {
    const house = await openHouse({ limits: { receiveMaximum: 4 } })
    const device = await house.connect()
    for (let packetId = 1; packetId <= 4; packetId++) device.publish('t/a', '{"v":1}', { qos: 1, packetId })
    assert.equal(device.isPaused, true)
    await house.release()
    assert.equal(device.isPaused, false)
    await house.stop()
  })

  test('[MQTT-3.3.4-9] a 5.0 publisher that exceeds the receive maximum is disconnected with 0x93', async () => {
    const house = await openHouse({ limits: { receiveMaximum: 2 } })
    const device = await house.connect(five)
    for (const packetId of [1, 2, 3]) device.publish('t/a', '{"v":1}', { qos: 1, packetId })
    assert.deepEqual(device.take(), ['disconnect 0x93'])
    await house.stop()
  })

  test('I7: a flood of SUBSCRIBE or PUBREL while nothing can be stored is not read', async () => {
    const house = await openHouse({ limits: { receiveMaximum: 4 } })
    const subscriber = await house.connect({ ...lasting, clientId: 'subscriber' })
    for (let n = 0; n < 4; n++) subscriber.subscribe('plain', 0)
    assert.ok(subscriber.isPaused)
    const releaser = await house.connect({ ...five, ...lasting, clientId: 'releaser' })
    releaser.publish('q2/a', '{"v":1}', { qos: 2, packetId: 1 })
    for (let n = 0; n < 8; n++) releaser.send({ type: 'pubrel', packetId: 99, reasonCode: 0 })
    assert.ok(releaser.isPaused)
    await house.release()
    assert.deepEqual([subscriber.isPaused, releaser.isPaused], [false, false])
    assert.equal(subscriber.take().length, 4)
    assert.equal(releaser.take().length, 9)
    await house.stop()
  })

  test('I7: a client that does not read its answers is not read either', async () => {
    const house = await openHouse()
    const device = await house.connect()
    device.hasRoom = false
    device.publish('nobody', 'x', { qos: 1, packetId: 1 })
    assert.equal(device.isPaused, true)
    device.hasRoom = true
    device.handler.drained()
    assert.equal(device.isPaused, false)
    await house.stop()
  })

  test('I7: QoS 0 for a subscriber that does not read is shed and counted', async () => {
    let shed = 0
    const house = await openHouse({ observer: { shed: (count) => void (shed += count) } })
    const reader = await house.connect({ clientId: 'reader' })
    reader.subscribe('plain/#', 1)
    assert.deepEqual(reader.take(), ['suback 1 [1]'])
    reader.bufferedBytes = 2 * 1024 * 1024
    const device = await house.connect()
    device.publish('plain/a', 'lost')
    device.publish('plain/a', 'kept', { qos: 1, packetId: 1 })
    assert.equal(shed, 1)
    assert.deepEqual(reader.take(), [])
    reader.bufferedBytes = 0
    reader.handler.drained()
    assert.deepEqual(reader.take(), ['publish plain/a q1 # kept'])
    await house.stop()
  })
})

describe('I8: seen means stored', () => {
  test('I8: subscribers get a message only after the commit, plain topics are not delayed', async () => {
    const house = await openHouse()
    const reader = await house.connect({ clientId: 'reader' })
    reader.subscribe('#', 1)
    reader.take()
    const device = await house.connect()
    device.publish('t/a', '{"v":1}', { qos: 1, packetId: 1 })
    device.publish('plain', 'now')
    await turn()
    assert.deepEqual(reader.take(), ['publish plain q0 now'])
    await house.release()
    assert.deepEqual(reader.take(), ['publish t/a q1 # {"v":1}'])
    await house.stop()
  })

  test('I8: a retained message is not seen before it is stored, not even by a new subscriber', async () => {
    const house = await openHouse()
    const device = await house.connect()
    device.publish('t/a', '{"v":1}', { qos: 1, packetId: 1, retain: true })
    const reader = await house.connect({ clientId: 'reader' })
    reader.subscribe('t/+', 0)
    assert.deepEqual(reader.take(), ['suback 1 [0]'])
    await house.release()
    assert.deepEqual(reader.take(), ['publish t/a q0 retain {"v":1}'])
    await house.stop()
  })

  test('[MQTT-4.6.0-6] a later message of a topic does not overtake one that waits', async () => {
    const house = await openHouse()
    const reader = await house.connect({ clientId: 'reader' })
    reader.subscribe('plain', 1)
    reader.take()
    const device = await house.connect()
    device.publish('plain', 'first', { qos: 1, packetId: 1, retain: true })
    device.publish('plain', 'second', { qos: 1, packetId: 2 })
    await turn()
    assert.deepEqual(reader.take(), [])
    await house.release()
    assert.deepEqual(reader.take(), ['publish plain q1 # first', 'publish plain q1 # second'])
    await house.stop()
  })

  test('a lasting session’s SUBACK leaves when its subscription is stored', async () => {
    const house = await openHouse()
    const reader = await house.connect({ ...lasting, clientId: 'reader' })
    reader.subscribe('t/#', 2)
    await turn()
    assert.deepEqual(reader.packets, [])
    await house.release()
    assert.deepEqual((reader.packets[0] as SubackPacket).reasonCodes, [2])
    await house.stop()
  })
})
