import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { notFast, scanLongNumber, scanNumber } from './scan-number.ts'

const cell = new Float64Array(2)
const digits = (most: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: most })
const numberText = fc
  .tuple(
    fc.constantFrom('', '-'),
    digits(20),
    fc.constantFrom('', '.'),
    digits(20),
    fc.constantFrom('', '', 'e5', 'E-7', 'e', 'e+400'),
  )
  .map((parts) => parts.join(''))

/** What JSON.parse makes of the text; undefined where it refuses. */
function parsed(text: string): number | undefined {
  return /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text) ? (JSON.parse(text) as number) : undefined
}

describe('numbers scanned from bytes', () => {
  for (const scan of [scanNumber, scanLongNumber]) {
    test(`${scan.name} rounds as JSON.parse does, or leaves it to the plain path`, () => {
      let taken = 0
      const property = fc.property(numberText, fc.constantFrom('', ',', '}', '5', ' '), (text, after) => {
        const end = scan(Buffer.from(`x${text}${after}`), 1, text.length + 1, cell, 1)
        if (end !== text.length + 1) return
        taken++
        assert.ok(Object.is(cell[1], (parsed(text) ?? NaN) + 0), text)
        if (!/[.eE]/.test(text)) assert.ok(Math.abs(cell[1]) <= 2 ** 53)
      })
      fc.assert(property, { numRuns: 20_000 })
      assert.ok(taken > 1000, `${taken} taken`)
    })

    test(`${scan.name} takes every double that JSON.stringify prints`, () => {
      fc.assert(
        fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
          const text = JSON.stringify(value)
          const end = scan(Buffer.from(text), 0, text.length, cell, 1)
          if (end === notFast) assert.ok(Number.isInteger(value) && Math.abs(value) > 2 ** 53, text)
          else assert.ok(end === text.length && Object.is(cell[1], value + 0), text)
        }),
        { numRuns: 20_000 },
      )
    })

    test(`${scan.name} stops where the number stops`, () => {
      const ends: [string, number][] = [
        ['12,', 2],
        ['-0.5}', 4],
        ['1764000000123456 ', 16],
        ['0]', 1],
        ['1.5e3x', 5],
        ['1-2', 1],
        ['1.2.3', 3],
      ]
      for (const [text, end] of ends) assert.equal(scan(Buffer.from(text), 0, text.length, cell, 0), end)
      for (const text of ['', '-', 'x', '01', '-01', '1.', '1.e5', '1e', '9007199254740993']) {
        assert.equal(scan(Buffer.from(text), 0, text.length, cell, 0), notFast, text)
      }
    })
  }
})
