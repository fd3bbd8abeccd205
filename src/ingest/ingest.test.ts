import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConversionError, type Converter } from '../converters/converter.ts'
import { Delivery } from '../delivery/delivery.ts'
import { AckstoneError } from '../errors.ts'
import { systemClock, type Clock } from '../lib/clock.ts'
import { silentLog } from '../lib/log.ts'
import type { Message, Qos } from '../model/message.ts'
import { createMemoryStore } from '../storage/memory.ts'
import type { SeriesRun, Store } from '../storage/store.ts'
import { holdStore, turn, type HeldStore } from '../../test/held-store.ts'
import type { Participant, RouteTarget } from './contract.ts'
import { createIngest, type GroupIngest } from './ingest.ts'
import { ingestLimitsDefault, type IngestLimits } from './limits.ts'

/** Reads "key=value[@ts]" separated by blanks; "!" is a payload nobody can read, "?" a word that is left out. */
const words: Converter = {
  decode(message, captures, out) {
    const text = message.source.toString('utf8', message.payloadStart, message.payloadEnd)
    if (text.startsWith('!')) throw new ConversionError('unreadable', 'The payload is not made of words.')
    for (const word of text.split(' ')) {
      if (word === '?') {
        out.leaveOut(new ConversionError('unreadable', 'One word says nothing.'))
        continue
      }
      const [, before] = /^late=(\d+)$/.exec(word) ?? []
      if (before !== undefined) {
        out.addRelative(captures.device ?? message.device, 'late', -Number(before), 1)
        continue
      }
      const [, key, value, ts] = /^(\w+)=([\d.]+)(?:@(\d+))?$/.exec(word) ?? []
      const readingTs = ts === undefined ? Number.NaN : Number(ts)
      out.add(captures.device ?? message.device, key, readingTs, Number(value))
    }
  },
}

interface House {
  store: HeldStore
  ingest: GroupIngest
  delivery: Delivery
  seen: SeriesRun[]
  clock: Clock & { ts: number }
}

async function house(inner: Store = createMemoryStore(), limits: Partial<IngestLimits> = {}): Promise<House> {
  const store = holdStore(inner)
  const clock = { ...systemClock, ts: 1_764_000_000_000_000, nowUs: () => clock.ts }
  const delivery = new Delivery(clock)
  const seen: SeriesRun[] = []
  const ingest = await createIngest({
    store,
    router: { route: (topic) => ({ targets: targetsOf(topic) }) },
    delivery,
    clock,
    log: silentLog,
    limits: { ...ingestLimitsDefault, retryFirstMs: 1, retryMaxMs: 1, ...limits },
    onStored: (runs) => seen.push(...runs),
    onFatal: (error) => {
      throw error
    },
  })
  return { store, ingest, delivery, seen, clock }
}

/** "q1/d" is wanted at QoS 1, "q0/d" at 0, "both/d" by two integrations, anything else by nobody. */
function targetsOf(topic: string): RouteTarget[] {
  const target = (integration: string, qos: Qos): RouteTarget => ({
    integration,
    qos,
    duplicates: 'overwrite',
    converter: words,
    captures: { device: topic.split('/')[1], key: undefined },
  })
  if (topic.startsWith('q0/')) return [target('zero', 0)]
  if (topic.startsWith('q1/')) return [target('one', 1)]
  if (topic.startsWith('both/')) return [target('zero', 0), target('one', 2)]
  return []
}

function message(
  topic: string,
  payload: string,
  qos: Qos,
  decidedTs = 0,
  receivedTs = 1_764_000_000_000_000,
): Message {
  const source = Buffer.from(`<${payload}>`)
  return {
    topic,
    source,
    payloadStart: 1,
    payloadEnd: source.length - 1,
    qos,
    retain: false,
    dup: false,
    device: 'login',
    clientId: 'client',
    receivedTs,
    decidedTs,
    properties: undefined,
  }
}

function isStored(ingest: GroupIngest, ticket: number): { done: boolean } {
  const state = { done: false }
  ingest.stored(ticket).then(
    () => (state.done = true),
    (error: unknown) => assert.fail(String(error)),
  )
  return state
}

