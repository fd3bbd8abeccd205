// SCRAM-SHA-256 over AUTH packets, with a client written from the RFC apart from the hub's half.
import assert from 'node:assert/strict'
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { after, describe, test } from 'node:test'
import type { Packet, Properties } from '../src/mqtt/packet.ts'
import { notAuthorized, openAccessHouse, success, until } from './access-house.ts'
import type { TestClient } from './broker-house.ts'

describe('SCRAM-SHA-256', async () => {
  const house = await openAccessHouse()
  after(() => house.close())
  const method = 'SCRAM-SHA-256'
  const authOf = (text: string): Properties => ({
    authenticationMethod: method,
    authenticationData: Buffer.from(text),
  })
  const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()

  /** A client as RFC 5802 describes it, written apart from the hub's half. */
  async function scram(user: string, password: string): Promise<{ code: number; isHubProven: boolean }> {
    const bare = `n=${user},r=rOprNGfwEbeRWgbNEkqO`
    const [, client, answer] = await house.login({ properties: authOf(`n,,${bare}`) })
    return finish(client, challengeOf(answer), bare, password)
  }

  function challengeOf(answer: Packet | undefined): string {
    assert.ok(answer?.type === 'auth' && answer.reasonCode === 0x18)
    return Buffer.from(answer.properties?.authenticationData ?? []).toString()
  }

  async function finish(client: TestClient, first: string, bare: string, password: string) {
    const [, nonce = '', salt = '', rounds = ''] = /^r=(.+),s=(.+),i=(\d+)$/.exec(first) ?? []
    const salted = pbkdf2Sync(password, Buffer.from(salt, 'base64'), Number(rounds), 32, 'sha256')
    const clientKey = hmac(salted, 'Client Key')
    const message = `${bare},${first},c=biws,r=${nonce}`
    const signature = hmac(createHash('sha256').update(clientKey).digest(), message)
    const proof = Buffer.from(clientKey.map((byte, at) => byte ^ signature[at]!)).toString('base64')
    const properties = authOf(`c=biws,r=${nonce},p=${proof}`)
    client.send({ type: 'auth', reasonCode: 0x18, properties })
    await until(() => client.packets.length > 0)
    const connack = client.packets.shift()
    assert.ok(connack?.type === 'connack')
    const data = Buffer.from(connack.properties?.authenticationData ?? []).toString()
    const expected = hmac(hmac(salted, 'Server Key'), message).toString('base64')
    return { code: connack.reasonCode, isHubProven: data === `v=${expected}` }
  }

  test('a device proves its password without sending it, and the hub proves itself [MQTT-4.12.0-2]', async () => {
    const body = { kind: 'password', username: 'sc', password: 'pencil', scram: true }
    await house.ask('POST', '/devices/sc-1/credentials', body)
    assert.deepEqual(await scram('sc', 'pencil'), { code: success, isHubProven: true })
    assert.deepEqual(await scram('sc', 'pen'), { code: notAuthorized, isHubProven: false })
    assert.deepEqual(await scram('nobody', 'pencil'), { code: notAuthorized, isHubProven: false })
  })

  test('names and passwords are prepared (RFC 4013): each way to type them is the same', async () => {
    const body = { kind: 'password', username: 'Jos\u00e9', password: 'p\u00e4ss\u00a0word', scram: true }
    await house.ask('POST', '/devices/sc-2/credentials', body)
    assert.deepEqual(await scram('Jose\u0301', 'p\u00e4ss word'), { code: success, isHubProven: true })
    assert.deepEqual(await scram('Jos\u00e9', 'p\u00e4ss word'), { code: success, isHubProven: true })
    const bad = { kind: 'password', username: 'sc-3', password: 'a\u202eb', scram: true }
    const problem = await house.ask('POST', '/devices/sc-3/credentials', bad, 422)
    assert.match(JSON.stringify(problem), /RFC 4013/)
  })

  test('channel binding is not offered: who insists on it is refused, who can do it is not', async () => {
    const [code] = await house.login({ properties: authOf('p=tls-exporter,,n=sc,r=abc') })
    assert.equal(code, notAuthorized)
    const [, , answer] = await house.login({ properties: authOf('y,,n=sc,r=abc') })
    assert.match(challengeOf(answer), /^r=abc/)
  })

  test('a name that nobody has gets the same salt each time; messages that are no SCRAM are refused', async () => {
    const challenges: string[] = []
    for (const _ of [1, 2]) {
      const [, , answer] = await house.login({ properties: authOf('n,,n=ghost,r=abc') })
      challenges.push(/s=([^,]+)/.exec(challengeOf(answer))![1]!)
    }
    assert.equal(challenges[0], challenges[1])
    for (const first of [
      '',
      'p=tls-unique,,n=a,r=b',
      'n,,n=,r=b',
      'n,,n=a=b,r=c',
      'n,,m=x,n=a,r=b',
      'x'.repeat(5000),
    ]) {
      const [code] = await house.login({ properties: authOf(first) })
      assert.equal(code, notAuthorized, first.slice(0, 40))
    }
    assert.equal((await house.login({ properties: { authenticationMethod: 'OTHER' } }))[0], 0x8c)
  })
})
