// Commands through a bridge while hub and broker are killed again and again: none that was confirmed is lost, and at
// QoS 2 none comes twice. Mosquitto stays up, since what it has acknowledged may die with it; a hub of ours as the
// other broker is killed as well.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { Store, type MqttClient } from 'mqtt'
import { HubProcess } from '../hub.ts'
import { connectDevice } from '../mqtt-device.ts'
import { freePort, startMosquitto } from '../mosquitto-broker.ts'
import { requireTool, rings } from '../tools.ts'

const rounds = rings() === 'quick' ? 3 : rings() === 'ci' ? 20 : 100
const perRound = 5
/** Not more commands for one device than the hub keeps of it. */
const roundsPerDevice = 20
/** A busy machine is not what is judged, but what never ends says where it stands. */
const patienceMs = 120_000

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

/** Rejects with `what` after the patience of the drill: nothing in it may wait for ever. */
async function within<T>(what: string, promise: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => late.reject(new Error(`${what} takes more than ${patienceMs} ms`)),
    patienceMs,
  )
  try {
    return await Promise.race([promise, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** Devices behind one connection, which keeps what it must and takes each command down. */
class Devices {
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
    const options = { ...lasting, clientId: 'drill', incomingStore: this.#incoming }
    const connecting = connectDevice(this.#port, options, (payload) => {
      this.got.push((JSON.parse(payload.toString()) as { command: string }).command)
    })
    const client = await within('connecting the devices', connecting)
    this.#client = client
    const subscribed = client.subscribeAsync('ack/+/down', { qos: this.#qos })
    await within('subscribing the devices', subscribed)
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
  const devices = new Devices(upstream.port, qos)
  t.after(() => devices.cut())
  await devices.connect()
  const confirmed: string[] = []
  for (let round = 0; round < rounds; round++) {
    const path = `/devices/${deviceOf(round)}/commands`
    const before = confirmed.length
    const some = Promise.withResolvers<void>()
    const sends = Array.from({ length: perRound }, async (_, i) => {
      const command = `${round}-${i}`
      await hub.request('POST', path, { command, qos, integration: 'plant' })
      confirmed.push(command)
      if (confirmed.length > before + (round % perRound)) some.resolve()
    })
    await within(`round ${round}: sending commands`, Promise.race([some.promise, Promise.all(sends)]))
    // The kill falls between the steps of some of them, in each round elsewhere.
    await new Promise((resolve) => setTimeout(resolve, (round * 7) % 40))
    const isBrokersTurn = upstream.killed !== undefined && round % 2 === 1
    if (isBrokersTurn) {
      devices.cut()
      await upstream.killed!()
      await devices.connect()
    } else await hub.kill()
    await within(`round ${round}: the answers to the rest`, Promise.allSettled(sends))
    if (!isBrokersTurn) hub = await start()
  }
  await allDelivered(hub, devices, confirmed)
  devices.cut()
  const { got } = devices
  const twice = got.length - new Set(got).size
  t.diagnostic(`${rounds} rounds, ${confirmed.length} confirmed, ${got.length} came, ${twice} of them twice`)
  assert.ok(confirmed.length >= rounds, 'without commands nothing is proven')
  const missing = confirmed.filter((command) => !got.includes(command))
  assert.deepEqual(missing, [], 'none that was confirmed is lost')
  if (qos === 2) assert.equal(twice, 0, 'no command came twice')
}

function deviceOf(round: number): string {
  return `drill-${Math.floor(round / roundsPerDevice)}`
}

/** Until the hub says of each command that the other broker has it, and the devices have all that were confirmed. */
async function allDelivered(hub: HubProcess, devices: Devices, confirmed: readonly string[]): Promise<void> {
  for (const deadline = performance.now() + patienceMs; ;) {
    const kept: Kept[] = []
    for (let round = 0; round < rounds; round += roundsPerDevice) {
      const path = `/devices/${deviceOf(round)}/commands?limit=1000`
      kept.push(...(await within(`GET ${path}`, hub.get<{ items: Kept[] }>(path))).items)
    }
    const open = kept.filter(({ state }) => state === 'queued' || state === 'sent')
    assert.deepEqual(
      kept.filter((each) => each.state !== 'delivered' && !open.includes(each)),
      [],
    )
    const missing = confirmed.filter((command) => !devices.got.includes(command))
    if (open.length === 0 && missing.length === 0) return
    if (performance.now() > deadline) {
      const health = JSON.stringify(await hub.get('/integrations/plant/health'))
      const facts = `open: ${JSON.stringify(open)}, not come: ${missing.join(', ')}, the bridge: ${health}`
      assert.fail(`not all are delivered; ${facts}\n${hub.printed}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
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
