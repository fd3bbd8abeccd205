// A Sparkplug edge node at a real hub: it is asked for its births when the hub lacks them, the births outlive a
// kill of the hub, and what could not be read before them is read afterwards.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { connectAsync, type MqttClient } from 'mqtt'
import { HubProcess } from './hub.ts'
import { deviceBirth, isRebirthRequest, nodeBirth, payload, session, valuesOf } from './sparkplug-node.ts'

async function connectNode(hub: HubProcess): Promise<MqttClient> {
  return connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`, {
    clientId: 'edge',
    reconnectPeriod: 0,
    will: { topic: 'spBv1.0/plant/NDEATH/edge', payload: payload(undefined, session), qos: 1, retain: false },
  })
}

test('I6: an edge node is asked for its births, and they outlive a kill of the hub', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ackstone-sparkplug-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const first = await HubProcess.start({ folder })
  t.after(() => first.kill())
  const topics = [{ filter: 'spBv1.0/#', qos: 1 }]
  const converter = { type: 'sparkplug-b' }
  await first.request('POST', '/integrations', { name: 'Edge', kind: 'direct', topics, converter })

  const node = await connectNode(first)
  node.on('error', () => undefined)
  await node.subscribeAsync('spBv1.0/plant/NCMD/edge')
  const asked = new Promise<[string, Buffer]>((resolve) => {
    node.once('message', (topic, command) => resolve([topic, command]))
  })
  const early = payload(4, { alias: 2, int_value: 4_294_967_295 })
  await node.publishAsync('spBv1.0/plant/DDATA/edge/pump', early, { qos: 1 })
  const [topic, command] = await asked
  assert.equal(topic, 'spBv1.0/plant/NCMD/edge')
  assert.ok(isRebirthRequest(command))

  await node.publishAsync('spBv1.0/plant/NBIRTH/edge', nodeBirth(), { qos: 1 })
  await node.publishAsync('spBv1.0/plant/DBIRTH/edge/pump', deviceBirth(), { qos: 1 })
  assert.deepEqual(await valuesOf(first, 'plant/edge'), { online: true, volts: 12.5 })
  assert.deepEqual(await valuesOf(first, 'plant/edge/pump'), { count: 7, online: true })
  await first.kill()

  const second = await HubProcess.start({ folder })
  t.after(() => second.stop())
  const again = await connectNode(second)
  again.on('error', () => undefined)
  const data = payload(2, { alias: 2, int_value: 8 })
  await again.publishAsync('spBv1.0/plant/DDATA/edge/pump', data, { qos: 1 })
  assert.equal((await valuesOf(second, 'plant/edge/pump'))['count'], 8)

  const { items } = await second.get<{ items: { id: string; code: string }[] }>('/rejected')
  assert.deepEqual(
    items.map(({ code }) => code),
    ['alias_unknown'],
  )
  await second.request('POST', `/rejected/${items[0].id}/retry`)
  const series = await second.get<{ series: { count: { value: number[] } } }>(
    '/devices/plant%2Fedge%2Fpump/series?keys=count',
  )
  assert.deepEqual(series.series.count.value, [-1, 7, 8])

  // The hub has published the will of the connection that the kill cut; births say that they are back.
  await again.publishAsync('spBv1.0/plant/NBIRTH/edge', nodeBirth(), { qos: 1 })
  await again.publishAsync('spBv1.0/plant/DBIRTH/edge/pump', deviceBirth(), { qos: 1 })
  assert.equal((await valuesOf(second, 'plant/edge/pump'))['online'], true)
  again.stream.destroy()
  let values = await valuesOf(second, 'plant/edge')
  while (values['online'] !== false) values = await valuesOf(second, 'plant/edge')
  assert.equal((await valuesOf(second, 'plant/edge/pump'))['online'], false)
})
