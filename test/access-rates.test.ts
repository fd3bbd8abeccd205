// Rates of single devices, through the API and over MQTT.
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { openAccessHouse, success, until } from './access-house.ts'
import { publish, type TestClient } from './broker-house.ts'

describe('a rate of its own', async () => {
  const house = await openAccessHouse()
  after(() => house.close())

  test('a device is read no faster than its rights say, another as fast as it sends; a change counts at once', async () => {
    const path = '/devices/slow/rights'
    const flood = Array.from({ length: 10 }, () => publish('v1/devices/me/telemetry', '{"a":1}'))
    await house.ask('PUT', path, { messagesPerSecondMax: 2 })
    assert.equal((await house.ask('GET', path)).messagesPerSecondMax, 2)
    const clients: TestClient[] = []
    for (const device of ['slow', 'plain']) {
      const { secret } = await house.ask<{ secret: string }>('POST', `/devices/${device}/credentials`, {
        kind: 'token',
      })
      const [code, client] = await house.login({ username: secret, clientId: device })
      assert.equal(code, success)
      client.send(...flood)
      clients.push(client)
    }
    const [slow, plain] = clients
    await until(() => plain?.isPaused === false)
    assert.ok(slow?.isPaused)
    await house.ask('PUT', path, { messagesPerSecondMax: 1_000 })
    const { secret } = await house.ask<{ secret: string }>('POST', '/devices/slow/credentials', {
      kind: 'token',
    })
    const [, again] = await house.login({ username: secret, clientId: 'slow-2' })
    again.send(publish('v1/devices/me/telemetry', '{"a":1}'))
    await until(() => !again.isPaused)
    await house.ask('PUT', path, { messagesPerSecondMax: -1 }, 422)
    await house.ask('PUT', path, {})
    assert.equal((await house.ask('GET', path)).messagesPerSecondMax, undefined)
  })
})
