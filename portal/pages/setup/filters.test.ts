// What is said about topic filters while they are typed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findingsOf, overlaps } from './filters.ts'

function errorOf(filter: string): string | undefined {
  return findingsOf(filter).find(({ kind }) => kind === 'error')?.sentence
}

test('filters in order have no error', () => {
  for (const filter of [
    'plant/{device}/telemetry',
    'ack/{device}/{key}',
    '+/x/#',
    '#',
    '/a',
    '$share/g/plant/+',
    'a//b',
  ]) {
    assert.equal(errorOf(filter), undefined, filter)
  }
})

test('[MQTT-4.7.1-1] [MQTT-4.7.1-2] a wildcard that does not stand for a whole level is an error that names the level', () => {
  assert.match(errorOf('plant/x#') ?? '', /whole levels/)
  assert.match(errorOf('plant/#/x') ?? '', /comes last/)
  assert.match(errorOf('plant/a+') ?? '', /“a\+”/)
})

test('a named level is known, whole, and stands once', () => {
  assert.match(errorOf('plant/{site}/x') ?? '', /\{site\} is not known/)
  assert.match(errorOf('plant/d{device}') ?? '', /whole level/)
  assert.match(errorOf('{device}/{device}') ?? '', /stands twice/)
})

test('[MQTT-4.8.2-1] [MQTT-4.8.2-2] a shared filter has a group without wildcards, and a filter behind it', () => {
  assert.match(errorOf('$share//x') ?? '', /name of a group/)
  assert.match(errorOf('$share/a+b/x') ?? '', /name of a group/)
  assert.match(errorOf('$share/g/') ?? '', /comes the filter/)
  assert.deepEqual(
    findingsOf('$share/g/x').map(({ kind }) => kind),
    ['info'],
  )
})

test('# alone is warned of', () => {
  assert.deepEqual(
    findingsOf('#').map(({ kind }) => kind),
    ['warning'],
  )
})

test('filters that match a common topic overlap, others do not', () => {
  assert.equal(overlaps(['plant/{device}/t', 'plant/+/t']).length, 1)
  assert.equal(overlaps(['plant/#', 'plant']).length, 1)
  assert.equal(overlaps(['plant/a/#', 'plant/+/b']).length, 1)
  assert.equal(overlaps(['plant/a', 'plant/b']).length, 0)
  assert.equal(overlaps(['plant/+', 'plant/+/x']).length, 0)
  assert.equal(overlaps(['a/b', '', ' ']).length, 0)
})
