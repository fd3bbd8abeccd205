import assert from 'node:assert/strict'
import { isUtf8 } from 'node:buffer'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { decoded, type Row } from '../../test/decoded.ts'
import { damaged, documents, noise } from '../../test/json-documents.ts'
import { ConversionError } from './converter.ts'
import { createConverter } from './create-converter.ts'
import { invalidUtf8At } from './invalid-utf8.ts'
import { JsonArray, JsonObject, JsonReader, refusedKeys, type JsonNode } from './json-reader.ts'

type Read = { node: JsonNode } | { code: string }

function read(bytes: Buffer): Read {
  try {
    return { node: new JsonReader(bytes, 0, bytes.length).read() }
  } catch (error) {
    // Anything else is a fault of the reader and ends the test.
    if (!(error instanceof ConversionError)) throw error
    return { code: error.code }
  }
}

/** Whether JSON.parse takes the bytes, as UTF-8 without a byte order mark. */
function isJson(bytes: Buffer): boolean {
  if (!isUtf8(bytes)) return false
  try {
    JSON.parse(bytes.toString())
    return true
  } catch (error) {
    assert.ok(error instanceof SyntaxError)
    return false
  }
}

/** What is JSON by the book, but can't be stored as it is. */
const limits = ['number_range', 'key_refused', 'json_surrogate', 'json_depth', 'too_many_keys']

function isReadAsJsonParseReads(bytes: Buffer): void {
  const result = read(bytes)
  if ('node' in result) assert.ok(isJson(bytes), bytes.toString())
  else if (isJson(bytes)) assert.ok(limits.includes(result.code), `${result.code}: ${bytes.toString()}`)
}

const safeKey = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 10 }).filter((key) => {
  return !refusedKeys.has(key) && !['ts', 'values'].includes(key) && !key.includes('\0')
})
const leaf = fc.oneof(
  fc.integer(),
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .filter((value) => Math.abs(value) < 2 ** 53 || value % 1 !== 0),
  fc.boolean(),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.constant(null),
)
const { tree } = fc.letrec<{ tree: Record<string, unknown>; node: unknown }>((tie) => ({
  tree: fc.dictionary(safeKey, tie('node'), { maxKeys: 5, noNullPrototype: true }),
  node: fc.oneof({ depthSize: 'small' }, leaf, tie('tree'), fc.array(leaf, { maxLength: 3 })),
}))

/** Readings by the rules of the page, over what JSON.parse gives. */
function flattened(value: unknown, path: string, into: Map<string, unknown>): void {
  if (Array.isArray(value)) into.set(path, { json: JSON.stringify(value) })
  else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value))
      flattened(inner, path === '' ? key : `${path}.${key}`, into)
  } else into.set(path, typeof value === 'number' ? value + 0 : value)
}

describe('the JSON reader', () => {
  test('takes what JSON.parse takes, and nothing else', () => {
    fc.assert(fc.property(damaged, isReadAsJsonParseReads), { numRuns: 2000 })
    fc.assert(fc.property(noise, isReadAsJsonParseReads), { numRuns: 2000 })
    fc.assert(
      fc.property(
        documents.map((text) => Buffer.from(text)),
        isReadAsJsonParseReads,
      ),
      { numRuns: 2000 },
    )
  })

  test('any bytes become readings or a ConversionError', () => {
    const types = ['json', 'assetwolf', 'thingsboard', 'thingsboard-gateway', 'value']
    const converters = types.map((type) => createConverter({ type }))
    const property = fc.property(fc.uint8Array({ maxLength: 100 }), (payload) => {
      for (const converter of converters) decoded(converter, { payload, captures: { key: 'k' } })
    })
    fc.assert(property, { numRuns: 2000 })
  })

  test('gives the readings that JSON.parse would give', () => {
    const converter = createConverter({ type: 'json' })
    const property = fc.property(tree, fc.constantFrom(undefined, 1), (value, indent) => {
      const payload = JSON.stringify(value, undefined, indent)
      const expected = new Map<string, unknown>()
      flattened(JSON.parse(payload), '', expected)
      const result = decoded(converter, { payload })
      if ('code' in result) return assert.equal(result.code, 'key_length')
      const rows: Row[] = [...expected]
        .filter(([, inner]) => inner !== null)
        .map(([key, inner]) => ['login', key, undefined, inner])
      const shown = indent === undefined ? result.rows : result.rows.map(withoutSpaces)
      assert.deepEqual(sorted(shown), sorted(rows))
    })
    fc.assert(property, { numRuns: 2000 })
  })

  test('bounds its depth for arrays, objects and both', () => {
    for (const [opening, closing] of [
      ['[', ']'],
      ['{"a":', '}'],
      ['[{"a":', '}]'],
    ]) {
      const levels = 32 / (opening === '[{"a":' ? 2 : 1)
      const nested = (depth: number): Buffer =>
        Buffer.from(opening.repeat(depth) + '1' + closing.repeat(depth))
      assert.ok('node' in read(nested(levels)))
      assert.deepEqual(read(nested(levels + 1)), { code: 'json_depth' })
      assert.deepEqual(read(nested(100_000)), { code: 'json_depth' })
    }
  })

  test('keeps the text of arrays and objects', () => {
    const bytes = Buffer.from(' {"a": [1, "é" ] ,"b":{ "c" :1}} ')
    const reader = new JsonReader(bytes, 0, bytes.length)
    const node = reader.read()
    assert.ok(node instanceof JsonObject)
    const [a, b] = [node.members.get('a'), node.members.get('b')]
    assert.ok(a instanceof JsonArray && b instanceof JsonObject)
    assert.equal(reader.text(a).text, '[1, "é" ]')
    assert.equal(reader.text(b).text, '{ "c" :1}')
    assert.deepEqual([...reader.elements(a)], [1, 'é'])
  })
})

test('the first byte that is not UTF-8 is found', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 12 }),
    fc.array(fc.constantFrom(0x41, 0xc2, 0x80, 0xbf, 0xe0, 0xa0, 0xed, 0x9f, 0xf0, 0x90, 0xf4, 0x8f, 0xff), {
      maxLength: 8,
    }),
  )
  const property = fc.property(bytes, (list) => {
    const source = Buffer.from([0xff, ...list])
    const at = invalidUtf8At(source, 1, source.length)
    if (at === -1) return assert.ok(isUtf8(source.subarray(1)))
    assert.ok(isUtf8(source.subarray(1, 1 + at)))
    assert.ok(!isUtf8(source.subarray(1)))
    // No longer beginning of the rest is a whole character.
    for (let end = at + 2; end <= source.length; end++) assert.ok(!isUtf8(source.subarray(1, end)))
  })
  fc.assert(property, { numRuns: 5000 })
})

function withoutSpaces([device, key, ts, value]: Row): Row {
  const { json } = (value ?? {}) as { json?: string }
  return [device, key, ts, json === undefined ? value : { json: JSON.stringify(JSON.parse(json)) }]
}

function sorted(rows: Row[]): Row[] {
  return rows.toSorted((a, b) => (a[1] < b[1] ? -1 : 1))
}
