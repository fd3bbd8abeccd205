import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Converter } from '../converters/converter.ts'
import { copyPayload, type Message } from '../model/message.ts'
import { openHouse, publish, testConverter, type House } from '../../test/broker-house.ts'
import { turn } from '../../test/held-store.ts'

/** Converts elsewhere: what was begun is ready when the test says so, in any order. */
class Elsewhere implements Converter {
  readonly begun: { text: string; decidedTs: number; ready: () => void }[] = []
  isCrowded = false

  decode(): void {
    assert.fail('a message is prepared before it is converted')
  }

  prepare(message: Message): Promise<Converter> {
    const { promise, resolve } = Promise.withResolvers<Converter>()
    const text = copyPayload(message).toString()
    this.begun.push({ text, decidedTs: message.decidedTs, ready: () => resolve(testConverter) })
    return promise
  }

  async finish(...texts: string[]): Promise<void> {
    for (const text of texts) {
      const at = this.begun.findIndex((each) => each.text === text)
      assert.notEqual(at, -1, `${text} has been begun`)
      this.begun.splice(at, 1)[0]!.ready()
    }
    await turn()
  }
}

async function open(limits = {}): Promise<{ house: House; converter: Elsewhere }> {
  const converter = new Elsewhere()
  return { converter, house: await openHouse({ converter, limits, topics: { 's/#': 2 } }) }
}

const five = { protocolVersion: 5 as const, clientId: 'd1' }
const lasting = { ...five, cleanStart: false, properties: { sessionExpiryInterval: 1000 } }

test('I1, I4: answers wait for their conversion, and those without one wait behind it', async () => {
  const { house, converter } = await open()
  const device = await house.connect(five)
  device.send(
    publish('s/a', '{"v":1}', { qos: 1, packetId: 1 }),
    publish('else', 'x', { qos: 1, packetId: 2 }),
    publish('s/a', '{"v":3}', { qos: 2, packetId: 3 }),
  )
  await house.release()
  assert.deepEqual(device.take(), [])
  await converter.finish('{"v":3}')
  await house.release()
  assert.deepEqual(device.take(), [])
  await converter.finish('{"v":1}')
  assert.deepEqual(device.take(), [], 'I1: not before the commit')
  await house.release()
  assert.deepEqual(device.take(), ['puback 1', 'puback 2 0x10', 'pubrec 3'])
  assert.deepEqual(
    (await house.rows('d1')).map(({ value }) => value),
    [1, 3],
  )
  await house.stop()
})

test('PINGREQ passes, SUBSCRIBE and DISCONNECT wait for what came before', async () => {
  const { house, converter } = await open()
  const device = await house.connect(five)
  device.publish('s/a', '{"v":1}', { qos: 0, retain: true })
  device.subscribe('s/a', 0)
  device.send({ type: 'pingreq' })
  assert.deepEqual(device.take(), ['pingresp'])
  device.send({ type: 'disconnect', reasonCode: 0 })
  assert.equal(device.isEnded, false)
  await converter.finish('{"v":1}')
  assert.deepEqual(device.take().toSorted(), ['publish s/a q0 retain {"v":1}', 'suback 1 [0]'])
  assert.equal(device.isEnded, true)
  await house.stop()
})

test('I3: a resend after a crash tells the script the same time and lands on the same row', async () => {
  const opened = await open()
  const { converter } = opened
  let { house } = opened
  let device = await house.connect(lasting)
  device.publish('s/a', '{"v":1}', { qos: 1, packetId: 1 })
  const { decidedTs } = converter.begun[0]!
  assert.notEqual(decidedTs, 0)
  await converter.finish('{"v":1}')
  await house.release()
  house = await house.crash()
  device = await house.connect(lasting)
  device.publish('s/a', '{"v":1}', { qos: 1, packetId: 1, dup: true })
  assert.equal(converter.begun[0]!.decidedTs, decidedTs)
  await converter.finish('{"v":1}')
  await house.release()
  assert.deepEqual(await house.rows('d1'), [{ ts: decidedTs, value: 1 }])
  await house.stop()
})

test('QoS 2: what waits when its session is taken over comes again and is stored once', async () => {
  const { house, converter } = await open()
  const before = await house.connect(lasting)
  before.publish('s/a', '{"v":1}', { qos: 2, packetId: 7 })
  const device = await house.connect(lasting)
  device.publish('s/a', '{"v":1}', { qos: 2, packetId: 7, dup: true })
  await converter.finish('{"v":1}', '{"v":1}')
  await house.release()
  assert.deepEqual(device.take(), ['pubrec 7'])
  device.publish('s/a', '{"v":1}', { qos: 2, packetId: 7, dup: true })
  device.send({ type: 'pubrel', packetId: 7, reasonCode: 0 })
  await house.release()
  assert.deepEqual(device.take(), ['pubrec 7', 'pubcomp 7'])
  assert.equal((await house.rows('d1')).length, 1)
  await house.stop()
})

test('QoS 0: what was sent before the connection was lost is stored', async () => {
  const { house, converter } = await open()
  const device = await house.connect(five)
  device.publish('s/a', '{"v":1}')
  device.publish('s/a', '{"v":2}')
  device.lose()
  await house.connect(five)
  await converter.finish('{"v":2}', '{"v":1}')
  await house.release()
  assert.equal((await house.rows('d1')).length, 2)
  await house.stop()
})

