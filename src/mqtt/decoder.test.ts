import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { comparable, failureCases, packetCases } from '../../test/fixtures/packets.ts'
import { processorMsEach } from '../../test/processor-time.ts'
import { connectOf, packetTo } from '../../test/fixtures/packets/arbitrary.ts'
import { packet as bytesOf } from '../../test/fixtures/packets/bytes.ts'
import { byteByByte, cut, decodeChunks, decoderFor } from '../../test/fixtures/packets/decoding.ts'
import { publishPacket, type PacketCase } from '../../test/fixtures/packets/row.ts'
import { Decoder } from './decoder.ts'
import { encode } from './encoder.ts'
import { MalformedPacket } from './malformed-packet.ts'
import type { Packet, ProtocolVersion, PublishPacket } from './packet.ts'
import type { Side } from './reason.ts'

const versions: readonly ProtocolVersion[] = [3, 4, 5]
const sides: readonly Side[] = ['server', 'client']

function decoderOf(row: PacketCase): Decoder {
  return row.packet.type === 'connect' ? decoderFor('server') : decoderFor(row.side, row.version)
}

function publishes(decoder: Decoder, chunk: Buffer): PublishPacket[] {
  const packets: Packet[] = []
  decoder.push(chunk, (packet) => packets.push(packet))
  return packets.filter((packet) => packet.type === 'publish')
}

describe('parse', () => {
  const faults: string[] = []
  const check = (description: string, run: () => void): void => {
    try {
      run()
    } catch (error) {
      faults.push(`${description}: ${String(error)}`)
    }
  }

  test(`each of the ${packetCases.length} valid rows of the packet table is read as its packet`, () => {
    for (const row of packetCases) {
      check(row.description, () => {
        const decoder = decoderOf(row)
        const expected = { packets: [comparable(row.packet)], failure: undefined }
        assert.deepEqual(decodeChunks(decoder, [row.bytes]), expected)
        assert.equal(decoder.protocolVersion, row.version)
      })
    }
    assert.deepEqual(faults, [])
  })

  test(`each of the ${failureCases.length} invalid rows is refused with its code and statement`, () => {
    for (const row of failureCases) {
      check(row.description, () => {
        const { packets, failure } = decodeChunks(decoderFor(row.side, row.version), [row.bytes])
        assert.deepEqual(packets, [])
        assert.equal(failure?.reasonCode, row.reasonCode)
        if (row.statement !== undefined) assert.equal(failure?.statement, row.statement)
      })
    }
    assert.deepEqual(faults, [])
  })
})

describe('chunks', () => {
  test('every packet of the table is the same byte by byte', () => {
    for (const row of packetCases) {
      if (row.bytes.length > 2000) continue
      const { packets, failure } = decodeChunks(decoderOf(row), byteByByte(row.bytes))
      assert.deepEqual({ packets, failure }, { packets: [comparable(row.packet)], failure: undefined })
    }
  })

  test('every refusal of the table is the same byte by byte', () => {
    for (const row of failureCases) {
      const chunks = byteByByte(row.bytes)
      const { failure } = decodeChunks(decoderFor(row.side, row.version), chunks)
      assert.equal(failure?.reasonCode, row.reasonCode, row.description)
    }
  })

  for (const version of versions) {
    for (const side of sides) {
      test(`any split gives the same packets (version ${version}, ${side})`, () => {
        const split = fc.array(fc.nat(2000), { maxLength: 12 })
        fc.assert(
          fc.property(fc.array(packetTo(side, version), { maxLength: 8 }), split, (packets, places) => {
            const bytes = Buffer.concat(packets.map((packet) => encode(packet, version)))
            const expected = { packets: packets.map(comparable), failure: undefined }
            assert.deepEqual(decodeChunks(decoderFor(side, version), [bytes]), expected)
            assert.deepEqual(decodeChunks(decoderFor(side, version), cut(bytes, places)), expected)
            assert.deepEqual(decodeChunks(decoderFor(side, version), byteByByte(bytes)), expected)
          }),
          { numRuns: 60 },
        )
      })
    }
  }

  test('CONNECT and all that follows in one segment', () => {
    for (const version of versions) {
      fc.assert(
        fc.property(connectOf(version), fc.array(packetTo('server', version)), (connect, packets) => {
          const sent = [connect, ...packets]
          const bytes = Buffer.concat(sent.map((packet) => encode(packet, version)))
          const decoder = decoderFor('server')
          const expected = { packets: sent.map(comparable), failure: undefined }
          assert.deepEqual(decodeChunks(decoder, [bytes]), expected)
          assert.equal(decoder.protocolVersion, version)
        }),
        { numRuns: 40 },
      )
    }
  })

  test('the packets before a bad one are delivered, and nothing after it', () => {
    const bytes = Buffer.concat([bytesOf(0xc0), bytesOf(0x40, 0, 1), bytesOf(0x40, 0, 0), bytesOf(0xc0)])
    const decoder = decoderFor('server', 4)
    const { packets, failure } = decodeChunks(decoder, [bytes])
    assert.equal(packets.length, 2)
    assert.equal(failure?.reasonCode, 0x82)
    assert.throws(() => decoder.push(bytesOf(0xc0), () => assert.fail('delivered')), MalformedPacket)
  })
})

