// One message for very many lasting sessions: its copies are stored in pieces, the answer leaves once what is owed is
// stored, and a kill at any moment neither loses nor doubles a copy.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openHouse, publish, type House, type TestClient } from '../../test/broker-house.ts'
import { turn } from '../../test/held-store.ts'
import type { Store } from '../storage/store.ts'
import type { Qos } from '../model/message.ts'
import { storedAtOnceMax } from './owed-copies.ts'
import { decodeQueued, isSpecialKey, parseQueueKey } from './state-codec.ts'

const many = 3 * storedAtOnceMax + 50
/** More than a piece and its record, a packet identifier and readings. */
const stateMax = storedAtOnceMax + 20

/** Lasting sessions that subscribe and go away again, but for the last `stay`, which are returned. */
async function crowd(house: House, filter: string, qos: Qos, stay = 0): Promise<TestClient[]> {
  const clients: TestClient[] = []
  for (let n = 0; n < many; n++) {
    const client = house.open()
    client.connect({ clientId: `away${n}`, cleanStart: false })
    client.subscribe(filter, qos)
    clients.push(client)
  }
  await house.release()
  for (const client of clients.slice(0, many - stay)) client.lose()
  await house.release()
  const left = clients.slice(many - stay)
  for (const client of left) client.take()
  return left
}

/** Payloads of the stored copies by session, in order, and how many records say that more are owed. */
async function queued(store: Store): Promise<{ bySession: Map<string, string[]>; records: number }> {
  const bySession = new Map<string, string[]>()
  let records = 0
  for await (const { key, value } of store.stateScan('queue', '')) {
    const { sessionKey } = parseQueueKey(key)
    if (isSpecialKey(sessionKey)) {
      records++
      continue
    }
    const copies = bySession.get(sessionKey) ?? []
    copies.push(decodeQueued(value).message.payload.toString())
    bySession.set(sessionKey, copies)
  }
  return { bySession, records }
}

async function assertEverybodyHas(house: House, payloads: string[], sessions = many): Promise<void> {
  const { bySession, records } = await queued(house.store)
  assert.equal(bySession.size, sessions)
  for (const copies of bySession.values()) assert.deepEqual(copies, payloads)
  assert.equal(records, 0, 'nothing is owed any more')
}

