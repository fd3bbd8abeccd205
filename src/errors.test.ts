import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { AckstoneError, errorTable, type ErrorCode } from './errors.ts'

const codes = Object.keys(errorTable) as ErrorCode[]

/** The row of docs/reference/errors.md for a code. */
function pageRow(code: ErrorCode): string {
  const { message, hint, httpStatus, reasonCode, isRetryable } = errorTable[code]
  const reason = reasonCode === undefined ? '' : `0x${reasonCode.toString(16).padStart(2, '0')}`
  const texts = [message, hint].map((text) => text.replaceAll('\n', ' ').replaceAll('|', '\\|'))
  return `| \`${code}\` | ${httpStatus} | ${reason} | ${isRetryable ? 'yes' : 'no'} | ${texts.join(' | ')} |`
}

test('docs/reference/errors.md lists every error as the table has it, and no other', () => {
  const page = readFileSync(new URL('../docs/reference/errors.md', import.meta.url), 'utf8')
  const rows = page.split('\n').filter((line) => /^\| `[A-Z_]+` \|/.test(line))
  const expected = codes.toSorted().map(pageRow)
  const missing = expected.filter((row) => !rows.includes(row))
  const extra = rows.filter((row) => !expected.includes(row))
  assert.deepEqual(
    { missing, extra },
    { missing: [], extra: [] },
    'put the missing rows in, take the extra ones out',
  )
  assert.deepEqual(rows, expected, 'the rows stand in alphabetical order')
})

test('every error is a sentence with a hint', () => {
  for (const code of codes) {
    const { message, hint, httpStatus, reasonCode } = errorTable[code]
    assert.match(message, /^[\p{Lu}{/]/u, code)
    assert.match(message, /[.}]$/, code)
    assert.match(hint, /[.}]$/, code)
    assert.ok(httpStatus >= 400 && httpStatus < 600, code)
    assert.ok(reasonCode === undefined || (reasonCode >= 0x80 && reasonCode <= 0xa2), code)
  }
})

test('details are filled in, and what is not given stays visible', () => {
  const error = new AckstoneError('STORE_FULL', { folder: '/data' })
  assert.equal(error.message, 'The disk that holds /data is full, so nothing can be stored.')
  assert.match(new AckstoneError('STORE_FULL').message, /\{folder\}/)
  assert.deepEqual(error.fields, [])
})
