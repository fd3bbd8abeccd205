import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PacketQos, PublishPacket, PubrelPacket } from '../mqtt/packet.ts'
import { Outbound } from './outbound.ts'
import { PacketIds } from './packet-ids.ts'

/** An outbound side with what it has sent; `hasRoom` false stands for a full connection. */
function open(queueMax = 100) {
  const sent: (PublishPacket | PubrelPacket)[] = []
  const line = { hasRoom: true }
  const outbound = new Outbound(
    (packet) => {
      sent.push(structuredClone(packet))
      return line.hasRoom
    },
    new PacketIds(0),
    queueMax,
  )
  return { outbound, sent, line }
}

function message(topic: string, qos: PacketQos): PublishPacket {
  return {
    type: 'publish',
    topic,
    source: Buffer.alloc(0),
    payloadStart: 0,
    payloadEnd: 0,
    qos,
    retain: false,
    dup: false,
    packetId: 0,
    properties: undefined,
  }
}

function topics(sent: (PublishPacket | PubrelPacket)[]): string[] {
  return sent.map((packet) =>
    packet.type === 'publish' ? `${packet.topic}${packet.dup ? '!' : ''}` : 'pubrel',
  )
}

const noAnswer = { reasonCode: 0, reasonString: undefined }

test('no more messages are in flight than Receive Maximum allows, and the rest follows in order', async () => {
  const { outbound, sent } = open()
  outbound.connected(false, 2, 'b')
  const answers = ['a', 'b', 'c', 'd'].map((topic) => outbound.publish(message(topic, 1)))
  assert.deepEqual(topics(sent), ['a', 'b'])
  assert.ok(outbound.puback({ type: 'puback', packetId: 2, reasonCode: 0x10 }))
  assert.deepEqual(topics(sent), ['a', 'b', 'c'])
  assert.ok(outbound.puback({ type: 'puback', packetId: 1, reasonCode: 0 }))
  assert.deepEqual(topics(sent), ['a', 'b', 'c', 'd'])
  assert.equal((await answers[1])!.reasonCode, 0x10)
  assert.equal(outbound.pending, 2)
})

test('a QoS 2 message ends with PUBCOMP and gives the reason of its PUBREC', async () => {
  const { outbound, sent } = open()
  outbound.connected(false, 10, 'b')
  const answer = outbound.publish(message('a', 2))
  const properties = { reasonString: 'kept' }
  assert.ok(outbound.pubrec({ type: 'pubrec', packetId: 1, reasonCode: 0x10, properties }))
  assert.deepEqual(topics(sent), ['a', 'pubrel'])
  assert.ok(outbound.pubcomp({ type: 'pubcomp', packetId: 1, reasonCode: 0 }))
  assert.deepEqual(await answer, { reasonCode: 0x10, reasonString: 'kept' })
})

test('a PUBREC that refuses ends the message without PUBREL', async () => {
  const { outbound, sent } = open()
  outbound.connected(false, 10, 'b')
  const answer = outbound.publish(message('a', 2))
  assert.ok(outbound.pubrec({ type: 'pubrec', packetId: 1, reasonCode: 0x97 }))
  assert.equal((await answer).reasonCode, 0x97)
  assert.deepEqual(topics(sent), ['a'])
})

test('MQTT-4.4.0-1, MQTT-3.3.1-1: a resumed session sends again in order, with DUP and the same identifiers', async () => {
  const { outbound, sent } = open()
  outbound.connected(false, 10, 'b')
  const answers = [message('a', 1), message('b', 2), message('c', 2)].map((packet) =>
    outbound.publish(packet),
  )
  outbound.pubrec({ type: 'pubrec', packetId: 2, reasonCode: 0 })
  outbound.disconnected()
  const late = outbound.publish(message('d', 1))
  const before = sent.splice(0)
  outbound.connected(true, 10, 'b')
  assert.deepEqual(topics(sent), ['a!', 'pubrel', 'c!', 'd'])
  assert.deepEqual(
    sent.slice(0, 3).map(({ packetId }) => packetId),
    before.slice(0, 3).map(({ packetId }) => packetId),
  )
  outbound.puback({ type: 'puback', packetId: 1, reasonCode: 0 })
  outbound.pubcomp({ type: 'pubcomp', packetId: 2, reasonCode: 0 })
  outbound.pubrec({ type: 'pubrec', packetId: 3, reasonCode: 0 })
  outbound.pubcomp({ type: 'pubcomp', packetId: 3, reasonCode: 0 })
  outbound.puback({ type: 'puback', packetId: 4, reasonCode: 0 })
  assert.deepEqual(await Promise.all([...answers, late]), [noAnswer, noAnswer, noAnswer, noAnswer])
})