describe('copies for very many lasting sessions', () => {
  test('I1: I7: each batch has a bounded piece of them, and the answer leaves once what is owed is stored', async () => {
    const house = await openHouse()
    await crowd(house, 'many/#', 1)
    const source = await house.connect({ clientId: 'source' })
    source.publish('many/a', 'x', { qos: 1, packetId: 1 })
    await turn()
    assert.deepEqual(source.take(), [])
    await house.store.release()
    assert.deepEqual(source.take(), ['puback 1'])
    let pieces = 1
    for (; house.store.waiting.length > 0; pieces++) {
      for (const { state } of house.store.waiting)
        assert.ok(state.length <= stateMax, `${state.length} writes`)
      await house.store.release()
      await turn()
    }
    assert.ok(pieces > many / storedAtOnceMax, `${pieces} pieces`)
    await assertEverybodyHas(house, ['x'])
    await house.stop()
  })

  test('I1: [MQTT-4.3.3-2] killed between any two pieces, all have it once, also when its publisher sends it again', async () => {
    for (let stored = 0; stored <= 4; stored++) {
      let house = await openHouse()
      await crowd(house, 'q2/#', 2)
      const source = await house.connect({ clientId: 'source', cleanStart: false })
      await house.release()
      source.publish('q2/a', '{"v":1}', { qos: 2, packetId: 1 })
      await turn()
      for (let n = 0; n < stored; n++) {
        await house.store.release()
        await turn()
      }
      const isAnswered = source.take().length > 0
      assert.equal(isAnswered, stored > 0)
      house = await house.crash()
      const back = await house.connect({ clientId: 'source', cleanStart: false })
      back.publish('q2/a', '{"v":1}', { qos: 2, packetId: 1, dup: true })
      await house.release()
      assert.deepEqual(back.take(), ['pubrec 1'])
      await assertEverybodyHas(house, ['{"v":1}'])
      assert.equal((await house.rows('source')).length, 1)
      await house.stop()
    }
  })

  test('[MQTT-4.6.0-6] later messages of the topic stay behind, for those who are there as for those who are not', async () => {
    let house = await openHouse()
    const here = await crowd(house, 'many/#', 1, 3)
    const source = await house.connect({ clientId: 'source' })
    for (let n = 1; n <= 4; n++) source.publish('many/a', String(n), { qos: 1, packetId: n })
    await house.release()
    assert.deepEqual(source.take(), ['puback 1', 'puback 2', 'puback 3', 'puback 4'])
    for (const client of here) {
      assert.deepEqual(
        client.take(),
        [1, 2, 3, 4].map((n) => `publish many/a q1 # ${n}`),
      )
    }
    house = await house.crash()
    await house.release()
    await assertEverybodyHas(house, ['1', '2', '3', '4'])
    await house.stop()
  })

  test('[MQTT-4.6.0-6] what comes when few are left stays behind what they are owed', async () => {
    const house = await openHouse()
    const here = await crowd(house, 'many/#', 1, many)
    // Pieces are made in the order of the sessions' keys: those who stay come last.
    const names = here.map((_, n) => `away${n}`).toSorted()
    const isLeft = (n: number): boolean => names.indexOf(`away${n}`) >= many - 2
    const left = here.filter((_, n) => isLeft(n))
    const others = here.filter((_, n) => !isLeft(n))
    const source = await house.connect({ clientId: 'source' })
    source.publish('many/a', '1', { qos: 1, packetId: 1 })
    for (const client of others) client.send({ type: 'unsubscribe', packetId: 2, filters: ['many/#'] })
    source.publish('many/a', '2', { qos: 1, packetId: 2 })
    await house.release()
    for (const client of left) {
      assert.deepEqual(client.take(), ['publish many/a q1 # 1', 'publish many/a q1 # 2'])
    }
    const served = others.filter(({ packets }) => packets.length > 1)
    assert.ok(served.length <= storedAtOnceMax, 'who has unsubscribed before its turn gets nothing')
    await house.stop()
  })

  test('I7: while too many messages are owed their publisher is not read, and none is lost', async () => {
    const house = await openHouse()
    await crowd(house, 'many/#', 1)
    const source = await house.connect({ clientId: 'source' })
    const messages = Array.from({ length: 40 }, (_, n) =>
      publish('many/a', String(n), { qos: 1, packetId: n + 1 }),
    )
    source.send(...messages)
    await turn()
    assert.ok(source.isPaused)
    house.store.letThrough()
    await house.store.release()
    const last = 40 * many
    for (let turns = 0; turns < 2_000 && house.broker.queued.messages < last; turns++) await turn()
    assert.equal(source.packets.length, 40)
    await house.release()
    await assertEverybodyHas(
      house,
      messages.map((_, n) => String(n)),
    )
    await house.stop()
  })

  test('I1: a hub that stops leaves the rest to the next start, which makes it', async () => {
    let house = await openHouse()
    await crowd(house, 'many/#', 1)
    const source = await house.connect({ clientId: 'source' })
    source.publish('many/a', 'x', { qos: 1, packetId: 1 })
    // The moment of a stop after which nothing more is handed out; what comes before it may still be.
    house.broker.routing.settle()
    await house.stop()
    assert.equal((await queued(house.store)).records, 2, 'stopping does not wait for it')
    house = await house.crash()
    await house.release()
    await assertEverybodyHas(house, ['x'])
    await house.stop()
  })

  test('[MQTT-3.8.3-3] who refuses its own messages gets no copy, also after a kill', async () => {
    let house = await openHouse()
    await crowd(house, 'many/#', 1)
    const source = await house.connect({
      clientId: 'zz',
      protocolVersion: 5,
      cleanStart: false,
      properties: { sessionExpiryInterval: 600 },
    })
    source.subscribe('many/#', 1, { noLocal: true })
    await house.release()
    source.publish('many/a', 'x', { qos: 1, packetId: 1 })
    await turn()
    await house.store.release()
    house = await house.crash()
    await house.release()
    await assertEverybodyHas(house, ['x'])
    await house.stop()
  })

  test('what is owed to sessions that have begun anew since is not made', async () => {
    let house = await openHouse()
    await crowd(house, 'many/#', 1)
    const source = await house.connect({ clientId: 'source' })
    source.publish('many/a', 'x', { qos: 1, packetId: 1 })
    await turn()
    await house.store.release()
    assert.equal((await queued(house.store)).records, 2)
    house = await house.crash()
    for (let n = 0; n < many; n++) {
      const client = house.open()
      client.connect({ clientId: `away${n}` })
    }
    await house.release()
    const { records } = await queued(house.store)
    assert.equal(records, 0)
    await house.stop()
  })
})
