import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { comparable, packetCases } from '../../test/fixtures/packets.ts'
import { connectOf, packetTo } from '../../test/fixtures/packets/arbitrary.ts'
import { packet as bytesOf } from '../../test/fixtures/packets/bytes.ts'
import { decodeChunks, decoderFor } from '../../test/fixtures/packets/decoding.ts'
import { publishPacket } from '../../test/fixtures/packets/row.ts'
import { AssertionFailure } from '../lib/assert.ts'
import { encode, writeAck } from './encoder.ts'
import type { Packet, Properties, ProtocolVersion } from './packet.ts'
import type { Side } from './reason.ts'

const versions: readonly ProtocolVersion[] = [3, 4, 5]

describe('generate', () => {
  test('each packet of the table is written as its bytes', () => {
    const faults = packetCases
      .filter((row) => row.isCanonical && !encode(row.packet, row.version).equals(row.bytes))
      .map((row) => `${row.description}: ${encode(row.packet, row.version).toString('hex')}`)
    assert.deepEqual(faults, [])
  })
})

describe('mirror', () => {
  test('each packet of the table comes back as it was', () => {
    for (const row of packetCases) {
      const isConnect = row.packet.type === 'connect'
      const decoder = isConnect ? decoderFor('server') : decoderFor(row.side, row.version)
      const { packets } = decodeChunks(decoder, [encode(row.packet, row.version)])
      assert.deepEqual(packets, [comparable(row.packet)], row.description)
    }
  })

  for (const version of versions) {
    for (const side of ['server', 'client'] as Side[]) {
      test(`any packet comes back as it was (version ${version}, to a ${side})`, () => {
        const any =
          side === 'server' ? fc.oneof(packetTo(side, version), connectOf(version)) : packetTo(side, version)
        fc.assert(
          fc.property(any, (packet) => {
            const decoder = packet.type === 'connect' ? decoderFor(side) : decoderFor(side, version)
            const expected = { packets: [comparable(packet)], failure: undefined }
            assert.deepEqual(decodeChunks(decoder, [encode(packet, version)]), expected)
          }),
          { numRuns: 250 },
        )
      })
    }
  }
})