test('I1: a QoS 1 message is stored before its ticket is', async () => {
  const { store, ingest } = await house()
  const { ticket } = ingest.accept(message('q1/d', 't=1@5', 1))
  assert.equal(ticket, 1)
  const stored = isStored(ingest, ticket)
  await turn()
  assert.equal(store.waiting.length, 1)
  assert.equal(stored.done, false)
  assert.deepEqual(await store.latest('d'), [])
  await store.release()
  assert.equal(stored.done, true)
  assert.deepEqual(await store.latest('d'), [{ key: 't', ts: 5, value: 1 }])
})

test('a batch fills while the one before it is on its way, and both keep their order', async () => {
  const { store, ingest } = await house()
  const first = ingest.accept(message('q1/d', 't=1@1', 1)).ticket
  await turn()
  const second = ingest.accept(message('q1/d', 't=2@2', 1)).ticket
  const third = ingest.accept(message('q1/e', 't=3@3', 1)).ticket
  await turn()
  assert.deepEqual([first, second, third], [1, 2, 2])
  assert.equal(store.waiting.length, 1, 'one commit at a time')
  await store.release()
  await store.release()
  assert.deepEqual(store.committed, [1, 2])
})

test('effective QoS: QoS 0 on either side waits for nothing and is stored all the same', async () => {
  const { store, ingest } = await house()
  assert.deepEqual(ingest.accept(message('q0/a', 't=1@1', 2)), {
    ticket: 0,
    isWanted: true,
    isStoredFirst: false,
    rejection: undefined,
  })
  assert.equal(ingest.accept(message('q1/a', 't=2@2', 0)).ticket, 0)
  assert.equal(ingest.accept(message('else/a', 't=3@3', 2)).isWanted, false)
  await turn()
  await store.release()
  assert.deepEqual(await store.latest('a'), [{ key: 't', ts: 2, value: 2 }])
})

test('a message that several integrations want is committed once and waits for the strictest', async () => {
  const { store, ingest } = await house()
  const outcome = ingest.accept(message('both/d', 't=1@1', 2))
  assert.equal(outcome.ticket, 1)
  assert.equal(outcome.isStoredFirst, true)
  await turn()
  assert.deepEqual(
    store.waiting[0].runs.map((run) => run.integration),
    ['zero', 'one'],
  )
})

test('I3: a message without a time gets its first-receive time, unique to the microsecond', async () => {
  const { store, ingest } = await house()
  const messages = ['t=1', 't=2', 't=3'].map((payload) => message('q1/d', payload, 1))
  for (const each of messages) ingest.accept(each)
  const decided = messages.map(({ decidedTs }) => decidedTs - 1_764_000_000_000_000)
  assert.deepEqual(decided, [0, 1, 2])
  await turn()
  assert.deepEqual(
    store.waiting[0].runs[0].ts,
    messages.map(({ decidedTs }) => decidedTs),
  )
})

test('I3: a time decided before is used again, so a resend lands on the same row', async () => {
  const { store, ingest } = await house()
  const first = message('q1/d', 't=1', 1)
  ingest.accept(first)
  ingest.accept(message('q1/d', 't=9', 1))
  ingest.accept(message('q1/d', 't=1', 1, first.decidedTs))
  await turn()
  const [run] = store.waiting[0].runs
  assert.deepEqual(run.ts, [first.decidedTs, first.decidedTs + 1, first.decidedTs])
})

test('I3: two readings of one series in one message without times stay two', async () => {
  const { store, ingest } = await house()
  const first = message('q1/d', 't=1 t=2', 1)
  ingest.accept(first)
  const next = message('q1/d', 't=3', 1)
  ingest.accept(next)
  await turn()
  assert.deepEqual(store.waiting[0].runs[0].ts, [first.decidedTs, first.decidedTs + 1, first.decidedTs + 2])
  assert.equal(next.decidedTs, first.decidedTs + 2)
})

