import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PublishPacket, PubrelPacket } from '../mqtt/packet.ts'
import { Flights, flightsMax, type FlightEnd, type FlightState } from './flights.ts'
import { publishPacket } from './outgoing-message.ts'
import { PacketIds } from './packet-ids.ts'

/** Flights with what they have sent, and a keeper whose store answers when the test says so. */
function open(inflightElsewhere = 0) {
  const sent: (PublishPacket | PubrelPacket)[] = []
  const waiting: (() => void)[] = []
  const states: FlightState[] = []
  const ends: FlightEnd[] = []
  const packetIds = new PacketIds(0)
  const line = { rooms: 0 }
  const flights = new Flights({
    send: (packet) => void sent.push(structuredClone(packet)),
    packetIds,
    inflightElsewhere: () => inflightElsewhere,
    onRoom: () => line.rooms++,
  })
  const keeper = {
    keep: (state: FlightState, kept: () => void) => void (states.push(state), waiting.push(kept)),
    ended: (end: FlightEnd, kept: () => void) => void (ends.push(end), waiting.push(kept)),
  }
  const store = (): void => {
    for (const kept of waiting.splice(0)) kept()
  }
  return { flights, sent, states, ends, keeper, store, line, packetIds }
}

const message = (topic: string, qos: 1 | 2) => publishPacket({ topic, payload: '', qos })

function shown(sent: (PublishPacket | PubrelPacket)[]): string[] {
  return sent.splice(0).map((packet) => {
    if (packet.type === 'pubrel') return `pubrel ${packet.packetId}`
    return `${packet.topic} ${packet.packetId}${packet.dup ? '!' : ''}`
  })
}

const success = { reasonCode: 0, reasonString: undefined }

test('a message leaves only once its identifier is kept, and its release only once that is', () => {
  const { flights, sent, states, ends, keeper, store, line } = open()
  flights.connected(false, 10)
  assert.ok(flights.launch(message('a', 2), keeper))
  assert.deepEqual(shown(sent), [])
  store()
  assert.deepEqual(shown(sent), ['a 1'])
  assert.ok(flights.pubrec({ type: 'pubrec', packetId: 1, reasonCode: 0x10 }))
  assert.deepEqual(shown(sent), [])
  store()
  assert.deepEqual(shown(sent), ['pubrel 1'])
  assert.ok(flights.pubcomp({ type: 'pubcomp', packetId: 1, reasonCode: 0 }))
  assert.deepEqual(ends, [{ kind: 'taken', reasonCode: 0x10, reasonString: undefined }])
  assert.equal(flights.count, 1, 'the identifier is in use until the end is kept')
  store()
  assert.deepEqual([flights.count, line.rooms], [0, 1])
  assert.deepEqual(states, [
    { packetId: 1, stage: 'published' },
    { packetId: 1, stage: 'released' },
  ])
})

test('what was left goes on in its order: published ones again with DUP, released ones with PUBREL', () => {
  const { flights, sent, keeper, store, ends, packetIds } = open()
  flights.resume(message('a', 2), { packetId: 7, stage: 'released' }, keeper)
  flights.resume(message('b', 2), { packetId: 9, stage: 'published' }, keeper)
  flights.resume(message('c', 1), { packetId: 1, stage: 'published' }, keeper)
  assert.equal(packetIds.take(), 2, 'an identifier that is in use is not given out')
  flights.connected(true, 10)
  assert.deepEqual(shown(sent), ['pubrel 7', 'b 9!', 'c 1!'])
  // Its PUBREL had arrived before the process ended.
  assert.ok(flights.pubcomp({ type: 'pubcomp', packetId: 7, reasonCode: 0x92 }))
  assert.ok(flights.puback({ type: 'puback', packetId: 1, reasonCode: 0 }))
  assert.deepEqual(
    ends.map(({ kind }) => kind),
    ['taken', 'taken'],
  )
  store()
  assert.equal(flights.count, 1)
})

