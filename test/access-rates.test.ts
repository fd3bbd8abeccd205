// Rates of single devices, through the API and over MQTT.
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { Bans } from '../src/access/bans.ts'
import { AccessLimitsReached } from '../src/access/limits-reached.ts'
import type { Ban } from '../src/access/records.ts'
import type { Table } from '../src/access/table.ts'
import { silentLog } from '../src/lib/log.ts'
import { openAccessHouse, success, until } from './access-house.ts'
import { publish, TestClock, type TestClient } from './broker-house.ts'

describe('a rate of its own', async () => {
  const house = await openAccessHouse()
  after(() => house.close())

  test('a device is read no faster than its rights say, another as fast as it sends; a change counts at once', async () => {
    const path = '/devices/slow/rights'
    const flood = Array.from({ length: 10 }, () => publish('v1/devices/me/telemetry', '{"a":1}'))
    await house.ask('PUT', path, { messagesPerSecondMax: 2 })
    assert.equal((await house.ask('GET', path)).messagesPerSecondMax, 2)
    const clients: TestClient[] = []
    const { counts } = house.hub.parts.access.reached
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
    assert.ok(counts.get('access.messagesPerSecondMax')! > 0, 'it is counted')
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

test('I7: who comes too fast or is banned is counted, and said in the log once a minute with name and limit', async () => {
  const lines: { message: string; fields: object | undefined }[] = []
  const log = {
    ...silentLog,
    warn: (message: string, fields?: object) => void lines.push({ message, fields }),
  }
  const clock = new TestClock()
  const reached = new AccessLimitsReached(clock, log)
  const table = { list: () => [{ kind: 'device', value: 'stolen', expiresAt: '' }] } as unknown as Table<Ban>
  const bans = new Bans(table, clock, reached, 2)
  bans.changed()
  const opened = Array.from({ length: 203 }, () => bans.mayOpen('192.0.2.1:1000')).filter((isOpen) => isOpen)
  assert.equal(opened.length, 200, 'a hundred seconds of connections may come at once')
  assert.ok(bans.mayOpen('192.0.2.77:1'), 'another address is another matter')
  assert.ok(bans.refuses('stolen'))
  assert.ok(!bans.refuses('kept'))
  assert.deepEqual(Object.fromEntries(reached.counts), {
    'access.messagesPerSecondMax': 0,
    'access.connectsPerSecondMax': 3,
    'access.bans': 1,
  })
  assert.deepEqual(lines, [
    {
      message: 'limit reached',
      fields: { limit: 'access.connectsPerSecondMax', allowed: 2, who: '192.0.2.1', timesSinceLastLine: 1 },
    },
    {
      message: 'somebody who is banned is turned away',
      fields: { limit: 'access.bans', allowed: undefined, who: 'stolen', timesSinceLastLine: 1 },
    },
  ])
  await clock.advance(60_000)
  for (let n = 0; n < 121; n++) bans.mayOpen('192.0.2.1:1000')
  assert.deepEqual(lines.at(-1)?.fields, {
    limit: 'access.connectsPerSecondMax',
    allowed: 2,
    who: '192.0.2.1',
    timesSinceLastLine: 3,
  })
})