test('a smaller Receive Maximum after the reconnect holds for what is sent again', () => {
  const { outbound, sent } = open()
  outbound.connected(false, 10, 'b')
  const answers = ['a', 'b', 'c'].map((topic) => outbound.publish(message(topic, 1)))
  assert.equal(answers.length, 3)
  outbound.disconnected()
  sent.length = 0
  outbound.connected(true, 1, 'b')
  assert.deepEqual(topics(sent), ['a!'])
  outbound.puback({ type: 'puback', packetId: 1, reasonCode: 0 })
  assert.deepEqual(topics(sent), ['a!', 'b!'])
})

test('with the session lost, QoS 1 starts anew, a released QoS 2 is done, and another is its sender’s to decide', async () => {
  const { outbound, sent } = open()
  outbound.connected(false, 10, 'b')
  const atQos1 = outbound.publish(message('a', 1))
  const released = outbound.publish(message('b', 2))
  const unknown = outbound.publish(message('c', 2))
  outbound.pubrec({ type: 'pubrec', packetId: 2, reasonCode: 0 })
  outbound.disconnected()
  sent.length = 0
  outbound.connected(false, 10, 'b')
  assert.deepEqual(topics(sent), ['a'])
  assert.deepEqual(await released, noAnswer)
  await assert.rejects(unknown, { code: 'SESSION_LOST' })
  outbound.puback({ type: 'puback', packetId: 1, reasonCode: 0 })
  assert.deepEqual(await atQos1, noAnswer)
})

test('I7: the queue has a limit, and what is over it is refused at once', async () => {
  const { outbound } = open(2)
  const kept = [outbound.publish(message('a', 1)), outbound.publish(message('b', 0))]
  assert.equal(kept.length, 2)
  await assert.rejects(outbound.publish(message('c', 1)), { code: 'PUBLISH_QUEUE_FULL' })
})

test('while the connection is full nothing is sent, and QoS 0 waits in its place', async () => {
  const { outbound, sent, line } = open()
  line.hasRoom = false
  outbound.connected(false, 10, 'b')
  const answers = ['a', 'b', 'c'].map((topic) => outbound.publish(message(topic, 0)))
  assert.deepEqual(topics(sent), ['a'])
  line.hasRoom = true
  outbound.drained()
  assert.deepEqual(topics(sent), ['a', 'b', 'c'])
  assert.deepEqual(await Promise.all(answers), [noAnswer, noAnswer, noAnswer])
})

test('answers of the wrong kind are protocol errors, and answers to nothing are not', () => {
  const { outbound, sent } = open()
  outbound.connected(false, 10, 'b')
  const answers = [outbound.publish(message('a', 1)), outbound.publish(message('b', 2))]
  assert.equal(answers.length, 2)
  assert.equal(outbound.pubrec({ type: 'pubrec', packetId: 1, reasonCode: 0 }), false)
  assert.equal(outbound.puback({ type: 'puback', packetId: 2, reasonCode: 0 }), false)
  assert.equal(outbound.pubcomp({ type: 'pubcomp', packetId: 2, reasonCode: 0 }), false)
  assert.equal(outbound.puback({ type: 'puback', packetId: 9, reasonCode: 0 }), true)
  assert.equal(outbound.pubrec({ type: 'pubrec', packetId: 9, reasonCode: 0 }), true)
  assert.deepEqual(sent.at(-1), { type: 'pubrel', packetId: 9, reasonCode: 0x92 })
})
