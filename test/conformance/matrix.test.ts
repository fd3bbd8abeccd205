// Page, list and tests say the same: no statement that binds a server is without its test, and none is claimed
// that does not exist.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { page, pagePath, testsByStatement } from './page.ts'
import { statements } from './statements.ts'

const tests = testsByStatement()

test('each statement that binds a server has a test, and no other has', () => {
  const numbers = new Set(statements.map(({ number }) => number))
  assert.equal(numbers.size, statements.length, 'a number stands twice in the list')
  const bound = statements.filter(({ reason }) => reason === undefined).map(({ number }) => number)
  assert.deepEqual(
    bound.filter((number) => !tests.has(number)),
    [],
    'without a test',
  )
  assert.deepEqual(
    [...tests.keys()].filter((number) => !bound.includes(number)),
    [],
    'tested, but not in the list as binding a server',
  )
})

test('each statement without a test says why', () => {
  for (const { number, meaning, reason } of statements) {
    assert.notEqual(meaning, '', number)
    if (reason !== undefined) assert.match(reason, /^[A-Z].*\.$/, number)
  }
})

test('docs/reference/conformance.md is what the list and the tests say', () => {
  const written = readFileSync(pagePath, 'utf8').replaceAll('\r\n', '\n')
  assert.equal(written, page(), 'make it anew: npx node test/conformance/generate.ts')
})
