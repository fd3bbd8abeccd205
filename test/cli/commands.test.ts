// The commands against a real hub: what one stores, another shows, and a third takes out and puts back.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { HubProcess } from '../hub.ts'
import { runCommand, startCommand, type CommandResult } from '../terminal.ts'

const token = 'the-administrator-of-the-commands'
const folder = mkdtempSync(join(tmpdir(), 'ackstone-commands-'))
let hub: HubProcess
let mqtt: string[]
let env: Record<string, string>

before(async () => {
  hub = await HubProcess.start({ folder: join(folder, 'data'), env: { ACKSTONE_ADMIN_TOKEN: token } })
  mqtt = ['-p', String(hub.mqttPort)]
  env = { ACKSTONE_URL: `http://127.0.0.1:${hub.httpPort}`, ACKSTONE_TOKEN: token }
})
after(async () => {
  await hub.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function succeed(...args: string[]): Promise<CommandResult> {
  const result = await runCommand(args, { env })
  assert.equal(result.exitCode, 0, `${args.join(' ')}: ${result.stderr}`)
  return result
}

async function json<T>(...args: string[]): Promise<T> {
  return JSON.parse((await succeed(...args, '--json')).stdout) as T
}

function words(line: string): string[] {
  return line.split(' ')
}

test('pub at QoS 1 and 2 stores, and device shows it as table and as JSON', async () => {
  await succeed(
    'pub',
    ...mqtt,
    '-t',
    'ack/d1',
    '-m',
    '{"ts":1764000000000,"values":{"temp":21.5}}',
    '-q',
    '1',
  )
  await succeed('pub', ...mqtt, '-t', 'ack/d1', '-m', '{"ts":1764000060000,"values":{"temp":22}}', '-q', '2')
  assert.deepEqual(await json('device', 'latest', 'd1'), { temp: { ts: 1764000060000, value: 22 } })
  const table = await succeed('device', 'series', 'd1', '--key', 'temp')
  assert.equal(
    table.stdout,
    'KEY   TIME                      VALUE\n' +
      'temp  2025-11-24T16:00:00.000Z   21.5\n' +
      'temp  2025-11-24T16:01:00.000Z     22\n',
  )
  const reduced = await json<{ series: object }>(
    ...words(
      'device series d1 --agg avg --interval 3600000 --start 2025-11-24T16:00:00Z --end 1764003600000',
    ),
  )
  assert.deepEqual(reduced.series, { temp: { ts: [1764000000000], value: [21.75] } })
  assert.match((await succeed('device', 'list', '--search', 'd1')).stdout, /^DEVICE.*\nd1 /)
  const shown = await json<{ id: string; delivery: { readingsStored: number } }>('device', 'show', 'd1')
  assert.deepEqual([shown.id, shown.delivery.readingsStored], ['d1', 2])
})

test('an integration is set up, shown, changed and removed', async () => {
  const made = await json<{ id: string }>(
    ...words('integration add --name Plant --topic plant/{device}/telemetry --qos 1'),
  )
  await succeed('pub', ...mqtt, '-t', 'plant/pump/telemetry', '-m', '{"rpm":1480}', '-q', '1')
  const latest = await json<Record<string, { value: number }>>('device', 'latest', 'pump')
  assert.equal(latest['rpm']?.value, 1480)
  const changed = await json<{ topics: object[]; duplicates: string; enabled: boolean }>(
    ...words('integration update Plant --qos 2 --duplicates ignore --disable'),
  )
  assert.deepEqual(changed.topics, [{ filter: 'plant/{device}/telemetry', qos: 2 }])
  assert.deepEqual([changed.duplicates, changed.enabled], ['ignore', false])
  assert.match((await succeed('integration', 'show', made.id)).stdout, /^state +off$/m)
  assert.match((await succeed('integration', 'list')).stdout, /Plant/)
  await succeed('integration', 'remove', 'Plant', '--yes')
  assert.equal((await runCommand(['integration', 'show', 'Plant'], { env })).exitCode, 1)
  assert.equal((await runCommand(['integration', 'remove', 'device-api', '--yes'], { env })).exitCode, 1)
})

test('an integration from a file; what is wrong with it is named field by field', async () => {
  const file = join(folder, 'plant.json')
  const spec = {
    name: 'File',
    kind: 'direct',
    topics: [{ filter: 'f/{device}' }],
    converter: { type: 'json' },
  }
  writeFileSync(file, JSON.stringify(spec))
  const made = await json<{ topics: { qos: number }[] }>('integration', 'add', '--file', file)
  assert.equal(made.topics[0]?.qos, 0)
  const wrong = await runCommand(['integration', 'add', '--name', 'Wrong', '--topic', 'a/#/b'], { env })
  assert.equal(wrong.exitCode, 1)
  assert.match(wrong.stderr, /\/topics\/0/)
})

test('I6: what could not be read is listed with its reason, and read again', async () => {
  const refused = await runCommand(['pub', ...mqtt, '-t', 'ack/r1', '-m', '{bad', '-q', '1'], { env })
  assert.equal(refused.exitCode, 4)
  const items = await json<{ id: string; topic: string; reason: string }[]>('rejected', 'list')
  assert.equal(items[0]?.topic, 'ack/r1')
  assert.match((await succeed('rejected', 'list')).stdout, /json_syntax/)
  const retried = await runCommand(['rejected', 'retry', '--all', '--json'], { env })
  assert.equal(retried.exitCode, 1)
  const { stored, failed } = JSON.parse(retried.stdout) as { stored: number; failed: unknown[] }
  assert.deepEqual([stored, failed.length], [0, 1])
})

for (const format of ['csv', 'ndjson']) {
  test(`export and import: a hub’s readings come back to the last bit through ${format}`, async () => {
    const rows = [
      '{"device":"e,1","ts":1764000000000.001,"values":{"a":0.1,"b":true,"c":"21.5","d":"x,\\"y\\"\\n"}}',
      '{"device":"e,1","ts":1764000000000.002,"values":{"a":-1e-7,"big":9223372036854775807,"j":[1,{"k":null}]}}',
      '{"device":"é/2","ts":-5.001,"values":{"a":1,"key, with comma":2}}',
    ]
    const source = join(folder, 'source.ndjson')
    writeFileSync(source, `${rows.join('\n')}\n`)
    await succeed('import', source)
    const devices = ['--device', 'e,1', '--device', 'é/2']
    const first = join(folder, `first.${format}`)
    await succeed('export', ...devices, '--format', format, '-o', first)
    for (const device of ['e,1', 'é/2']) await succeed('device', 'delete-data', device, '--all', '--yes')
    assert.deepEqual(await json('device', 'latest', 'e,1'), {})
    await succeed('import', first)
    const again = await succeed('export', ...devices, '--format', format)
    assert.equal(again.stdout, readFileSync(first, 'utf8'))
    assert.match(again.stdout, /9223372036854775807/)
    assert.equal(again.stdout.split('\n').length, format === 'csv' ? 12 : 10)
  })
}

test('an import may be repeated: the rows are the same ones', async () => {
  const file = join(folder, 'twice.csv')
  const lines = Array.from({ length: 3000 }, (_, at) => `t${at % 3},${1764000000000 + at},${at / 8}`)
  writeFileSync(file, `device,ts,level\n${lines.join('\n')}\n`)
  await succeed('import', file)
  await succeed('import', file)
  const out = await succeed('export', '--device', 't0', '--device', 't1', '--device', 't2')
  assert.equal(out.stdout.trim().split('\n').length, 3001)
  const delivery = await json<{ duplicates: { sameValue: number } }>('delivery', '--device', 't1')
  assert.equal(delivery.duplicates.sameValue, 1000)
  assert.match((await succeed('delivery')).stdout, /^rows met again +\d+ with the same value/m)
})

test('a converter is proposed for one message, and for what sub prints', async () => {
  const one = await succeed('detect', 'tele/plug/SENSOR', '{"ENERGY":{"Power":5}}')
  assert.match(one.stdout, /^CONVERTER +SCORE +OPTIONS\ntasmota +0\.85$/m)
  assert.match(one.stdout, /^The topics are those of Tasmota\.$/m)
  const document = '{"list":[{"name":"oil","value":61.5},{"name":"on","value":true}],"at":1764000000}'
  const lines = [
    JSON.stringify({ receivedAt: 'now', topic: 'press/p1', qos: 1, retain: false, payload: document }),
    `press/p2 ${document}`,
  ]
  for (const stdin of lines) {
    const { stdout, exitCode } = await runCommand(['detect', '--json'], { env, stdin: `${stdin}\n` })
    const { candidates } = JSON.parse(stdout) as { candidates: { type: string; options: object }[] }
    assert.deepEqual([exitCode, candidates[0]?.type], [0, 'json-mapping'])
    assert.deepEqual(candidates[0]?.options, {
      ...{ ts: { path: '$.at' }, each: '$.list', keyPath: '@.name', valuePath: '@.value' },
    })
  }
  const named = await json<{ candidates: { why: string[] }[] }>(
    ...['detect', 'p/d7', '{"bar":1}', '--filter', 'p/{device}'],
  )
  assert.ok(named.candidates[0]?.why.includes('Topic or payload name the device.'))
  assert.equal((await runCommand(['detect', 'x', '--hex', 'ff00ff00'], { env })).exitCode, 1)
  for (const [args, stdin] of [
    [['detect'], ''],
    [['detect'], 'nothing\n'],
    [['detect', 'x'], ''],
    [['detect', 'x', 'y', '--hex', '00'], ''],
  ] as const) {
    assert.equal((await runCommand([...args], { env, stdin })).exitCode, 2, args.join(' '))
  }
})

test('an export longer than a page has every reading once', async () => {
  const file = join(folder, 'long.csv')
  const lines = Array.from({ length: 25_001 }, (_, at) => `long,${(1764000000000000 + at) / 1000},n,${at}`)
  writeFileSync(file, `device,ts,key,value\n${lines.join('\n')}\n`)
  await succeed('import', file)
  const { stdout } = await succeed('export', '--device', 'long')
  assert.deepEqual(stdout.trim().split('\n').slice(1), lines)
})

test('the demo stores at every QoS, and a second run stores nothing new of the past', async () => {
  const counts = await json<{ messages: number; readings: number }>('demo', ...mqtt, '--once')
  assert.ok(counts.readings > 40_000, `${counts.readings} readings`)
  for (const device of ['seattle-weather', 'seattle-fast', 'new-york-daily', 'earthquakes']) {
    assert.notDeepEqual(await json('device', 'latest', device), {}, device)
  }
  const before = await json<{ readingsStored: number }>('delivery', '--device', 'new-york-daily')
  await succeed('demo', ...mqtt, '--once')
  const after_ = await json<{ readingsStored: number }>('delivery', '--device', 'new-york-daily')
  assert.equal(after_.readingsStored, before.readingsStored)
})

test('the demo goes on at its own pace until it is told to stop', async () => {
  const watching = startCommand(['sub', ...mqtt, '-t', 'ack/seattle-fast', '-C', '152', '-d'], { env })
  await watching.printed('Subscribed')
  const demo = startCommand(['demo', ...mqtt, '--json'], { env })
  // 150 messages are the past hour; what follows comes second by second.
  assert.equal((await watching.ended).exitCode, 0)
  demo.stop('SIGTERM')
  assert.equal((await demo.ended).exitCode, 0)
})