describe('order of packets', () => {
  test('MQTT-3.1.0-1: a server takes nothing before CONNECT, and says so on the first byte', () => {
    for (const first of [0x30, 0x40, 0x62, 0x82, 0xa2, 0xc0, 0xe0, 0xf0]) {
      const { failure } = decodeChunks(decoderFor('server'), [Buffer.of(first)])
      assert.deepEqual(failure, { reasonCode: 0x82, statement: 'MQTT-3.1.0-1' })
    }
  })

  test('MQTT-3.1.0-2: a second CONNECT is a protocol error', () => {
    const connect = bytesOf(0x10, 'MQTT', 4, 2, 0, 0, 'd')
    const { packets, failure } = decodeChunks(decoderFor('server'), [connect, connect])
    assert.equal(packets.length, 1)
    assert.deepEqual(failure, { reasonCode: 0x82, statement: 'MQTT-3.1.0-2' })
  })

  test('after an error in CONNECT the version tells how to answer', () => {
    const answers: [Buffer, ProtocolVersion][] = [
      [bytesOf(0x10, 'MQTT', 5, 3, 0, 0, 0, 'd'), 5],
      [bytesOf(0x10, 'MQTT', 6, 2, 0, 0, 0, 'd'), 5],
      [bytesOf(0x10, 'MQTT', 0x85, 2, 0, 0, 0, 'd'), 5],
      [bytesOf(0x10, 'MQTT', 0x84, 2, 0, 0, 'd'), 4],
      [bytesOf(0x10, 'MQTT', 1, 2, 0, 0, 'd'), 4],
      [bytesOf(0x10, 'MQIsdp', 3, 0x18, 0, 0, 'd'), 3],
      [bytesOf(0x10, 'HTTP', 5, 2, 0, 0, 'd'), 4],
    ]
    for (const [bytes, version] of answers) {
      const decoder = decoderFor('server')
      assert.notEqual(decodeChunks(decoder, [bytes]).failure, undefined)
      assert.equal(decoder.protocolVersion, version)
    }
  })
})

describe('limits', () => {
  const decoderOf100 = (): Decoder => new Decoder({ packetBytesMax: 100, side: 'server', protocolVersion: 4 })

  test('a packet of exactly the limit passes, whole or in pieces', () => {
    const bytes = bytesOf(0x30, 't', Buffer.alloc(95))
    assert.equal(bytes.length, 100)
    assert.equal(decodeChunks(decoderOf100(), [bytes]).packets.length, 1)
    assert.equal(decodeChunks(decoderOf100(), [bytes, bytes]).packets.length, 2)
    assert.equal(decodeChunks(decoderOf100(), byteByByte(bytes)).packets.length, 1)
  })

  test('MQTT-3.2.2-15: one byte more is refused from the fixed header alone', () => {
    const expected = { reasonCode: 0x95, statement: 'MQTT-3.2.2-15' }
    const usual = bytesOf(0x30, 't', Buffer.alloc(95))
    const bytes = bytesOf(0x30, 't', Buffer.alloc(96))
    assert.deepEqual(decodeChunks(decoderOf100(), [bytes.subarray(0, 2)]).failure, expected)
    assert.deepEqual(decodeChunks(decoderOf100(), [bytes]).failure, expected)
    assert.deepEqual(decodeChunks(decoderOf100(), [usual, bytes]).failure, expected)
  })

  test('MQTT-3.1.2-24: a client has its own limit', () => {
    const decoder = new Decoder({ packetBytesMax: 10, side: 'client', protocolVersion: 5 })
    const { failure } = decodeChunks(decoder, [Buffer.of(0x30, 9)])
    assert.deepEqual(failure, { reasonCode: 0x95, statement: 'MQTT-3.1.2-24' })
  })

  test('the padding of a remaining length counts', () => {
    const bytes = Buffer.concat([Buffer.of(0x30, 0xe1, 0x00, 0, 1, 0x74), Buffer.alloc(94)])
    assert.equal(bytes.length, 100)
    assert.equal(decodeChunks(decoderOf100(), [bytes]).failure, undefined)
    const longer = Buffer.concat([Buffer.of(0x30, 0xe2, 0x80, 0x00, 0, 1, 0x74), Buffer.alloc(95)])
    assert.equal(decodeChunks(decoderOf100(), [longer]).failure?.reasonCode, 0x95)
  })

  test('a packet that only claims to be large takes no memory', () => {
    const decoders: Decoder[] = []
    const before = process.memoryUsage().arrayBuffers
    for (let index = 0; index < 200; index++) {
      const decoder = new Decoder({ packetBytesMax: 2 ** 28, side: 'server', protocolVersion: 4 })
      decoder.push(Buffer.of(0x30, 0xff, 0xff, 0xff, 0x3f, 0, 1), () => assert.fail('delivered'))
      decoders.push(decoder)
    }
    const grown = process.memoryUsage().arrayBuffers - before
    assert.ok(grown < 200 * 8192, `${grown} bytes for ${decoders.length} decoders`)
  })
})

