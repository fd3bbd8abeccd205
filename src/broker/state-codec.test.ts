// Durable records come back as they were written.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { RoutedMessage } from './routed-message.ts'
import * as codec from './state-codec.ts'

const properties = {
  contentType: 'text/plain',
  correlationData: Buffer.from([1, 2, 255]),
  userProperties: [['a', 'b'] as [string, string]],
}
const message = new RoutedMessage('plant/ü', Buffer.from('payload'), 2, properties, 1_764_000_000_123_456)

describe('state records', () => {
  test('a session with everything', () => {
    const record: codec.SessionRecord = {
      isLasting: true,
      hasJournal: true,
      sentNumber: 41,
      unanswered: 3,
      awaitedSinceTs: 1_764_000_000_000_000,
      expiryS: 604_800,
      endedTs: 1_764_000_000_000_001,
      queueStart: 1_764_000_000_000_000,
      device: 'pump-ä',
      isCutOff: true,
      subscriptions: [
        { filter: 'a/+', qos: 1, noLocal: true, retainAsPublished: false, retainHandling: 2, identifier: 0 },
        {
          filter: '#',
          qos: 2,
          noLocal: false,
          retainAsPublished: true,
          retainHandling: 0,
          identifier: 268_435_455,
        },
      ],
      will: { delayS: 30, isRetained: true, message },
      dueWills: [],
    }
    assert.deepEqual(codec.decodeSession(codec.encodeSession(record)), record)
    const bare = { ...record, isLasting: false, subscriptions: [], will: undefined }
    assert.deepEqual(codec.decodeSession(codec.encodeSession(bare)), bare)
    const due = [1, 2].map((delayS) => ({ delayS, isRetained: false, message }))
    for (const wills of [
      { will: record.will, dueWills: due },
      { will: undefined, dueWills: due },
    ]) {
      const both = { ...record, ...wills }
      assert.deepEqual(codec.decodeSession(codec.encodeSession(both)), both)
    }
  })

  test('a queued copy and its key', () => {
    const copy: codec.QueuedCopy = {
      isReceived: true,
      qos: 2,
      isRetained: true,
      identifiers: [1, 2],
      message,
    }
    assert.deepEqual(codec.decodeQueued(codec.encodeQueued(copy)), copy)
    const key = codec.queueKey('c', Number.MAX_SAFE_INTEGER)
    assert.deepEqual(codec.parseQueueKey(key), { sessionKey: 'c', number: Number.MAX_SAFE_INTEGER })
    assert.ok(codec.queueKey('c', 255) < codec.queueKey('c', 256))
  })

  test('a retained message', () => {
    assert.deepEqual(codec.decodeRetained(codec.encodeRetained(message, 'd:d1')), { message, owner: 'd:d1' })
    const plain = new RoutedMessage('t', Buffer.alloc(0), 0, undefined, 0)
    assert.deepEqual(codec.decodeRetained(codec.encodeRetained(plain, '')), { message: plain, owner: '' })
  })

  test('a record that is cut short is an assertion, not a wrong session', () => {
    const bytes = codec.encodeRetained(message, '')
    assert.throws(() => codec.decodeRetained(bytes.subarray(0, 12)), /as long as it says/)
  })
})
