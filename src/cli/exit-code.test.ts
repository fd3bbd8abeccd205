// Every exit code, reached by what it stands for.
import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { freePort } from '../../test/mosquitto-broker.ts'
import { ScriptedBroker } from '../../test/scripted-broker.ts'
import { runCommand, startCommand } from '../../test/terminal.ts'
import { exitCode } from './exit-code.ts'

let broker: ScriptedBroker
/** Answers every request with the status that the path ends with. */
let hub: Server
before(async () => {
  broker = await ScriptedBroker.start()
  hub = createServer((request, response) => {
    const status = Number(/status-(\d+)/.exec(String(request.headers.authorization))?.[1] ?? 200)
    response.writeHead(status, { 'content-type': 'application/problem+json' })
    response.end(JSON.stringify({ detail: 'It is so.', hint: 'Do something.', status }))
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => hub.once('listening', resolve))
})
after(async () => {
  await broker.stop()
  hub.close()
})

function mqtt(): string[] {
  return ['-h', '127.0.0.1', '-p', String(broker.port)]
}

function api(token = 'none'): { env: Record<string, string> } {
  const { port } = hub.address() as AddressInfo
  return { env: { ACKSTONE_URL: `http://127.0.0.1:${port}`, ACKSTONE_TOKEN: token } }
}

test('0: help and version, asked for', async () => {
  for (const args of [['--help'], ['help'], ['help', 'pub'], ['pub', '--help'], ['--version'], ['version']]) {
    const result = await runCommand(args)
    assert.equal(result.exitCode, exitCode.ok, args.join(' '))
    assert.notEqual(result.stdout, '')
    assert.equal(result.stderr, '')
  }
})

test('2: a command line that can’t be meant, said in a sentence', async () => {
  const cases: [string[], RegExp][] = [
    [[], /Usage/],
    [['publish'], /Unknown command 'publish'\.\n`ackstone --help`/],
    [['pub', '--nope'], /Unknown option '--nope'\.\n`ackstone pub --help`/],
    [['pub', '-m', 'x'], /There is no topic to publish to\./],
    [['pub', '-t', 'x'], /There is no message to publish\./],
    [['pub', '-t', 'x', '-m', 'x', '-n'], /more than one way/],
    [['pub', '-t', 'x', '-m', 'x', '-q', '3'], /It must be one of 0, 1, 2\./],
    [['pub', '-t', 'x', '-m', 'x', '-c'], /Give one with -i\./],
    [['pub', '-t', 'x', '-f', '/nonexistent'], /can’t be read/],
    [['pub', '-L', 'http://u:geheim@h/x', '-m', 'x'], /scheme "http" is not MQTT/],
    [['pub', '-p', '1', '-t', 'a/+', '-m', 'x'], /^"a\/\+" is no topic to publish to\./],
    [['sub', '-p', '1', '-t', 'a/#/b'], /^"a\/#\/b" is no topic filter\./],
    [['export', '--start', 'yesterday'], /"yesterday" of --start is no moment/],
    [['sub'], /There is no topic to subscribe to\./],
    [['device', 'delete-data', 'd'], /It is not said which readings to delete\./],
    [['device', 'delete-data', 'd', '--all'], /Add --yes when it is meant\./],
    [['import', '/nonexistent.csv'], /There is no file/],
    [['import', 'x.dat'], /does not tell the format/],
    [['device', 'list', '--url', 'ftp://x'], /is not the address of a hub/],
    [['rejected', 'retry'], /Give the ids of messages, or --all\./],
    [['delivery', '--device', 'a', '--integration', 'b'], /Give one of --device and --integration\./],
  ]
  for (const [args, words] of cases) {
    const { exitCode: code, stdout, stderr } = await runCommand(args)
    assert.equal(code, exitCode.usage, `${args.join(' ')}: ${stderr}`)
    assert.match(stderr, words)
    assert.equal(stdout, '')
    assert.doesNotMatch(stderr, /geheim/)
  }
})

test('2 with --json: one JSON object, also for what the parser finds wrong', async () => {
  for (const args of [['publish'], ['pub', '-q', '3'], ['pub', '--nope'], ['migrate', '--to', 'leveldb']]) {
    const { stderr, exitCode: code } = await runCommand([...args, '--json'])
    const { error, hint, exitCode: said } = JSON.parse(stderr) as Record<string, unknown>
    assert.deepEqual([code, said], [exitCode.usage, exitCode.usage])
    assert.match(
      `${String(error)} ${String(hint)}`,
      /^[A-Z].*\. .*`ackstone.* --help` shows what there is\.$/,
    )
  }
})

test('3: nobody there, at the MQTT port and at the HTTP port', async () => {
  const port = await freePort()
  const pub = await runCommand(['pub', '-p', String(port), '-t', 'x', '-m', 'x'])
  assert.equal(pub.exitCode, exitCode.cannotConnect)
  assert.match(pub.stderr, new RegExp(`No MQTT connection to 127.0.0.1:${port}: .*ECONNREFUSED`))
  const list = await runCommand(['device', 'list', '--url', `http://127.0.0.1:${port}`])
  assert.equal(list.exitCode, exitCode.cannotConnect)
  assert.match(list.stderr, /can’t be reached: ECONNREFUSED\.\nStart it with `ackstone serve`/)
})

test('4: refused, with the code and the name of the refusal', async () => {
  const pub = startCommand(['pub', ...mqtt(), '-t', 'x', '-m', 'x'])
  await broker.connected({ reasonCode: 0x86 })
  const refused = await pub.ended
  assert.equal(refused.exitCode, exitCode.refused)
  assert.match(refused.stderr, /code 134, Bad User Name or Password/)

  const old = startCommand(['sub', ...mqtt(), '-t', 'x', '-V', '311'])
  await broker.connected({ reasonCode: 5 })
  assert.match((await old.ended).stderr, /code 5, Not authorized/)
  assert.equal((await old.ended).exitCode, exitCode.refused)

  for (const status of [401, 403]) {
    const list = await runCommand(['device', 'list'], api(`status-${status}`))
    assert.equal(list.exitCode, exitCode.refused)
    assert.match(list.stderr, /administrator’s token/)
  }
})

test('4: a message or a subscription that is refused', async () => {
  const pub = startCommand(['pub', ...mqtt(), '-t', 'x', '-m', 'x', '-q', '1'])
  const { peer } = await broker.connected()
  const { packetId } = await peer.expect('publish')
  peer.send({ type: 'puback', packetId, reasonCode: 0x99, properties: { reasonString: 'No JSON.' } })
  assert.equal((await pub.ended).exitCode, exitCode.refused)
  assert.match((await pub.ended).stderr, /code 153, Payload format invalid\. No JSON\./)

  const sub = startCommand(['sub', ...mqtt(), '-t', 'x'])
  const { peer: other } = await broker.connected()
  other.send({ type: 'suback', packetId: (await other.expect('subscribe')).packetId, reasonCodes: [0x87] })
  assert.equal((await sub.ended).exitCode, exitCode.refused)
})

test('5: no answer in time, and a connection that is lost before it', async () => {
  const pub = startCommand(['pub', ...mqtt(), '-t', 'x', '-m', 'x', '-q', '1', '--ack-timeout', '0.1'])
  const { peer } = await broker.connected()
  await peer.expect('publish')
  await peer.expect('disconnect')
  peer.destroy()
  assert.equal((await pub.ended).exitCode, exitCode.notAcknowledged)
  assert.match((await pub.ended).stderr, /No answer for 0\.1 s: 1 of 1 messages for x are not acknowledged\./)

  const cut = startCommand(['pub', ...mqtt(), '-t', 'x', '-m', 'x', '-q', '2', '--json'])
  const { peer: other } = await broker.connected()
  await other.expect('publish')
  other.destroy()
  const { exitCode: code, stderr } = await cut.ended
  assert.equal(code, exitCode.notAcknowledged)
  const last = JSON.parse(stderr.trim().split('\n').at(-1)!) as Record<string, unknown>
  assert.deepEqual([last['code'], last['exitCode']], ['CONNECTION_LOST', 5])
})

test('6: some lines were taken and some were not', async () => {
  const pub = startCommand(['pub', ...mqtt(), '-t', 'x', '-l', '-q', '1'], { stdin: 'good\nbad\n' })
  const { peer } = await broker.connected()
  for (const reasonCode of [0, 0x99]) {
    peer.send({ type: 'puback', packetId: (await peer.expect('publish')).packetId, reasonCode })
  }
  assert.equal((await pub.ended).exitCode, exitCode.partlyDone)
})

test('1: what the hub can’t do for another reason', async () => {
  const list = await runCommand(['device', 'list'], api('status-404'))
  assert.equal(list.exitCode, exitCode.failure)
  assert.match(list.stderr, /answered 404 to GET .*: It is so\.\nDo something\./)
})

test('78: a configuration with a fault, each named, as text and as JSON', async () => {
  const args = ['check-config', '--config', '/nonexistent/ackstone.yaml']
  const text = await runCommand(args)
  assert.equal(text.exitCode, exitCode.badConfig)
  assert.match(text.stderr, /there is no such file/)
  const port = await runCommand(['serve', '--mqtt-port', '99999'])
  assert.equal(port.exitCode, exitCode.badConfig)
  assert.match(port.stderr, /--mqtt-port: mqttPort must be a whole number from 0 to 65535/)
  const json = await runCommand([...args, '--json'])
  assert.equal(json.exitCode, exitCode.badConfig)
  assert.equal((JSON.parse(json.stdout) as { isValid: boolean }).isValid, false)
})

test('128 + n: a command that is told to stop before it is done', async () => {
  const pub = startCommand(['pub', ...mqtt(), '-t', 'x', '-m', 'x', '-q', '1'])
  const { peer } = await broker.connected()
  await peer.expect('publish')
  pub.stop('SIGTERM')
  await peer.expectEnd()
  assert.equal((await pub.ended).exitCode, 143)
})

test('a secret on the command line is used, with a warning; elsewhere without one', async () => {
  const pub = startCommand(['pub', ...mqtt(), '-t', 'x', '-m', 'x', '-u', 'me', '-P', 'geheim'])
  assert.equal(Buffer.from((await broker.connected()).connect.password!).toString(), 'geheim')
  assert.match((await pub.ended).stderr, /Warning: what follows --pw on the command line can be seen/)
  const quiet = startCommand(['pub', ...mqtt(), '-t', 'x', '-m', 'x', '-u', 'me'], {
    env: { ACKSTONE_MQTT_PASSWORD: 'leise' },
  })
  assert.equal(Buffer.from((await broker.connected()).connect.password!).toString(), 'leise')
  assert.equal((await quiet.ended).stderr, '')
})
