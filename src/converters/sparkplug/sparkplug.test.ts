import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import protobuf from 'protobufjs'
import { decodedBy, messageOf } from '../../../test/decoded.ts'
import { ScratchConversation } from '../scratch-conversation.ts'
import { readPayload, type Raw } from './payload.ts'
import { rebirthRequest } from './rebirth.ts'
import { SparkplugConverter } from './sparkplug-converter.ts'

const { root } = protobuf.parse(
  `syntax = "proto2";
   message Metric {
     optional string name = 1; optional uint64 alias = 2; optional uint64 timestamp = 3;
     optional uint32 datatype = 4; optional bool is_transient = 6; optional bool is_null = 7;
     oneof value { uint32 int_value = 10; uint64 long_value = 11; float float_value = 12; double double_value = 13;
       bool boolean_value = 14; string string_value = 15; bytes bytes_value = 16; }
   }
   message Payload { optional uint64 timestamp = 1; repeated Metric metrics = 2; optional uint64 seq = 3; }`,
  { keepCase: true },
)
const Payload = root.lookupType('Payload')

function encoded(given: object): Buffer {
  return Buffer.from(Payload.encode(Payload.fromObject(given)).finish())
}

const long = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
/** The field of a value, with what it is read as. */
const value: fc.Arbitrary<[field: string, given: unknown, read: Raw]> = fc.oneof(
  fc.nat(2 ** 31).map((v) => ['int_value', v, v] as [string, unknown, Raw]),
  long.map((v) => ['long_value', String(v), v] as [string, unknown, Raw]),
  fc.float({ noNaN: true }).map((v) => ['float_value', v, v] as [string, unknown, Raw]),
  fc.double({ noNaN: true }).map((v) => ['double_value', v, v] as [string, unknown, Raw]),
  fc.boolean().map((v) => ['boolean_value', v, v] as [string, unknown, Raw]),
  fc.string({ unit: 'grapheme' }).map((v) => ['string_value', v, v] as [string, unknown, Raw]),
)

test('payloads are read as another make of protobuf has written them', () => {
  const metric = fc.record({ name: fc.string({ unit: 'grapheme' }), alias: long, value })
  fc.assert(
    fc.property(fc.array(metric, { maxLength: 5 }), long, fc.nat(255), (metrics, timestamp, seq) => {
      const given = metrics.map(({ name, alias, value: [field, written] }) => ({
        ...{ name, alias: String(alias), [field]: written },
      }))
      const bytes = encoded({ timestamp: String(timestamp), seq, metrics: given })
      const read = readPayload(bytes, 0, bytes.length)
      assert.equal(BigInt(read.timestamp ?? -1), timestamp)
      assert.equal(read.seq, seq)
      assert.deepEqual(
        read.metrics.map(({ name }) => name),
        metrics.map(({ name }) => name),
      )
      assert.deepEqual(
        read.metrics.map(({ alias }) => BigInt(alias ?? -1)),
        metrics.map(({ alias }) => alias),
      )
      for (const [i, { value: raw }] of read.metrics.entries()) {
        const expected = metrics[i].value[2]
        assert.deepEqual(typeof expected === 'bigint' ? BigInt(raw as number) : raw, expected)
      }
    }),
    { seed: 1, numRuns: 300 },
  )
})

test('the request for a rebirth is what a node understands', () => {
  const { topic, payload } = rebirthRequest('g', 'n', 1_764_000_000_123)
  assert.equal(topic, 'spBv1.0/g/NCMD/n')
  const { metrics } = Payload.toObject(Payload.decode(payload), { longs: Number }) as { metrics: object[] }
  assert.deepEqual(metrics, [
    { name: 'Node Control/Rebirth', timestamp: 1_764_000_000_123, datatype: 11, boolean_value: true },
  ])
})

const converter = new SparkplugConverter()

function received(talk: ScratchConversation, topic: string, given: object): unknown {
  const message = { ...messageOf({ payload: encoded(given) }), topic: `spBv1.0/${topic}` }
  const result = decodedBy((out) =>
    converter.decode(message, { device: undefined, key: undefined }, out, talk),
  )
  return 'rows' in result ? result.rows.map(([device, key, , shown]) => [device, key, shown]) : result.code
}

test('the numbers of messages go on over 255, and a repeat is no gap', () => {
  const talk = new ScratchConversation()
  received(talk, 'g/NBIRTH/n', {
    timestamp: 1000,
    seq: 0,
    metrics: [{ name: 'a', alias: 1, datatype: 3, int_value: 1 }],
  })
  for (let i = 1; i <= 520; i++)
    received(talk, 'g/NDATA/n', { seq: i % 256, metrics: [{ alias: 1, int_value: i }] })
  received(talk, 'g/NDATA/n', { seq: 520 % 256, metrics: [{ alias: 1, int_value: 1 }] })
  assert.equal(talk.requests.length, 0)
  received(talk, 'g/NDATA/n', { seq: 522 % 256, metrics: [{ alias: 1, int_value: 1 }] })
  assert.equal(talk.requests.length, 1)
})

test('a birth whose clock is wrong is known all the same, and its values are left out', () => {
  const talk = new ScratchConversation()
  const ahead = 1_900_000_000_000
  const birth = { timestamp: ahead, seq: 0, metrics: [{ name: 'a', alias: 1, datatype: 3, int_value: 1 }] }
  assert.equal(received(talk, 'g/NBIRTH/n', birth), 'clock_ahead')
  const data = { timestamp: 1000, seq: 1, metrics: [{ alias: 1, int_value: 2 }] }
  assert.deepEqual(received(talk, 'g/NDATA/n', data), [['g/n', 'a', 2]])
  assert.equal(talk.requests.length, 0)
})

test('nodes and integrations keep their names apart', () => {
  const talk = new ScratchConversation()
  const birth = (name: string) => ({
    timestamp: 1000,
    seq: 0,
    metrics: [{ name, alias: 1, datatype: 3, int_value: 1 }],
  })
  received(talk, 'g/NBIRTH/n1', birth('one'))
  received(talk, 'g/NBIRTH/n2', birth('two'))
  const data = { seq: 1, metrics: [{ alias: 1, int_value: 5 }] }
  assert.deepEqual(received(talk, 'g/NDATA/n1', data), [['g/n1', 'one', 5]])
  assert.deepEqual(received(talk, 'g/NDATA/n2', data), [['g/n2', 'two', 5]])
  assert.equal(received(new ScratchConversation(), 'g/NDATA/n1', data), 'alias_unknown')
})
