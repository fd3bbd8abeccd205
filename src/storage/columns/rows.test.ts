import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { JsonText, tsMax, tsMin, type Value } from '../../model/reading.ts'
import { encodeBlock, decodeBlock } from '../leveldb/blocks.ts'
import { ByteReader, ByteWriter } from './bytes.ts'
import { readColumns, readHead, readRows, writeRows } from './rows.ts'

const anyTs = fc.oneof(
  fc.integer({ min: tsMin, max: tsMax }),
  fc.integer({ min: -1000, max: 1000 }).map((n) => 1_764_000_000_000_000 + n * 1000),
  fc.integer({ min: -1000, max: 1000 }).map((n) => 1_764_000_000_000_000 + n),
  fc.constantFrom(tsMin, tsMax, 0, 2 ** 52, 2 ** 52 + 1, -(2 ** 52) - 1, 2 ** 51),
)
const anyNumber = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -(10 ** 7), max: 10 ** 7 }).map((n) => n / 1000),
  fc.constantFrom(0, -0, 2 ** 50, -(2 ** 50), 2 ** 50 + 1, 2 ** 53, 0.1 + 0.2, 1e-9, 1e-10, 1e21, 5e-324),
)
const anyValue: fc.Arbitrary<Value> = fc.oneof(
  anyNumber,
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.boolean(),
  fc.string({ unit: 'grapheme' }),
  fc.json().map((text) => new JsonText(text)),
)
const anyColumns = fc
  .oneof(
    fc.array(fc.tuple(anyTs, anyNumber as fc.Arbitrary<Value>), { minLength: 1, maxLength: 200 }),
    fc.array(fc.tuple(anyTs, fc.boolean() as fc.Arbitrary<Value>), { minLength: 1, maxLength: 30 }),
    fc.array(fc.tuple(anyTs, anyValue), { minLength: 1, maxLength: 30 }),
    // Steady times.
    fc
      .tuple(anyTs, fc.integer({ min: -5000, max: 5000 }), fc.integer({ min: 1, max: 50 }))
      .map(([start, step, count]) =>
        Array.from({ length: count }, (_, i): [number, Value] => [
          Math.min(tsMax, Math.max(tsMin, start + i * step)),
          i,
        ]),
      ),
  )
  .map((rows) => ({ ts: rows.map(([ts]) => ts), values: rows.map(([, value]) => value) }))

test('whatever rows are written, the very same are read', () => {
  const out = new ByteWriter(16)
  fc.assert(
    fc.property(anyColumns, anyTs, fc.boolean(), ({ ts, values }, base, isIgnore) => {
      out.at = 0
      writeRows(out, ts, values, 0, ts.length, base, isIgnore)
      const input = new ByteReader(out.copied())
      const head = readHead(input)
      assert.equal(head.isIgnore, isIgnore)
      const columns = { ts: new Float64Array(ts.length), numbers: new Float64Array(ts.length), at: 0 }
      const mixed = readColumns(input, head, base, columns)
      assert.ok(input.isAtEnd)
      assert.deepEqual([...columns.ts], ts)
      assert.deepEqual(mixed ?? [...columns.numbers], values)
    }),
    { numRuns: 2000 },
  )
})

test('a part of columns is written as if it stood alone', () => {
  const out = new ByteWriter(16)
  writeRows(out, [1, 2, 3, 4, 5], [1, 'x', 2.5, 3.5, 'y'], 2, 4, 0, false)
  const rows = readRows(new ByteReader(out.copied()))
  assert.deepEqual([...rows.ts], [3, 4])
  assert.deepEqual(rows.values, new Float64Array([2.5, 3.5]))
})

test('rows that are cut short or changed are refused, not guessed', () => {
  const out = new ByteWriter(16)
  const random = Array.from({ length: 20 }, (_, i) => Math.sin(i) * 1000)
  for (const values of [random, random.map(Math.round), random.map(String), random.map((one) => one > 0)]) {
    out.at = 0
    const times = random.map((one) => Math.round(one * 1e6))
    writeRows(out, times, values, 0, 20, 0, false)
    const bytes = out.copied()
    for (let length = 0; length < bytes.length; length++) {
      assert.throws(() => readRows(new ByteReader(bytes.subarray(0, length))), { name: 'BytesEnded' })
    }
  }
})

test('a block with one bit changed, or under another key, is STORE_CORRUPT', () => {
  const key = Buffer.from('21000000018000000000000001', 'hex')
  const value = encodeBlock(key, [1, 2, 3], [1.5, 2.5, 3.5], 0, 3)
  assert.deepEqual([...decodeBlock(key, value, 'here').ts], [1, 2, 3])
  for (let bit = 0; bit < value.length * 8; bit++) {
    const changed = Buffer.from(value)
    changed[bit >> 3]! ^= 1 << (bit & 7)
    assert.throws(() => decodeBlock(key, changed, 'here'), { code: 'STORE_CORRUPT' })
  }
  assert.throws(() => decodeBlock(Buffer.from(key).fill(0, 12), value, 'here'), { code: 'STORE_CORRUPT' })
})

test('the example of the format page is what is written', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/formats/leveldb.md'), 'utf8')
  const out = new ByteWriter(16)
  const start = 1_764_000_000_000_000
  writeRows(out, [start, start + 1e6, start + 2e6], [21.5, 21.6, 21.4], 0, 3, 0, false)
  const hex = [...out.written()].map((byte) => byte.toString(16).padStart(2, '0'))
  assert.ok(page.replaceAll(/ +/g, ' ').includes(hex.join(' ')), `the page should say ${hex.join(' ')}`)
})
