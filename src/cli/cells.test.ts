import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { csvLine, readCell, writeCell } from './cells.ts'
import { parseExact, stringifyExact } from './exact-json.ts'

const value = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (number === 0 ? 0 : number)),
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }),
  fc.boolean(),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(
    '',
    'NaN',
    'null',
    'true',
    '21.5',
    '-0',
    '1e400',
    '007',
    '"',
    '"x"',
    '{',
    '{}',
    '[1',
    ' a ',
  ),
  fc.dictionary(fc.string(), fc.oneof(fc.integer(), fc.string()), { minKeys: 1 }),
)

test('every value comes back from its cell as it was', () => {
  fc.assert(
    fc.property(value, (before) => {
      const [[cell]] = parse(csvLine([writeCell(before), 'x'])) as [[string]]
      assert.deepEqual(stringifyExact(readCell(cell)), stringifyExact(before))
    }),
  )
})

test('a cell says what people mean by it', () => {
  const cases: [string, unknown][] = [
    ['21.5', 21.5],
    ['-1e3', -1000],
    ['true', true],
    ['', undefined],
    ['NaN', undefined],
    ['null', undefined],
    ['rain', 'rain'],
    ['007', '007'],
    ['1.5.2', '1.5.2'],
    ['"21.5"', '21.5'],
    ['{"a":1}', { a: 1 }],
    ['{broken', '{broken'],
    ['9007199254740993', 9007199254740993n],
    ['99999999999999999999', 1e20],
    ['1e400', '1e400'],
  ]
  for (const [cell, expected] of cases) assert.deepEqual(readCell(cell), expected, cell)
})

test('JSON keeps every digit of a 64-bit integer', () => {
  const text =
    '{"a":9223372036854775807,"b":[-9007199254740993,1.5,12345678901234567.5],"c":"1234567890123456"}'
  assert.equal(stringifyExact(parseExact(text)), text.replace('12345678901234567.5', '12345678901234568'))
})
