// Files as they come: CSV long and wide, with quotes and semicolons, NDJSON, and lines that are none.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { csvLine, CsvReader, readCell, separatorOf, writeCell } from './cells.ts'
import { parseExact, stringifyExact } from './exact-json.ts'
import { guess, lacking, millisecondsOf, rowOfCells, rowOfJson } from './rows.ts'

describe('cells of CSV', () => {
  test('come as values and go as they came', () => {
    const values = [
      1,
      -2.5,
      1e300,
      true,
      false,
      'text',
      'a,b',
      'true',
      '12',
      '',
      '{"x":1}',
      ' x ',
      2n ** 60n,
      { x: [1] },
    ]
    for (const value of values) assert.deepEqual(readCell(writeCell(value)), value)
    assert.equal(readCell('NaN'), undefined)
    assert.equal(readCell('007'), '007', 'leading zeroes are no number')
  })

  test('rows are read in pieces, with quotes, line breaks in quotes and any line end', () => {
    const text = `a,b\r\n"x, ""y""\nz",2\n${csvLine(['p"q', 'r\ns'])}last,1`
    const expected = [
      ['a', 'b'],
      ['x, "y"\nz', '2'],
      ['p"q', 'r\ns'],
      ['last', '1'],
    ]
    for (const size of [1, 3, 100]) {
      const reader = new CsvReader(',')
      const rows: string[][] = []
      for (let at = 0; at < text.length; at += size) rows.push(...reader.push(text.slice(at, at + size)))
      assert.deepEqual([...rows, ...reader.end()], expected)
    }
  })

  test('the separator is the one that the heading has most of', () => {
    assert.deepEqual(['a,b,c', 'a;b;c', 'a\tb', 'a'].map(separatorOf), [',', ';', '\t', ','])
  })
})

describe('rows of a file', () => {
  test('columns are guessed by their names, the unit of time by its size', () => {
    const long = guess(['device', 'ts', 'key', 'value'], ['d1', '1764000000123', 'a', '1'])
    assert.equal(long.layout, 'long')
    assert.equal(long.tsUnit, 'ms')
    const wide = guess(['Time', 'temp', 'hum'], ['1764000000', '21', '50'])
    assert.deepEqual(
      [wide.layout, wide.tsColumn, wide.tsUnit, wide.keys],
      ['wide', 'Time', 's', ['temp', 'hum']],
    )
    assert.match(lacking(wide) ?? '', /whose readings/)
    assert.equal(lacking({ ...wide, device: 'd1' }), undefined)
  })

  test('a wide row leaves empty cells out; a row without value, time or device says so', () => {
    const mapping = { ...guess(['ts', 'device', 'a', 'b'], ['1764000000123', '', '', '']), keys: ['a', 'b'] }
    const read = (...cells: string[]) => rowOfCells(7, ['ts', 'device', 'a', 'b'], cells, mapping)
    assert.deepEqual(read('1764000000123.5', 'd1', '1.5', ''), {
      line: 7,
      device: 'd1',
      ts: 1764000000123.5,
      values: { a: 1.5 },
    })
    assert.deepEqual(read('1', 'd1', '', ''), { line: 7, reason: 'It has no value.' })
    assert.match((read('soon', 'd1', '1', '') as { reason: string }).reason, /"soon", which is no moment/)
    assert.match((read('1', '', '1', '') as { reason: string }).reason, /no device/)
  })

  test('JSON lines come with values or with key and value, and keep long numbers', () => {
    const mapping = { ...guess([], []), format: 'ndjson' as const }
    const long = '{"device":"d","ts":1764000000123,"key":"n","value":9007199254740993}'
    const row = rowOfJson(1, long, mapping)
    assert.deepEqual(row, { line: 1, device: 'd', ts: 1764000000123, values: { n: 9007199254740993n } })
    assert.equal(stringifyExact(parseExact(long)), long)
    assert.match(
      (rowOfJson(2, '{"device":"d","ts":1}', mapping) as { reason: string }).reason,
      /neither "values"/,
    )
    assert.match((rowOfJson(3, '{', mapping) as { reason: string }).reason, /not JSON/)
  })

  test('moments come as numbers of any unit and as RFC 3339', () => {
    assert.equal(millisecondsOf('1764000000.123456', 's'), 1764000000123.456)
    assert.equal(millisecondsOf('1764000000123456789', 'ns'), 1764000000123.456)
    assert.equal(millisecondsOf('2025-11-24T16:00:00.1234567Z', 'ms'), 1764000000123.456)
    assert.equal(millisecondsOf('2025-11-24 17:00+01:00', 'ms'), 1764000000000)
    assert.equal(millisecondsOf('', 'ms'), undefined)
  })
})
