// The ring of pending answers, alone: order, waiting, growth, bytes.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { Decoder } from '../mqtt/decoder.ts'
import type { Packet, ProtocolVersion, PubackPacket } from '../mqtt/packet.ts'
import { AnswerRing, answerType } from './answers.ts'

function decoded(bytes: Buffer | undefined, protocolVersion: ProtocolVersion): Packet[] {
  const packets: Packet[] = []
  const decoder = new Decoder({ packetBytesMax: 1 << 20, side: 'client', protocolVersion })
  if (bytes !== undefined) decoder.push(bytes, (packet) => packets.push(packet))
  return packets
}

describe('AnswerRing', () => {
  test('I1, I4: whatever the tickets, answers leave in order and none before its ticket is stored', () => {
    const answers = fc.array(fc.record({ packetId: fc.integer({ min: 1, max: 65_535 }), wait: fc.nat(3) }))
    fc.assert(
      fc.property(fc.array(answers, { maxLength: 30 }), (rounds) => {
        const ring = new AnswerRing()
        const owed: { packetId: number; ticket: number }[] = []
        for (const [stored, round] of rounds.entries()) {
          for (const { packetId, wait } of round) {
            const ticket = wait === 0 ? 0 : stored + wait - 1
            ring.push(answerType.puback, packetId, ticket)
            owed.push({ packetId, ticket })
          }
          const expected: number[] = []
          while (owed.length > 0 && owed[0]!.ticket <= stored) expected.push(owed.shift()!.packetId)
          const left = decoded(ring.release(stored, false), 4) as PubackPacket[]
          assert.deepEqual(
            left.map(({ packetId }) => packetId),
            expected,
          )
          assert.equal(ring.ended, expected.length)
          assert.equal(ring.count, owed.length)
        }
      }),
    )
  })

  test('5.0 carries reason codes and reason strings, 3.1.1 neither', () => {
    for (const version of [4, 5] as const) {
      const ring = new AnswerRing()
      ring.push(answerType.puback, 1, 0)
      ring.push(answerType.pubrec, 2, 0, 0x10)
      ring.push(answerType.puback, 3, 0, 0x99, 'The payload is not JSON.')
      ring.push(answerType.pubcomp, 4, 0)
      const packets = decoded(ring.release(0, version === 5), version) as PubackPacket[]
      assert.deepEqual(
        packets.map(({ type, packetId }) => `${type} ${packetId}`),
        ['puback 1', 'pubrec 2', 'puback 3', 'pubcomp 4'],
      )
      const codes = packets.map(({ reasonCode }) => reasonCode)
      assert.deepEqual(codes, version === 5 ? [0, 0x10, 0x99, 0] : [0, 0, 0, 0])
      const said = packets[2]?.properties?.reasonString
      assert.equal(said, version === 5 ? 'The payload is not JSON.' : undefined)
    }
  })

  test('an exchange ends with PUBACK, PUBCOMP or a PUBREC that refuses', () => {
    const ring = new AnswerRing()
    ring.push(answerType.puback, 1, 0)
    ring.push(answerType.pubrec, 2, 0)
    ring.push(answerType.pubrec, 3, 0, 0x99)
    ring.push(answerType.pubcomp, 4, 0)
    ring.release(0, true)
    assert.equal(ring.ended, 3)
  })

  test('a reason string stays with its answer when the ring grows', () => {
    const ring = new AnswerRing()
    for (let packetId = 1; packetId <= 10; packetId++) ring.push(answerType.puback, packetId, 0)
    ring.release(0, true)
    for (let packetId = 1; packetId <= 100; packetId++) {
      if (packetId === 7) ring.push(answerType.puback, packetId, 1, 0x99, 'seven')
      else ring.push(answerType.puback, packetId, 1)
    }
    const packets = decoded(ring.release(1, true), 5) as PubackPacket[]
    assert.equal(packets.length, 100)
    assert.deepEqual(
      packets
        .filter(({ properties }) => properties?.reasonString === 'seven')
        .map(({ packetId }) => packetId),
      [7],
    )
  })
})
