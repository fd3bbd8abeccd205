// A real hub, killed: people stay signed in, and what was taken away stays away. And the commands for people.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { HubProcess, type HubOptions } from '../hub.ts'
import { ada } from '../people.ts'
import { runCommand } from '../terminal.ts'

const folder = mkdtempSync(join(tmpdir(), 'ackstone-people-'))
const token = 'the-administrator-of-the-people'
let hub: HubProcess

async function start(flags: string[] = []): Promise<string> {
  const options: HubOptions = { folder: join(folder, 'data'), flags, env: { ACKSTONE_ADMIN_TOKEN: token } }
  hub = await HubProcess.start(options)
  return /Setup +(\S+)/.exec(hub.printed)?.[1] ?? ''
}

after(async () => {
  await hub.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** As a page of the hub asks. */
async function ask(method: string, path: string, cookie: string, body?: unknown) {
  const url = `http://127.0.0.1:${hub.httpPort}`
  const answer = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: { 'origin': url, 'cookie': `ackstone_session=${cookie}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const given = /ackstone_session=([^;]*)/.exec(answer.headers.get('set-cookie') ?? '')?.[1] ?? ''
  return { status: answer.status, text: await answer.text(), cookie: given }
}

async function run(...args: string[]) {
  const env = { ACKSTONE_URL: `http://127.0.0.1:${hub.httpPort}`, ACKSTONE_TOKEN: token }
  return runCommand(args, { env })
}

async function json<T>(...args: string[]): Promise<T> {
  const result = await run(...args, '--json')
  assert.equal(result.exitCode, 0, `${args.join(' ')}: ${result.stderr}`)
  return JSON.parse(result.stdout) as T
}

test('after kill -9 who was signed in still is, and who was signed out is not', async () => {
  const code = await start()
  const first = await ask('POST', '/setup', '', { code, ...ada })
  assert.equal(first.status, 201, first.text)
  const login = { email: ada.email, password: ada.password }
  const second = await ask('POST', '/session', '', login)
  assert.equal((await ask('DELETE', '/session', second.cookie)).status, 204)
  await hub.kill()
  assert.equal(await start(), '', 'no setup code: there is an administrator')
  assert.equal((await ask('GET', '/session', first.cookie)).status, 200)
  assert.equal((await ask('GET', '/session', second.cookie)).status, 401)
  assert.equal((await ask('POST', '/session', '', login)).status, 200)
  for (const secret of [ada.password, first.cookie]) assert.ok(!hub.printed.includes(secret))
})

test('people and keys are set up by commands, and it is on record', async () => {
  const made = await run('user', 'add', 'bob@example.org', '--name', 'Bob', '--role', 'operator')
  assert.equal(made.exitCode, 0, made.stderr)
  const link = /link +(\S+)/.exec(made.stdout)?.[1] ?? ''
  assert.match(link, /^http:\/\/127\.0\.0\.1:\d+\/invitation#[\w-]{43}$/)
  const taken = await ask('POST', '/invitations', '', {
    code: link.split('#')[1],
    password: 'the password of Bob',
  })
  assert.equal(taken.status, 200, taken.text)
  assert.match((await run('user', 'list')).stdout, /bob@example\.org +Bob +operator +active/)

  writeFileSync(join(folder, 'new'), 'quite another secret\n')
  await json('user', 'password', 'bob@example.org', '--password-file', join(folder, 'new'))
  assert.equal((await ask('GET', '/session', taken.cookie)).status, 401, 'a new password ends the sessions')
  const again = { email: 'bob@example.org', password: 'quite another secret' }
  assert.equal((await ask('POST', '/session', '', again)).status, 200)
  await json('user', 'update', 'bob@example.org', '--disable')
  assert.equal((await ask('POST', '/session', '', again)).status, 401)
  assert.equal((await run('user', 'remove', 'nobody@example.org', '--yes')).exitCode, 1)
  await json('user', 'remove', 'BOB@example.org', '--yes')

  const key = await json<{ id: string; key: string }>('key', 'create', 'gateway', '--scope', 'ingest')
  const body = JSON.stringify({ t: 1 })
  const headers = { 'authorization': `Bearer ${key.key}`, 'content-type': 'application/json' }
  const store = () =>
    fetch(`http://127.0.0.1:${hub.httpPort}/api/v1/devices/d1/telemetry`, { method: 'POST', headers, body })
  assert.equal((await store()).status, 200)
  assert.match(
    (await run('key', 'list')).stdout,
    new RegExp(`${key.id} +gateway +ingest +${key.key.slice(0, 12)}`),
  )
  await json('key', 'revoke', key.id, '--yes')
  assert.equal((await store()).status, 401)

  const told = await json<{ sentence: string }[]>('audit', '--who', 'admin_token', '--limit', '3')
  assert.deepEqual(
    told.map(({ sentence }) => sentence.replace(/\(ack_.*\)/, '(…)')),
    [
      'ACKSTONE_ADMIN_TOKEN revoked the API key gateway (…).',
      'ACKSTONE_ADMIN_TOKEN made the API key gateway.',
      'ACKSTONE_ADMIN_TOKEN removed the user bob@example.org.',
    ],
  )
})

test('a lost password: a start with --new-setup-code prints a code that replaces it', async () => {
  await hub.stop()
  const code = await start(['--new-setup-code'])
  assert.match(code, /^([2-9A-Z]{4}-){2}[2-9A-Z]{4}$/)
  const back = await ask('POST', '/setup', '', { code, ...ada, password: 'written down this time' })
  assert.equal(back.status, 201, back.text)
  assert.equal((await ask('POST', '/session', '', { email: ada.email, password: ada.password })).status, 401)
  assert.deepEqual((await json<unknown[]>('user', 'list')).length, 1)
})