test('I3: a restart with the clock set back gives no time twice', async () => {
  const inner = createMemoryStore()
  const before = await house(inner)
  before.store.letThrough()
  const first = message('q1/d', 't=1 t=2', 1)
  await before.ingest.stored(before.ingest.accept(first).ticket)
  await before.ingest.close(1_000)
  const after = await house(inner)
  const next = message('q1/d', 't=3', 1, 0, first.receivedTs - 3_600_000_000)
  after.ingest.accept(next)
  assert.equal(next.decidedTs, first.decidedTs + 2)
})

test('I5: while the store refuses there is no answer, and the very batch is stored when it is back', async () => {
  const { store, ingest } = await house()
  const { ticket } = ingest.accept(message('q1/d', 't=1@1', 1))
  const stored = isStored(ingest, ticket)
  await turn()
  await store.fail(new AckstoneError('STORE_FULL', { folder: '/d' }))
  const later = ingest.accept(message('q1/d', 't=2@2', 1)).ticket
  assert.ok(ingest.stalledMs() > 0)
  assert.equal(stored.done, false)
  store.recover()
  store.letThrough()
  await ingest.stored(later)
  assert.deepEqual(store.committed, [ticket, later])
  assert.equal(stored.done, true)
  assert.equal(ingest.stalledMs(), 0)
})

test('I6: an unreadable message is stored raw with its reason, and waits for that like any other', async () => {
  const { store, ingest, delivery } = await house()
  const outcome = ingest.accept(message('q1/d', '!?', 1))
  assert.deepEqual(outcome, {
    ticket: 1,
    isWanted: true,
    isStoredFirst: true,
    rejection: 'The payload is not made of words.',
  })
  await turn()
  await store.release()
  const [rejected] = await store.rejected('', undefined, 10)
  assert.equal(Buffer.from(rejected.payload).toString(), '!?')
  assert.equal(rejected.code, 'unreadable')
  assert.equal(rejected.device, 'd')
  assert.equal(delivery.figures().rejected, 1)
})

test('I6: the resend of a rejected message is not kept twice', async () => {
  const { store, ingest } = await house()
  const first = message('q1/d', '!', 1)
  ingest.accept(first)
  ingest.accept(message('q1/d', '!', 1, first.decidedTs))
  await turn()
  await store.release()
  assert.equal((await store.rejected('', undefined, 10)).length, 1)
})

test('I6: where a part can’t be read, the rest is stored, and the message kept with the reason as well', async () => {
  const { store, ingest } = await house()
  const { rejection, ticket } = ingest.accept(message('q1/d', 't=1@1 ? u=2@2', 1))
  assert.deepEqual({ rejection, ticket }, { rejection: 'One word says nothing.', ticket: 1 })
  await turn()
  await store.release()
  const latest = await store.latest('d')
  assert.deepEqual(
    latest.map(({ key, value }) => [key, value]),
    [
      ['t', 1],
      ['u', 2],
    ],
  )
  const [rejected] = await store.rejected('', undefined, 10)
  assert.equal(Buffer.from(rejected.payload).toString(), 't=1@1 ? u=2@2')
})

test('I3: times relative to a message are the same after a resend of it', async () => {
  const { store, ingest } = await house()
  const first = message('q1/d', 'late=5000000 t=1', 1)
  ingest.accept(first)
  const resend = message('q1/d', 'late=5000000 t=1', 1, first.decidedTs)
  ingest.accept({ ...resend, receivedTs: first.receivedTs + 60_000_000 })
  await turn()
  await store.release()
  const times: number[] = []
  for await (const { ts } of store.query({ device: 'd', key: 'late', startTs: 0, endTs: 9e15, order: 'asc' }))
    times.push(...ts)
  assert.deepEqual(times, [first.decidedTs - 5_000_000])
})

test('I7: a full batch says so, and room is announced when it is on its way', async () => {
  const { store, ingest } = await house(undefined, { batchReadingsMax: 2 })
  ingest.accept(message('q1/d', 't=1@1', 1))
  await turn()
  ingest.accept(message('q1/d', 't=2@2 t=3@3', 1))
  assert.equal(ingest.isFull, true)
  let hasRoom = false
  ingest.onRoom(() => (hasRoom = true))
  await store.release()
  assert.equal(hasRoom, true)
  assert.equal(ingest.isFull, false)
})

