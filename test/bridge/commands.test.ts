// Commands through a bridge, at a real Mosquitto: published there, acknowledged, answered, kept while it is away.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt'
import { HubProcess } from '../hub.ts'
import { startMosquitto } from '../mosquitto-broker.ts'
import { requireTool } from '../tools.ts'

interface Shown {
  id: string
  state: string
  reason: string | null
  request: number
  topic: string
  integration: string | null
  throughBridge: boolean
  answer: string | null
}

interface House {
  hub: HubProcess
  draft: object
  connect(clientId: string, options?: IClientOptions): Promise<MqttClient>
  send(device: string, body: object): Promise<Shown>
  until(device: string, id: string, state: string): Promise<Shown>
}

async function open(t: TestContext, downlink?: object): Promise<House | undefined> {
  const mosquitto = requireTool(t, 'mosquitto')
  if (mosquitto === undefined) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'ackstone-down-'))
  const broker = await startMosquitto(mosquitto)
  const hub = await HubProcess.start({ folder })
  t.after(async () => {
    await hub.stop()
    await broker.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  const draft = {
    ...{ name: 'Plant', kind: 'bridge', topics: [{ filter: 'plant/{device}/t', qos: 1 }] },
    ...{ converter: { type: 'json' }, connection: { url: `mqtt://127.0.0.1:${broker.port}` }, downlink },
  }
  await hub.request('POST', '/integrations', draft)
  const send = (device: string, body: object) =>
    hub.request('POST', `/devices/${device}/commands`, body) as Promise<Shown>
  const until = async (device: string, id: string, state: string): Promise<Shown> => {
    for (let tries = 0; ; tries++) {
      const command = await hub.get<Shown>(`/devices/${device}/commands/${id}`)
      if (command.state === state) return command
      assert.ok(tries < 1_500, `${id} becomes ${state}, and is ${command.state}: ${command.reason}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  const connect = (clientId: string, options: IClientOptions = {}) =>
    connectAsync(`mqtt://127.0.0.1:${broker.port}`, { clientId, reconnectPeriod: 0, ...options })
  return { hub, draft, connect, send, until }
}

/** Publishes until the hub has it, so that the bridge is the way to the device. */
async function heard({ hub }: House, client: MqttClient, device: string): Promise<void> {
  for (;;) {
    await client.publishAsync(`plant/${device}/t`, '{"v":1}', { qos: 1 })
    const { items } = await hub.get<{ items: unknown[] }>(`/devices?search=${device}`)
    if (items.length > 0) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

for (const qos of [0, 1, 2] as const) {
  test(`QoS ${qos}: a device that was heard through a bridge gets its command there`, async (t) => {
    const house = await open(t)
    if (house === undefined) return
    const device = await house.connect('pump')
    const got = new Promise<[string, string]>((resolve) => {
      device.once('message', (topic, payload) => resolve([topic, payload.toString()]))
    })
    await device.subscribeAsync('ack/pump/down', { qos })
    await heard(house, device, 'pump')
    const { id, request, throughBridge, integration } = await house.send('pump', { command: 'open', qos })
    assert.deepEqual([throughBridge, integration], [true, 'plant'])
    const { reason } = await house.until('pump', id, qos === 0 ? 'sent' : 'delivered')
    if (qos > 0) assert.match(reason!, /^The broker that the integration is attached to has it\./)
    assert.deepEqual(await got, ['ack/pump/down', `{"id":${request},"command":"open"}`])
    await device.endAsync()
  })
}

test('the setting of the integration writes the command, and its answer comes back', async (t) => {
  const house = await open(t, {
    form: 'template',
    topic: 'plant/{device}/set',
    template: '{"do":"{{command}}","to":{{params.level}},"nr":{{request}}}',
    qos: 2,
    responseTopic: 'plant/{device}/done/{request}',
  })
  if (house === undefined) return
  const device = await house.connect('valve')
  const got: string[] = []
  device.on('message', (_topic, payload) => {
    got.push(payload.toString())
    const { nr } = JSON.parse(payload.toString()) as { nr: number }
    device.publish(`plant/valve/done/${nr}`, 'done', { qos: 1 })
  })
  await device.subscribeAsync('plant/valve/set', { qos: 2 })
  await heard(house, device, 'valve')
  const { id, request } = await house.send('valve', { command: 'op"en', params: { level: 'hi"gh' } })
  assert.equal((await house.until('valve', id, 'answered')).answer, 'done')
  assert.deepEqual(got, [`{"do":"op\\"en","to":"hi\\"gh","nr":${request}}`])
  await assert.rejects(house.send('valve', { command: 'x' }), /COMMAND_INVALID.*needs params\.level/s)
  await device.endAsync()
})

test('a 5.0 device answers where the message says, with its correlation data', async (t) => {
  const house = await open(t, { form: 'ackstone', responseTopic: 'plant/answers' })
  if (house === undefined) return
  const device = await house.connect('five', { protocolVersion: 5 })
  const asked: { topic: string; data: Buffer }[] = []
  const both = new Promise<void>((resolve) => {
    device.on('message', (_topic, _payload, { properties }) => {
      asked.push({ topic: properties!.responseTopic!, data: properties!.correlationData! })
      if (asked.length === 2) resolve()
    })
  })
  await device.subscribeAsync('ack/five/down', { qos: 1 })
  await heard(house, device, 'five')
  const first = await house.send('five', { command: 'a' })
  const second = await house.send('five', { command: 'b' })
  await both
  for (const { topic, data } of asked.toReversed()) {
    await device.publishAsync(topic, `to ${data.toString()}`, {
      ...{ qos: 1, properties: { correlationData: data } },
    })
  }
  for (const { id } of [first, second]) {
    assert.equal((await house.until('five', id, 'answered')).answer, `to ${id}`)
  }
  await device.endAsync()
})

test('a paused bridge leaves the command queued and says so; then it goes', async (t) => {
  const house = await open(t)
  if (house === undefined) return
  const { hub, draft } = house
  const device = await house.connect('late')
  await device.subscribeAsync('ack/late/down', { qos: 1 })
  await heard(house, device, 'late')
  const put = (enabled: boolean) => hub.request('PUT', '/integrations/plant', { ...draft, enabled })
  await put(false)
  const { id, state, reason } = await house.send('late', { command: 'wait' })
  assert.equal(state, 'queued')
  assert.match(reason!, /switched off/)
  const brief = await house.send('late', { command: 'brief', expiresInSeconds: 1 })
  assert.match((await house.until('late', brief.id, 'expired')).reason!, /switched off/)
  await put(true)
  await house.until('late', id, 'delivered')
  await hub.request('DELETE', '/integrations/plant')
  await assert.rejects(house.send('late', { command: 'x', integration: 'plant' }), /no integration/)
  await device.endAsync()
})
