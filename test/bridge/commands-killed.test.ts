// Commands through a bridge while hub and broker are killed again and again: none that was confirmed is lost, and at
// QoS 2 none comes twice. Mosquitto stays up, since what it has acknowledged may die with it; a hub of ours as the
// other broker is killed as well.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { connectAsync, Store, type MqttClient } from 'mqtt'
import { HubProcess } from '../hub.ts'
import { freePort, startMosquitto } from '../mosquitto-broker.ts'
import { requireTool, rings } from '../tools.ts'

const rounds = rings() === 'quick' ? 3 : 20
/** Not more in all than the hub keeps of one device. */
const perRound = 5

/** A broker that a device and the hub under test are attached to. */
interface Upstream {
  port: number
  /** Kills it and starts it again; undefined: it stays up. */
  killed: (() => Promise<void>) | undefined
}

interface Kept {
  id: string
  state: string
  reason: string | null
}

/** A device that keeps what it must over its connections, and takes each command down. */
class Device {
  readonly got: string[] = []
  readonly #port: number
  readonly #qos: 1 | 2
  /** What it has received and was not yet told to go on with. */
  readonly #incoming = new Store({ clean: false })
  #client: MqttClient | undefined

  constructor(port: number, qos: 1 | 2) {
    this.#port = port
    this.#qos = qos
  }

  async connect(): Promise<void> {
    const lasting = { clean: false, protocolVersion: 5, properties: { sessionExpiryInterval: 3600 } } as const
    const own = { clientId: 'drill', reconnectPeriod: 0, incomingStore: this.#incoming }
    this.#client = await connectAsync(`mqtt://127.0.0.1:${this.#port}`, { ...lasting, ...own })
    this.#client.on('error', () => undefined)
    this.#client.on('message', (_topic, payload) => {
      this.got.push((JSON.parse(payload.toString()) as { command: string }).command)
    })
    await this.#client.subscribeAsync('ack/drill/down', { qos: this.#qos })
  }

  cut(): void {
    this.#client?.end(true)
  }
}

async function drill(t: TestContext, qos: 1 | 2, upstream: Upstream): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'ackstone-down-drill-'))
  const start = () => HubProcess.start({ folder })
  let hub = await start()
  t.after(async () => {
    await hub.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  await hub.request('POST', '/integrations', {
    ...{
      name: 'Plant',
      kind: 'bridge',
      topics: [{ filter: 'plant/{device}/t' }],
      converter: { type: 'json' },
    },
    connection: { url: `mqtt://127.0.0.1:${upstream.port}`, clientId: 'hub' },
  })
  const device = new Device(upstream.port, qos)
  await device.connect()
  const confirmed: string[] = []
  for (let round = 0; round < rounds; round++) {
    const before = confirmed.length
    const some = Promise.withResolvers<void>()
    const sends = Array.from({ length: perRound }, async (_, i) => {
      const command = `${round}-${i}`
      await hub.request('POST', '/devices/drill/commands', { command, qos, integration: 'plant' })
      confirmed.push(command)
      if (confirmed.length > before + (round % perRound)) some.resolve()
    })
    await Promise.race([some.promise, Promise.all(sends)])
    // The kill falls between the steps of some of them, in each round elsewhere.
    await new Promise((resolve) => setTimeout(resolve, (round * 7) % 40))
    const isBrokersTurn = upstream.killed !== undefined && round % 2 === 1
    if (isBrokersTurn) {
      device.cut()
      await upstream.killed!()
      await device.connect()
    } else await hub.kill()
    await Promise.allSettled(sends)
    if (!isBrokersTurn) hub = await start()
  }
  const open = new Set(['queued', 'sent'])
  for (let tries = 0; ; tries++) {
    const { items } = await hub.get<{ items: Kept[] }>('/devices/drill/commands?limit=1000')
    const failed = items.filter(({ state }) => !open.has(state) && state !== 'delivered')
    assert.deepEqual(failed, [])
    const isAllThere = confirmed.every((command) => device.got.includes(command))
    if (items.every(({ state }) => state === 'delivered') && isAllThere) break
    assert.ok(
      tries < 1_000,
      `all are delivered: ${JSON.stringify(items.filter(({ state }) => open.has(state)))}`,
    )
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
  device.cut()
  t.diagnostic(`${rounds} rounds, ${confirmed.length} confirmed, ${device.got.length} came`)
  assert.ok(confirmed.length >= rounds, 'without commands nothing is proven')
  const missing = confirmed.filter((command) => !device.got.includes(command))
  assert.deepEqual(missing, [], 'none that was confirmed is lost')
  if (qos === 2) assert.equal(new Set(device.got).size, device.got.length, 'no command came twice')
}

for (const qos of [1, 2] as const) {
  test(`QoS ${qos}: commands through a bridge to Mosquitto, and the hub is killed again and again`, async (t) => {
    const mosquitto = requireTool(t, 'mosquitto')
    if (mosquitto === undefined) return
    const broker = await startMosquitto(mosquitto)
    t.after(() => broker.stop())
    await drill(t, qos, { port: broker.port, killed: undefined })
  })
}

test('QoS 2: commands through a bridge to another hub, and both are killed in turn', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ackstone-down-upstream-'))
  const port = await freePort()
  const start = () => HubProcess.start({ folder, flags: ['--mqtt-port', String(port)] })
  let other = await start()
  t.after(async () => {
    await other.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  const killed = async (): Promise<void> => {
    await other.kill()
    other = await start()
  }
  await drill(t, 2, { port, killed })
})
