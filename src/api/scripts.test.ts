import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apiToken, createTestHub, type TestHub } from '../../test/api-parts.ts'

const source = 'function decodeUplink(input) { return { data: { t: input.bytes[0] / 10 } } }'

async function call(hub: TestHub, method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: object) {
  const answer = await hub.api.inject({
    method,
    url: `/api/v1${path}`,
    headers: { authorization: `Bearer ${apiToken}` },
    ...(body !== undefined && { payload: JSON.stringify(body) }),
  })
  return { status: answer.statusCode, json: answer.body === '' ? undefined : JSON.parse(answer.body) }
}

function integration(converter: object) {
  return { name: 'Plant', kind: 'direct', topics: [{ filter: 'plant/{device}', qos: 1 }], converter }
}

test('a script is kept with its versions, used by an integration, and removed when none uses it', async () => {
  const hub = await createTestHub()
  const made = await call(hub, 'POST', '/scripts', { name: 'Thermometer', source })
  assert.deepEqual([made.status, made.json.id, made.json.version], [201, 'thermometer', 1])
  const set = await call(hub, 'POST', '/integrations', integration({ type: 'script', script: 'thermometer' }))
  assert.equal(set.status, 201)

  const target = hub.parts.integrations.targetForTopic('plant', 'plant/d1')
  assert.notEqual(target?.converter.prepare, undefined)
  const tried = await call(hub, 'POST', '/converters/test', {
    converter: { type: 'script', script: 'thermometer' },
    filter: 'plant/{device}',
    topic: 'plant/d1',
    payloadBase64: Buffer.of(215).toString('base64'),
  })
  assert.deepEqual(tried.json.samples[0].readings, [{ device: 'd1', key: 't', ts: null, value: 21.5 }])

  const changed = await call(hub, 'PUT', '/scripts/thermometer', {
    name: 'Thermometer',
    source: source.replace('/ 10', '/ 100'),
  })
  assert.equal(changed.json.version, 2)
  const { json } = await call(hub, 'GET', '/scripts/thermometer/versions')
  assert.deepEqual(
    json.items.map(({ version }: { version: number }) => version),
    [2, 1],
  )
  assert.equal((await call(hub, 'DELETE', '/scripts/thermometer')).json.code, 'SCRIPT_IN_USE')
  assert.deepEqual((await call(hub, 'GET', '/scripts')).json.items[0].usedBy, ['Plant'])
  assert.equal((await call(hub, 'DELETE', '/integrations/plant')).status, 204)
  assert.equal((await call(hub, 'DELETE', '/scripts/thermometer')).status, 204)
  assert.equal((await call(hub, 'GET', '/scripts/thermometer')).json.code, 'SCRIPT_NOT_FOUND')
})

test('only the last twenty versions are kept', async () => {
  const hub = await createTestHub()
  await call(hub, 'POST', '/scripts', { name: 'a', source })
  for (let i = 2; i <= 23; i++) await call(hub, 'PUT', '/scripts/a', { name: 'a', source: `${source}//${i}` })
  const { json } = await call(hub, 'GET', '/scripts/a/versions')
  assert.deepEqual([json.items.length, json.items[0].version, json.items[19].version], [20, 23, 4])
})

test('a script with a fault is not kept, and its place is named', async () => {
  const hub = await createTestHub()
  const bad = await call(hub, 'POST', '/scripts', {
    name: 'a',
    source: 'function decodeUplink() {\n  x = ;\n}',
  })
  assert.deepEqual([bad.status, bad.json.code], [422, 'SCRIPT_INVALID'])
  assert.match(bad.json.errors[0].detail, /line 2, column 7/)
  const none = await call(hub, 'POST', '/scripts', { name: 'a', source: 'const a = 1' })
  assert.match(none.json.errors[0].detail, /has a function decodeUplink/)
  const inline = await call(
    hub,
    'POST',
    '/integrations',
    integration({ type: 'script', source: 'function (' }),
  )
  assert.deepEqual(
    [inline.json.code, inline.json.errors[0].pointer],
    ['INTEGRATION_INVALID', '/converter/source'],
  )
  const missing = await call(hub, 'POST', '/integrations', integration({ type: 'script', script: 'nobody' }))
  assert.equal(missing.json.errors[0].pointer, '/converter/script')
})

test('a test gives readings, errors with their place, console, warnings and commands', async () => {
  const hub = await createTestHub()
  const { json } = await call(hub, 'POST', '/scripts/test', {
    source:
      'function decodeUplink(i) { console.log("got", i.bytes.length); if (i.bytes.length > 1) throw new Error("no"); ' +
      'return { data: { t: 1 }, warnings: ["odd"] } } function encodeDownlink(i) { return { bytes: [1, i.data.n], fPort: 2 } }',
    samples: [
      { payload: 'a', device: 'd1', time: 1_764_000_000_000 },
      { payload: 'ab', device: 'd1' },
    ],
    commands: [{ device: 'd1', command: 'set', data: { n: 7 } }],
  })
  const [good, bad] = json.samples
  assert.deepEqual(good.readings, [{ device: 'd1', key: 't', ts: null, value: 1 }])
  assert.deepEqual([good.error, good.console, good.warnings], [null, ['got 1'], ['odd']])
  assert.deepEqual([bad.error.code, bad.error.line], ['script_error', 1])
  assert.deepEqual([json.commands[0].payloadBase64, json.commands[0].fPort], ['AQc=', 2])
})

