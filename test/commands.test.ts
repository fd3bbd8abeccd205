// Commands on a real hub with clients of another make: delivered, kept for who is away, answered, expired, and none of
// them lost or doubled when the hub is killed.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { connectAsync, Store, type IClientOptions, type MqttClient } from 'mqtt'
import { HubProcess } from './hub.ts'
import { connectDevice } from './mqtt-device.ts'

const token = 'the-administrator-of-the-commands'
const folder = mkdtempSync(join(tmpdir(), 'ackstone-commands-'))
const env = { ACKSTONE_ADMIN_TOKEN: token }
let hub: HubProcess

before(async () => {
  hub = await HubProcess.start({ folder: join(folder, 'data'), env })
})
after(async () => {
  await hub.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** A start of the hub takes its time: the long form kills it more often. */
const rounds = process.env.ACKSTONE_RINGS === undefined ? 3 : 20

interface Shown {
  id: string
  state: string
  request: number
  answer: string | null
  code?: string
}

async function call(method: string, path: string, body?: object): Promise<Shown & { items: Shown[] }> {
  const answer = await fetch(`http://127.0.0.1:${hub.httpPort}/api/v1/devices/${path}`, {
    method,
    headers: { 'authorization': `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  return (await answer.json()) as Shown & { items: Shown[] }
}

async function until(device: string, id: string, state: string): Promise<Shown> {
  for (let tries = 0; ; tries++) {
    assert.ok(tries < 1_500, `${id} becomes ${state}`)
    const command = await call('GET', `${device}/commands/${id}`)
    if (command.state === state) return command
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

function connect(clientId: string, options: IClientOptions = {}): Promise<MqttClient> {
  return connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`, { clientId, reconnectPeriod: 0, ...options })
}

/** Payloads as they come. */
function payloads(client: MqttClient): string[] {
  const got: string[] = []
  client.on('message', (_topic, payload) => got.push(payload.toString()))
  return got
}

for (const qos of [1, 2] as const) {
  test(`QoS ${qos}: a command is delivered, and says so when the device has acknowledged it`, async () => {
    const device = await connect(`q${qos}`)
    const got = payloads(device)
    await device.subscribeAsync(`ack/q${qos}/down`, { qos })
    const { id, state, request } = await call('POST', `q${qos}/commands`, {
      command: 'open',
      params: { valve: 3 },
      qos,
    })
    assert.equal(state, 'sent')
    await until(`q${qos}`, id, 'delivered')
    assert.deepEqual(
      got.map((text) => JSON.parse(text)),
      [{ id: request, command: 'open', params: { valve: 3 } }],
    )
    await device.endAsync()
  })
}

test('a device that is away gets its command when it is back, an expired one never', async () => {
  const late = await call('POST', 'away/commands', { command: 'late', expiresInSeconds: 1 })
  const kept = await call('POST', 'away/commands', { command: 'kept' })
  assert.deepEqual([late.state, kept.state], ['queued', 'queued'])
  await until('away', late.id, 'expired')
  const device = await connect('away')
  const got = payloads(device)
  await device.subscribeAsync('ack/away/down', { qos: 1 })
  await until('away', kept.id, 'delivered')
  assert.deepEqual(
    got.map((text) => JSON.parse(text).command),
    ['kept'],
  )
  await device.endAsync()
})

test('a request of ThingsBoard goes to its device alone, and is answered', async () => {
  const [device, other] = await Promise.all([connect('rpc1'), connect('rpc2')])
  const notMeant = payloads(other)
  for (const client of [device, other]) await client.subscribeAsync('v1/devices/me/rpc/request/+', { qos: 1 })
  device.on('message', (topic, payload) => {
    const { method, params } = JSON.parse(payload.toString()) as { method: string; params: unknown }
    device.publish(topic.replace('request', 'response'), JSON.stringify({ method, params, ok: true }), {
      qos: 1,
    })
  })
  const { id } = await call('POST', 'rpc1/commands', { command: 'ping', params: 5, form: 'thingsboard-rpc' })
  const { answer } = await until('rpc1', id, 'answered')
  assert.deepEqual(JSON.parse(answer!), { method: 'ping', params: 5, ok: true })
  assert.deepEqual(notMeant, [])
  await Promise.all([device.endAsync(), other.endAsync()])
})

test('a 5.0 device finds where to answer in the response topic', async () => {
  const device = await connect('five', { protocolVersion: 5 })
  device.on('message', (_topic, _payload, { properties }) => {
    device.publish(properties!.responseTopic!, 'done', { qos: 1 })
  })
  await device.subscribeAsync('ack/five/down', { qos: 1 })
  const { id } = await call('POST', 'five/commands', { command: 'go', form: 'assetwolf' })
  assert.equal((await until('five', id, 'answered')).answer, 'done')
  await device.endAsync()
})

test('a queued command can be called off, another can’t; what is wrong is named', async () => {
  const { id } = await call('POST', 'nobody/commands', { command: 'a' })
  assert.equal((await call('DELETE', `nobody/commands/${id}`)).state, 'cancelled')
  assert.equal((await call('DELETE', `nobody/commands/${id}`)).code, 'COMMAND_UNDER_WAY')
  assert.equal((await call('GET', 'nobody/commands/xyz')).code, 'COMMAND_NOT_FOUND')
  assert.equal((await call('POST', 'nobody/commands', { command: 'a', form: 'raw' })).code, 'COMMAND_INVALID')
  assert.equal(
    (await call('POST', 'nobody/commands', { command: 'a', topic: 'x/#' })).code,
    'COMMAND_INVALID',
  )
  assert.deepEqual(
    (await call('GET', 'nobody/commands')).items.map((each) => each.id),
    [id],
  )
})

test('I7: a device has a limited number of commands that wait', async () => {
  for (let i = 0; i < 100; i++) await call('POST', 'full/commands', { command: String(i) })
  assert.equal((await call('POST', 'full/commands', { command: 'x' })).code, 'COMMAND_LIMIT')
})

test('QoS 2: commands are neither lost nor doubled when the hub is killed again and again', async () => {
  const got: string[] = []
  const ids: string[] = []
  // What the device has received and not yet been told to go on with outlives its connections.
  const incomingStore = new Store({ clean: false })
  const properties = { sessionExpiryInterval: 3600 }
  const lasting = { clientId: 'drill', clean: false, protocolVersion: 5, properties, incomingStore } as const
  const take = (payload: Buffer) => got.push(JSON.parse(payload.toString()).command as string)
  for (let round = 0; round < rounds; round++) {
    const device = await connectDevice(hub.mqttPort, lasting, take)
    if (round === 0) await device.subscribeAsync('ack/drill/down', { qos: 2 })
    const before = ids.length
    const some = Promise.withResolvers<void>()
    const sends = Array.from({ length: 5 }, async (_, i) => {
      const made = await call('POST', 'drill/commands', { command: `${round}-${i}`, qos: 2 })
      ids.push(made.id)
      if (ids.length > before + (round % 5)) some.resolve()
    })
    await Promise.race([some.promise, Promise.all(sends)])
    // The kill falls between the steps of some of them, in each round elsewhere.
    await new Promise((resolve) => setTimeout(resolve, (round * 3) % 17))
    await hub.kill()
    await Promise.allSettled(sends)
    device.end(true)
    hub = await HubProcess.start({ folder: join(folder, 'data'), env })
  }
  const device = await connectDevice(hub.mqttPort, lasting, take)
  // Also those whose sender was not told are kept, and come.
  const { items } = await call('GET', 'drill/commands?limit=200')
  for (const { id, state } of items) {
    assert.ok(['queued', 'sent', 'delivered'].includes(state), state)
    await until('drill', id, 'delivered')
  }
  assert.equal(new Set(got).size, got.length, 'no command came twice')
  assert.ok(ids.length >= rounds, 'without commands nothing is proven')
  assert.ok(got.length >= ids.length, 'none that was confirmed is lost')
  await device.endAsync()
})