test('I7: state counts for how full a batch is, also what comes only when it is sealed', async () => {
  const { store, ingest } = await house(undefined, { batchStateMax: 3 })
  ingest.open().put('session', 'held', Buffer.from('x'))
  await turn()
  const batch = ingest.open()
  batch.put('session', 'a', Buffer.from('x'))
  batch.delete('session', 'b')
  assert.equal(ingest.isFull, false)
  batch.expectState(1)
  assert.equal(ingest.isFull, true)
  await store.release()
  assert.equal(ingest.isFull, false)
})

test('I7: only QoS 0 is shed from a full batch over a failing store, and each is counted', async () => {
  const { store, ingest, delivery } = await house(undefined, { batchReadingsMax: 1 })
  ingest.accept(message('q1/d', 't=1@1', 1))
  await turn()
  await store.fail(new AckstoneError('STORE_UNAVAILABLE', { folder: '/d', cause: 'test' }))
  const kept = ingest.accept(message('q1/d', 't=2@2', 1)).ticket
  for (let i = 0; i < 3; i++) ingest.accept(message('q1/d', 't=9@9', 0))
  const last = ingest.accept(message('q1/d', 't=4@4', 1)).ticket
  store.recover()
  store.letThrough()
  await ingest.stored(last)
  assert.equal(kept, last)
  assert.equal(delivery.figures().shed, 3)
  assert.deepEqual(await store.latest('d'), [{ key: 't', ts: 4, value: 4 }])
})

test('I8: watchers see readings after the commit, not before', async () => {
  const { store, ingest, seen } = await house()
  ingest.accept(message('q1/d', 't=1@1', 1))
  await turn()
  assert.equal(seen.length, 0)
  await store.release()
  assert.deepEqual(
    seen.map((run) => run.ts),
    [[1]],
  )
})

test('participants add state to the very batch and hear when it is stored, after the callbacks', async () => {
  const { store, ingest } = await house()
  const heard: string[] = []
  const session: Participant = {
    seal(batch) {
      heard.push(`seal ${batch.ticket}`)
      batch.put('inbound', 'client/1', Buffer.from('x'))
    },
    stored: (ticket) => heard.push(`stored ${ticket}`),
  }
  const batch = ingest.open()
  batch.join(session)
  batch.join(session)
  batch.afterStored(() => heard.push('callback'))
  await turn()
  assert.deepEqual(heard, ['seal 1'])
  assert.deepEqual(
    store.waiting[0].state.map(({ key }) => key),
    ['client/1'],
  )
  await store.release()
  assert.deepEqual(heard, ['seal 1', 'callback', 'stored 1'])
})

test('the figures tell received, acknowledged, stored and repeated apart', async () => {
  const { store, ingest, delivery } = await house()
  store.letThrough()
  await ingest.stored(ingest.accept(message('q1/d', 't=1@1 h=5@1', 1)).ticket)
  await ingest.stored(ingest.accept({ ...message('q1/d', 't=1@1 h=6@1', 2), dup: true }).ticket)
  ingest.accept(message('q0/d', 't=7@7', 1))
  await ingest.close(1_000)
  const figures = delivery.figures()
  assert.deepEqual(figures.received, { qos0: 0, qos1: 2, qos2: 1 })
  assert.equal(figures.acknowledged, 3)
  assert.equal(figures.readingsStored, 3)
  assert.deepEqual(figures.duplicates, { redelivered: 1, sameValue: 1, overwritten: 1, ignored: 0 })
  assert.deepEqual(delivery.deviceFigures('d')?.received, { qos0: 0, qos1: 2, qos2: 1 })
  assert.equal(delivery.integrationFigures('one')?.acknowledged, 2)
  assert.equal(delivery.integrationFigures('zero')?.acknowledged, 1)
})
