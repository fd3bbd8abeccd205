// Shared subscriptions: each message reaches one member, and none is lost when members go, with or without
// the process.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openHouse, packetIdAt, type House, type TestClient } from '../../test/broker-house.ts'
import type { Qos } from '../model/message.ts'
import { reasonCode } from '../mqtt/reason.ts'

const lasting = { cleanStart: false, properties: { sessionExpiryInterval: 3600 } }
const five = { protocolVersion: 5 as const }
const filter = '$share/g/jobs/#'

async function join(house: House, clientId: string, connect: object = {}, qos: Qos = 1): Promise<TestClient> {
  const client = await house.connect({ ...five, clientId, ...connect })
  client.subscribe(filter, qos)
  await house.release()
  assert.deepEqual(client.take(), [`suback 1 [${qos}]`])
  return client
}

async function send(house: House, from: TestClient, count: number, qos: Qos = 1, start = 0): Promise<void> {
  for (let n = start; n < start + count; n++) {
    from.publish('jobs/a', `${n}`, { qos, packetId: qos === 0 ? 0 : n + 1 })
  }
  await house.release()
  from.take()
}

/** Payloads of the messages that came, which are acknowledged unless told otherwise. */
function work(client: TestClient, isAcknowledged = true): string[] {
  const payloads: string[] = []
  for (const packet of client.packets.splice(0)) {
    if (packet.type !== 'publish') continue
    payloads.push(packet.source.toString('utf8', packet.payloadStart, packet.payloadEnd))
    const { qos, packetId } = packet
    if (!isAcknowledged || qos === 0) continue
    client.send({ type: qos === 1 ? 'puback' : 'pubrec', packetId, reasonCode: 0 })
  }
  return payloads
}

