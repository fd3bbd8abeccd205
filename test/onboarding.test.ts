// What a person sees who sets up an integration and connects a device, on a real hub with real MQTT connections:
// listening, the proof, the first steps of a device and what goes wrong on the way.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { connectClient, type Client } from '../src/client/client.ts'
import type { ClientOptions } from '../src/client/options.ts'
import { HubProcess } from './hub.ts'

let folder: string
let hub: HubProcess

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ackstone-onboarding-'))
  hub = await HubProcess.start({ folder })
})

after(async () => {
  await hub.stop()
  await rm(folder, { recursive: true })
})

function connect(options: ClientOptions): Promise<Client> {
  return connectClient({ host: '127.0.0.1', port: hub.mqttPort, ...options })
}

interface Proof {
  ok: boolean
  steps: { step: string; status: string; ms: number | null; sentence: string }[]
}

function prove(draft: object): Promise<Proof> {
  return hub.request('POST', '/integrations/prove', {
    name: 'Plant',
    kind: 'direct',
    ...draft,
  }) as Promise<Proof>
}

test('a draft is proved over the real MQTT port at each QoS, and nothing of it stays', async () => {
  for (const qos of [0, 1, 2] as const) {
    const { ok, steps } = await prove({
      topics: [{ filter: 'plant/{device}/telemetry', qos }],
      converter: { type: 'json' },
    })
    assert.ok(ok, JSON.stringify(steps))
    const expected = ['connect', 'publish', 'store', 'acknowledge', 'readBack', 'cleanUp']
    assert.deepEqual(
      steps.map(({ step, status }) => [step, status]),
      expected.map((step) => [step, step === 'acknowledge' && qos === 0 ? 'skipped' : 'done']),
    )
  }
  const own = await prove({ topics: [{ filter: 'x/#', qos: 1 }], converter: { type: 'sparkplug-b' } })
  assert.ok(own.ok, JSON.stringify(own.steps))
  const { items } = await hub.get<{ items: unknown[] }>('/devices')
  assert.deepEqual(items, [])
  const { items: rejected } = await hub.get<{ items: unknown[] }>('/rejected')
  assert.deepEqual(rejected, [])
  assert.deepEqual(await hub.get('/devices/ackstone-proof/latest'), {})
})

test('a proof can not be taken for a way in', async () => {
  const options = { username: 'ackstone-proof', password: 'guessed', clientId: 'stranger' }
  const stranger = await connect(options)
  await stranger.publish('v1/devices/me/telemetry', '{"v":1}', { qos: 1 })
  await stranger.end()
  // Anonymous connections are let in here: as what the client calls itself, not as the device of the proof.
  assert.deepEqual(await hub.get('/devices/ackstone-proof/latest'), {})
})

interface Listened {
  secondsLeft: number
  listening: { messages: number; samples: { topic: string; conversion: { readings: number } | null }[] }
  facts: { json: number; withTs: number; looked: number }
}

test('who listens sees what nobody takes, with samples and facts', async () => {
  const { id } = (await hub.request('POST', '/listening', {
    topics: [{ filter: 'lab/{device}/data' }],
    converter: { type: 'json' },
  })) as { id: string }
  const device = await connect({ clientId: 'lab-device' })
  await device.publish('lab/d7/data', '{"ts":1764000000000,"values":{"temp":21.5}}', { qos: 1 })
  await device.publish('lab/d7/other', '{}', { qos: 1 })
  await device.publish('lab/d8/data', '{"temp":3}', { qos: 0 })
  await device.publish('lab/d8/end', '', { qos: 1 })
  const { listening, facts } = await hub.get<Listened>(`/listening/${id}`)
  assert.equal(listening.messages, 2)
  assert.deepEqual(
    listening.samples.map(({ topic, conversion }) => [topic, conversion?.readings]),
    [
      ['lab/d7/data', 1],
      ['lab/d8/data', 1],
    ],
  )
  assert.deepEqual([facts.json, facts.withTs], [1, 0.5])
  await hub.request('DELETE', `/listening/${id}`)
  await assert.rejects(hub.get(`/listening/${id}`), /LISTENING_NOT_FOUND/)
  await device.end()
})

interface Steps {
  connected: { clientId: string } | null
  refused: { sentence: string } | null
  published: { topic: string; qos: number } | null
  stored: { readings: number } | null
  acknowledged: { ms: number } | null
  problem: { sentence: string; hint: string } | null
}

