// bin/ackstone.mjs as a process: any Node from 20 on starts it, exit codes and signals pass through.
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { freePort } from '../mosquitto-broker.ts'
import { ScriptedBroker } from '../scripted-broker.ts'
import { lack } from '../tools.ts'

const root = join(import.meta.dirname, '..', '..')
const launcher = join(root, 'bin', 'ackstone.mjs')

interface Ended {
  exitCode: number | null
  stdout: string
  stderr: string
}

function start(node: string, args: string[]) {
  const child = spawn(node, [launcher, ...args], {
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const printed = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => (printed[name] += text))
  }
  const ended = once(child, 'close').then(([exitCode]): Ended => ({ exitCode, ...printed }))
  return { child, ended }
}

/** The system's own Node, where it is older than the one that npm brings. */
function olderNode(t: TestContext): string | undefined {
  for (const path of ['/usr/bin/node', '/usr/local/bin/node']) {
    try {
      const version = execFileSync(path, ['-p', 'process.versions.node'], { encoding: 'utf8' })
      if (Number(version.split('.')[0]) < 24) return path
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
  lack(t, 'needs a Node older than 24 beside the one of npm')
  return undefined
}

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }

test('this Node runs it in its own process', async () => {
  const { exitCode, stdout } = await start(process.execPath, ['version', '--json']).ended
  assert.equal(exitCode, 0)
  const versions = JSON.parse(stdout) as Record<string, string>
  assert.deepEqual([versions['ackstone'], versions['node']], [version, process.versions.node])
})

test('an older Node starts the one that npm brings, and hands on output and exit code', async (t) => {
  const node = olderNode(t)
  if (node === undefined) return
  const { exitCode, stdout, stderr } = await start(node, ['version', '--json']).ended
  assert.deepEqual([exitCode, stderr], [0, ''])
  assert.ok(Number((JSON.parse(stdout) as Record<string, string>)['node']!.split('.')[0]) >= 24)
  const port = String(await freePort())
  assert.equal((await start(node, ['pub', '-p', port, '-t', 'x', '-m', 'x']).ended).exitCode, 3)
})

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  test(`${signal} ends a command that waits with ${code}, with either Node`, async (t) => {
    const broker = await ScriptedBroker.start()
    t.after(() => broker.stop())
    const older = olderNode(t)
    for (const node of older === undefined ? [process.execPath] : [process.execPath, older]) {
      const { child, ended } = start(node, ['sub', '-p', String(broker.port), '-t', 'x'])
      const { peer } = await broker.connected()
      await peer.expect('subscribe')
      child.kill(signal)
      assert.equal((await peer.expect('disconnect')).reasonCode, 0)
      peer.destroy()
      assert.equal((await ended).exitCode, code)
    }
  })
}

test('a reader that goes away ends the command quietly', async (t) => {
  const broker = await ScriptedBroker.start()
  t.after(() => broker.stop())
  const { child, ended } = start(process.execPath, ['sub', '-p', String(broker.port), '-t', 'x'])
  const { peer } = await broker.connected()
  peer.send({ type: 'suback', packetId: (await peer.expect('subscribe')).packetId, reasonCodes: [0] })
  child.stdout.destroy()
  const source = Buffer.alloc(1000, 'x')
  const message = { type: 'publish', topic: 'x', source, payloadStart: 0, payloadEnd: 1000 } as const
  const rest = { qos: 0, retain: false, dup: false, packetId: 0, properties: undefined } as const
  for (let count = 0; count < 200; count++) peer.send({ ...message, ...rest })
  const { exitCode, stderr } = await ended
  assert.deepEqual([exitCode, stderr], [141, ''])
})
