// Who may connect and what they may do, through the API and over MQTT, with everything real but the sockets.
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import {
  badLogin,
  notAuthorized,
  openAccessHouse,
  publishCode,
  subscribeCode,
  success,
  until,
  type AccessHouse,
} from './access-house.ts'
import type { TestClient } from './broker-house.ts'

interface Made {
  id: string
  secret: string
}

describe('credentials of devices', async () => {
  const house = await openAccessHouse()
  after(() => house.close())
  const { ask, login } = house

  test('without credentials nobody gets in where anonymous clients are not allowed', async () => {
    assert.equal((await login({}))[0], notAuthorized)
    assert.equal((await login({ username: 'somebody' }))[0], badLogin)
    const [code] = await login({ protocolVersion: 4 })
    assert.equal(code, 5)
  })

  test('a token is the user name, shown once; the device it belongs to is the one that writes', async () => {
    const made = await ask<Made>('POST', '/devices/pump-1/credentials', { kind: 'token' })
    assert.ok(made.secret.length >= 43)
    const [code, client] = await login({ username: made.secret, clientId: 'anything' })
    assert.equal(code, success)
    assert.equal(await publishCode(client, 'v1/devices/me/telemetry', '{"flow":1}'), success)
    const latest = await ask('GET', '/devices/pump-1/latest')
    assert.ok('flow' in latest)
    const listed = await ask<{ items: object[] }>('GET', '/devices/pump-1/credentials')
    assert.equal(listed.items.length, 1)
    assert.ok(!JSON.stringify(listed).includes(made.secret))
  })

  test('no secret is in the store', async () => {
    const { secret } = await ask<Made>('POST', '/devices/s1/credentials', { kind: 'token' })
    const other = await ask<Made>('POST', '/devices/s1/credentials', { kind: 'password', scram: true })
    let all = ''
    for await (const { key, value } of house.hub.store.stateScan('registry', '')) all += key + String(value)
    assert.ok(all.includes('$scrypt$'))
    assert.ok(!all.includes(secret) && !all.includes(other.secret))
  })

  test('a password lets in its device, a wrong one does not, with or without user name', async () => {
    const body = { kind: 'password', username: 'valve', password: 'open sesame' }
    await ask('POST', '/devices/valve-1/credentials', body)
    assert.equal((await login({ username: 'valve', pass: 'open sesame' }))[0], success)
    assert.equal((await login({ username: 'valve', pass: 'open sesamE' }))[0], badLogin)
    assert.equal((await login({ username: 'valve' }))[0], badLogin)
    await ask('POST', '/devices/other/credentials', body, 409)
  })

  test('a certificate is known by its fingerprint or its common name', async () => {
    const fingerprint256 = Array.from({ length: 32 }, () => 'AB').join(':')
    const body = { kind: 'certificate', fingerprint: fingerprint256.replaceAll(':', '').toLowerCase() }
    await ask('POST', '/devices/cert-1/credentials', body)
    await ask('POST', '/devices/cert-2/credentials', { kind: 'certificate', commonName: 'meter' })
    const by = async (commonName: string, print: string): Promise<string | undefined> => {
      const [, client] = await login({}, { certificate: { commonName, fingerprint256: print } })
      return [...house.broker.links].find((link) => link.connection === client)?.session?.device
    }
    assert.equal(await by('x', fingerprint256), 'cert-1')
    assert.equal(await by('meter', 'CD'), 'cert-2')
    assert.equal(await by('meters', 'CD'), undefined)
  })

  test('revoking ends the connections at once, and the credential is worth nothing', async () => {
    const made = await ask<Made>('POST', '/devices/r1/credentials', { kind: 'token' })
    const kept = await ask<Made>('POST', '/devices/r1/credentials', { kind: 'token' })
    const [, client] = await login({ username: made.secret })
    const [, other] = await login({ username: kept.secret, clientId: 'other' })
    await ask('DELETE', `/devices/r1/credentials/${made.id}`)
    assert.ok(client.isEnded && !other.isEnded)
    assert.deepEqual(client.take(), ['disconnect 0x87'])
    assert.equal((await login({ username: made.secret }))[0], badLogin)
    await ask('DELETE', `/devices/r1/credentials/${made.id}`, undefined, 404)
  })

  test('rotating makes the old secret worthless at once', async () => {
    const made = await ask<Made>('POST', '/devices/rot/credentials', { kind: 'password' })
    const [, client] = await login({ username: 'rot', pass: made.secret })
    const rotated = await ask<Made>('POST', `/devices/rot/credentials/${made.id}/rotate`, {})
    assert.ok(client.isEnded)
    assert.equal((await login({ username: 'rot', pass: made.secret }))[0], badLogin)
    assert.equal((await login({ username: 'rot', pass: rotated.secret }))[0], success)
    const token = await ask<Made>('POST', '/devices/rot/credentials', { kind: 'token' })
    const next = await ask<Made>('POST', `/devices/rot/credentials/${token.id}/rotate`, {})
    assert.equal((await login({ username: token.secret }))[0], badLogin)
    assert.equal((await login({ username: next.secret }))[0], success)
  })

  test('what is entered is there after a restart, and what another hub revokes counts once it is read', async () => {
    const made = await ask<Made>('POST', '/devices/again/credentials', { kind: 'token' })
    const kept = await ask<Made>('POST', '/devices/again/credentials', { kind: 'token' })
    const next = await openAccessHouse({ store: house.hub.store })
    const [code, client] = await next.login({ username: made.secret })
    const [, other] = await next.login({ username: kept.secret, clientId: 'other' })
    assert.equal(code, success)
    await ask('DELETE', `/devices/again/credentials/${made.id}`)
    await ask('POST', '/bans', { kind: 'address', value: '192.0.2.1' })
    await next.hub.parts.access.refresh()
    assert.ok(client.isEnded && !other.isEnded)
    assert.equal((await next.login({ username: made.secret }))[0], badLogin)
    assert.equal((await next.login({ username: kept.secret }, { remote: '192.0.2.1:1' }))[0], -1)
    await next.broker.close()
  })

  test('a device that is gone from the registry is refused, not let in as nobody', async () => {
    const mild = await openAccessHouse({ isAnonymousAllowed: true })
    assert.equal((await mild.login({ username: 'unknown' }))[0], success)
    const made = await mild.ask<Made>('POST', '/devices/d/credentials', { kind: 'token' })
    await mild.ask('DELETE', `/devices/d/credentials/${made.id}`)
    assert.equal((await mild.login({ username: made.secret }))[0], badLogin)
    assert.equal((await mild.login({}))[0], success)
    await mild.close()
  })
})

