import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apiToken, createTestHub } from '../../test/api-parts.ts'
import { systemClock, type Clock } from '../lib/clock.ts'

const url = '/api/v1/devices'
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

/** A clock whose monotonic time the test sets. */
function settableClock(): Clock & { ms: number } {
  const clock = { ...systemClock, ms: 0, monotonicMs: () => clock.ms }
  return clock
}

test('the setup code makes one administrator, whose token works also after a restart', async () => {
  const first = await createTestHub({ adminToken: undefined })
  const code = first.identity.setupCode
  assert.match(code ?? '', /^([2-9A-Z]{4}-){2}[2-9A-Z]{4}$/)
  const setUp = (hub: typeof first, given: string) =>
    hub.api.inject({ method: 'POST', url: '/api/v1/setup', payload: { code: given, name: 'Ada' } })
  assert.equal((await setUp(first, 'AAAA-BBBB-CCCC')).statusCode, 403)
  const [done, again] = await Promise.all([
    setUp(first, code!.toLowerCase().replaceAll('-', ' ')),
    setUp(first, code!),
  ])
  assert.equal(done.statusCode, 201, done.body)
  assert.equal(again.statusCode, 409)
  const { token } = done.json<{ token: string }>()
  assert.equal((await first.api.inject({ url, headers: bearer(token) })).statusCode, 200)
  assert.equal((await first.api.inject({ url, headers: bearer(`${token}x`) })).statusCode, 401)

  const second = await createTestHub({ adminToken: undefined, store: first.store })
  assert.equal(second.identity.setupCode, undefined)
  assert.equal((await second.api.inject({ url, headers: bearer(token) })).statusCode, 200)
  assert.equal((await setUp(second, code!)).statusCode, 409)
  for await (const { value } of first.store.stateScan('registry', 'administrator/')) {
    assert.ok(!Buffer.from(value).includes(token.slice(9)), 'only a hash of the token is stored')
  }
})

test('a setup that the store did not confirm leaves the code valid', async () => {
  const hub = await createTestHub({ adminToken: undefined, limits: { ackDeadlineMs: 20 } })
  const code = hub.identity.setupCode ?? ''
  const setUp = () => hub.api.inject({ method: 'POST', url: '/api/v1/setup', payload: { code, name: 'Ada' } })
  hub.store.hold()
  assert.equal((await setUp()).statusCode, 503)
  hub.store.letThrough()
  await hub.store.release()
  assert.equal((await setUp()).statusCode, 201)
  const stored: string[] = []
  for await (const { key } of hub.store.stateScan('registry', 'administrator/')) stored.push(key)
  assert.equal(stored.length, 1)
})

test('wrong tokens are limited by address, without shutting others or a known bearer out', async () => {
  const clock = settableClock()
  const hub = await createTestHub({ clock })
  const ask = async (token: string, remoteAddress: string) => {
    const answer = await hub.api.inject({ url, headers: bearer(token), remoteAddress })
    return answer.statusCode
  }
  assert.equal(await ask(apiToken, '10.0.0.1'), 200)
  for (let i = 0; i < 10; i++) assert.equal(await ask(`wrong${i}`, '10.0.0.1'), 401)
  const limited = await hub.api.inject({ url, headers: bearer('wrong'), remoteAddress: '10.0.0.1' })
  assert.equal(limited.statusCode, 429)
  assert.equal(limited.headers['retry-after'], '60')
  assert.equal(await ask(apiToken, '10.0.0.1'), 200, 'the bearer that was right before')
  assert.equal(await ask(apiToken, '10.0.0.2'), 200, 'another address')
  const setup = { method: 'POST', url: '/api/v1/setup', payload: { code: 'x', name: 'n' } } as const
  assert.equal((await hub.api.inject({ ...setup, remoteAddress: '10.0.0.1' })).statusCode, 429)

  for (let i = 0; i < 10; i++) assert.equal(await ask(`wrong${i}`, `2001:db8::${i}`), 401)
  assert.equal(
    await ask(apiToken, '2001:db8::ff'),
    429,
    'the same IPv6 network; a right guess learns nothing',
  )
  assert.equal(await ask(apiToken, '2001:db8:0:1::1'), 200)
  clock.ms += 60_001
  assert.equal(await ask('wrong', '10.0.0.1'), 401)
})

test('the page allows its own style and nothing else', async () => {
  const hub = await createTestHub()
  const { body, headers } = await hub.api.inject({ url: '/' })
  const policy = String(headers['content-security-policy'])
  assert.match(policy, /^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]{44}'; /)
  assert.doesNotMatch(policy, /unsafe/)
  assert.doesNotMatch(body, /style="| on\w+="|<script/)
  assert.ok(body.length < 4_096)
})
