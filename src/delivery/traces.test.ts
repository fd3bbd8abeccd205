import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openHouse } from '../../test/broker-house.ts'
import { turn } from '../../test/held-store.ts'
import type { Properties } from '../mqtt/packet.ts'
import { sampledPerSlotMax } from './sampling.ts'
import { tracePayloadBytesMax, traceReadingsMax, type Trace } from './trace.ts'
import { failedTracesMax, tapsMax, tracesMax } from './traces.ts'

const five = { protocolVersion: 5 as const }

function outcomes(traces: Trace[]): string[] {
  return traces.map(({ outcome }) => outcome)
}

test('I1: a trace is acknowledged after it is stored, and says nothing before', async () => {
  const house = await openHouse()
  const { traces } = house.delivery
  const ended: Trace[] = []
  traces.watch((trace) => ended.push(trace))
  const device = await house.connect({ ...five, clientId: 'd1' })
  const properties: Properties = { userProperties: [['line', '7']] }
  device.publish('t/a', '{"v":1,"ts":5}', { qos: 1, packetId: 7, properties })
  await turn()
  assert.deepEqual(outcomes(traces.find({}, 10)), ['waiting'])
  assert.deepEqual(ended, [], 'what became of it is not known yet')
  await house.clock.advance(3)
  await house.release()
  const [trace] = traces.find({}, 10)
  assert.ok(trace !== undefined)
  assert.deepEqual(ended, [trace])
  const { topic, device: of, clientId, integration, qos, effectiveQos, outcome, packetId, bytes } = trace
  assert.deepEqual(
    { topic, of, clientId, integration, qos, effectiveQos, outcome, packetId, bytes },
    {
      ...{ topic: 't/a', of: 'd1', clientId: 'd1', integration: 'i1', qos: 1, effectiveQos: 1 },
      ...{ outcome: 'stored', packetId: 7, bytes: 14 },
    },
  )
  assert.deepEqual([trace.decodedMs, trace.storedMs, trace.acknowledgedMs], [0, 3, 3])
  assert.deepEqual(trace.readings, [{ device: 'd1', key: 'v', ts: 5, value: 1 }])
  assert.deepEqual(trace.properties?.userProperties, [['line', '7']])
  assert.equal(traces.get(trace.id), trace)
  await house.stop()
})

test('what became of a message: stored, repeated, late, rejected, not wanted', async () => {
  const house = await openHouse()
  const { traces } = house.delivery
  const device = await house.connect()
  const say = async (topic: string, payload: string, packetId: number): Promise<void> => {
    device.publish(topic, payload, { qos: 1, packetId })
    await house.release()
  }
  await say('t/a', '{"v":1,"ts":5}', 1)
  await say('t/a', '{"v":1,"ts":5}', 2)
  await say('t/a', '{"v":1,"ts":4}', 3)
  await say('t/a', 'nonsense', 4)
  await say('elsewhere', '{}', 5)
  assert.deepEqual(outcomes(traces.find({}, 10)), ['notWanted', 'rejected', 'late', 'duplicate', 'stored'])
  assert.equal(traces.find({ outcome: 'rejected' }, 10)[0]?.reason, 'The payload is not JSON.')
  assert.equal(traces.find({ topic: 'else' }, 10).length, 1)
  assert.equal(traces.find({ device: 'd1', qos: 1, client: 'd1' }, 10).length, 5)
  assert.equal(traces.find({ device: 'd2' }, 10).length, 0)
  assert.deepEqual(
    house.delivery.marks.of('d1', 0, 10).map(({ kind, ts }) => [kind, ts]),
    [
      ['duplicate', 5],
      ['late', 4],
    ],
  )
  await house.stop()
})

test('I7: a flood leaves a bounded number of traces, and the unreadable ones among them', async () => {
  const house = await openHouse({ limits: { receiveMaximum: 65_535 } })
  house.store.letThrough()
  const { traces } = house.delivery
  const device = await house.connect()
  const large = `{"v":1${' '.repeat(2 * tracePayloadBytesMax)}}`
  for (let i = 0; i < 20_000; i++) {
    device.publish('t/a', i % 2_000 === 0 ? '!' : i % 1_000 === 1 ? large : '{"v":1}', { qos: 0 })
    if (i % 20 === 0) await house.clock.advance(1)
    if (i % 500 === 0) await turn()
  }
  await house.release()
  assert.ok(traces.size <= tracesMax + failedTracesMax)
  assert.ok(traces.made <= 21 * sampledPerSlotMax + 10, `${traces.made} traces of one second`)
  assert.equal(traces.find({ outcome: 'rejected' }, 100).length, 10)
  for (const { payload } of traces.find({}, 10_000)) assert.ok(payload.length <= tracePayloadBytesMax)
  await house.stop()
})

