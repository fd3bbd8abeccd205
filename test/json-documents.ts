// Documents for properties of the JSON converters: mostly what devices send, often a little wrong.
import fc from 'fast-check'

const keys = [
  'ts',
  'values',
  'temp',
  'hum',
  'a',
  'value',
  'timestamp',
  'data',
  'deviceId',
  'é',
  'Größe',
  'x y',
]
const oddKeys = [
  '',
  '__proto__',
  'constructor',
  'a\\u0062',
  '\\"',
  'a.b',
  '\\u0000',
  'k'.repeat(129),
  '}',
  '\\\\',
]
const oddValues = [
  'null',
  'NaN',
  '[1, "x"]',
  '[]',
  '{}',
  '01',
  '1.',
  '-',
  '1e400',
  '1e-400',
  '-0',
  '-0.0',
  '0e5',
  '9007199254740991',
  '9007199254740992',
  '9007199254740993',
  '9223372036854775808',
  '"\\ud800"',
  '"\\u00e9\\n"',
  '"é"',
  'tru',
  'falsey',
  `"${'s'.repeat(300)}"`,
  '{"ts":1,"a":{"b":2}}',
]
const times = [
  '1764000000123',
  '1764000000',
  '1764000000.123456',
  '5',
  '-1.5',
  '1764000000123456',
  '1e30',
  '"1764000000123"',
]
const oddTimes = [
  '"2025-11-24T16:00:00Z"',
  '"2025-11-24T16:00:00"',
  'null',
  'true',
  '1764000000123456789',
  '{}',
  '99999999999999',
]
const spaces = ['', '', '', '', ' ', '\n', '\t ', '\r\n']

const space = fc.constantFrom(...spaces)
const decimals = fc
  .tuple(fc.integer({ min: -1_000_000, max: 1_000_000 }), fc.nat({ max: 7 }))
  .map(([digits, scale]) => (digits / 10 ** scale).toFixed(scale))
const number = fc.oneof(
  { weight: 4, arbitrary: decimals },
  {
    weight: 1,
    arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  },
  { weight: 1, arbitrary: fc.bigInt({ min: -(2n ** 66n), max: 2n ** 66n }).map(String) },
)
const value = fc.oneof(
  { weight: 8, arbitrary: number },
  { weight: 2, arbitrary: fc.constantFrom('true', 'false', 'null', '"on"', '""', '"a b"', '"abc123"') },
  { weight: 1, arbitrary: fc.constantFrom(...oddValues) },
)
const time = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...times) },
  { weight: 1, arbitrary: fc.constantFrom(...oddTimes) },
)
const key = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...keys) },
  { weight: 1, arbitrary: fc.constantFrom(...oddKeys) },
)

const member = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(key, value) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom('ts', 'timestamp'), time) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom('deviceId'), fc.constantFrom('"p"', '"q"', '7', '1.5', 'null')),
  },
)

function objectOf(members: fc.Arbitrary<string[]>): fc.Arbitrary<string> {
  return fc.tuple(members, space).map(([list, gap]) => `{${gap}${list.join(`${gap},`)}${gap}}`)
}

const simple = fc.uniqueArray(member, { maxLength: 6, selector: ([name]) => name })
const repeating = fc.array(member, { maxLength: 6 })
const flat = objectOf(
  fc
    .tuple(fc.oneof({ weight: 6, arbitrary: simple }, { weight: 1, arbitrary: repeating }), space)
    .map(([list, gap]) => list.map(([name, text]) => `"${name}"${gap}:${gap}${text}`)),
)
const twoLayers = fc
  .tuple(fc.constantFrom('ts', 'timestamp'), time, fc.constantFrom('values', 'data'), flat, space)
  .map(
    ([tsKey, ts, valuesKey, values, gap]) => `{"${tsKey}":${gap}${ts},${gap}"${valuesKey}":${values}${gap}}`,
  )
const element = fc.oneof({ weight: 2, arbitrary: flat }, { weight: 1, arbitrary: twoLayers })
const elements = fc
  .tuple(
    fc.array(fc.oneof({ weight: 9, arbitrary: element }, { weight: 1, arbitrary: value }), { maxLength: 4 }),
    space,
  )
  .map(([list, gap]) => `[${gap}${list.join(`${gap},`)}${gap}]`)
const gateway = fc
  .array(
    fc.tuple(
      fc.constantFrom('Device A', 'B', 'é', '__proto__', ''),
      fc.oneof(elements, elements, element, value),
    ),
    {
      maxLength: 3,
    },
  )
  .map((list) => `{${list.map(([device, inner]) => `"${device}":${inner}`).join(', ')}}`)

/** Whole documents, right and wrong ones. */
export const documents = fc.oneof(
  { weight: 4, arbitrary: element },
  { weight: 2, arbitrary: elements },
  { weight: 2, arbitrary: gateway },
  { weight: 1, arbitrary: value },
)

const alphabet = Buffer.from('{}[]":,\\ \n0123456789.-+eEaN\0\x80\xff\xc3tsnulrf', 'latin1')
const byte = fc.constantFrom(...alphabet)

/** The bytes of a document after some of them were lost, replaced or added. */
export const damaged = fc
  .tuple(documents, fc.array(fc.tuple(fc.nat(), fc.constantFrom(0, 1, 2), byte), { maxLength: 3 }), space)
  .map(([document, damages, after]) => {
    let bytes = Buffer.from(document + after)
    for (const [place, kind, extra] of damages) {
      const at = place % (bytes.length + 1)
      const replaced = kind === 0 ? [] : [extra]
      bytes = Buffer.concat([
        bytes.subarray(0, at),
        Buffer.from(replaced),
        bytes.subarray(kind === 2 ? at : at + 1),
      ])
    }
    return bytes
  })

/** Bytes without sense that look a little like JSON. */
export const noise = fc.array(byte, { maxLength: 40 }).map((bytes) => Buffer.from(bytes))
