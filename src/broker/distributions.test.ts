// One message for very many subscribers: it is handed out over turns, in order, and whoever has nothing to do with
// it is served between.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as immediate } from 'node:timers/promises'
import { openHouse, publish, type House, type TestClient } from '../../test/broker-house.ts'
import { turn } from '../../test/held-store.ts'
import type { Qos } from '../model/message.ts'

const many = 2_500
const lasting = { cleanStart: false }

/** Subscribers of `filter`, one `qos` after the other. */
async function crowd(house: House, filter: string, grants: readonly Qos[] = [0]): Promise<TestClient[]> {
  const readers: TestClient[] = []
  for (let n = 0; n < many; n++) {
    const reader = house.open()
    reader.connect({ clientId: `reader${n}` })
    reader.subscribe(filter, grants[n % grants.length]!)
    readers.push(reader)
  }
  await turn()
  for (const reader of readers) assert.equal(reader.take().length, 2)
  return readers
}

function withMessages(readers: TestClient[]): number {
  return readers.filter(({ packets }) => packets.length > 0).length
}

/** Lets turns pass until everybody has so many packets. */
async function untilAll(readers: TestClient[], count: number): Promise<void> {
  for (let turns = 0; turns < 1_000; turns++) {
    if (readers.every(({ packets }) => packets.length >= count)) return
    await immediate()
  }
  assert.fail('not everybody has it after a thousand turns')
}