test('a session that the broker has lost: QoS 1 begins anew, QoS 2 is unknown unless it was never sent', () => {
  const { flights, sent, keeper, store, ends } = open()
  flights.connected(false, 10)
  flights.launch(message('a', 1), keeper)
  flights.launch(message('b', 2), keeper)
  store()
  flights.launch(message('c', 2), keeper)
  assert.deepEqual(shown(sent), ['a 1', 'b 2'])
  flights.disconnected()
  flights.connected(false, 10)
  assert.deepEqual(shown(sent), ['a 1'])
  assert.deepEqual(ends, [{ kind: 'lost' }])
  store()
  assert.deepEqual(shown(sent), ['c 3'])
})

test('a connection that ends while a step is being kept: the step follows on the next one', () => {
  const { flights, sent, keeper, store } = open()
  flights.connected(false, 10)
  flights.launch(message('a', 2), keeper)
  flights.disconnected()
  store()
  assert.deepEqual(shown(sent), [])
  flights.connected(true, 10)
  assert.deepEqual(shown(sent), ['a 1'])
  flights.pubrec({ type: 'pubrec', packetId: 1, reasonCode: 0 })
  flights.disconnected()
  flights.connected(true, 10)
  assert.deepEqual(shown(sent), [], 'once PUBREC was seen, it is never published again')
  flights.pubrec({ type: 'pubrec', packetId: 1, reasonCode: 0 })
  assert.deepEqual(shown(sent), [])
  store()
  assert.deepEqual(shown(sent), ['pubrel 1'])
})

test('I7: no more are in flight than the broker and we take; an end makes room, a refusal too', () => {
  const { flights, sent, keeper, store, ends, line } = open(1)
  assert.ok(!flights.launch(message('a', 1), keeper), 'without a connection nothing leaves')
  flights.connected(false, 3)
  assert.deepEqual(
    ['a', 'b', 'c'].map((topic) => flights.launch(message(topic, 1), keeper)),
    [true, true, false],
  )
  store()
  flights.puback({ type: 'puback', packetId: 1, reasonCode: 0x97 })
  assert.deepEqual(ends, [{ kind: 'refused', reasonCode: 0x97, reasonString: undefined }])
  store()
  assert.equal(line.rooms, 1)
  assert.ok(flights.launch(message('c', 1), keeper))
  store()
  assert.deepEqual(shown(sent), ['a 1', 'b 2', 'c 3'])
  const many = open()
  many.flights.connected(false, 65_535)
  for (let i = 0; i < flightsMax; i++) assert.ok(many.flights.launch(message('x', 1), many.keeper))
  assert.ok(!many.flights.launch(message('x', 1), many.keeper))
})

test('what was left is sent again only as far as the window of this connection reaches', () => {
  const { flights, sent, keeper, store } = open()
  for (const packetId of [1, 2, 3]) {
    flights.resume(message('a', 1), { packetId, stage: 'published' }, keeper)
  }
  flights.connected(true, 2)
  assert.deepEqual(shown(sent), ['a 1!', 'a 2!'])
  flights.puback({ type: 'puback', packetId: 1, reasonCode: 0 })
  store()
  assert.deepEqual(shown(sent), ['a 3!'])
})

test('answers that do not fit break the protocol; those to what has ended are ignored', () => {
  const { flights, keeper, store, ends } = open()
  flights.connected(false, 10)
  flights.launch(message('a', 1), keeper)
  flights.launch(message('b', 2), keeper)
  store()
  assert.ok(!flights.pubrec({ type: 'pubrec', packetId: 1, reasonCode: 0 }))
  assert.ok(!flights.puback({ type: 'puback', packetId: 2, reasonCode: 0 }))
  assert.ok(!flights.pubcomp({ type: 'pubcomp', packetId: 2, reasonCode: 0 }))
  flights.puback({ type: 'puback', packetId: 1, reasonCode: 0 })
  assert.ok(flights.puback({ type: 'puback', packetId: 1, reasonCode: 0 }))
  assert.deepEqual(ends, [{ kind: 'taken', ...success }])
  flights.close()
  store()
  assert.equal(flights.count, 0)
})
