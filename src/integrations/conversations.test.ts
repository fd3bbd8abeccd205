import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Request } from '../converters/converter.ts'
import { Delivery } from '../delivery/delivery.ts'
import { createIngest } from '../ingest/ingest.ts'
import { ingestLimitsDefault } from '../ingest/limits.ts'
import { systemClock } from '../lib/clock.ts'
import { silentLog } from '../lib/log.ts'
import { createMemoryStore } from '../storage/memory.ts'
import type { Store } from '../storage/store.ts'
import { holdStore, turn } from '../../test/held-store.ts'
import { conversationBytesMax, Conversations, requestIntervalMs } from './conversations.ts'

async function open(inner: Store = createMemoryStore()) {
  const store = holdStore(inner)
  store.letThrough()
  const time = { ms: 0 }
  const clock = { ...systemClock, monotonicMs: () => time.ms }
  const ingest = await createIngest({
    ...{ store, clock, log: silentLog, limits: ingestLimitsDefault },
    router: { route: () => ({ targets: [] }) },
    delivery: new Delivery(clock),
    onStored: () => undefined,
    onFatal: (error) => {
      throw error
    },
  })
  const published: string[] = []
  const conversations = await Conversations.load({
    ...{ store, ingest, clock, log: silentLog },
    publish: (integration, request: Request) => published.push(`${integration}: ${request.topic}`),
  })
  const committed = () => ingest.stored(ingest.open().ticket)
  return { store, ingest, conversations, published, time, committed }
}

const bytes = (text: string) => Buffer.from(text)

test('what a converter keeps is there after a restart, for its integration alone', async () => {
  const { store, conversations, committed } = await open()
  conversations.of('a').put('node/1', bytes('first'))
  conversations.of('a').put('node/1', bytes('second'))
  await committed()
  const later = await open(store)
  assert.deepEqual(later.conversations.of('a').get('node/1'), bytes('second'))
  assert.equal(later.conversations.of('b').get('node/1'), undefined)
})

test('what is forgotten is gone after a restart too', async () => {
  const { store, conversations, committed } = await open()
  conversations.of('a').put('x', bytes('1'))
  conversations.of('b').put('x', bytes('2'))
  await committed()
  conversations.forget('a')
  await committed()
  const later = await open(store)
  assert.equal(later.conversations.of('a').get('x'), undefined)
  assert.deepEqual(later.conversations.of('b').get('x'), bytes('2'))
})

test('I1: a request leaves only when the batch of its message is stored', async () => {
  const { store, conversations, published, committed } = await open()
  store.hold()
  conversations.of('a').request({ topic: 't', payload: bytes('') })
  const done = committed()
  while (store.waiting.length === 0) await turn()
  assert.deepEqual(published, [])
  await store.release()
  await done
  assert.deepEqual(published, ['a: t'])
})

test('I7: one topic is asked once in an interval, others meanwhile', async () => {
  const { conversations, published, time, committed } = await open()
  const a = conversations.of('a')
  for (const topic of ['t', 't', 'u']) a.request({ topic, payload: bytes('') })
  await committed()
  time.ms += requestIntervalMs - 1
  a.request({ topic: 't', payload: bytes('') })
  time.ms += 1
  a.request({ topic: 't', payload: bytes('') })
  await committed()
  assert.deepEqual(published, ['a: t', 'a: u', 'a: t'])
})

test('a retried message reads what is known, and changes nothing', async () => {
  const { conversations, published, committed } = await open()
  conversations.of('a').put('x', bytes('1'))
  const old = conversations.readOnly('a')
  old.put('x', bytes('0'))
  old.request({ topic: 't', payload: bytes('') })
  await committed()
  assert.deepEqual(old.get('x'), bytes('1'))
  assert.deepEqual(published, [])
})

test('I7: what one integration keeps has a limit, and says when it is reached', async () => {
  const { store, conversations, committed } = await open()
  const a = conversations.of('a')
  const half = Buffer.alloc(conversationBytesMax / 2)
  assert.equal(a.put('x', half), true)
  assert.equal(a.put('y', half), false)
  assert.equal(a.put('x', half), true)
  assert.equal(conversations.of('b').put('x', half), true)
  await committed()
  assert.equal((await open(store)).conversations.of('a').get('y'), undefined)
})