test('a will that a script reads is stored', async () => {
  const { house, converter } = await open()
  const will = { topic: 's/a', payload: Buffer.from('{"v":9}'), qos: 1 as const, retain: false }
  const device = await house.connect({ ...five, will })
  device.lose()
  await converter.finish('{"v":9}')
  await house.release()
  assert.equal((await house.rows('d1'))[0]?.value, 9)
  await house.stop()
})

const aWill = (v: number, more = {}) => ({
  ...{ topic: 's/a', payload: Buffer.from(`{"v":${v}}`), qos: 1 as const, retain: false },
  ...more,
})

test('I1: a will outlives a hub that is killed while a script reads it, and is stored once', async () => {
  const opened = await open()
  const { converter } = opened
  let { house } = opened
  const delayed = aWill(2, { properties: { willDelayInterval: 1 } })
  const brief = await house.connect({ ...five, clientId: 'brief', will: aWill(1) })
  const late = await house.connect({ ...lasting, clientId: 'late', will: delayed })
  brief.lose()
  late.lose()
  await house.release()
  await house.clock.advance(2_000)
  await house.release()
  assert.deepEqual(
    converter.begun.splice(0).map(({ text }) => text),
    ['{"v":1}', '{"v":2}'],
  )
  house = await house.crash()
  // Coming back calls off a will that was not due, and this one was.
  await house.connect({ ...lasting, clientId: 'late' })
  await house.connect({ ...five, clientId: 'brief', will: aWill(3) })
  await house.release()
  await house.clock.advance(2_000)
  await converter.finish('{"v":1}', '{"v":2}')
  await house.release()
  const values = async (device: string): Promise<unknown[]> =>
    (await house.rows(device)).map(({ value }) => value)
  assert.deepEqual([await values('brief'), await values('late')], [[1], [2]])
  house = await house.crash()
  await house.clock.advance(2_000)
  assert.deepEqual(
    converter.begun.map(({ text }) => text),
    ['{"v":3}'],
    'what is stored is not converted again, what was left since then is',
  )
  await converter.finish('{"v":3}')
  await house.release()
  assert.deepEqual([await values('brief'), await values('late')], [[1, 3], [2]])
  await house.clock.advance(2_000)
  await house.stop()
})

test('a client that comes and goes while its wills are converted loses none of them', async () => {
  const { house, converter } = await open()
  for (const v of [1, 2, 3]) {
    const device = await house.connect({ ...five, will: aWill(v) })
    device.lose()
    await house.release()
  }
  await converter.finish('{"v":2}', '{"v":3}', '{"v":1}')
  await house.release()
  assert.deepEqual((await house.rows('d1')).map(({ value }) => value).toSorted(), [1, 2, 3])
  let records = 0
  for await (const _ of house.store.stateScan('session', '')) records++
  assert.equal(records, 0, 'nothing of the session is left')
  await house.stop()
})

test('I7: a connection with too much waiting is not read, and is read again', async () => {
  const { house, converter } = await open({ conversionMessagesMax: 2 })
  const device = await house.connect(five)
  device.publish('s/a', '{"v":1}')
  assert.equal(device.isPaused, false)
  device.publish('s/a', '{"v":2}')
  assert.equal(device.isPaused, true)
  await converter.finish('{"v":1}')
  assert.equal(device.isPaused, false)
  converter.isCrowded = true
  device.publish('s/a', '{"v":3}')
  assert.equal(device.isPaused, true)
  await converter.finish('{"v":2}', '{"v":3}')
  assert.equal(device.isPaused, false)
  await house.stop()
})

test('the end of the hub waits for conversions', async () => {
  const { house, converter } = await open()
  const device = await house.connect(five)
  device.publish('s/a', '{"v":1}', { qos: 1, packetId: 1 })
  house.store.letThrough()
  const closing = house.broker.close()
  await turn()
  assert.deepEqual(device.take(), [])
  await converter.finish('{"v":1}')
  await closing
  assert.deepEqual(device.take(), ['puback 1', 'disconnect 0x8b'])
})

test('I3: what waited long for a script counts as unanswered after a kill, whatever others stored meanwhile', async () => {
  const { house, converter } = await open()
  const slow = await house.connect({ clientId: 'd1' })
  const other = await house.connect({ clientId: 'd2' })
  slow.publish('s/a', '{"v":1}', { qos: 1, packetId: 1 })
  await house.clock.advance(30_000)
  other.publish('s/a', '{"v":2}', { qos: 1, packetId: 1 })
  await turn()
  await converter.finish('{"v":2}')
  await house.release()
  // A batch that gives older times alone: it ends with its answer on its way.
  await converter.finish('{"v":1}')
  await house.release()
  const later = await house.crash()
  const again = await later.connect({ clientId: 'd1' })
  again.publish('s/a', '{"v":1}', { qos: 1, packetId: 1 })
  await converter.finish('{"v":1}')
  await later.release()
  assert.equal((await later.rows('d1')).length, 1)
  await later.stop()
})
