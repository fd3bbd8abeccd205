// MQTT.js, the client most Node programs use, against our hub.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { connectAsync, type MqttClient } from 'mqtt'
import { HubProcess } from '../hub.ts'
import { assertLatest, seriesValues } from './rows.ts'

const topic = 'v1/devices/me/telemetry'
const folder = mkdtempSync(join(tmpdir(), 'ackstone-mqttjs-'))
let hub: HubProcess

before(async () => {
  hub = await HubProcess.start({ folder })
})
after(async () => {
  await hub.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function connect(clientId: string, protocolVersion: 4 | 5): Promise<MqttClient> {
  const options = { clientId, protocolVersion, reconnectPeriod: 0, connectTimeout: 10_000 }
  return connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`, options)
}

for (const version of [4, 5] as const) {
  for (const qos of [0, 1, 2] as const) {
    test(`MQTT.js, protocol ${version}, QoS ${qos}: the reading is read back`, async () => {
      const device = `js-${version}-${qos}`
      const client = await connect(device, version)
      await client.publishAsync(topic, '{"temp":-0.25,"text":"grüß dich"}', { qos })
      await assertLatest(hub, device, { temp: -0.25, text: 'grüß dich' }, qos)
      await client.endAsync()
    })
  }

  test(`MQTT.js, protocol ${version}: many messages at once keep their order`, async () => {
    const device = `js-${version}-many`
    const client = await connect(device, version)
    const numbers = Array.from({ length: 300 }, (_, n) => n)
    await Promise.all(
      numbers.map((n) => client.publishAsync(topic, `{"n":${n}}`, { qos: n % 2 === 0 ? 1 : 2 })),
    )
    assert.deepEqual(await seriesValues(hub, device, 'n'), numbers)
    await client.endAsync()
  })

  test(`MQTT.js, protocol ${version}: a subscriber gets what is published, at QoS 2`, async () => {
    const [publisher, subscriber] = await Promise.all([
      connect(`js-${version}-p`, version),
      connect(`js-${version}-s`, version),
    ])
    const heard = Promise.withResolvers<string>()
    subscriber.on('message', (name, payload) => heard.resolve(`${name} ${payload.toString()}`))
    const granted = await subscriber.subscribeAsync(`room/js/${version}/+`, { qos: 2 })
    assert.equal(granted[0]?.qos, 2)
    await publisher.publishAsync(`room/js/${version}/a`, 'hello', { qos: 2 })
    assert.equal(await heard.promise, `room/js/${version}/a hello`)
    await Promise.all([publisher.endAsync(), subscriber.endAsync()])
  })
}
