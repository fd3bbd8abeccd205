import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Delivery } from '../delivery/delivery.ts'
import { AckstoneError, type ErrorCode } from '../errors.ts'
import { createIngest } from '../ingest/ingest.ts'
import { ingestLimitsDefault } from '../ingest/limits.ts'
import { systemClock } from '../lib/clock.ts'
import { silentLog } from '../lib/log.ts'
import { createMemoryStore } from '../storage/memory.ts'
import type { Store } from '../storage/store.ts'
import { Conversations } from './conversations.ts'
import type { IntegrationDraft, IntegrationRecord } from './integration.ts'
import { Integrations } from './integrations.ts'
import { TopicRouter } from './router.ts'

async function open(store: Store, declared: IntegrationDraft[] = []) {
  const router = new TopicRouter()
  const ingest = await createIngest({
    store,
    router,
    delivery: new Delivery(systemClock),
    clock: systemClock,
    log: silentLog,
    limits: ingestLimitsDefault,
    onStored: () => undefined,
    onFatal: (error) => {
      throw error
    },
  })
  const parts = { store, ingest, clock: systemClock, log: silentLog }
  const conversations = await Conversations.load({ ...parts, publish: () => undefined })
  const applied: IntegrationRecord[] = []
  const bridges = { apply: (record: IntegrationRecord) => void applied.push(record), remove: () => undefined }
  const integrations = await Integrations.load({ ...parts, router, conversations, bridges, declared })
  return { router, integrations, applied }
}

function draft(name: string, filter = 'plant/{device}/telemetry'): IntegrationDraft {
  return { name, kind: 'direct', topics: [{ filter }], converter: { type: 'json' } }
}

function fails(code: ErrorCode, ...pointers: string[]) {
  return (error: unknown) => {
    assert.ok(error instanceof AckstoneError)
    assert.equal(error.code, code)
    assert.deepEqual(
      error.fields.map(({ pointer }) => pointer),
      pointers,
    )
    return true
  }
}

test('an integration starts at QoS 0, is routed once stored, and is there after a restart', async () => {
  const store = createMemoryStore()
  const { integrations, router } = await open(store)
  const created = await integrations.create(draft('Plant A'))
  assert.equal(created.id, 'plant-a')
  assert.deepEqual(created.topics, [{ filter: 'plant/{device}/telemetry', qos: 0 }])
  assert.equal(created.duplicates, 'overwrite')
  assert.equal(router.route('plant/d/telemetry').targets[0].qos, 0)
  const again = await open(store)
  assert.deepEqual(again.integrations.get('plant-a'), created)
  assert.equal(again.router.route('plant/d/telemetry').targets.length, 1)
})

test('the Device API is always there, honours every QoS and can’t be changed', async () => {
  const { integrations, router } = await open(createMemoryStore())
  assert.equal(integrations.list()[0].id, 'device-api')
  for (const topic of ['v1/devices/me/telemetry', 'v2/t', 'v1/gateway/telemetry', 'ack/d', 'ack/d/k']) {
    assert.equal(router.route(topic).targets[0].qos, 2, topic)
  }
  await assert.rejects(integrations.remove('device-api'), fails('INTEGRATION_MANAGED'))
  await assert.rejects(integrations.replace('device-api', draft('x')), fails('INTEGRATION_MANAGED'))
})

test('every fault of a draft is named with its member', async () => {
  const { integrations } = await open(createMemoryStore())
  const bad: IntegrationDraft = {
    name: ' ',
    kind: 'direct',
    topics: [{ filter: 'a/#/b' }, { filter: 'a/{x}' }, { filter: 'a/+' }],
    converter: { type: 'jsno' },
  }
  await assert.rejects(
    integrations.create(bad),
    fails('INTEGRATION_INVALID', '/name', '/topics/0/filter', '/topics/2/filter', '/converter/type'),
  )
  assert.throws(
    () => integrations.preview(bad),
    fails('INTEGRATION_INVALID', '/name', '/topics/0/filter', '/topics/2/filter', '/converter/type'),
  )
})

test('two drafts of one name at the same time: one is taken', async () => {
  const { integrations } = await open(createMemoryStore())
  const [first, second] = await Promise.allSettled([
    integrations.create(draft('A')),
    integrations.create(draft('A')),
  ])
  assert.equal(first.status, 'fulfilled')
  assert.equal(second.status, 'rejected')
  assert.ok(fails('INTEGRATION_NAME_TAKEN')(second.status === 'rejected' && second.reason))
})

test('a changed integration routes by its new topics, a removed one not at all', async () => {
  const store = createMemoryStore()
  const { integrations, router } = await open(store)
  const { id } = await integrations.create(draft('A', 'a/+'))
  const changed = await integrations.replace(id, { ...draft('A', 'b/+'), isEnabled: true })
  assert.equal(changed.id, id)
  assert.equal(router.route('a/x').targets.length, 0)
  assert.equal(router.route('b/x').targets.length, 1)
  await integrations.replace(id, { ...draft('A', 'b/+'), isEnabled: false })
  assert.equal(router.route('b/x').targets.length, 0)
  await integrations.remove(id)
  await assert.rejects(integrations.remove(id), fails('INTEGRATION_NOT_FOUND'))
  assert.equal((await open(store)).integrations.list().length, 1)
})

test('declared integrations are taken anew at each start and are managed', async () => {
  const store = createMemoryStore()
  const { integrations } = await open(store, [draft('From the file')])
  assert.equal(integrations.get('from-the-file')?.isManaged, true)
  assert.equal((await open(store)).integrations.get('from-the-file'), undefined)
})
