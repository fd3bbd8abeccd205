import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { CommandFailure } from './exit-code.ts'
import { microseconds, readRows, type BadRow, type Row, type RowOptions } from './rows.ts'

const csv: RowOptions = {
  format: 'csv',
  device: undefined,
  deviceColumn: 'device',
  tsColumn: 'ts',
  tsUnit: 'ms',
}

async function read(text: string, options: Partial<RowOptions> = {}): Promise<(Row | BadRow)[]> {
  const rows: (Row | BadRow)[] = []
  for await (const row of readRows(Readable.from([Buffer.from(text)]), { ...csv, ...options })) rows.push(row)
  return rows
}

test('long CSV: a row is a device, a moment, a key and a value', async () => {
  assert.deepEqual(
    await read('\ufeffdevice,ts,key,value\r\nd1,1764000000123.456,temp,21.5\r\n"a,b",0,ok,true\n'),
    [
      { line: 2, device: 'd1', tsUs: 1764000000123456, values: { temp: 21.5 } },
      { line: 3, device: 'a,b', tsUs: 0, values: { ok: true } },
    ],
  )
})

test('wide CSV: a column for each key, empty cells are no values, rows without values are left out', async () => {
  const text = 'date,temp,wind,sky\n2026-01-01,4.5,,rain\n2026-01-02,,,\n2026-01-03,5,2,"a ""b"""\n'
  assert.deepEqual(await read(text, { tsColumn: 'date', device: 'seattle' }), [
    { line: 2, device: 'seattle', tsUs: 1767225600000000, values: { temp: 4.5, sky: 'rain' } },
    { line: 4, device: 'seattle', tsUs: 1767398400000000, values: { temp: 5, wind: 2, sky: 'a "b"' } },
  ])
})

test('NDJSON: with values, or with key and value; digits are kept', async () => {
  const text = [
    '{"device":"d1","ts":1764000000000,"values":{"a":1,"b":null,"c":{"x":[1]}}}',
    '{"device":"d1","ts":"2026-01-01T00:00:00.000001Z","key":"big","value":9007199254740993}',
    '',
  ].join('\n')
  assert.deepEqual(await read(text, { format: 'ndjson' }), [
    { line: 1, device: 'd1', tsUs: 1764000000000000, values: { a: 1, c: { x: [1] } } },
    { line: 2, device: 'd1', tsUs: 1767225600000001, values: { big: 9007199254740993n } },
  ])
})

test('bad rows are told with their lines, and the others are read', async () => {
  const text = 'device,ts,key,value\nd1,soon,a,1\n,1,a,1\nd1,1,a\nd1,2,a,2\nd1,"3"x,a,3\nd1,4,a,4\n'
  const rows = await read(text)
  const told = rows.map((row) => ('reason' in row ? `${row.line}: ${row.reason}` : `${row.line} ok`))
  assert.deepEqual(told.toSorted(), [
    '2: Its time is "soon", which is no moment; without one, a second run would double it.',
    '3: It names no device; name one for all rows with --device.',
    '4: It has 3 cells where the first line names 4 columns.',
    '5 ok',
    '6: Its time is "\\"3\\"x", which is no moment; without one, a second run would double it.',
    '7 ok',
  ])
  const open = await read('device,ts,key,value\nd1,1,a,1\nd1,2,a,"never closed\nd1,3,a,3\n')
  const reasons = open.flatMap((row) => ('reason' in row ? [row.reason] : []))
  assert.equal(open.length, 2)
  assert.match(reasons.join(), /It is not CSV: Quote Not Closed/)
  const ndjson = await read('{"device":"d1","ts":1,"values":{"a":1}}\n{bad\n[]\n{"device":"d1","ts":1}\n', {
    format: 'ndjson',
  })
  assert.deepEqual(
    ndjson.map((row) => ('reason' in row ? row.reason.split(':')[0] : 'ok')),
    ['ok', 'It is not JSON', 'It is not a JSON object.', 'It has no values.'],
  )
})

test('a file without the columns it needs is refused before anything is read', async () => {
  await assert.rejects(read('time,a\n1,2\n'), (error) => {
    return (
      error instanceof CommandFailure &&
      error.exitCode === 2 &&
      /no column "ts".*"time", "a"/.test(error.message)
    )
  })
  await assert.rejects(read('ts,a\n1,2\n'), /no column "device"/)
  await assert.rejects(read(''), /The file is empty/)
})

test('moments: numbers in a unit, RFC 3339 with and without zone, microseconds kept', () => {
  const cases: [unknown, 's' | 'ms' | 'us' | 'ns', number | undefined][] = [
    [1764000000, 's', 1764000000000000],
    ['1764000000.5', 's', 1764000000500000],
    [1764000000123.457, 'ms', 1764000000123457],
    ['1764000000123457', 'us', 1764000000123457],
    ['1764000000123457999', 'ns', 1764000000123457],
    [1764000000123457999n, 'ns', 1764000000123457],
    ['-1', 'ms', -1000],
    ['1.764e12', 'ms', 1764000000000000],
    ['2025-11-24T16:00:00Z', 'ms', 1764000000000000],
    ['2025-11-24T17:00:00+01:00', 'ms', 1764000000000000],
    ['2025-11-24 16:00:00.1234567', 'ms', 1764000000123456],
    ['2025-11-24', 'ms', 1763942400000000],
    ['2025-11-24T16:00', 'ms', 1764000000000000],
    ['2025-13-01', 'ms', undefined],
    ['yesterday', 'ms', undefined],
    ['', 'ms', undefined],
    [undefined, 'ms', undefined],
    [null, 'ms', undefined],
    ['1e300', 'ms', undefined],
  ]
  for (const [text, unit, expected] of cases) assert.equal(microseconds(text, unit), expected, String(text))
})
