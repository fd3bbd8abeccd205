import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changesOf, differencesOf } from './audit-words.ts'

test('what was given is told without secrets, at any depth, and cut where it is long', () => {
  const body = {
    name: 'B',
    password: 'canary',
    connection: {
      url: 'mqtts://u:canary@broker:8883',
      username: 'u',
      password: 'canary',
      key: 'canary',
      cert: 'canary',
      ca: 'canary',
    },
    list: [{ token: 'canary', apiSecret: 'canary' }],
    left: undefined,
  }
  const changes = changesOf(body)
  assert.ok(!JSON.stringify(changes).includes('canary'))
  assert.deepEqual(
    changes?.map(({ member }) => member),
    ['name', 'password', 'connection', 'list'],
  )
  assert.deepEqual(changes?.[0], { member: 'name', to: 'B' })
  assert.deepEqual(changesOf({ text: 'x'.repeat(5_000) }), [{ member: 'text', to: '… (long)' }])
  for (const none of [undefined, null, 'text', [1], Buffer.from('{}')])
    assert.equal(changesOf(none), undefined)
})

test('of what was replaced, only what is different is told', () => {
  const changes = differencesOf(
    { a: 1, b: [1], c: 'x', password: 'canary' },
    { a: 1, b: [2], c: 'y', password: 'new' },
  )
  assert.deepEqual(changes, [
    { member: 'b', from: [1], to: [2] },
    { member: 'c', from: 'x', to: 'y' },
    { member: 'password', from: '…', to: '…' },
  ])
})
