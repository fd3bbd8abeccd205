import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Qos } from '../model/message.ts'
import { ScratchConversation } from '../converters/scratch-conversation.ts'
import { endpointsOf } from './direct.ts'
import type { IntegrationRecord } from './integration.ts'
import { TopicRouter } from './router.ts'

const alone = new ScratchConversation()

function record(id: string, topics: { filter: string; qos: Qos }[]): IntegrationRecord {
  return {
    id,
    name: id,
    kind: 'direct',
    topics,
    converter: { type: 'json' },
    duplicates: 'overwrite',
    isEnabled: true,
    isManaged: false,
    createdAt: '',
    updatedAt: '',
  }
}

function routed(router: TopicRouter, topic: string): unknown[] {
  return router
    .route(topic)
    .targets.map(({ integration, qos, captures }) => [integration, qos, captures.device, captures.key])
}

test('a topic goes to each integration once, with the highest QoS selected for it', () => {
  const router = new TopicRouter()
  const plant = record('plant', [
    { filter: 'plant/#', qos: 0 },
    { filter: 'plant/{device}/telemetry', qos: 2 },
  ])
  router.replace('plant', endpointsOf(plant, alone))
  router.replace('all', endpointsOf(record('all', [{ filter: '#', qos: 1 }]), alone))
  assert.deepEqual(routed(router, 'plant/d1/telemetry').toSorted(), [
    ['all', 1, undefined, undefined],
    ['plant', 2, 'd1', undefined],
  ])
  assert.deepEqual(routed(router, 'plant/d1/other').toSorted(), [
    ['all', 1, undefined, undefined],
    ['plant', 0, undefined, undefined],
  ])
})

test('named levels give device and key', () => {
  const router = new TopicRouter()
  router.replace('a', endpointsOf(record('a', [{ filter: 'ack/{device}/{key}', qos: 1 }]), alone))
  assert.deepEqual(routed(router, 'ack/d1/temp'), [['a', 1, 'd1', 'temp']])
})

test('a remembered route follows a change of the integrations', () => {
  const router = new TopicRouter()
  router.replace('a', endpointsOf(record('a', [{ filter: 'x/+', qos: 0 }]), alone))
  assert.deepEqual(routed(router, 'x/y'), [['a', 0, undefined, undefined]])
  router.replace('a', endpointsOf(record('a', [{ filter: 'x/{device}', qos: 1 }]), alone))
  assert.deepEqual(routed(router, 'x/y'), [['a', 1, 'y', undefined]])
  router.replace('a', [])
  assert.deepEqual(routed(router, 'x/y'), [])
})
