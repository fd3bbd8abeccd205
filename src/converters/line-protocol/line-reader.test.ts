import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LineFault, LineReader, type Written } from './line-reader.ts'

/** Names as Telegraf writes them: what has a meaning stands behind a backslash. A backslash itself has no escape. */
const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .filter((text) => !/[\\\n\r#]/.test(text))
const escaped = (text: string, special: RegExp): string => text.replace(special, '\\$&')
const literal = fc.constantFrom('1', '-1.5e3', '12i', '12u', 't', 'FALSE')
const value = fc.oneof(
  literal.map((text) => ({ literal: text })),
  fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => ({ text })),
)
const time = fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String), { nil: undefined })
const point = fc.record({
  measurement: name,
  tags: fc.dictionary(name, name, { maxKeys: 3, noNullPrototype: true }),
  fields: fc.dictionary(name, value, { minKeys: 1, maxKeys: 3, noNullPrototype: true }),
  time,
})

function written(given: Written): string {
  return 'literal' in given ? given.literal : `"${escaped(given.text, /["\\]/g)}"`
}

function lineOf({
  measurement,
  tags,
  fields,
  time: at,
}: typeof point extends fc.Arbitrary<infer P> ? P : never): string {
  const pairs = Object.entries(tags).map(
    ([tag, text]) => `,${escaped(tag, /[,= ]/g)}=${escaped(text, /[,= ]/g)}`,
  )
  const values = Object.entries(fields).map(
    ([field, given]) => `${escaped(field, /[,= ]/g)}=${written(given)}`,
  )
  return `${escaped(measurement, /[, ]/g)}${pairs.join('')} ${values.join(',')}${at === undefined ? '' : ` ${at}`}`
}

test('what is written as a line is read as the same point, alone and among others', () => {
  fc.assert(
    fc.property(fc.array(point, { minLength: 1, maxLength: 4 }), (points) => {
      const reader = new LineReader(points.map(lineOf).join('\n'))
      for (const expected of points) {
        const read = reader.point() ?? assert.fail('a point')
        assert.equal(read.measurement, expected.measurement)
        assert.deepEqual(Object.fromEntries(read.tags), expected.tags)
        assert.deepEqual(Object.fromEntries(read.fields), expected.fields)
        assert.equal(read.time, expected.time)
      }
      assert.ok(reader.isAtEnd)
    }),
    { seed: 1, numRuns: 500 },
  )
})

test('a fault says at which character the line stops being one', () => {
  const faults: [line: string, at: number][] = [
    ['m', 1],
    ['m,', 2],
    ['m,t x=1', 2],
    ['m,t= x=1', 4],
    ['m x', 3],
    ['m x=', 4],
    ['m x=1,', 6],
    ['m x=1y"', 7],
    ['m x="a"b', 7],
    ['m x=1 t', 6],
    ['m x=1 1 2', 6],
    [',t=1 x=1', 0],
    ['m,t=a=b x=1', 5],
    ['m s="a\nb",x', 11],
  ]
  for (const [line, at] of faults) {
    const reader = new LineReader(line)
    try {
      const read = reader.point()
      assert.ok(line === 'm x=1y"' && read !== undefined, line)
    } catch (error) {
      assert.ok(error instanceof LineFault, line)
      assert.equal(error.at, at, line)
    }
  }
})
