// Bridges over HTTP: secrets go in and never come out, health tells, and a test of a broker saves nothing.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { execFile } from 'node:child_process'
import { connectClient, type Client } from '../../src/client/client.ts'
import { Authority, canIssue } from '../certificates.ts'
import { HubProcess } from '../hub.ts'
import { freePort, startMosquitto, type MosquittoBroker } from '../mosquitto-broker.ts'
import { findTool, lack, requireTool } from '../tools.ts'

interface Step {
  step: string
  status: string
  sentence: string
  hint: string | null
}

interface Found {
  steps: Step[]
  filters: { filter: string; asked: number; granted: number | null }[]
  listening?: {
    messages: number
    topics: number
    publishQos: { qos0: number; qos1: number; qos2: number }
    retained: number
    tried: number
    decoded: number
    withTime: number
    samples: { topic: string; payload: string | null; conversion: { device: string | null } | null }[]
  }
}

const run = promisify(execFile)
const folder = mkdtempSync(join(tmpdir(), 'ackstone-bridge-api-'))
const mosquitto = findTool('mosquitto')
let hub: HubProcess
let broker: MosquittoBroker | undefined

before(async () => {
  const config = join(folder, 'passwords')
  if (mosquitto !== undefined) {
    await run('mosquitto_passwd', ['-c', '-b', config, 'ada', 'open-sesame'])
    broker = await startMosquitto(mosquitto, ['allow_anonymous false', `password_file ${config}`])
  }
  hub = await HubProcess.start({ folder })
})
after(async () => {
  await (hub as HubProcess | undefined)?.stop()
  await broker?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const draft = (port: number, more: object = {}): object => ({
  ...{ name: 'Plant', kind: 'bridge', topics: [{ filter: 'plant/{device}/t', qos: 1 }] },
  ...{ converter: { type: 'json' }, connection: { url: `mqtt://127.0.0.1:${port}`, ...more } },
})

function step(found: Found, name: string): Step {
  return found.steps.find((each) => each.step === name) ?? assert.fail(`no step ${name}`)
}

test('a password goes in, and comes out nowhere: not in answers, not in the log, not in errors', async (t) => {
  if (requireTool(t, 'mosquitto') === undefined) return
  const secret = 'a-password-nobody-may-see'
  const port = broker!.port
  const made = await hub.request('POST', '/integrations', draft(port, { username: 'ada', password: secret }))
  const answers = [made, await hub.get('/integrations'), await hub.get('/integrations/plant')]
  answers.push(await hub.request('PUT', '/integrations/plant', draft(port, { username: 'ada' })))
  for (const answer of answers) {
    assert.doesNotMatch(JSON.stringify(answer), new RegExp(secret))
    assert.match(JSON.stringify(answer), /"passwordSet":true/)
  }
  const deadline = performance.now() + 10_000
  for (;;) {
    const health = await hub.get<{ state: string; sentence: string }>('/integrations/plant/health')
    assert.doesNotMatch(JSON.stringify(health), new RegExp(secret))
    if (health.state === 'refused') break
    assert.ok(performance.now() < deadline, `it is ${health.state}`)
  }
  await assert.rejects(
    hub.request(
      'PUT',
      '/integrations/plant',
      draft(port, { url: `mqtt://localhost:${port}`, username: 'ada' }),
    ),
    /Give it again for localhost/,
  )
  await hub.request('DELETE', '/integrations/plant')
  assert.doesNotMatch(hub.printed, new RegExp(secret))
})

test('a test of a connection goes all the way, listens, and saves nothing', async (t) => {
  if (requireTool(t, 'mosquitto') === undefined) return
  const port = broker!.port
  const login = { username: 'ada', password: 'open-sesame' }
  const client: Client = await connectClient({ host: '127.0.0.1', port, ...login })
  t.after(() => client.end())
  await client.publish('plant/old/t', '{"v":0}', { qos: 1, retain: true })
  const publishing = publishUntil(client)
  const body = { ...draft(port, login), listenSeconds: 1 }
  const found = (await hub.request('POST', '/integrations/test', body)) as Found
  await publishing.stop()
  assert.deepEqual(
    found.steps.map(({ step: name, status }) => `${name} ${status}`),
    ['dns skipped', 'tcp ok', 'tls skipped', 'connect ok', 'subscribe ok', 'listen ok'],
    JSON.stringify(found.steps),
  )
  assert.deepEqual(found.filters, [{ filter: 'plant/+/t', asked: 1, granted: 1 }])
  const { listening } = found
  assert.ok(listening !== undefined)
  assert.equal(listening.retained, 1)
  const { qos0, qos1, qos2 } = listening.publishQos
  assert.ok(qos0 > 0 && qos1 > 0 && qos2 > 0, 'it sees QoS 2 although 1 is selected')
  assert.equal(listening.topics, 4)
  assert.ok(listening.decoded < listening.tried && listening.withTime < listening.decoded)
  assert.ok(listening.samples.some(({ conversion }) => conversion?.device === 'd0'))
  const { items } = await hub.get<{ items: { id: string }[] }>('/integrations')
  assert.deepEqual(
    items.map(({ id }) => id),
    ['device-api'],
  )
  assert.deepEqual((await hub.get<{ items: unknown[] }>('/devices')).items, [])
})

/** One message at each QoS: with a time, without, and unreadable. */
function publishUntil(client: Client): { stop(): Promise<void> } {
  let isOver = false
  const loop = (async () => {
    while (!isOver) {
      await client.publish('plant/d0/t', '{"v":1}', { qos: 0 })
      await client.publish('plant/d1/t', '{"ts":1764000000000,"values":{"v":1}}', { qos: 1 })
      await client.publish('plant/d2/t', '{', { qos: 2 })
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  })()
  return {
    stop: () => {
      isOver = true
      return loop
    },
  }
}

test('each step that fails says what happened and what to do, and those after it are skipped', async (t) => {
  const closed = await freePort()
  const cases: [string, number, object, RegExp, RegExp][] = [
    ['dns', 1883, { url: 'mqtt://no-such-host.invalid' }, /can’t be looked up/, /host name|network/],
    ['tcp', closed, {}, /Nothing listens on that port/, /Check the port/],
  ]
  if (requireTool(t, 'mosquitto') === undefined) return
  cases.push(['connect', broker!.port, {}, /Not authorized/, /user name and password.*ackstone-test-/])
  cases.push(['tls', broker!.port, { url: `mqtts://127.0.0.1:${broker!.port}` }, /There is no TLS/, /mqtts?/])
  for (const [name, port, more, sentence, hint] of cases) {
    const body = { ...draft(port, more), listenSeconds: 0 }
    const found = (await hub.request('POST', '/integrations/test', body)) as Found
    const failed = step(found, name)
    assert.equal(failed.status, 'failed', JSON.stringify(found))
    assert.match(failed.sentence, sentence)
    assert.match(failed.hint ?? '', hint)
    const later = found.steps.slice(found.steps.indexOf(failed) + 1)
    assert.ok(later.every(({ status }) => status === 'skipped'))
  }
})

test('a port that is no broker is told from one', async (t) => {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as { port: number }
  const found = (await hub.request('POST', '/integrations/test', {
    ...draft(port),
    listenSeconds: 0,
  })) as Found
  assert.equal(step(found, 'connect').status, 'failed')
  assert.match(step(found, 'connect').sentence, /speaks HTTP/)
})

test('TLS: who issued the certificate, for how long, and what is wrong with it', async (t) => {
  const path = requireTool(t, 'mosquitto')
  if (path === undefined) return
  if (!canIssue()) return lack(t, 'needs openssl, which is not installed here')
  const authority = new Authority(folder, 'Plant CA')
  const { cert, key } = authority.issue('broker', 'the broker', 'DNS:localhost')
  const port = await freePort()
  const lines = [`listener ${port} 127.0.0.1`, `certfile ${cert}`, `keyfile ${key}`]
  const secure = await startMosquitto(path, lines)
  t.after(() => secure.stop())
  const ca = readFileSync(authority.cert, 'utf8')
  const tried = async (host: string, more: object): Promise<Step> => {
    const body = { ...draft(port, { url: `mqtts://${host}:${port}`, ...more }), listenSeconds: 0 }
    return step((await hub.request('POST', '/integrations/test', body)) as Found, 'tls')
  }
  const unknown = await tried('localhost', {})
  assert.equal(unknown.status, 'failed')
  assert.match(
    unknown.sentence,
    /certificate of the broker, issued by Plant CA, expires in \d+ days.*not known here/,
  )
  assert.match(unknown.hint ?? '', /"ca"/)
  const known = await tried('localhost', { ca })
  assert.equal(known.status, 'warning', 'it expires soon')
  assert.match(known.hint ?? '', /Renew/)
  assert.match((await tried('127.0.0.1', { ca })).sentence, /TLSv1.3, certificate of the broker/)
  const ignored = await tried('localhost', { verify: false })
  assert.equal(ignored.status, 'warning')
  assert.match(ignored.sentence, /not verified, so anybody in between/)
})

test('ackstone doctor tells the same, and its exit code says where it ended', async (t) => {
  if (requireTool(t, 'mosquitto') === undefined) return
  const doctor = async (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> => {
    const env = { ...process.env, ACKSTONE_MQTT_PASSWORD: 'open-sesame', NO_COLOR: '1' }
    try {
      return { code: 0, ...(await run(process.execPath, ['src/main.ts', 'doctor', ...args], { env })) }
    } catch (error) {
      return error as { code: number; stdout: string; stderr: string }
    }
  }
  const url = `mqtt://127.0.0.1:${broker!.port}`
  const good = await doctor(url, '-u', 'ada', '-t', 'plant/#', '--listen', '1')
  assert.equal(good.code, 0, good.stderr)
  assert.match(good.stdout, /ok +connect .*MQTT 5, Maximum QoS 2/)
  assert.match(good.stdout, /warning|ok +listen/)
  const refused = await doctor(url, '--json')
  assert.equal(refused.code, 4)
  assert.equal(
    (JSON.parse(refused.stdout) as Found).steps.find(({ step: name }) => name === 'connect')?.status,
    'failed',
  )
  assert.equal((await doctor(`mqtt://127.0.0.1:${await freePort()}`)).code, 3)
  assert.equal((await doctor('http://127.0.0.1')).code, 2)
  assert.equal((await doctor(url, '-t', 'a#b')).code, 2)
})

test('a bridge of ackstone.yaml keeps its client identifier, and its secret comes from outside', async (t) => {
  if (requireTool(t, 'mosquitto') === undefined) return
  const own = join(folder, 'declared')
  const file = join(folder, 'ackstone.yaml')
  writeFileSync(
    file,
    `integrations:
  - name: Plant
    kind: bridge
    connection:
      url: mqtt://127.0.0.1:${broker!.port}
      username: ada
      password: \${env:BROKER_PASSWORD}
    topics:
      - filter: plant/{device}/t
        qos: 1
    converter: {type: json}
`,
  )
  const seen: string[] = []
  for (let start = 0; start < 2; start++) {
    const declared = await HubProcess.start({
      folder: own,
      flags: ['--config', file],
      env: { BROKER_PASSWORD: 'open-sesame' },
    })
    try {
      const deadline = performance.now() + 20_000
      for (;;) {
        const { state, connections } = await declared.get<{
          state: string
          connections: { clientId: string; sessionPresent: boolean | null }[]
        }>('/integrations/plant/health')
        if (state === 'connected' || state === 'catching up') {
          seen.push(`${connections[0]!.clientId} ${connections[0]!.sessionPresent}`)
          break
        }
        assert.ok(performance.now() < deadline, state)
      }
      const shown = JSON.stringify(await declared.get('/integrations/plant'))
      assert.match(shown, /"managed":true/)
      assert.doesNotMatch(shown, /open-sesame/)
    } finally {
      await declared.stop()
    }
  }
  const [id] = seen[0]!.split(' ')
  assert.deepEqual(seen, [`${id} false`, `${id} true`], 'the second start finds the session of the first')
})

test('the command line sets a bridge up, shows it, and changes it without its password', async (t) => {
  if (requireTool(t, 'mosquitto') === undefined) return
  const ackstone = async (...args: string[]): Promise<string> => {
    const env = {
      ...process.env,
      ACKSTONE_URL: `http://127.0.0.1:${hub.httpPort}`,
      ACKSTONE_TOKEN: 'the-administrator-of-the-tests',
      ACKSTONE_MQTT_PASSWORD: 'open-sesame',
      NO_COLOR: '1',
    }
    const { stdout } = await run(process.execPath, ['src/main.ts', 'integration', ...args], { env })
    return stdout
  }
  const url = `mqtt://127.0.0.1:${broker!.port}`
  const added = await ackstone(
    'add',
    '--name',
    'Lab',
    '--broker',
    url,
    '-u',
    'ada',
    '--topic',
    'lab/{device}',
    '--qos',
    '1',
  )
  assert.match(added, /broker +mqtt:.*login +ada, with a password/s)
  await ackstone('update', 'Lab', '--session-expiry', '3600')
  const shown = JSON.parse(await ackstone('show', 'Lab', '--json')) as {
    connection: { sessionExpiry: number; passwordSet: boolean; clientId: string }
  }
  assert.deepEqual([shown.connection.sessionExpiry, shown.connection.passwordSet], [3600, true])
  const deadline = performance.now() + 20_000
  let health = ''
  do health = await ackstone('health', 'Lab')
  while (!/Selected 1, granted 1/.test(health) && performance.now() < deadline)
  assert.match(health, /topic +lab\/\{device\}: Selected 1, granted 1/)
  await ackstone('remove', 'Lab', '--yes')
})