test('a script may name other devices only where its integration allows it', async () => {
  const hub = await createTestHub()
  const naming = 'function decodeUplink() { return { readings: [{ device: "other", key: "t", value: 1 }] } }'
  const ask = async (namesDevices: boolean) => {
    const body = { source: naming, namesDevices, samples: [{ payload: 'x', device: 'd1' }] }
    return (await call(hub, 'POST', '/scripts/test', body)).json.samples[0]
  }
  assert.equal((await ask(false)).error.code, 'script_device')
  assert.equal((await ask(true)).readings[0].device, 'other')
})

test('/metrics has the runs and failures of each script', async () => {
  const hub = await createTestHub()
  await call(hub, 'POST', '/scripts', { name: 'a', source })
  const { body } = await hub.api.inject({ method: 'GET', url: '/metrics' })
  assert.match(body, /ackstone_script_runs_total\{script="a"\} 0/)
})

test('a script reads the payloads that a LoRaWAN server has not decoded, with the server’s device, port and time', async () => {
  const hub = await createTestHub()
  const codec =
    'function decodeUplink({ bytes, fPort }) { return fPort === 9 ? { errors: ["no such port"] } : { data: { t: bytes[0] / 10, fPort } } }'
  const uplink = (message: object) =>
    JSON.stringify({
      end_device_ids: { device_id: 'dev1' },
      received_at: '2025-11-24T16:00:00.123Z',
      uplink_message: message,
    })
  const topic = 'v3/app@ttn/devices/dev1/up'
  const { json } = await call(hub, 'POST', '/converters/test', {
    converter: { type: 'the-things-stack', codec: 'script', source: codec },
    samples: [
      { topic, payload: uplink({ f_port: 3, frm_payload: Buffer.of(215).toString('base64') }) },
      { topic, payload: uplink({ f_port: 3, frm_payload: '1w==', decoded_payload: { t: 1 } }) },
      { topic, payload: uplink({ f_port: 9, frm_payload: '1w==' }) },
      { topic, payload: uplink({ f_port: 3, frm_payload: '!' }) },
    ],
  })
  const [scripted, decoded, failed, broken] = json.samples
  const ts = 1_764_000_000_123
  assert.deepEqual(scripted.readings, [
    { device: 'dev1', key: 't', ts, value: 21.5 },
    { device: 'dev1', key: 'fPort', ts, value: 3 },
  ])
  assert.deepEqual(decoded.readings, [{ device: 'dev1', key: 't', ts, value: 1 }])
  assert.match(failed.error.reason, /no such port/)
  assert.equal(broken.error.code, 'path_shape')
})

test('everything that a script decodes behind a LoRaWAN server is stored where its normalized form is not wanted', async () => {
  const hub = await createTestHub()
  const source =
    'function decodeUplink({ bytes }) { return { data: { t: bytes[0], battery: 3 } } }\n' +
    'function normalizeUplink({ data }) { return { data: { air: { temperature: data.t } } } }'
  const keys = async (options: object): Promise<string[]> => {
    const { json } = await call(hub, 'POST', '/converters/test', {
      converter: { type: 'chirpstack', codec: 'script', source, ...options },
      topic: 'application/1/device/01/event/up',
      payload: '{"deviceInfo":{"devEui":"01"},"fPort":1,"data":"1w=="}',
    })
    return json.samples[0].readings.map(({ key }: { key: string }) => key)
  }
  assert.deepEqual(await keys({}), ['air.temperature'])
  assert.deepEqual(await keys({ normalize: false }), ['t', 'battery'])
})

test('a script reads the payload that stands in JSON of any other server, with its device, port and time', async () => {
  const hub = await createTestHub()
  const codec =
    'function decodeUplink({ bytes, fPort }) { return { data: { t: bytes[0] / 10, fPort } } }\n' +
    'function normalizeUplink() { return {} }'
  const { json } = await call(hub, 'POST', '/converters/test', {
    converter: {
      ...{ type: 'json-mapping', device: { path: '$.EUI' }, ts: { path: '$.ts' }, payload: '$.data' },
      ...{
        payloadFormat: 'hex',
        fPort: '$.port',
        codec: 'script',
        source: codec,
        values: { rssi: '$.rssi' },
      },
    },
    samples: [
      { payload: '{"EUI":"0102","ts":1764000000123,"port":3,"data":"d7","rssi":-97}' },
      { payload: '{"EUI":"0102","ts":1764000000123,"rssi":-98}' },
      { payload: '{"EUI":"0102","ts":1764000000123,"data":"d"}' },
    ],
  })
  const [scripted, without, broken] = json.samples
  const place = { device: '0102', ts: 1_764_000_000_123 }
  assert.deepEqual(scripted.readings, [
    { ...place, key: 't', value: 21.5 },
    { ...place, key: 'fPort', value: 3 },
    { ...place, key: 'rssi', value: -97 },
  ])
  assert.deepEqual(without.readings, [{ ...place, key: 'rssi', value: -98 }])
  assert.match(broken.error.reason, /^At \$\.data there should be two hexadecimal digits for each byte/)
})
