import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { failureCases, packetCases } from '../../test/fixtures/packets.ts'
import { cut, decodeChunks, decoderFor } from '../../test/fixtures/packets/decoding.ts'
import type { ProtocolVersion } from './packet.ts'
import type { Side } from './reason.ts'

const version = fc.constantFrom<ProtocolVersion>(3, 4, 5)
const side = fc.constantFrom<Side>('server', 'client')
const rows = [...packetCases, ...failureCases].filter((row) => row.bytes.length < 500)

/** What may be done to bytes: one changed, some removed, some put in, a part repeated. */
const mutation = fc.record({
  kind: fc.constantFrom('change', 'remove', 'insert', 'repeat'),
  at: fc.nat(600),
  length: fc.integer({ min: 1, max: 8 }),
  byte: fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.nat(255)),
})

function mutate(
  bytes: Buffer,
  { kind, at, length, byte }: { kind: string; at: number; length: number; byte: number },
) {
  const start = at % (bytes.length + 1)
  const head = bytes.subarray(0, start)
  const rest = bytes.subarray(start)
  if (kind === 'change') return Buffer.concat([head, Buffer.of(byte), rest.subarray(1)])
  if (kind === 'remove') return Buffer.concat([head, rest.subarray(length)])
  if (kind === 'insert') return Buffer.concat([head, Buffer.alloc(length, byte), rest])
  return Buffer.concat([head, rest.subarray(0, length), rest])
}

// decodeChunks lets everything through that is no MalformedPacket, so calling it is the assertion.
describe('whatever comes, the decoder reads it or throws MalformedPacket', () => {
  test('packets of the table, spoilt and cut', () => {
    const row = fc.constantFrom(...rows)
    const mutations = fc.array(mutation, { minLength: 1, maxLength: 4 })
    const places = fc.array(fc.nat(500), { maxLength: 3 })
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 3 }), mutations, places, (chosen, changes, at) => {
        const bytes = changes.reduce(mutate, Buffer.concat(chosen.map((each) => each.bytes)))
        const whole = decodeChunks(decoderFor(chosen[0]!.side, chosen[0]!.version), [bytes])
        const pieces = decodeChunks(decoderFor(chosen[0]!.side, chosen[0]!.version), cut(bytes, at))
        assert.deepEqual(pieces, whole)
      }),
      { numRuns: 4000 },
    )
  })

  test('a right fixed header and a body of anything', () => {
    const first = fc.constantFrom(
      0x10,
      0x20,
      0x30,
      0x32,
      0x34,
      0x40,
      0x62,
      0x82,
      0x90,
      0xa2,
      0xb0,
      0xe0,
      0xf0,
    )
    const byte = fc.oneof(fc.constantFrom(0, 1, 2, 4, 0x26, 0x80, 0xff), fc.nat(255))
    fc.assert(
      fc.property(
        first,
        fc.array(byte, { maxLength: 100 }),
        version,
        side,
        (type, body, spoken, receiver) => {
          decodeChunks(decoderFor(receiver, spoken), [Buffer.from([type, body.length, ...body])])
        },
      ),
      { numRuns: 4000 },
    )
  })

  test('every packet of the table, cut short at every byte with a length that says so', () => {
    for (const row of rows) {
      if (row.bytes[1]! > 127 || row.bytes[1] !== row.bytes.length - 2) continue
      for (let length = 0; length < row.bytes[1]; length++) {
        const bytes = Buffer.from(row.bytes.subarray(0, 2 + length))
        bytes[1] = length
        decodeChunks(decoderFor(row.side, row.version), [bytes])
      }
    }
  })
})
