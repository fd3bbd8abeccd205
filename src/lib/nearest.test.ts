import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nearestName, suggestion } from './nearest.ts'

test('a slip of the keyboard finds the name that was meant', () => {
  const known = ['startTs', 'endTs', 'keys', 'limit']
  assert.equal(nearestName('startts', known), 'startTs')
  assert.equal(nearestName('key', known), 'keys')
  assert.equal(nearestName('lmit', known), 'limit')
  assert.equal(suggestion('lmit', known), ' Did you mean "limit"?')
})

test('a name like no other gets the list, and an endless one costs nothing', () => {
  assert.equal(nearestName('temperature', ['keys']), undefined)
  assert.equal(suggestion('temperature', ['b', 'a']), ' Known are a, b.')
  assert.equal(suggestion('x'.repeat(1_000_000), ['a']), ' Known are a.')
})