describe('shared subscriptions', () => {
  for (const qos of [0, 1] as const) {
    test(`at QoS ${qos} members take turns, and each message goes to one`, async () => {
      const house = await openHouse()
      const members = [await join(house, 'a', {}, qos), await join(house, 'b', {}, qos)]
      const publisher = await house.connect({ clientId: 'p' })
      await send(house, publisher, 6, qos)
      assert.deepEqual(members.map((member) => work(member).length).join(), '3,3')
      await house.stop()
    })
  }

  test('[MQTT-4.8.2-3] each member gets what it was granted', async () => {
    const house = await openHouse()
    const members = [await join(house, 'a', {}, 0), await join(house, 'b', {}, 2)]
    const publisher = await house.connect({ clientId: 'p' })
    await send(house, publisher, 2, 2)
    const qos = members.map(({ packets }) => packets.map((packet) => 'qos' in packet && packet.qos))
    assert.deepEqual(qos, [[0], [2]])
    await house.stop()
  })

  test('what a member has not acknowledged goes to another when it leaves', async () => {
    const house = await openHouse()
    const a = await join(house, 'a')
    const publisher = await house.connect({ clientId: 'p' })
    await send(house, publisher, 5)
    assert.equal(work(a, false).length, 5)
    const b = await join(house, 'b')
    a.lose()
    await house.release()
    assert.deepEqual(work(b), ['0', '1', '2', '3', '4'])
    await house.stop()
  })

  test('a member that takes no more leaves the rest to the others', async () => {
    const house = await openHouse()
    const slow = await join(house, 'slow', { properties: { receiveMaximum: 1 } })
    const quick = await join(house, 'quick')
    const publisher = await house.connect({ clientId: 'p' })
    await send(house, publisher, 10)
    assert.equal(work(slow, false).length, 1)
    assert.equal(work(quick).length, 9)
    await house.stop()
  })

  test('while all lasting members are away their messages wait, for whoever comes first', async () => {
    const house = await openHouse({ limits: { queueInMemoryMax: 3 } })
    for (const name of ['a', 'b']) (await join(house, name, lasting)).lose()
    const publisher = await house.connect({ clientId: 'p' })
    await send(house, publisher, 10)
    const again = await house.crash()
    const b = await again.connect({ ...five, ...lasting, clientId: 'b' })
    const got: string[] = []
    for (let round = 0; round < 8; round++) {
      await again.release()
      got.push(...work(b))
    }
    assert.deepEqual(
      got,
      Array.from({ length: 10 }, (_, n) => `${n}`),
    )
    // Nothing is left of it in the store.
    await again.release()
    const left = await again.crash()
    const a = await left.connect({ ...five, ...lasting, clientId: 'a' })
    await left.release()
    assert.deepEqual(work(a), [])
    await left.stop()
  })

  test('what a clean member had in flight survives a kill for a lasting one', async () => {
    const house = await openHouse()
    ;(await join(house, 'away', lasting)).lose()
    const clean = await join(house, 'clean')
    const publisher = await house.connect({ clientId: 'p' })
    await send(house, publisher, 3)
    assert.equal(work(clean, false).length, 3)
    const again = await house.crash()
    const back = await again.connect({ ...five, ...lasting, clientId: 'away' })
    await again.release()
    assert.deepEqual(work(back), ['0', '1', '2'])
    await again.stop()
  })

  test('[MQTT-4.8.2-4] [MQTT-4.8.2-5] a QoS 2 message that was begun is finished by its member alone', async () => {
    const house = await openHouse()
    const a = await join(house, 'a', lasting, 2)
    const publisher = await house.connect({ clientId: 'p' })
    publisher.publish('jobs/a', 'x', { qos: 2, packetId: 1 })
    await house.release()
    const packetId = packetIdAt(a, 0)
    assert.deepEqual(work(a, false), ['x'])
    const b = await join(house, 'b', lasting, 2)
    a.lose()
    await house.release()
    assert.deepEqual(work(b), [])
    const again = await house.crash()
    const back = await again.connect({ ...five, ...lasting, clientId: 'a' })
    await again.release()
    assert.equal(packetIdAt(back, 0), packetId)
    assert.deepEqual(work(back), ['x'])
    await again.stop()
  })

  test('[MQTT-4.8.2-6] a message that a member refuses goes to nobody else', async () => {
    const house = await openHouse()
    const a = await join(house, 'a')
    const publisher = await house.connect({ clientId: 'p' })
    await send(house, publisher, 1)
    const refusal = {
      type: 'puback',
      packetId: packetIdAt(a, 0),
      reasonCode: reasonCode.notAuthorized,
    } as const
    a.send(refusal)
    const b = await join(house, 'b')
    a.lose()
    await house.release()
    assert.deepEqual(work(b), [])
    await house.stop()
  })

  test('a group ends with its last member, and a new one of the name begins empty', async () => {
    const house = await openHouse()
    const a = await join(house, 'a', lasting)
    a.lose()
    const publisher = await house.connect({ clientId: 'p' })
    await send(house, publisher, 3)
    const b = await house.connect({ ...five, clientId: 'a', cleanStart: true })
    await house.release()
    b.subscribe(filter, 1)
    await house.release()
    assert.deepEqual(work(b), [])
    await send(house, publisher, 1, 1, 10)
    assert.deepEqual(work(b), ['10'])
    await house.stop()
  })

  test('a group whose queue is full ends with all its members, which learn of it', async () => {
    const house = await openHouse({ limits: { queueMessagesMax: 3 } })
    ;(await join(house, 'a', lasting)).lose()
    const publisher = await house.connect({ clientId: 'p' })
    await send(house, publisher, 5)
    const back = await house.connect({ ...five, ...lasting, clientId: 'a' }, false)
    assert.deepEqual(back.take(), ['connack new 0'])
    await house.stop()
  })

  test('subscribing again keeps what waits, and a message matches each of its groups', async () => {
    const house = await openHouse()
    const a = await join(house, 'a', { properties: { receiveMaximum: 1 } })
    const publisher = await house.connect({ clientId: 'p' })
    await send(house, publisher, 3)
    a.subscribe(filter, 1)
    a.subscribe('$share/other/jobs/a', 1)
    await house.release()
    const got: string[] = []
    for (let round = 0; round < 5; round++) {
      got.push(...work(a))
      await house.release()
    }
    assert.deepEqual(got, ['0', '1', '2'])
    await send(house, publisher, 1, 1, 7)
    got.length = 0
    for (let round = 0; round < 3; round++) got.push(...work(a))
    assert.deepEqual(got, ['7', '7'])
    await house.stop()
  })
})
