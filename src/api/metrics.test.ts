// The page about metrics against what a hub tells that has a bridge, a script and messages.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { createTestHub, apiToken, type TestHub } from '../../test/api-parts.ts'
import { ScriptedBroker } from '../../test/scripted-broker.ts'

const page = readFileSync(new URL('../../docs/reference/metrics.md', import.meta.url), 'utf8')

async function post(hub: TestHub, url: string, payload: object): Promise<void> {
  const headers = { authorization: `Bearer ${apiToken}` }
  const { statusCode, body } = await hub.api.inject({
    method: 'POST',
    url: `/api/v1${url}`,
    headers,
    payload,
  })
  assert.ok(statusCode < 300, body)
}

async function metrics(hub: TestHub): Promise<string> {
  return (await hub.api.inject({ method: 'GET', url: '/metrics' })).body
}

/** The samples of one family, without its name. */
function samples(text: string, name: string): string[] {
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
  return lines.map((line) => line.slice(name.length))
}

async function until(hub: TestHub, line: string): Promise<string> {
  const deadline = performance.now() + 10_000
  for (;;) {
    const text = await metrics(hub)
    if (text.includes(`${line}\n`)) return text
    assert.ok(performance.now() < deadline, `it never says ${line}:\n${text}`)
    // Asking within the process leaves sockets no turn.
    await setImmediate()
  }
}

async function hubWithBridge(): Promise<{ hub: TestHub; broker: ScriptedBroker }> {
  const broker = await ScriptedBroker.start()
  const hub = await createTestHub()
  after(() => broker.stop())
  await post(hub, '/integrations', {
    ...{ name: 'Plant', kind: 'bridge', converter: { type: 'json' } },
    topics: [1, 2].map((qos) => ({ filter: `b${qos}/{device}`, qos })),
    connection: { url: `mqtt://127.0.0.1:${broker.port}`, protocolVersion: 5 },
  })
  return { hub, broker }
}

test('a bridge tells what it received, acknowledged and was granted, and how often and why it failed', async () => {
  const { hub, broker } = await hubWithBridge()
  const of = (name: string, text: string): string[] => samples(text, `ackstone_bridge_${name}`)
  const { peer } = await broker.connected()
  const { packetId } = await peer.expect('subscribe')
  peer.send({ type: 'suback', packetId, reasonCodes: [1, 0x87] })
  const source = Buffer.from('{"v":1}')
  const whole = {
    source,
    payloadStart: 0,
    payloadEnd: source.length,
    retain: false,
    dup: false,
    properties: undefined,
  }
  peer.send(
    { type: 'publish', topic: 'b1/d', qos: 1, packetId: 1, ...whole },
    { type: 'publish', topic: 'else', qos: 0, packetId: 0, ...whole },
    { type: 'publish', topic: 'b2/d', qos: 2, packetId: 2, ...whole },
  )
  await peer.expect('puback')
  await peer.expect('pubrec')
  const first = await metrics(hub)
  assert.deepEqual(of('connections', first), ['{integration="plant"} 1'])
  assert.deepEqual(of('messages_received_total', first), ['{integration="plant"} 3'])
  assert.deepEqual(of('messages_unwanted_total', first), ['{integration="plant"} 1'])
  // At QoS 2 it is the last of two answers that ends it.
  assert.deepEqual(of('messages_acknowledged_total', first), ['{integration="plant"} 1'])
  assert.deepEqual(of('topics', first), [
    '{integration="plant",granted="as_selected"} 1',
    '{integration="plant",granted="lower"} 0',
    '{integration="plant",granted="refused"} 1',
    '{integration="plant",granted="unknown"} 0',
  ])
  peer.send({ type: 'pubrel', packetId: 2, reasonCode: 0 })
  await peer.expect('pubcomp')
  peer.destroy()
  const cut = await until(hub, 'ackstone_bridge_connections{integration="plant"} 0')
  assert.deepEqual(of('messages_acknowledged_total', cut), ['{integration="plant"} 2'])
  assert.deepEqual(of('waiting', cut), ['{integration="plant"} 0'])
  assert.deepEqual(of('failures_total', cut), ['{integration="plant",code="CONNECTION_LOST"} 1'])
  assert.match(
    of('last_error_timestamp_seconds', cut)[0]!,
    /^\{integration="plant",code="CONNECTION_LOST"\} \d/,
  )
  await broker.connected({ sessionPresent: true })
  await until(hub, 'ackstone_bridge_reconnects_total{integration="plant"} 1')
})

test('the page about metrics has each family of a hub, its kind and its labels, and none besides', async () => {
  const { hub, broker } = await hubWithBridge()
  const { peer } = await broker.connected({ reasonCode: 0x87 })
  await peer.expectEnd()
  await post(hub, '/scripts', { name: 'a', source: 'function decodeUplink() { throw new Error("no") }' })
  await hub.publish('v1/devices/me/telemetry', '{"v":1}', 'd1')
  const text = await until(
    hub,
    'ackstone_bridge_failures_total{integration="plant",code="CONNECT_REFUSED"} 1',
  )
  const told = new Map(
    Array.from(text.matchAll(/^# TYPE (\S+) (\S+)$/gm), ([, name = '', kind = '']) => [name, kind]),
  )
  const written = new Map<string, { kind: string; labels: string[] }>()
  for (const [, name = '', kind = '', labels = ''] of page.matchAll(/^\| `(\w+)` \| (\w+) \|([^|]*)\|/gm)) {
    written.set(name, { kind, labels: Array.from(labels.matchAll(/`(\w+)`/g), ([, label = '']) => label) })
  }
  assert.deepEqual([...written.keys()].toSorted(), [...told.keys()].toSorted())
  for (const [name, { kind, labels }] of written) {
    assert.equal(told.get(name), kind, name)
    const own = name.startsWith('ackstone_bridge_') ? ['integration'] : []
    if (name.startsWith('ackstone_script_')) own.push('script')
    const expected = [...own, ...labels].toSorted()
    for (const sample of samples(text, kind === 'histogram' ? `${name}_bucket` : name)) {
      const found = Array.from(sample.matchAll(/(\w+)="/g), ([, label = '']) => label)
      assert.deepEqual(found.toSorted(), expected, name)
    }
  }
})
