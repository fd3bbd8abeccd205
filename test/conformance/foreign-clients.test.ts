// Clients that are not ours, over the same statements: mosquitto_pub and mosquitto_sub, MQTT.js, paho-mqtt.
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import mqtt from 'mqtt'
import { findTool, lack, requireTool } from '../tools.ts'
import { Hub } from './hub.ts'

const run = promisify(execFile)
let hub: Hub
before(async () => {
  hub = await Hub.open()
})
after(() => hub.stop())

for (const version of ['311', '5']) {
  test(`mosquitto_pub and mosquitto_sub, version ${version}: each QoS, retained and live`, async (t) => {
    const pub = requireTool(t, 'mosquitto_pub')
    const sub = requireTool(t, 'mosquitto_sub')
    if (pub === undefined || sub === undefined) return
    const at = ['-p', String(hub.port), '-V', version]
    const topic = `mosquitto/${version}`
    await run(pub, [...at, '-t', `${topic}/kept`, '-m', 'kept', '-r', '-q', '1'])
    const reader = spawn(sub, [...at, '-t', `${topic}/#`, '-q', '2', '-C', '4', '-F', '%q %r %t %p'])
    let printed = ''
    reader.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()))
    // The retained message says that it has subscribed.
    await once(reader.stdout, 'data')
    const ended = once(reader, 'close')
    for (const qos of ['0', '1', '2']) await run(pub, [...at, '-t', `${topic}/q`, '-m', qos, '-q', qos])
    await ended
    const expected = [`1 1 ${topic}/kept kept`, ...[0, 1, 2].map((qos) => `${qos} 0 ${topic}/q ${qos}`)]
    assert.deepEqual(printed.trim().split('\n'), expected)
  })
}

test('MQTT.js: properties, aliases and a session that is resumed', async () => {
  const options = { port: hub.port, host: '127.0.0.1', protocolVersion: 5 as const, reconnectPeriod: 0 }
  const lasting = { ...options, clientId: 'mqttjs', clean: false, properties: { sessionExpiryInterval: 60 } }
  const first = await mqtt.connectAsync(lasting)
  await first.subscribeAsync('mqttjs/#', { qos: 2, properties: { subscriptionIdentifier: 9 } })
  await first.endAsync()
  const sender = await mqtt.connectAsync({ ...options, autoUseTopicAlias: true, autoAssignTopicAlias: true })
  const properties = { contentType: 'text/plain', userProperties: { a: 'b' }, responseTopic: 'to/me' }
  for (const qos of [1, 2] as const) await sender.publishAsync('mqttjs/t', `${qos}`, { qos, properties })
  await sender.endAsync()
  const second = mqtt.connect(lasting)
  const got: unknown[] = []
  await new Promise<void>((resolve) => {
    second.on('message', (topic, payload, packet) => {
      const { contentType, responseTopic, subscriptionIdentifier } = packet.properties ?? {}
      got.push([topic, payload.toString(), contentType, responseTopic, subscriptionIdentifier])
      if (got.length === 2) resolve()
    })
  })
  await second.endAsync()
  const rest = ['text/plain', 'to/me', 9]
  assert.deepEqual(got, [
    ['mqttjs/t', '1', ...rest],
    ['mqttjs/t', '2', ...rest],
  ])
})

const paho = `
import sys, time
import paho.mqtt.client as mqtt
port, version = int(sys.argv[1]), {"311": mqtt.MQTTv311, "5": mqtt.MQTTv5}[sys.argv[2]]
try:
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="paho" + sys.argv[2], protocol=version)
except AttributeError:
    client = mqtt.Client(client_id="paho" + sys.argv[2], protocol=version)
got, ready = [], []
client.on_subscribe = lambda *_: ready.append(1)
client.on_message = lambda _client, _data, message: got.append("%s %d" % (message.payload.decode(), message.qos))
client.connect("127.0.0.1", port)
client.loop_start()
topic = "paho/" + sys.argv[2]
client.subscribe(topic, 2)
end = time.time() + 20
while not ready and time.time() < end: time.sleep(0.01)
for qos in (0, 1, 2):
    client.publish(topic, str(qos), qos).wait_for_publish(20)
while len(got) < 3 and time.time() < end: time.sleep(0.01)
client.disconnect()
client.loop_stop()
print(",".join(got))
`

for (const version of ['311', '5']) {
  test(`paho-mqtt, version ${version}: each QoS there and back`, async (t) => {
    const python = process.env.ACKSTONE_PYTHON ?? findTool('python3')
    if (python === undefined) return lack(t, 'needs python3')
    const hasPaho = await run(python, ['-c', 'import paho.mqtt.client']).then(
      () => true,
      () => false,
    )
    if (!hasPaho) return lack(t, 'needs python3 with paho-mqtt')
    const { stdout } = await run(python, ['-c', paho, String(hub.port), version])
    assert.equal(stdout.trim(), '0 0,1 1,2 2')
  })
}
