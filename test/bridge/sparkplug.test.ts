// Sparkplug B through somebody else's broker: a hub that is attached to a Mosquitto reads births, aliases and deaths of
// edge nodes there, and what it asks of a node goes out through the same bridge.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectAsync, type MqttClient } from 'mqtt'
import { HubProcess } from '../hub.ts'
import { startMosquitto } from '../mosquitto-broker.ts'
import { deviceBirth, isRebirthRequest, nodeBirth, payload, session, valuesOf } from '../sparkplug-node.ts'
import { requireTool } from '../tools.ts'

const patienceMs = 60_000

/** An edge node with one device, which counts how often it is asked for its births. */
class EdgeNode {
  readonly name: string
  readonly #client: MqttClient
  asked = 0

  private constructor(name: string, client: MqttClient) {
    this.name = name
    this.#client = client
    client.on('error', () => undefined)
    client.on('message', (_, command) => {
      if (isRebirthRequest(command)) this.asked++
    })
  }

  static async connect(t: TestContext, port: number, name: string): Promise<EdgeNode> {
    const will = {
      topic: `spBv1.0/plant/NDEATH/${name}`,
      payload: payload(undefined, session),
      qos: 1 as const,
    }
    const client = await connectAsync(`mqtt://127.0.0.1:${port}`, {
      ...{ clientId: name, reconnectPeriod: 0, will: { ...will, retain: false } },
    })
    t.after(() => client.endAsync(true))
    const node = new EdgeNode(name, client)
    await client.subscribeAsync(`spBv1.0/plant/NCMD/${name}`, { qos: 1 })
    return node
  }

  /** At QoS 1, so that nothing of it is missed while the hub is away. */
  async say(type: string, what: Buffer, device = ''): Promise<void> {
    await this.#client.publishAsync(`spBv1.0/plant/${type}/${this.name}${device}`, what, { qos: 1 })
  }

  async bear(): Promise<void> {
    await this.say('NBIRTH', nodeBirth())
    await this.say('DBIRTH', deviceBirth(), '/pump')
  }

  count(seq: number, value: number): Promise<void> {
    return this.say('DDATA', payload(seq, { alias: 2, int_value: value }), '/pump')
  }

  /** The cable is pulled: its broker publishes the death. */
  vanish(): void {
    this.#client.stream.destroy()
  }
}

async function until(what: string, isTrue: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = performance.now() + patienceMs
  while (!(await isTrue())) {
    assert.ok(performance.now() < deadline, `never: ${what}`)
    await sleep(20)
  }
}

async function has(hub: HubProcess, device: string, expected: Record<string, unknown>): Promise<void> {
  let values: Record<string, unknown> = {}
  const isThere = async (): Promise<boolean> => {
    values = await valuesOf(hub, device).catch(() => ({}))
    return Object.entries(expected).every(([key, value]) => values[key] === value)
  }
  await until(`${device} has ${JSON.stringify(expected)}`, isThere).catch((error: unknown) => {
    throw new Error(`${device} has ${JSON.stringify(values)}`, { cause: error })
  })
}

test('I1: births, aliases and deaths come through a bridge, and a rebirth is asked for through it', async (t) => {
  const path = requireTool(t, 'mosquitto')
  if (path === undefined) return
  const broker = await startMosquitto(path)
  t.after(() => broker.stop())
  const folder = mkdtempSync(join(tmpdir(), 'ackstone-bridge-sparkplug-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const first = await HubProcess.start({ folder, readyMsMax: patienceMs })
  t.after(() => first.kill())
  await first.request('POST', '/integrations', {
    ...{ name: 'Edge', kind: 'bridge', converter: { type: 'sparkplug-b' } },
    topics: [{ filter: 'spBv1.0/#', qos: 1 }],
    connection: { url: `mqtt://127.0.0.1:${broker.port}` },
  })
  await until('the bridge is subscribed', async () => {
    const { topics } = await first.get<{ topics: { granted: number | null }[] }>('/integrations/edge/health')
    return topics[0]?.granted === 1
  })

  const node = await EdgeNode.connect(t, broker.port, 'edge')
  await node.bear()
  await has(first, 'plant/edge', { online: true, volts: 12.5 })
  await node.count(2, 8)
  await has(first, 'plant/edge/pump', { online: true, count: 8 })
  assert.equal(node.asked, 0, 'whose births are there and whose sequence has no gap is not asked')
  await node.count(5, 9)
  await until('a gap in the sequence makes the hub ask', () => node.asked === 1)
  await has(first, 'plant/edge/pump', { count: 9 })

  const late = await EdgeNode.connect(t, broker.port, 'late')
  await late.count(7, 1)
  await until('data before its birth makes the hub ask', () => late.asked === 1)
  await late.bear()
  await has(first, 'plant/late/pump', { online: true, count: 7 })

  await first.kill()
  await node.bear()
  await node.count(2, 10)
  await late.count(2, 11)
  await node.say('DDEATH', payload(3), '/pump')
  const second = await HubProcess.start({ folder, readyMsMax: patienceMs })
  t.after(() => second.stop())
  await has(second, 'plant/edge/pump', { online: false, count: 10 })
  await has(second, 'plant/late/pump', { online: true, count: 11 })
  await has(second, 'plant/edge', { online: true })
  late.vanish()
  await has(second, 'plant/late', { online: false })
  await has(second, 'plant/late/pump', { online: false })
  await has(second, 'plant/edge', { online: true })
  const { items } = await second.get<{ items: { code: string; topic: string }[] }>('/rejected')
  assert.deepEqual(
    items.map(({ code, topic }) => `${code} ${topic}`),
    ['alias_unknown spBv1.0/plant/DDATA/late/pump'],
  )
})
