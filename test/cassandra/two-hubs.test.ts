// Two hubs on one Cassandra: what one changes the other knows soon, and rows that come through either are the
// same rows.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { twoHubs, untilSeen } from './hubs.ts'
import { withCassandra } from './shared-server.ts'
import { publish } from './publishing.ts'

withCassandra(() => {
  test('an integration made, changed and removed on one hub is so on the other within 5 s', async (t) => {
    const [one, other] = await twoHubs(t)
    const draft = {
      name: 'Plant',
      kind: 'direct',
      topics: [{ filter: 'plant/{device}/telemetry', qos: 1 }],
      converter: { type: 'json' },
    }
    await one.request('POST', '/integrations', draft)
    const listed = async (): Promise<string[]> => {
      const { items } = await other.get<{ items: { name: string; topics: { filter: string }[] }[] }>(
        '/integrations',
      )
      return items.flatMap(({ topics }) => topics.map(({ filter }) => filter))
    }
    await untilSeen(async () => (await listed()).includes('plant/{device}/telemetry'))
    await publish(other, 'plant/p1/telemetry', [{ ts: 1_700_000_000_000, values: { temp: 1 } }])
    await publish(one, 'plant/p1/telemetry', [{ ts: 1_700_000_000_000, values: { temp: 2 } }])
    const path = '/devices/p1/series?keys=temp&startTs=1600000000000&endTs=1800000000000'
    const { series } = await other.get<{ series: { temp: { ts: number[]; value: number[] } } }>(path)
    assert.deepEqual(series.temp, { ts: [1_700_000_000_000], value: [2] }, 'I2: one row through two hubs')

    const changed = { ...draft, topics: [{ filter: 'works/{device}/telemetry', qos: 1 }] }
    await one.request('PUT', '/integrations/plant', changed)
    await untilSeen(async () => (await listed()).includes('works/{device}/telemetry'))
    await one.request('DELETE', '/integrations/plant')
    await untilSeen(async () => !(await listed()).includes('works/{device}/telemetry'))
  })
})
