// Page, list and tests say the same: no statement that binds a server is without its test, and none is claimed
// that does not exist.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { page, pagePath, testsByOldStatement, testsByStatement } from './page.ts'
import { oldStatements } from './statements-3-1-1.ts'
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

test('each statement of 3.1.1 that binds a server has a test, or is one of 5.0', () => {
  const all = new Set(statements.map(({ number }) => number))
  const own = testsByOldStatement()
  const bound = oldStatements.filter(({ reason, sameAs }) => reason === undefined && sameAs === undefined)
  assert.deepEqual(bound.map(({ number }) => `3.1.1 ${number}`).toSorted(), [...own.keys()].toSorted())
  for (const { number, sameAs } of oldStatements) assert.ok(sameAs === undefined || all.has(sameAs), number)
  assert.equal(new Set(oldStatements.map(({ number }) => number)).size, oldStatements.length)
})

test('each statement without a test says why', () => {
  for (const { number, meaning, reason } of [...statements, ...oldStatements]) {
    assert.notEqual(meaning, '', number)
    if (reason !== undefined) assert.match(reason, /^[A-Z].*\.$/, number)
  }
})

test('docs/reference/conformance.md is what the list and the tests say', () => {
  const written = readFileSync(pagePath, 'utf8').replaceAll('\r\n', '\n')
  assert.equal(written, page(), 'make it anew: npx node test/conformance/generate.ts')
})