test('I7: a message of ten thousand readings keeps some of them in its trace', async () => {
  const house = await openHouse({
    converter: {
      decode(message, _captures, out) {
        for (let i = 0; i < 10_000; i++) out.add(message.device, `k${i % 20}`, Number.NaN, i)
      },
    },
  })
  const device = await house.connect()
  device.publish('t/a', 'many', { qos: 1, packetId: 1 })
  await house.release()
  const [trace] = house.delivery.traces.find({}, 1)
  assert.equal(trace?.readingCount, 10_000)
  assert.equal(trace?.readings.length, traceReadingsMax)
  assert.equal(trace?.areReadingsCut, true)
  await house.stop()
})

test('a tap sees every message, and has those traced that it asks for', async () => {
  const house = await openHouse()
  const { traces } = house.delivery
  const seen: string[] = []
  const traced: string[] = []
  const end = traces.tap({
    sees: ({ topic }, isWanted) => {
      seen.push(`${topic} ${isWanted}`)
      return topic === 't/b'
    },
    traced: ({ topic }) => void traced.push(topic),
  })
  assert.ok(end !== undefined)
  for (let i = 1; i < tapsMax; i++) assert.ok(traces.tap({ sees: () => false }) !== undefined)
  assert.equal(traces.tap({ sees: () => false }), undefined, 'I7: there is a limit')
  const device = await house.connect()
  device.publish('t/b', '{"v":1}', { qos: 1, packetId: 1 })
  device.publish('elsewhere', '{}', { qos: 0 })
  await house.release()
  assert.deepEqual(seen, ['t/b true', 'elsewhere false'])
  assert.ok(traced.includes('t/b'))
  end()
  device.publish('t/c', '{"v":1}', { qos: 1, packetId: 2 })
  await house.release()
  assert.equal(seen.length, 2)
  await house.stop()
})

test('I1: answers and commits are counted apart, and agree when nothing is under way', async () => {
  const house = await openHouse()
  const { promise } = house.delivery
  const device = await house.connect({
    ...five,
    cleanStart: false,
    properties: { sessionExpiryInterval: 60 },
  })
  device.publish('t/a', '{"v":1}', { qos: 1, packetId: 1 })
  device.publish('t/a', '!', { qos: 1, packetId: 2 })
  device.publish('q2/a', '{"v":1}', { qos: 2, packetId: 3 })
  device.publish('q0/a', '{"v":1}', { qos: 1, packetId: 4 })
  await turn()
  assert.deepEqual([promise.acknowledged, promise.stored], [0, 0])
  await house.release()
  const { since: _since, ...figures } = promise.figures()
  assert.deepEqual(figures, { acknowledged: 3, stored: 3, unanswered: 0, difference: 0 })
  // Known and not released: the second PUBREC is no second promise.
  device.publish('q2/a', '{"v":1}', { qos: 2, packetId: 3, dup: true })
  await house.release()
  assert.equal(promise.figures().difference, 0)
  assert.equal(promise.acknowledged, 3)
  await house.stop()
})

test('I1: what is stored after its connection has ended counts as unanswered, not as acknowledged', async () => {
  const house = await openHouse()
  const { promise } = house.delivery
  const device = await house.connect({ clientId: 'd1' })
  device.publish('t/a', '{"v":1}', { qos: 1, packetId: 1 })
  device.publish('t/a', '{"v":2}', { qos: 1, packetId: 2 })
  await turn()
  device.lose()
  assert.equal(promise.unanswered, 0, 'it is not stored yet')
  await house.release()
  const { since: _since, ...figures } = promise.figures()
  assert.deepEqual(figures, { acknowledged: 0, stored: 2, unanswered: 2, difference: 0 })
  await house.stop()
})