describe('rights', async () => {
  const house = await openAccessHouse()
  after(() => house.close())
  const { ask } = house

  /** A device with a token, connected. */
  async function device(name: string, on: AccessHouse = house): Promise<TestClient> {
    const path = `/devices/${encodeURIComponent(name)}/credentials`
    const { secret } = await on.ask<Made>('POST', path, { kind: 'token' })
    const [code, client] = await on.login({ username: secret, clientId: `c-${name}` })
    assert.equal(code, success)
    return client
  }

  test('a device writes its own topics and nobody else’s, and reads as little', async () => {
    const client = await device('a')
    for (const topic of ['v1/devices/me/telemetry', 'v2/t', 'ack/a', 'ack/a/temp']) {
      assert.equal(await publishCode(client, topic), success, topic)
    }
    for (const topic of ['ack/b', 'ack/b/temp', 'v1/gateway/telemetry', 'ack', '$SYS/x', 'anything']) {
      assert.equal(await publishCode(client, topic), notAuthorized, topic)
    }
    for (const filter of ['ack/a/#', 'v1/devices/me/rpc/request/+'])
      assert.equal(await subscribeCode(client, filter), 1, filter)
    for (const filter of [
      '#',
      '+/+',
      'ack/#',
      'ack/+',
      'ack/b',
      'v1/devices/me/#',
      '$SYS/#',
      '$share/g/#',
      '$share/g/ack/b',
    ]) {
      assert.equal(await subscribeCode(client, filter), notAuthorized, filter)
    }
  })

  test('hostile 4: a device called +, # or a/b gets no filter made of its name', async () => {
    for (const name of ['+', '#', 'a/b', 'a/#']) {
      const client = await device(name)
      for (const filter of ['ack/+', 'ack/#', 'ack/+/#', 'ack/a/b', 'ack/a/#']) {
        assert.equal(await subscribeCode(client, filter), notAuthorized, `${name}: ${filter}`)
      }
      for (const topic of ['ack/b', 'ack/a/b'])
        assert.equal(await publishCode(client, topic), notAuthorized, name)
      assert.equal(await publishCode(client, 'v1/devices/me/telemetry'), success)
    }
  })

  test('topics of an integration that name the device are open to it, as soon as there is one', async () => {
    const client = await device('i1')
    assert.equal(await publishCode(client, 'plant/i1/telemetry'), notAuthorized)
    const topics = [
      { filter: 'plant/{device}/telemetry', qos: 1 },
      { filter: 'free/+/x', qos: 1 },
    ]
    await ask('POST', '/integrations', { name: 'P', kind: 'direct', topics, converter: { type: 'json' } })
    assert.equal(await publishCode(client, 'plant/i1/telemetry'), success)
    assert.equal(await publishCode(client, 'plant/i2/telemetry'), notAuthorized)
    assert.equal(await publishCode(client, 'free/i1/x'), notAuthorized)
    const gateway = { name: 'G', kind: 'direct', converter: { type: 'thingsboard-gateway' } }
    await ask('POST', '/integrations', { ...gateway, topics: [{ filter: 'gw/{device}', qos: 1 }] })
    assert.equal(await publishCode(client, 'gw/i1'), notAuthorized)
    await ask('DELETE', '/integrations/p')
    await until(() => true)
    assert.equal(await publishCode(client, 'plant/i1/telemetry'), notAuthorized)
  })

  test('roles and filters of its own widen what a device may, at once', async () => {
    const client = await device('w')
    await ask('PUT', '/roles/plant', { publish: ['plant/{device}/+'], subscribe: ['plant/#'] })
    await ask('PUT', '/devices/w/rights', { roles: ['device', 'gateway', 'plant'], publish: ['extra'] })
    for (const topic of ['plant/w/x', 'extra', 'v2/t']) {
      assert.equal(await publishCode(client, topic), topic === 'v2/t' ? success : 0x10, topic)
    }
    assert.equal(await publishCode(client, 'v1/gateway/telemetry', '{"x":[{"v":1}]}'), success)
    assert.equal(await subscribeCode(client, 'plant/+/x'), 1)
    assert.equal(await publishCode(client, 'plant/v/x'), notAuthorized)
    await ask('PUT', '/devices/w/rights', { roles: ['nobody'] }, 422)
    await ask('PUT', '/devices/w/rights', { publish: ['a/#/b'] }, 422)
    await ask('PUT', '/roles/device', {}, 409)
  })

  test('hostile 10: with a right go the subscription, the retained message and the will', async () => {
    await ask('PUT', '/devices/h/rights', {
      roles: ['device'],
      publish: ['news/h', 'will/h'],
      subscribe: ['news/#'],
    })
    const { secret } = await ask<Made>('POST', '/devices/h/credentials', { kind: 'token' })
    const will = { topic: 'will/h', payload: Buffer.from('x'), qos: 0 as const, retain: true }
    const [, client] = await house.login({ username: secret, clientId: 'h', will })
    client.publish('news/h', 'kept', { retain: true, qos: 1, packetId: 1 })
    assert.equal(await subscribeCode(client, 'news/#'), 1)
    await ask('PUT', '/devices/h/rights', { roles: ['device'] })
    const { password } = await ask<{ password: string }>('POST', '/accounts', {
      name: 'all',
      roles: ['everything'],
    })
    const [, reader] = await house.login({ username: 'all', pass: password, clientId: 'reader' })
    client.packets.length = 0
    reader.publish('news/x', 'secret')
    client.lose()
    assert.equal(await subscribeCode(reader, 'news/#'), 1)
    assert.equal(await subscribeCode(reader, 'will/#'), 1)
    assert.deepEqual([client.take(), reader.take()], [[], []])
  })

  test('hostile 9: a will to another’s topic is refused at CONNECT', async () => {
    const { secret } = await ask<Made>('POST', '/devices/w9/credentials', { kind: 'token' })
    const will = { topic: 'ack/b', payload: Buffer.from('x'), qos: 1 as const, retain: false }
    assert.equal((await house.login({ username: secret, will }))[0], notAuthorized)
  })

  test('hostile 10: a role without filters allows nothing, and a role that is gone nothing more', async () => {
    await ask('PUT', '/roles/empty', {})
    await ask('PUT', '/devices/e/rights', { roles: ['empty'] })
    const client = await device('e')
    assert.equal(await publishCode(client, 'v2/t'), notAuthorized)
    await ask('PUT', '/roles/empty', { publish: ['v2/t'] })
    assert.equal(await publishCode(client, 'v2/t'), success)
    await ask('DELETE', '/roles/empty')
    assert.equal(await publishCode(client, 'v2/t'), notAuthorized)
  })

  test('the same client identifier of another device is another session', async () => {
    const first = await ask<Made>('POST', '/devices/t1/credentials', { kind: 'token' })
    const second = await ask<Made>('POST', '/devices/t2/credentials', { kind: 'token' })
    const [, one] = await house.login({ username: first.secret, clientId: 'same' })
    await house.login({ username: second.secret, clientId: 'same' })
    assert.ok(!one.isEnded)
    await house.login({ username: first.secret, clientId: 'same' })
    assert.ok(one.isEnded)
  })
})

