// The drill downstream: a hub that is killed and a subscriber that is cut off, both at random, with MQTT.js at both
// ends. What the publisher was acknowledged arrives: at QoS 1 at least once, at QoS 2 exactly once.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import mqtt, { type MqttClient } from 'mqtt'
import { HubProcess } from '../hub.ts'
import { rings } from '../tools.ts'
import { seededRandom } from './random.ts'

const rounds = rings() === 'quick' ? 3 : 30
const inFlightMax = 20
const settleMsMax = 60_000

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

function connect(port: number, clientId: string): MqttClient {
  const client = mqtt.connect({
    port,
    host: '127.0.0.1',
    protocolVersion: 5,
    clientId,
    clean: false,
    reconnectPeriod: 20,
    properties: { sessionExpiryInterval: 3600 },
  })
  // A connection that breaks is what this is about.
  client.on('error', () => client.stream.destroy())
  return client
}

async function until(what: string, isTrue: () => boolean): Promise<void> {
  for (const end = Date.now() + settleMsMax; !isTrue(); await sleep(20)) {
    assert.ok(Date.now() < end, what)
  }
}

test(`I1: ${rounds} kills downstream: nothing acknowledged is missing, nothing at QoS 2 is there twice`, async (t) => {
  const seed = Date.now() % 1_000_000
  t.diagnostic(`seed ${seed}`)
  const random = seededRandom(seed)
  const folder = mkdtempSync(join(tmpdir(), 'ackstone-downstream-'))
  const port = await freePort()
  const start = (): Promise<HubProcess> => HubProcess.start({ folder, flags: ['--mqtt-port', String(port)] })
  const acknowledged = [new Set<number>(), new Set<number>(), new Set<number>()]
  const received = [new Map<number, number>(), new Map<number, number>(), new Map<number, number>()]
  let hub = await start()
  const publisher = connect(port, 'publisher')
  const subscriber = connect(port, 'subscriber')
  try {
    subscriber.on('message', (topic, payload) => {
      const counts = received[Number(topic.slice(-1))]!
      const n = Number(payload.toString())
      counts.set(n, (counts.get(n) ?? 0) + 1)
    })
    await subscriber.subscribeAsync('down/#', { qos: 2 })
    let next = 0
    let inFlight = 0
    let isOver = false
    const publish = (): void => {
      while (!isOver && inFlight < inFlightMax) {
        const n = next++
        const qos = n % 2 === 0 ? 1 : 2
        inFlight++
        publisher.publish(`down/${qos}`, String(n), { qos }, (error) => {
          inFlight--
          if (!error) acknowledged[qos]!.add(n)
          setImmediate(publish)
        })
      }
    }
    publish()
    for (let round = 0; round < rounds; round++) {
      const before = acknowledged[1]!.size + acknowledged[2]!.size
      const wanted = before + 1 + random.below(300)
      await until('answers come', () => acknowledged[1]!.size + acknowledged[2]!.size >= wanted)
      for (let cut = random.below(3); cut > 0; cut--) {
        await sleep(random.below(150))
        subscriber.stream.destroy()
      }
      await sleep(random.below(300))
      await hub.kill()
      hub = await start()
    }
    isOver = true
    await until('the publisher gets its answers', () => inFlight === 0)
    for (const qos of [1, 2] as const) {
      assert.ok(acknowledged[qos]!.size > 0)
      const missing = (): number[] => [...acknowledged[qos]!].filter((n) => !received[qos]!.has(n))
      await until(`QoS ${qos}: all arrives`, () => missing().length === 0)
    }
    const twice = [...received[2]!].filter(([, count]) => count > 1)
    assert.deepEqual(twice, [])
    t.diagnostic(`${acknowledged[1]!.size} at QoS 1, ${acknowledged[2]!.size} at QoS 2`)
  } finally {
    await publisher.endAsync(true)
    await subscriber.endAsync(true)
    await hub.stop()
    rmSync(folder, { recursive: true, force: true })
  }
})