describe('very many subscribers', () => {
  test('I7: one message to them takes several turns, and another topic comes between', async () => {
    const house = await openHouse()
    const readers = await crowd(house, 'many/#')
    const [source, other, listener] = [
      await house.connect({ clientId: 'source' }),
      await house.connect({ clientId: 'other' }),
      await house.connect({ clientId: 'listener' }),
    ]
    listener.subscribe('own', 0)
    listener.take()
    source.publish('many/a', 'x')
    const atFirst = withMessages(readers)
    assert.ok(atFirst > 0 && atFirst < many / 2, `${atFirst} of ${many} in the first turn`)
    other.publish('own', 'y')
    for (let turns = 0; listener.packets.length === 0; turns++) {
      assert.ok(turns < 4, 'it comes within a few turns')
      await immediate()
    }
    assert.ok(withMessages(readers) < many, `${withMessages(readers)} of ${many} by then`)
    await untilAll(readers, 1)
    await house.stop()
  })

  test('[MQTT-4.6.0-6] I7: many messages to them keep their order at every QoS, and few are held at one time', async () => {
    const house = await openHouse()
    const readers = await crowd(house, 'many/#', [0, 1])
    const source = await house.connect({ clientId: 'source' })
    const messages = 60
    for (let n = 1; n <= messages; n++) {
      source.send(publish('many/a', String(n), n % 3 === 0 ? { qos: 1, packetId: n } : {}))
    }
    await immediate()
    assert.ok(source.isPaused, 'the publisher is not read meanwhile')
    await untilAll(readers, messages)
    const numbers = Array.from({ length: messages }, (_, n) => String(n + 1))
    for (const reader of readers) {
      assert.deepEqual(
        reader.take().map((line) => line.split(' ').at(-1)),
        numbers,
      )
    }
    assert.ok(!source.isPaused)
    await house.stop()
  })

  test('[MQTT-4.6.0-6] what comes when few are left stays behind what they have not got yet', async () => {
    const house = await openHouse()
    const readers = await crowd(house, 'many/#')
    const source = await house.connect({ clientId: 'source' })
    source.publish('many/a', '1')
    for (const reader of readers.slice(0, -2)) reader.send({ type: 'disconnect', reasonCode: 0 })
    source.publish('many/a', '2')
    const left = readers.slice(-2)
    await untilAll(left, 2)
    for (const reader of left) {
      assert.deepEqual(reader.take(), ['publish many/a q0 1', 'publish many/a q0 2'])
    }
    await house.stop()
  })

  test('who has unsubscribed, or begun anew, before its turn gets nothing; who subscribed again does', async () => {
    const house = await openHouse()
    const readers = await crowd(house, 'many/#')
    const source = await house.connect({ clientId: 'source' })
    source.publish('many/a', 'x')
    const [away, anew, again] = readers.slice(-3) as [TestClient, TestClient, TestClient]
    away.send({ type: 'unsubscribe', packetId: 2, filters: ['many/#'] })
    again.subscribe('many/+', 0)
    again.send({ type: 'unsubscribe', packetId: 2, filters: ['many/#'] })
    const next = house.open()
    next.connect({ clientId: `reader${many - 2}` })
    await untilAll([...readers.slice(0, -3), again], 1)
    await turn()
    assert.deepEqual(away.take(), ['unsuback 2 []'])
    assert.deepEqual([...anew.take(), ...next.take()], ['connack new 0'])
    assert.deepEqual(again.take(), ['suback 1 [0]', 'unsuback 2 []', 'publish many/a q0 x'])
    await house.stop()
  })

  test('I8: nobody of them sees a reading before it is stored, then all do', async () => {
    const house = await openHouse()
    const readers = await crowd(house, 't/#', [0, 1])
    const source = await house.connect({ clientId: 'source' })
    source.send(publish('t/a', '{"v":1}', { qos: 1, packetId: 1 }), publish('t/a', '{"v":2}'))
    for (let turns = 0; turns < 20; turns++) await turn()
    assert.equal(withMessages(readers), 0)
    assert.deepEqual(source.take(), [])
    await house.release()
    assert.deepEqual(source.take(), ['puback 1'])
    await untilAll(readers, 2)
    for (const [n, reader] of readers.entries()) {
      const first = n % 2 === 0 ? 'publish t/a q0 {"v":1}' : 'publish t/a q1 # {"v":1}'
      assert.deepEqual(reader.take(), [first, 'publish t/a q0 {"v":2}'])
    }
    await house.stop()
  })

  test('I1: copies for lasting sessions among them are stored with the message, and no answer leaves before', async () => {
    let house = await openHouse()
    const readers = await crowd(house, 'many/#', [1])
    const away: TestClient[] = []
    for (const clientId of ['away1', 'away2']) {
      const each = await house.connect({ ...lasting, clientId })
      each.subscribe('many/#', 1)
      away.push(each)
    }
    await house.release()
    for (const each of away) each.lose()
    await house.release()
    const source = await house.connect({ clientId: 'source' })
    source.publish('many/a', 'x', { qos: 1, packetId: 1 })
    await turn()
    assert.deepEqual(source.take(), [])
    assert.equal(house.store.waiting.length, 1)
    await house.store.release()
    assert.deepEqual(source.take(), ['puback 1'])
    // Killed at once: those that are away have their copy all the same.
    house = await house.crash()
    for (const clientId of ['away1', 'away2']) {
      const back = await house.connect({ ...lasting, clientId })
      await house.release()
      assert.deepEqual(back.take(), ['publish many/a q1 # x'])
    }
    await house.stop()
    assert.ok(withMessages(readers) > 0)
  })

  test('a hub that stops hands out what it has taken in', async () => {
    const house = await openHouse()
    const readers = await crowd(house, '#', [0, 1])
    const source = await house.connect({ clientId: 'source' })
    source.send(publish('many/a', 'x'), publish('t/a', '{"v":1}', { qos: 1, packetId: 1 }))
    await house.stop()
    for (const reader of readers) assert.equal(reader.packets.length, 2)
  })

  test('I7: shared subscriptions without end on one topic take turns too', async () => {
    const house = await openHouse()
    const members: TestClient[] = []
    for (let n = 0; n < many; n++) {
      const member = house.open()
      member.connect({ clientId: `member${n}` })
      member.subscribe(`$share/g${n}/many`, 1)
      members.push(member)
    }
    await turn()
    for (const member of members) member.take()
    const source = await house.connect({ clientId: 'source' })
    source.publish('many', 'x', { qos: 1, packetId: 1 })
    const atFirst = withMessages(members)
    assert.ok(atFirst > 0 && atFirst < many / 2, `${atFirst} of ${many} in the first turn`)
    await untilAll(members, 1)
    await house.stop()
  })
})