describe('accounts, bans, rates, provisioning', async () => {
  const house = await openAccessHouse({ messagesPerSecondMax: 50 })
  after(() => house.close())
  const { ask, login } = house

  test('an account has its roles and no more, and ends with a new password', async () => {
    const made = await ask<{ password: string }>('POST', '/accounts', { name: 'dash', roles: ['reader'] })
    const [code, client] = await login({ username: 'dash', pass: made.password })
    assert.equal(code, success)
    assert.equal(await subscribeCode(client, '#'), 1)
    assert.equal(await publishCode(client, 'v2/t'), notAuthorized)
    const { password } = await ask<{ password: string }>('PUT', '/accounts/dash', { rotate: true })
    assert.ok(client.isEnded)
    assert.equal((await login({ username: 'dash', pass: made.password }))[0], badLogin)
    assert.equal((await login({ username: 'dash', pass: password }))[0], success)
    await ask('POST', '/devices/x/credentials', { kind: 'password', username: 'dash' }, 409)
    await ask('DELETE', '/accounts/dash')
    assert.equal((await login({ username: 'dash', pass: password }))[0], badLogin)
  })

  test('a ban cuts off who is there and keeps out who comes: network, device', async () => {
    const { secret } = await ask<Made>('POST', '/devices/b1/credentials', { kind: 'token' })
    const [, far] = await login({ username: secret }, { remote: '203.0.113.77:5000' })
    const [, near] = await login({ username: secret, clientId: 'near' }, { remote: '[2001:db8::1]:5000' })
    const { id } = await ask<Made>('POST', '/bans', { kind: 'address', value: '203.0.113.0/24' })
    assert.ok(far.isEnded && !near.isEnded)
    assert.equal((await login({ username: secret }, { remote: '203.0.113.5:1' }))[0], -1)
    assert.equal((await login({ username: secret }, { remote: '203.0.114.5:1' }))[0], success)
    await ask('DELETE', `/bans/${id}`)
    assert.equal((await login({ username: secret }, { remote: '203.0.113.5:1' }))[0], success)
    await ask('POST', '/bans', { kind: 'device', value: 'b1', reason: 'stolen' })
    assert.ok(near.isEnded)
    assert.equal((await login({ username: secret }))[0], 0x8a)
    await ask('POST', '/bans', { kind: 'address', value: '203.0.113.0/33' }, 422)
    const past = { kind: 'address', value: '203.0.113.9', expiresAt: '2020-01-01T00:00:00Z' }
    await ask('POST', '/bans', past)
    assert.ok(house.hub.parts.access.mayOpen({ remote: '203.0.113.9:1' } as TestClient))
  })

  test('I7: a device above its rate is read later; nothing is lost and no other device waits', async () => {
    const fast = await ask<Made>('POST', '/devices/fast/credentials', { kind: 'token' })
    const slow = await ask<Made>('POST', '/devices/slow/credentials', { kind: 'token' })
    const [, one] = await login({ username: fast.secret, clientId: 'one' })
    const [, two] = await login({ username: slow.secret, clientId: 'two' })
    for (let id = 1; id <= 60; id++) one.publish('v2/t', `{"v":${id}}`, { qos: 1, packetId: id })
    assert.ok(one.isPaused)
    assert.equal(await publishCode(two, 'v2/t'), success)
    await until(() => !one.isPaused && one.packets.length === 60)
  })

  test('a device that knows key and secret of a rule makes its own token, once, within pattern and number', async () => {
    assert.equal((await login({ username: 'provision' }))[0], badLogin)
    const rule = await ask<Made & { key: string }>('POST', '/provisioning-rules', {
      pattern: 'meter-*',
      devicesMax: 2,
    })
    const request = async (deviceName: string, secret = rule.secret): Promise<Record<string, string>> => {
      const [code, client] = await login({ username: 'provision', clientId: 'provision' })
      assert.equal(code, success)
      assert.equal(await subscribeCode(client, '#'), notAuthorized)
      client.subscribe('/provision/response', 1)
      const body = { deviceName, provisionDeviceKey: rule.key, provisionDeviceSecret: secret }
      client.publish('/provision/request', JSON.stringify(body), { qos: 1, packetId: 1 })
      await until(() => client.packets.some(({ type }) => type === 'puback'))
      const reply = client.packets.find(({ type }) => type === 'publish')
      assert.ok(reply?.type === 'publish' && reply.topic === '/provision/response')
      return JSON.parse(reply.source.toString('utf8', reply.payloadStart, reply.payloadEnd))
    }
    const answer = await request('meter-1')
    assert.equal(answer.status, 'SUCCESS')
    const [code, client] = await login({ username: answer.credentialsValue })
    assert.equal(code, success)
    assert.equal(await publishCode(client, 'ack/meter-1'), success)
    assert.equal((await request('meter-1')).status, 'FAILURE')
    assert.equal((await request('meter-2', 'wrong')).status, 'FAILURE')
    assert.equal((await request('pump-2')).status, 'FAILURE')
    assert.equal((await request('meter-2')).status, 'SUCCESS')
    assert.equal((await request('meter-3')).status, 'FAILURE')
  })

  test('a certificate rule lets in whoever has a verified certificate with a fitting name', async () => {
    await ask('POST', '/provisioning-rules', { kind: 'certificate', pattern: 'plant-*' })
    const certificate = { commonName: 'plant-7', fingerprint256: 'EE' }
    const [code, client] = await login({}, { certificate })
    assert.equal(code, success)
    assert.equal(await publishCode(client, 'ack/plant-7'), success)
    assert.equal(await publishCode(client, 'ack/plant-8'), notAuthorized)
    assert.equal(
      (await login({}, { certificate: { ...certificate, commonName: 'a/plant-7' } }))[0],
      notAuthorized,
    )
  })

  test('what ackstone.yaml declares is there and can’t be changed over the API', async () => {
    const none = { publish: [], subscribe: [] }
    const declared = await openAccessHouse({
      access: {
        devices: [{ device: 'y', token: 'the-token-of-the-file', roles: ['device'], ...none }],
        accounts: [{ name: 'app', password: 'pw', roles: ['reader'], ...none }],
        bans: [{ address: '198.51.100.1', reason: '' }],
      },
    })
    assert.equal((await declared.login({ username: 'the-token-of-the-file' }))[0], success)
    assert.equal((await declared.login({ username: 'app', pass: 'pw' }))[0], success)
    assert.equal((await declared.login({ username: 'app', pass: 'no' }))[0], badLogin)
    assert.equal((await declared.login({}, { remote: '198.51.100.1:9' }))[0], -1)
    await declared.ask('POST', '/devices/y/credentials', { kind: 'token' }, 409)
    await declared.ask('DELETE', '/accounts/app', undefined, 409)
    await declared.close()
  })
})
