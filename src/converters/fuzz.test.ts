import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { encode as encodeMsgpack } from '@msgpack/msgpack'
import { encode as encodeCbor } from 'cborg'
import fc from 'fast-check'
import { goldenMessage, readGoldens, type Golden, type GoldenMessage } from '../../test/goldens.ts'
import { receivedTs } from '../../test/decoded.ts'
import { keyBytesMax, deviceBytesMax, tsMax, tsMin } from '../model/reading.ts'
import { createConverter } from './create-converter.ts'
import { ConversionError } from './converter.ts'
import { cborToJson } from './framing/cbor.ts'
import { msgpackToJson } from './framing/msgpack.ts'
import { readingsPerMessageMax, Readings } from './readings.ts'
import { ScratchConversation } from './scratch-conversation.ts'
import type { Message } from '../model/message.ts'

const goldens = readGoldens()
/** Spoilt copies of each golden message. */
const copies = 200

/** Chance from a seed, so that what a run finds is found again. */
function chance(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** One to four changes: a byte turned, cut, doubled, or taken from elsewhere. */
function spoilt(payload: Buffer, next: (below: number) => number): Buffer {
  let bytes = Buffer.from(payload)
  for (let i = next(4); i >= 0; i--) {
    const at = next(bytes.length + 1)
    const kind = next(5)
    if (kind === 0 && at < bytes.length) bytes[at] ^= 1 << next(8)
    else if (kind === 1) bytes = bytes.subarray(0, at)
    else if (kind === 2)
      bytes = Buffer.concat([bytes.subarray(0, at), Buffer.of(next(256)), bytes.subarray(at)])
    else if (kind === 3)
      bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(next(bytes.length + 1))])
    else if (at < bytes.length) bytes[at] = interesting[next(interesting.length)]
    bytes = Buffer.from(bytes)
  }
  return bytes
}

const interesting = [0x00, 0xff, 0x7f, 0x80, 0x22, 0x5b, 0x7b, 0x7d, 0x2d, 0x65, 0x5c, 0x0a, 0x1f, 0x3a]

/** What it gives is within the data model, or a ConversionError says why not. */
function holds(golden: Golden, message: Message, conversation: ScratchConversation): void {
  const converter = createConverter(golden.converter)
  const out = new Readings()
  out.reset(receivedTs)
  try {
    converter.decode(message, { device: 'd', key: undefined }, out, conversation)
  } catch (error) {
    assert.ok(error instanceof ConversionError, `${golden.name}: ${String(error)}`)
    assert.match(error.message, /\.$/)
    return
  }
  assert.ok(out.count <= readingsPerMessageMax)
  for (let i = 0; i < out.count; i++) {
    assert.ok(Buffer.byteLength(out.keys[i]) >= 1 && Buffer.byteLength(out.keys[i]) <= keyBytesMax)
    assert.ok(Buffer.byteLength(out.devices[i]) >= 1 && Buffer.byteLength(out.devices[i]) <= deviceBytesMax)
    assert.ok(
      Number.isNaN(out.ts[i]) || (Number.isInteger(out.ts[i]) && out.ts[i] >= tsMin && out.ts[i] <= tsMax),
    )
  }
}

function withPayload(given: GoldenMessage, payload: Buffer): Message {
  return { ...goldenMessage(given), source: payload, payloadStart: 0, payloadEnd: payload.length }
}

describe('I6: whatever arrives is read or rejected with a reason', () => {
  for (const [number, golden] of goldens.entries()) {
    test(`${golden.name}, spoilt`, () => {
      const next = chance(number + 1)
      const conversation = new ScratchConversation()
      for (const given of golden.messages) {
        const { source, payloadStart, payloadEnd } = goldenMessage(given)
        const payload = source.subarray(payloadStart, payloadEnd)
        for (let i = 0; i < copies; i++)
          holds(golden, withPayload(given, spoilt(payload, next)), conversation)
      }
    })

    test(`${golden.name}, with any bytes`, () => {
      const [given] = golden.messages
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) =>
          holds(golden, withPayload(given, Buffer.from(bytes)), new ScratchConversation()),
        ),
        { numRuns: 200, seed: number },
      )
    })
  }
})

describe('binary formats say as JSON what their own encoders were given', () => {
  const values = fc
    .jsonValue({ maxDepth: 5 })
    .filter((value) => JSON.stringify(value)?.includes('__proto__') !== true)

  test('CBOR', () => {
    fc.assert(
      fc.property(values, (value) => {
        assert.deepEqual(JSON.parse(cborToJson(encodeCbor(value), undefined)), positiveZeros(value))
      }),
      { seed: 1 },
    )
  })

  test('MessagePack', () => {
    fc.assert(
      fc.property(values, (value) => {
        assert.deepEqual(JSON.parse(msgpackToJson(encodeMsgpack(value))), positiveZeros(value))
      }),
      { seed: 1 },
    )
  })
})

function positiveZeros(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}
