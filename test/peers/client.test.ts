// Our own client against a broker of somebody else, and against our hub: both versions, every QoS, both ways.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { connectClient, type Client } from '../../src/client/client.ts'
import type { ClientOptions } from '../../src/client/options.ts'
import type { PublishPacket } from '../../src/mqtt/packet.ts'
import { HubProcess } from '../hub.ts'
import { startMosquitto, type MosquittoBroker } from '../mosquitto-broker.ts'
import { findTool, requireTool } from '../tools.ts'

interface Broker {
  name: string
  port(): number
}

let mosquitto: MosquittoBroker | undefined
let hub: HubProcess
const folder = mkdtempSync(join(tmpdir(), 'ackstone-client-'))

before(async () => {
  const path = findTool('mosquitto')
  if (path !== undefined) mosquitto = await startMosquitto(path, ['max_queued_messages 0'])
  hub = await HubProcess.start({ folder })
})
after(async () => {
  await mosquitto?.stop()
  await hub.stop()
  rmSync(folder, { recursive: true, force: true })
})

const brokers: Broker[] = [
  { name: 'Mosquitto', port: () => mosquitto!.port },
  { name: 'Ackstone', port: () => hub.mqttPort },
]

/** Collects messages until so many have come. */
class Collector {
  readonly texts: string[] = []
  readonly #wanted: number
  readonly #done = Promise.withResolvers<undefined>()

  constructor(wanted: number) {
    this.#wanted = wanted
  }

  take(packet: PublishPacket): void {
    this.texts.push(packet.source.toString('utf8', packet.payloadStart, packet.payloadEnd))
    if (this.texts.length === this.#wanted) this.#done.resolve(undefined)
  }

  get all(): Promise<undefined> {
    return this.#done.promise
  }
}

for (const broker of brokers) {
  suite(broker.name, () => {
    for (const protocolVersion of [4, 5] as const) {
      for (const qos of [0, 1, 2] as const) {
        test(`MQTT ${protocolVersion} at QoS ${qos}: 3,000 messages arrive once and in order`, async (t) => {
          if (broker.name === 'Mosquitto' && requireTool(t, 'mosquitto') === undefined) return
          const count = 3000
          const topic = `flow/${protocolVersion}/${qos}`
          const collector = new Collector(count)
          const options: ClientOptions = { host: '127.0.0.1', port: broker.port(), protocolVersion }
          const subscriber = await connectClient({
            ...options,
            clientId: `sub-${protocolVersion}-${qos}`,
            onMessage(packet, acknowledge) {
              collector.take(packet)
              acknowledge()
            },
          })
          const publisher = await connectClient({ ...options, clientId: `pub-${protocolVersion}-${qos}` })
          t.after(() => Promise.all([subscriber.end(), publisher.end()]))
          assert.deepEqual(await subscriber.subscribe([{ filter: topic, qos }]), [qos])
          const texts = Array.from({ length: count }, (_, at) => `message ${at}`)
          const results = await publishAll(publisher, topic, texts, qos)
          assert.ok(results.every(({ reasonCode }) => reasonCode < 0x80))
          await collector.all
          assert.deepEqual(collector.texts, texts)
        })
      }

      test(`MQTT ${protocolVersion}: cut again and again, QoS 2 arrives once, QoS 1 at least once`, async (t) => {
        if (broker.name === 'Mosquitto' && requireTool(t, 'mosquitto') === undefined) return
        await publishWithCuts(broker, protocolVersion, t.after.bind(t))
      })

      test(`MQTT ${protocolVersion}: a session keeps messages while its client is away`, async (t) => {
        if (broker.name === 'Mosquitto' && requireTool(t, 'mosquitto') === undefined) return
        const session: ClientOptions = {
          host: '127.0.0.1',
          port: broker.port(),
          protocolVersion,
          clientId: `away-${protocolVersion}`,
          cleanStart: false,
        }
        const topic = `away/${protocolVersion}`
        const first = await connectClient(session)
        await first.subscribe([{ filter: topic, qos: 1 }])
        await first.end()
        const publisher = await connectClient({ ...session, clientId: `pub-away-${protocolVersion}` })
        await publisher.publish(topic, 'kept', { qos: 1 })
        const collector = new Collector(1)
        const again = await connectClient({
          ...session,
          onMessage(packet, acknowledge) {
            collector.take(packet)
            acknowledge()
          },
        })
        t.after(() => Promise.all([again.end(), publisher.end()]))
        assert.equal(again.connack.sessionPresent, true)
        await collector.all
        assert.deepEqual(collector.texts, ['kept'])
      })

      test(`MQTT ${protocolVersion}: a will is published when the client vanishes`, async (t) => {
        if (broker.name === 'Mosquitto' && requireTool(t, 'mosquitto') === undefined) return
        const options: ClientOptions = { host: '127.0.0.1', port: broker.port(), protocolVersion }
        const topic = `will/${protocolVersion}`
        const collector = new Collector(1)
        const watcher = await connectClient({ ...options, onMessage: (packet) => collector.take(packet) })
        t.after(() => watcher.end())
        await watcher.subscribe([topic])
        const will = { topic, payload: Buffer.from('gone'), qos: 1 as const, retain: false }
        const mortal = await connectClient({ ...options, clientId: `mortal-${protocolVersion}`, will })
        mortal.cut()
        await collector.all
        assert.deepEqual(collector.texts, ['gone'])
      })
    }
  })
}

function publishAll(client: Client, topic: string, texts: string[], qos: 0 | 1 | 2) {
  return Promise.all(texts.map((text) => client.publish(topic, text, { qos })))
}

async function publishWithCuts(
  broker: Broker,
  protocolVersion: 4 | 5,
  onEnd: (end: () => Promise<unknown>) => void,
): Promise<void> {
  const count = 400
  const name = `cuts-${protocolVersion}`
  const options: ClientOptions = { host: '127.0.0.1', port: broker.port(), protocolVersion }
  const seen: string[] = []
  const done = Promise.withResolvers<undefined>()
  const subscriber = await connectClient({
    ...options,
    clientId: `sub-${name}`,
    onMessage(packet, acknowledge) {
      const text = packet.source.toString('utf8', packet.payloadStart, packet.payloadEnd)
      if (text === 'end') done.resolve(undefined)
      else seen.push(text)
      acknowledge()
    },
  })
  const publisher = await connectClient({
    ...options,
    clientId: `pub-${name}`,
    cleanStart: false,
    inflightMax: 20,
    reconnect: { minDelayMs: 1, maxDelayMs: 10 },
  })
  onEnd(() => Promise.all([subscriber.end(), publisher.end()]))
  await subscriber.subscribe([{ filter: name, qos: 2 }])
  let answered = 0
  const answers = Array.from({ length: count }, async (_, at) => {
    await publisher.publish(name, `${at}`, { qos: at % 2 === 0 ? 2 : 1 })
    // Cut in the middle of the flow, whatever is under way.
    if (++answered % 40 === 0) publisher.cut()
  })
  await Promise.all(answers)
  await publisher.publish(name, 'end', { qos: 2 })
  await done.promise
  const times = Map.groupBy(seen, (text) => text)
  assert.equal(times.size, count)
  for (const [text, all] of times) {
    if (Number(text) % 2 === 0) assert.equal(all.length, 1, `message ${text} at QoS 2`)
  }
}
