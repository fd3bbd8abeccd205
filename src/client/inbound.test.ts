import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PacketQos, ProtocolVersion, PublishPacket } from '../mqtt/packet.ts'
import { Inbound, type Acknowledge } from './inbound.ts'

function open(version: ProtocolVersion = 5, receiveMaximum = 10) {
  const sent: string[] = []
  const throttled: boolean[] = []
  const received: { topic: string; acknowledge: Acknowledge }[] = []
  const inbound = new Inbound(
    {
      send: ({ type, packetId, reasonCode }) => void sent.push(`${type} ${packetId} ${reasonCode}`),
      write: () => assert.fail('answers are sent one by one'),
      throttle: (isThrottled) => void throttled.push(isThrottled),
    },
    ({ topic }, acknowledge) => void received.push({ topic, acknowledge }),
    receiveMaximum,
  )
  inbound.connected(false, version)
  return { inbound, sent, received, throttled }
}

function message(topic: string, qos: PacketQos, packetId: number, dup = false): PublishPacket {
  const source = Buffer.alloc(0)
  return {
    type: 'publish',
    topic,
    source,
    payloadStart: 0,
    payloadEnd: 0,
    qos,
    retain: false,
    dup,
    packetId,
    properties: undefined,
  }
}

test('I4, MQTT-4.6.0-2: answers leave in the order of arrival, however the receiver acknowledges', () => {
  const { inbound, sent, received } = open()
  for (const [at, qos] of ([1, 2, 1] as const).entries()) inbound.publish(message(`t${at}`, qos, at + 1))
  received[2]!.acknowledge()
  received[1]!.acknowledge()
  assert.deepEqual(sent, [])
  received[0]!.acknowledge()
  assert.deepEqual(sent, ['puback 1 0', 'pubrec 2 0', 'puback 3 0'])
  received[0]!.acknowledge()
  assert.equal(sent.length, 3, 'a second acknowledgement does nothing')
})

test('I1: nothing is answered that the receiver has not acknowledged', () => {
  const { inbound, sent } = open()
  inbound.publish(message('a', 1, 1))
  inbound.publish(message('b', 2, 2))
  inbound.publish(message('b', 2, 2, true))
  assert.deepEqual(sent, [])
})

test('MQTT-4.3.3: a QoS 2 message sent again before PUBREL is given out once', () => {
  const { inbound, sent, received } = open()
  inbound.publish(message('a', 2, 7))
  received[0]!.acknowledge()
  inbound.disconnected()
  inbound.connected(true, 5)
  inbound.publish(message('a', 2, 7, true))
  inbound.pubrel({ type: 'pubrel', packetId: 7, reasonCode: 0 })
  inbound.publish(message('b', 2, 7))
  assert.deepEqual(sent, ['pubrec 7 0', 'pubrec 7 0', 'pubcomp 7 0'])
  assert.deepEqual(
    received.map(({ topic }) => topic),
    ['a', 'b'],
  )
})

test('a message that comes again while its receiver still works is not given out twice', () => {
  const { inbound, sent, received } = open()
  inbound.publish(message('a', 1, 1))
  inbound.publish(message('b', 2, 2))
  inbound.disconnected()
  inbound.connected(true, 5)
  inbound.publish(message('b', 2, 2, true))
  inbound.publish(message('a', 1, 1, true))
  assert.equal(received.length, 2)
  received[0]!.acknowledge()
  assert.deepEqual(sent, [], 'the order is that of this connection')
  received[1]!.acknowledge()
  assert.deepEqual(sent, ['pubrec 2 0', 'puback 1 0'])
})

test('an acknowledgement between two connections is sent when the message comes again', () => {
  const { inbound, sent, received } = open()
  inbound.publish(message('a', 1, 1))
  inbound.disconnected()
  received[0]!.acknowledge()
  assert.deepEqual(sent, [])
  inbound.connected(true, 5)
  inbound.publish(message('a', 1, 1, true))
  assert.deepEqual(sent, ['puback 1 0'])
  assert.equal(received.length, 1)
})

test('with the session gone, identifiers mean new messages', () => {
  const { inbound, sent, received } = open()
  inbound.publish(message('a', 2, 1))
  inbound.publish(message('b', 1, 2))
  received[0]!.acknowledge()
  inbound.disconnected()
  inbound.connected(false, 5)
  inbound.publish(message('c', 2, 1))
  inbound.publish(message('d', 1, 2, true))
  received[1]!.acknowledge()
  assert.deepEqual(sent, ['pubrec 1 0'], 'an answer to the old session goes nowhere')
  assert.equal(received.length, 4)
})

test('I7: more than Receive Maximum at once is a protocol error', () => {
  const { inbound, received } = open(5, 2)
  assert.ok(inbound.publish(message('a', 2, 1)))
  received[0]!.acknowledge()
  assert.ok(inbound.publish(message('b', 1, 2)))
  assert.equal(inbound.publish(message('c', 1, 3)), false)
  inbound.pubrel({ type: 'pubrel', packetId: 1, reasonCode: 0 })
  assert.ok(inbound.publish(message('c', 1, 3)))
})

test('a refusal is said in MQTT 5, where it ends the message, and can’t be said in 3.1.1', () => {
  for (const [version, expected] of [
    [5, ['pubrec 1 151', 'pubcomp 1 146']],
    [4, ['pubrec 1 0', 'pubcomp 1 0']],
  ] as const) {
    const { inbound, sent, received } = open(version)
    inbound.publish(message('a', 2, 1))
    received[0]!.acknowledge(0x97)
    inbound.pubrel({ type: 'pubrel', packetId: 1, reasonCode: 0 })
    assert.deepEqual(sent, expected, `version ${version}`)
  }
})