describe('payloads', () => {
  test('a packet whole in its chunk is a view of the chunk', () => {
    const one = encode({ ...publishPacket('t', 'x'.repeat(50)), qos: 1, packetId: 1 }, 4)
    const chunk = Buffer.concat([one, one, one])
    for (const packet of publishes(decoderFor('server', 4), chunk)) assert.equal(packet.source, chunk)
  })

  test('a packet that spans chunks is assembled and is nobody else’s', () => {
    const bytes = encode(publishPacket('t', 'hello'), 4)
    const chunks = cut(bytes, [4]).map((chunk) => Buffer.from(chunk))
    const decoder = decoderFor('server', 4)
    publishes(decoder, chunks[0]!)
    const [packet] = publishes(decoder, chunks[1]!)
    for (const chunk of chunks) chunk.fill(0)
    assert.equal(packet!.source.toString('latin1', packet!.payloadStart, packet!.payloadEnd), 'hello')
  })

  test('binary data of properties, wills and passwords outlives its chunk', () => {
    const chunk = bytesOf(0x10, 'MQTT', 4, 0xc6, 0, 0, 'd', 'w', 'will', 'u', 'secret')
    const packets: Packet[] = []
    decoderFor('server').push(chunk, (packet) => packets.push(packet))
    chunk.fill(0)
    const [connect] = packets
    assert.ok(connect?.type === 'connect')
    assert.equal(Buffer.from(connect.will!.payload).toString(), 'will')
    assert.equal(Buffer.from(connect.password!).toString(), 'secret')
  })

  test('a packet that comes byte by byte is copied in time linear in its size', () => {
    const time = (bytes: number): number => {
      const chunks = byteByByte(encode(publishPacket('t', 'x'.repeat(bytes)), 4))
      return processorMsEach(() =>
        assert.equal(decodeChunks(decoderFor('server', 4), chunks).packets.length, 1),
      )
    }
    // Copying all of it for each byte would take 256 times as long, every time.
    const ratios = Array.from({ length: 3 }, () => time(320_000) / time(20_000))
    assert.ok(Math.min(...ratios) < 16 * 5, `16 times the bytes took ${ratios.join(', ')} times as long`)
  })
})

describe('the quick path of PUBLISH', () => {
  // A byte that comes alone leads every packet past the quick path; a whole chunk, seen twice, through it.
  for (const version of versions) {
    test(`gives what the plain path gives (version ${version})`, () => {
      fc.assert(
        fc.property(fc.array(packetTo('server', version), { maxLength: 6 }), fc.nat(), (packets, salt) => {
          const bytes = Buffer.concat(packets.map((packet) => encode(packet, version)))
          const spoilt = Buffer.from(bytes)
          if (spoilt.length > 0) spoilt[salt % spoilt.length]! ^= 1 << (salt % 8)
          for (const each of [bytes, spoilt]) {
            const plain = decodeChunks(decoderFor('server', version), byteByByte(each))
            const quick = decoderFor('server', version)
            decodeChunks(quick, [bytes])
            assert.deepEqual(decodeChunks(quick, [each]), plain)
          }
        }),
        { numRuns: 300 },
      )
    })
  }

  test('halted after each packet and given the rest again, it reads the same', () => {
    fc.assert(
      fc.property(fc.array(packetTo('server', 5), { maxLength: 6 }), fc.nat(), (packets, salt) => {
        const bytes = Buffer.concat(packets.map((packet) => encode(packet, 5)))
        const at = salt % (bytes.length + 1)
        const decoder = decoderFor('server', 5)
        const found: Packet[] = []
        for (let rest of [bytes.subarray(0, at), bytes.subarray(at)]) {
          while (rest.length > 0) {
            const before = found.length
            const end = decoder.push(rest, (packet) => {
              found.push(packet)
              decoder.halt()
            })
            assert.ok(found.length <= before + 1)
            rest = rest.subarray(end)
          }
        }
        const whole = decodeChunks(decoderFor('server', 5), [bytes])
        assert.deepEqual({ packets: found.map(comparable), failure: undefined }, whole)
      }),
      { numRuns: 200 },
    )
  })

  test('all packets have one order of members', () => {
    const decoder = decoderFor('server', 5)
    const bytes = encode(publishPacket('a/topic', 'x'), 5)
    const packets = publishes(decoder, Buffer.concat([bytes, bytes]))
    for (const chunk of byteByByte(bytes)) packets.push(...publishes(decoder, chunk))
    assert.equal(packets.length, 3)
    for (const packet of packets) assert.deepEqual(Object.keys(packet), Object.keys(packets[0]!))
  })
})
