// A broker of another make: RabbitMQ speaks 3.1.1 only and hangs up on 5, has no QoS 2, and keeps what a
// killed hub has not acknowledged. Starting it takes long, so it runs in the longer rings.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { HubProcess } from '../hub.ts'
import { rings } from '../tools.ts'
import { bridgeDrill, faults, report } from './drill.ts'
import { startRabbitMq } from './rabbitmq-broker.ts'
import { rabbitMqUpstream } from './upstream.ts'

const skip = rings() === 'quick' ? 'RabbitMQ takes long to start; npm run test:all runs it' : false

interface Health {
  state: string
  topics: { sentence: string }[]
  connections: { protocolVersion: number | null }[]
}

test(
  'RabbitMQ: 3.1.1 is found out, what is granted is shown, a killed hub misses nothing',
  { skip },
  async (t) => {
    const broker = await startRabbitMq(t)
    if (broker === undefined) return
    t.after(() => broker.stop())
    const folder = mkdtempSync(join(tmpdir(), 'ackstone-rabbitmq-hub-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    const hub = await HubProcess.start({ folder })
    t.after(() => hub.kill())
    await hub.request('POST', '/integrations', {
      ...{ name: 'Rabbit', kind: 'bridge', topics: [{ filter: 'r/{device}', qos: 2 }] },
      ...{ converter: { type: 'json' }, connection: { url: `mqtt://127.0.0.1:${broker.port}` } },
    })
    const deadline = performance.now() + 30_000
    let health: Health
    do health = await hub.get<Health>('/integrations/rabbit/health')
    while (health.topics[0]?.sentence.includes('granted') !== true && performance.now() < deadline)
    assert.equal(health.connections[0]?.protocolVersion, 4)
    assert.match(health.topics[0]!.sentence, /^Selected 2, granted 1/)

    const rounds = rings() === 'ci' ? 5 : 100
    const upstream = rabbitMqUpstream(broker)
    const options = { harm: 'kill the hub', protocolVersion: undefined, connections: 1 } as const
    const whole = { ...options, upstream, rounds, seed: Date.now() % 1_000_000 }
    const result = await bridgeDrill(whole)
    for (const line of report(result, whole).split('\n')) t.diagnostic(line)
    assert.deepEqual(faults(result, whole), [], report(result, whole))
  },
)
