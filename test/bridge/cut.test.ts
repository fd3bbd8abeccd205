// The network breaks in the middle of each step of each handshake, before a packet arrives or right after it:
// on the way in, where a bridge stores and answers, and on the way out, where our client publishes.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectClient } from '../../src/client/client.ts'
import { seededRandom } from '../crash/random.ts'
import { requireTool, rings } from '../tools.ts'
import { cutPlaces } from './drill.ts'
import { PacketProxy, type CutRule } from './packet-proxy.ts'
import { rounds, runDrill } from './run-drill.ts'
import { mosquittoUpstream } from './upstream.ts'

for (const protocolVersion of [5, 4] as const) {
  test(`I1 I3: the connection of a bridge is cut at each step of MQTT ${protocolVersion}`, async (t) => {
    const path = requireTool(t, 'mosquitto')
    if (path === undefined) return
    await runDrill(t, await mosquittoUpstream(path), {
      harm: 'cut the connection',
      rounds: rings() === 'quick' && protocolVersion === 4 ? 4 : rounds(cutPlaces.length),
      protocolVersion,
    })
  })
}

const outboundPlaces: readonly Omit<CutRule, 'skip' | 'when'>[] = [
  { direction: 'up', packet: 'connect' },
  { direction: 'down', packet: 'connack' },
  { direction: 'up', packet: 'publish', qos: 1 },
  { direction: 'down', packet: 'puback' },
  { direction: 'up', packet: 'publish', qos: 2 },
  { direction: 'down', packet: 'pubrec' },
  { direction: 'up', packet: 'pubrel' },
  { direction: 'down', packet: 'pubcomp' },
]
const messagesPerRound = 40

for (const protocolVersion of [5, 4] as const) {
  test(`MQTT ${protocolVersion}: what our client publishes arrives through cuts at each step, at QoS 2 once`, async (t) => {
    const path = requireTool(t, 'mosquitto')
    if (path === undefined) return
    const upstream = await mosquittoUpstream(path)
    t.after(() => upstream.stop())
    const proxy = await PacketProxy.start(upstream.port)
    t.after(() => proxy.stop())
    const seed = Date.now() % 1_000_000
    const random = seededRandom(seed)
    const arrived: string[] = []
    const subscriber = await connectClient({
      ...{ host: '127.0.0.1', port: upstream.port },
      onMessage: ({ source, payloadStart, payloadEnd }, acknowledge) => {
        arrived.push(source.toString('utf8', payloadStart, payloadEnd))
        acknowledge()
      },
    })
    t.after(() => subscriber.end())
    await subscriber.subscribe([{ filter: 'down/#', qos: 2 }])
    const publisher = await connectClient({
      ...{ host: '127.0.0.1', port: proxy.port, clientId: `out-${seed}`, cleanStart: false, protocolVersion },
      reconnect: { minDelayMs: 1, maxDelayMs: 20, isPersistent: true },
    })
    t.after(() => publisher.end())
    let n = 0
    for (let round = 0; round < rounds(outboundPlaces.length); round++) {
      const place = outboundPlaces[round % outboundPlaces.length]!
      const isOfBeginning = place.packet === 'connect' || place.packet === 'connack'
      const when = random.chance(0.5) ? 'before' : 'after'
      const cut = proxy.cutAt({
        ...place,
        when,
        skip: isOfBeginning ? 0 : random.below(messagesPerRound / 2),
      })
      const published = Array.from({ length: messagesPerRound }, (_, i) => {
        const qos = i % 2 === 0 ? 1 : 2
        return publisher.publish('down/d', `${qos}-${n++}`, { qos })
      })
      if (isOfBeginning) publisher.cut()
      await Promise.all([cut, ...published])
    }
    const done = Promise.withResolvers<undefined>()
    const before = arrived.length
    await publisher.publish('down/last', 'last', { qos: 2 })
    const wait = (): void => {
      if (arrived.includes('last', before)) done.resolve(undefined)
      else setTimeout(wait, 5)
    }
    wait()
    await done.promise
    const counts = new Map<string, number>()
    for (const text of arrived) counts.set(text, (counts.get(text) ?? 0) + 1)
    const missing: string[] = []
    const doubled: string[] = []
    for (let i = 0; i < n; i++) {
      const qos = i % 2 === 0 ? 1 : 2
      const count = counts.get(`${qos}-${i}`) ?? 0
      if (count === 0) missing.push(`${qos}-${i}`)
      if (count > 1 && qos === 2) doubled.push(`${qos}-${i}`)
    }
    t.diagnostic(
      `${n} published, ${missing.length} missing, ${doubled.length} doubled at QoS 2, seed ${seed}`,
    )
    assert.deepEqual({ missing, doubled }, { missing: [], doubled: [] })
  })
}
