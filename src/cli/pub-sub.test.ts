// `pub` and `sub` against a broker of somebody else, with the clients that people know beside them.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, before, test } from 'node:test'
import { startMosquitto, type MosquittoBroker } from '../../test/mosquitto-broker.ts'
import { runCommand, startCommand } from '../../test/terminal.ts'
import { findTool, requireTool } from '../../test/tools.ts'

let broker: MosquittoBroker | undefined
before(async () => {
  const path = findTool('mosquitto')
  if (path !== undefined) broker = await startMosquitto(path)
})
after(() => broker?.stop())

function at(): string[] {
  return ['-p', String(broker!.port)]
}

for (const version of ['5', '311']) {
  for (const qos of ['0', '1', '2']) {
    test(`-V ${version} -q ${qos}: sub prints what pub sends`, async (t) => {
      if (requireTool(t, 'mosquitto') === undefined) return
      const topic = `a/${version}/${qos}`
      const options = [...at(), '-V', version, '-q', qos]
      const sub = startCommand(['sub', ...options, '-t', topic, '-v', '-C', '2', '-d'])
      await sub.printed('Subscribed')
      const pub = await runCommand(['pub', ...options, '-t', topic, '-m', 'hello', '--repeat', '2'])
      assert.deepEqual(pub, { exitCode: 0, stdout: '', stderr: '' })
      const { exitCode, stdout } = await sub.ended
      assert.equal(exitCode, 0)
      assert.equal(stdout, `${topic} hello\n${topic} hello\n`)
    })
  }
}

test('-l: one message a line, in order, counted; -M bounds what is in flight', async (t) => {
  if (requireTool(t, 'mosquitto') === undefined) return
  const lines = Array.from({ length: 5000 }, (_, index) => `line ${index}`)
  const sub = startCommand(['sub', ...at(), '-t', 'lines', '-q', '1', '-C', '5000', '-d'])
  await sub.printed('Subscribed')
  const pub = await runCommand(['pub', ...at(), '-t', 'lines', '-l', '-q', '1', '-M', '50', '--json'], {
    stdin: `${lines.join('\n')}\n`,
  })
  assert.equal(pub.exitCode, 0)
  assert.deepEqual(JSON.parse(pub.stdout), { published: 5000, acknowledged: 5000, refused: 0 })
  assert.equal((await sub.ended).stdout, `${lines.join('\n')}\n`)
})

test('mosquitto_pub and mosquitto_sub understand the same letters', async (t) => {
  const mosquittoPub = requireTool(t, 'mosquitto_pub')
  if (mosquittoPub === undefined || requireTool(t, 'mosquitto') === undefined) return
  const sub = startCommand(['sub', ...at(), '-t', 'both/#', '-T', 'both/not', '-C', '1', '--json', '-d'])
  await sub.printed('Subscribed')
  for (const topic of ['both/not', 'both/yes']) {
    execFileSync(mosquittoPub, [...at(), '-t', topic, '-m', '{"temp":1}', '-q', '1'])
  }
  const message = JSON.parse((await sub.ended).stdout) as Record<string, unknown>
  assert.deepEqual([message['topic'], message['payload'], message['qos']], ['both/yes', '{"temp":1}', 0])
})

test('-r keeps a message, -R leaves it out, -n takes it away; a URL says address and topic', async (t) => {
  if (requireTool(t, 'mosquitto') === undefined) return
  const url = `mqtt://127.0.0.1:${broker!.port}/kept`
  assert.equal((await runCommand(['pub', '-L', url, '-m', 'old', '-r', '-q', '1'])).exitCode, 0)
  const kept = await runCommand(['sub', '-L', url, '-C', '1', '-N'])
  assert.equal(kept.stdout, 'old')
  const without = await runCommand(['sub', '-L', url, '-R', '-W', '0.2'])
  assert.deepEqual([without.exitCode, without.stdout], [0, ''])
  assert.equal((await runCommand(['pub', '-L', url, '-n', '-r', '-q', '1'])).exitCode, 0)
  assert.equal((await runCommand(['sub', '-L', url, '-W', '0.2'])).stdout, '')
})

test('-c keeps the session: what is published meanwhile is printed at the next start', async (t) => {
  if (requireTool(t, 'mosquitto') === undefined) return
  const sub = ['sub', ...at(), '-t', 'away', '-i', 'sleeper', '-c', '-q', '1']
  assert.equal((await runCommand([...sub, '-W', '0.1'])).exitCode, 0)
  assert.equal((await runCommand(['pub', ...at(), '-t', 'away', '-m', 'meanwhile', '-q', '1'])).exitCode, 0)
  assert.equal((await runCommand([...sub, '-C', '1'])).stdout, 'meanwhile\n')
})

test('properties and bytes go through: user properties, content type, what is no text', async (t) => {
  if (requireTool(t, 'mosquitto') === undefined) return
  const sub = startCommand(['sub', ...at(), '-t', 'p', '-C', '1', '--json', '-d'])
  await sub.printed('Subscribed')
  const bytes = Buffer.from([0, 255, 254])
  const args = ['--content-type', 'application/cbor', '--user-property', 'ts=1=2', '--user-property', 'a=b']
  assert.equal((await runCommand(['pub', ...at(), '-t', 'p', '-s', ...args], { stdin: bytes })).exitCode, 0)
  const message = JSON.parse((await sub.ended).stdout) as Record<string, unknown>
  assert.equal(message['payloadBase64'], bytes.toString('base64'))
  assert.equal(message['contentType'], 'application/cbor')
  assert.deepEqual(message['userProperties'], [
    ['ts', '1=2'],
    ['a', 'b'],
  ])
})

test('sub ends when it is told to, with 128 and the number of the signal', async (t) => {
  if (requireTool(t, 'mosquitto') === undefined) return
  const sub = startCommand(['sub', ...at(), '-t', 'x', '-d'])
  await sub.printed('Subscribed')
  sub.stop('SIGINT')
  assert.equal((await sub.ended).exitCode, 130)
})

test('sub says how many came when the time is over', async (t) => {
  if (requireTool(t, 'mosquitto') === undefined) return
  const { exitCode, stderr } = await runCommand(['sub', ...at(), '-t', 'none', '-C', '3', '-W', '0.1'])
  assert.equal(exitCode, 1)
  assert.match(stderr, /Only 0 of 3 messages came within 0.1 s\./)
})
