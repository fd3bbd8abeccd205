import assert from 'node:assert/strict'
import { test } from 'node:test'
import { converterToTry, filterFor } from './converter-to-try.ts'

test('a replay begins with what read the message', () => {
  assert.deepEqual(converterToTry({ type: 'value', key: 'a' }, 'x'), { type: 'value', key: 'a' })
  assert.deepEqual(converterToTry({ type: 'device-api' }, 'v2/t'), { type: 'thingsboard' })
  assert.deepEqual(converterToTry({ type: 'device-api' }, 'ack/d1'), { type: 'json' })
  assert.deepEqual(converterToTry(undefined, 'x'), { type: 'json' })
})

test('the filter is the one that the topic matches', () => {
  const topics = ['a/{device}', 'b/+/c', '$share/g/d/#'].map((filter) => ({ filter }))
  assert.equal(filterFor(topics, 'a/x'), 'a/{device}')
  assert.equal(filterFor(topics, 'b/x/c'), 'b/+/c')
  assert.equal(filterFor(topics, 'd/e/f'), '$share/g/d/#')
  assert.equal(filterFor(topics, 'a/x/y'), undefined)
})