describe('encode', () => {
  test('properties and options of MQTT 5 are left out before it', () => {
    const properties: Properties = { reasonString: 'no', userProperties: [['a', 'b']] }
    const written: [Packet, Buffer][] = [
      [{ type: 'puback', packetId: 1, reasonCode: 0x87, properties }, bytesOf(0x40, 0, 1)],
      [{ type: 'disconnect', reasonCode: 0x8b, properties }, bytesOf(0xe0)],
      [{ type: 'unsuback', packetId: 1, reasonCodes: [0x11], properties }, bytesOf(0xb0, 0, 1)],
      [{ type: 'suback', packetId: 1, reasonCodes: [2, 0x87] }, bytesOf(0x90, 0, 1, 2, 0x80)],
      [publishPacket('t', 'x', {}, { contentType: 'c' }), bytesOf(0x30, 't', 0x78)],
      [
        {
          type: 'subscribe',
          packetId: 1,
          subscriptions: [{ filter: 'a', qos: 1, noLocal: true, retainAsPublished: true, retainHandling: 2 }],
        },
        bytesOf(0x82, 0, 1, 'a', 1),
      ],
    ]
    for (const [packet, bytes] of written) assert.deepEqual(encode(packet, 4), bytes)
  })

  test('a refusal of 3.1.1 is the return code that comes closest', () => {
    const pairs = [
      [0x84, 1],
      [0x85, 2],
      [0x88, 3],
      [0x89, 3],
      [0x97, 3],
      [0x86, 4],
      [0x87, 5],
      [0x8a, 5],
    ] as const
    for (const [reasonCode, returnCode] of pairs) {
      const packet: Packet = { type: 'connack', sessionPresent: false, reasonCode }
      assert.deepEqual(encode(packet, 4), bytesOf(0x20, 0, returnCode))
    }
  })

  test('half a surrogate pair leaves as U+FFFD, never as ill-formed UTF-8 [MQTT-1.5.4-1]', () => {
    assert.deepEqual(encode(publishPacket('a\ud800', ''), 4), bytesOf(0x30, 'a\ufffd'))
  })

  test('the payload is the part of its source that the packet names', () => {
    const packet = publishPacket('t', 'abcdef', { payloadStart: 2, payloadEnd: 4 })
    assert.deepEqual(encode(packet, 4), bytesOf(0x30, 't', Buffer.from('cd')))
  })

  test('a large packet leaves no trace in the next', () => {
    const large = encode(publishPacket('t', '', {}, { contentType: 'c'.repeat(65_000) }), 5)
    assert.equal(large.length, 65_000 + 3 + 3 + 3 + 4)
    const userProperties = Array.from({ length: 3000 }, (): [string, string] => ['name', 'x'.repeat(60)])
    const packet = publishPacket('t', 'x', {}, { userProperties })
    const { packets } = decodeChunks(decoderFor('server', 5), [encode(packet, 5)])
    assert.deepEqual(packets, [comparable(packet)])
    assert.deepEqual(encode({ type: 'pingreq' }, 5), bytesOf(0xc0))
  })

  test('what does not fit on the wire is an assertion', () => {
    const wrong: [Packet, ProtocolVersion][] = [
      [publishPacket('a\0', ''), 4],
      [publishPacket('ü\0', ''), 4],
      [publishPacket('x'.repeat(65_536), ''), 4],
      [publishPacket('ü'.repeat(40_000), ''), 4],
      [publishPacket('t', '', { qos: 1, packetId: 0 }), 4],
      [publishPacket('t', '', { qos: 1, packetId: 65_536 }), 4],
      [publishPacket('t', '', { dup: true }), 4],
      [publishPacket('t', '', {}, { topicAlias: 0 }), 5],
      [publishPacket('t', '', {}, { receiveMaximum: 1 }), 5],
      [publishPacket('t', '', {}, { messageExpiryInterval: -1 }), 5],
      [publishPacket('t', '', {}, { messageExpiryInterval: 1.5 }), 5],
      [publishPacket('t', '', {}, { subscriptionIdentifiers: [268_435_456] }), 5],
      [{ type: 'puback', packetId: 0, reasonCode: 0 }, 5],
      [{ type: 'subscribe', packetId: 1, subscriptions: [] }, 4],
      [{ type: 'unsubscribe', packetId: 1, filters: [] }, 4],
      [{ type: 'suback', packetId: 1, reasonCodes: [] }, 4],
      [{ type: 'connack', sessionPresent: true, reasonCode: 0x87 }, 5],
      [{ type: 'auth', reasonCode: 0 }, 4],
      [{ type: 'disconnect', reasonCode: 256 }, 5],
    ]
    for (const [packet, version] of wrong) {
      assert.throws(() => encode(packet, version), AssertionFailure, JSON.stringify(packet).slice(0, 120))
    }
    assert.deepEqual(encode({ type: 'pingreq' }, 4), bytesOf(0xc0))
  })
})

describe('writeAck', () => {
  test('writes what encode writes for a success, one after the other', () => {
    const types = ['puback', 'pubrec', 'pubrel', 'pubcomp'] as const
    const target = Buffer.alloc(16)
    let at = 0
    for (const [index, type] of types.entries()) at = writeAck(target, at, type, 65_535 - index)
    assert.equal(at, 16)
    for (const version of versions) {
      const packets = types.map((type, index) =>
        encode({ type, packetId: 65_535 - index, reasonCode: 0 }, version),
      )
      assert.deepEqual(target, Buffer.concat(packets))
    }
  })

  test('refuses an identifier that is none, and a full target', () => {
    const target = Buffer.alloc(4)
    assert.throws(() => writeAck(target, 0, 'puback', 0), AssertionFailure)
    assert.throws(() => writeAck(target, 0, 'puback', 65_536), AssertionFailure)
    assert.throws(() => writeAck(target, 1, 'puback', 1), AssertionFailure)
  })
})
