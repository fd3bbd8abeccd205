import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateSync, gzipSync } from 'node:zlib'
import protobuf from 'protobufjs'
import { decodedBy, messageOf, type Decoded } from '../../../test/decoded.ts'
import { payloadBytesMax } from '../json-reader.ts'
import { SparkplugConverter } from './sparkplug-converter.ts'

const { root } = protobuf.parse(
  `syntax = "proto2";
   message Metric { optional string name = 1; optional uint32 datatype = 4; optional double double_value = 13;
     optional string string_value = 15; }
   message Payload { optional uint64 timestamp = 1; repeated Metric metrics = 2; optional uint64 seq = 3;
     optional string uuid = 4; optional bytes body = 5; }`,
  { keepCase: true },
)
const type = root.lookupType('Payload')

function encoded(given: object): Buffer {
  return Buffer.from(type.encode(type.fromObject(given)).finish())
}

function decoded(body: Uint8Array | undefined): Decoded {
  const algorithm = [{ name: 'algorithm', datatype: 12, string_value: 'GZIP' }]
  const payload = encoded({ uuid: 'SPBV1.0_COMPRESSED', metrics: algorithm, ...(body && { body }) })
  const message = { ...messageOf({ payload }), topic: 'spBv1.0/works/NBIRTH/press' }
  return decodedBy((out) =>
    new SparkplugConverter().decode(message, { device: undefined, key: undefined }, out),
  )
}

const inner = encoded({
  ...{ timestamp: 1_763_000_000_000, seq: 0 },
  metrics: [{ name: 'force', datatype: 10, double_value: 12.5 }],
})

for (const [name, pack] of [
  ['GZIP', gzipSync],
  ['DEFLATE', deflateSync],
] as const) {
  test(`a payload packed with ${name} gives the readings inside`, () => {
    const at = 1_763_000_000_000_000
    const rows = [
      ['works/press', 'online', at, true],
      ['works/press', 'force', at, 12.5],
    ]
    assert.deepEqual(decoded(pack(inner)), { rows, nulls: 0 })
  })
}

const broken: [title: string, body: Uint8Array | undefined, sentence: RegExp][] = [
  ['nothing', undefined, /^At body there should be a compressed payload; there is nothing\.$/],
  [
    'what is not packed',
    inner,
    /^At body there should be GZIP or DEFLATE; there is \d+ bytes that are neither\.$/,
  ],
  ['half of it', gzipSync(inner).subarray(0, 20), /^At body there should be GZIP or DEFLATE/],
  [
    'a bomb',
    gzipSync(Buffer.alloc(64 * payloadBytesMax)),
    /^At body there should be 1048576 bytes at most once/,
  ],
  ['a payload that is none', gzipSync(Buffer.from('hello')), /^Not valid Sparkplug B: .* at byte \d+\.$/],
]
for (const [title, body, sentence] of broken) {
  test(`${title} in the body is rejected, and says why`, () => {
    const result = decoded(body)
    assert.ok('sentence' in result, JSON.stringify(result))
    assert.match(result.sentence, sentence)
  })
}