test('the first steps of a device: connected, published, stored, acknowledged, and what comes close', async () => {
  const steps = (): Promise<Steps> => hub.get<Steps>('/devices/pump-1/steps')
  assert.deepEqual(Object.values(await steps()), [null, null, null, null, null, null])
  const device = await connect({ clientId: 'pump-1' })
  assert.equal((await steps()).connected?.clientId, 'pump-1')
  await device.publish('nowhere/at/all', '{"v":1}', { qos: 1 })
  assert.match((await steps()).problem!.sentence, /nowhere\/at\/all, a topic that no integration takes/)
  await device.publish('ack/pump-1x', '{"v":1}', { qos: 1 })
  assert.match((await steps()).problem!.sentence, /"pump-1x"/)
  await device.publish('ack/pump-1', 'nonsense', { qos: 1 })
  assert.match((await steps()).problem!.sentence, /could not be read/)
  await device.publish('ack/pump-1', '{"v":1}', { qos: 1 })
  const { published, stored, acknowledged, problem } = await steps()
  assert.deepEqual([published?.topic, published?.qos, stored?.readings], ['ack/pump-1', 1, 1])
  assert.ok(acknowledged!.ms > 0)
  assert.equal(problem, null)
  const later = await hub.get<Steps>(`/devices/pump-1/steps?since=${Date.now() + 60_000}`)
  assert.deepEqual([later.published, later.stored], [null, null])
  await device.end()
})

test('a wrong password is noticed, and what was tried is not told', async () => {
  await hub.request('POST', '/devices/gate/credentials', { kind: 'token' })
  await assert.rejects(connect({ clientId: 'gate', username: 'not-the-token' }))
  const { refused } = await hub.get<Steps>('/devices/gate/steps')
  assert.match(refused!.sentence, /was refused, because the user name, password or token is wrong \(0x86\)/)
  assert.doesNotMatch(JSON.stringify(refused), /not-the-token/)
})

test('addresses and options are told, without secrets', async () => {
  const endpoints = await hub.get<{ mqtt: { host: string; port: number }; ws: { url: string } }>('/endpoints')
  assert.deepEqual(endpoints.mqtt, { host: '127.0.0.1', port: hub.mqttPort })
  assert.equal(endpoints.ws.url, `ws://127.0.0.1:${hub.httpPort}/mqtt`)
  const { options } = await hub.get<{ options: { name: string; value: unknown; source: string }[] }>(
    '/settings',
  )
  const by = new Map(options.map((option) => [option.name, option]))
  assert.equal(by.get('adminToken')?.value, '(hidden)')
  assert.deepEqual([by.get('mqttPort')?.value, by.get('mqttPort')?.source], [0, '--mqtt-port'])
})

test('the demo is begun and ended over the API, and stores at each QoS without credentials of its own', async (t) => {
  const own = await mkdtemp(join(tmpdir(), 'ackstone-demo-'))
  const closed = await HubProcess.start({ folder: own, flags: ['--allow-anonymous', 'false'] })
  t.after(async () => {
    await closed.stop()
    await rm(own, { recursive: true })
  })
  interface Demo {
    running: boolean
    readings: number
    failure: string | null
  }
  assert.deepEqual(await closed.get('/demo'), { running: false, messages: 0, readings: 0, failure: null })
  assert.equal(((await closed.request('POST', '/demo')) as Demo).running, true)
  // The past of each source, which is at each QoS, comes at once.
  const devices = ['earthquakes', 'new-york-daily', 'seattle-fast', 'seattle-weather']
  for (let stored: string[] = []; stored.length < devices.length;) {
    const { items } = await closed.get<{ items: { id: string }[] }>('/devices')
    stored = items.map(({ id }) => id)
    for (const id of stored) assert.ok(devices.includes(id), id)
    assert.equal((await closed.get<Demo>('/demo')).failure, null)
  }
  const ended = (await closed.request('DELETE', '/demo')) as Demo
  assert.equal(ended.running, false)
  assert.ok(ended.readings > 0)
  const { received } = await closed.get<{ received: Record<string, number> }>('/delivery')
  assert.ok(
    Object.values(received).every((messages) => messages > 0),
    JSON.stringify(received),
  )
  await assert.rejects(
    connectClient({ host: '127.0.0.1', port: closed.mqttPort, username: 'ackstone-demo', password: 'x' }),
    { code: 'CONNECT_REFUSED' },
  )
})
