// Duplicates published on purpose, through both policies: one row, the right value, and each met row counted.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectClient } from '../../src/client/client.ts'
import { HubProcess } from '../hub.ts'
import { hubOptions, keyspaceFor } from './hubs.ts'
import { readBack } from './read-back.ts'
import { sharedCassandra, withCassandra } from './shared-server.ts'
import { folderFor } from './stores.ts'

const ts = 1_700_000_000_000
/** Of two values the first is sent this often before the second, and once after it. */
const repeats = 20

interface DeviceDelivery {
  readingsStored: number
  duplicates: { sameValue: number; overwritten: number; ignored: number }
}

withCassandra(() => {
  test('I2: duplicates published on purpose leave one row: the last value with overwrite, the first with ignore', async (t) => {
    const contact = await sharedCassandra()
    const keyspace = keyspaceFor(t)
    const hub = await HubProcess.start(hubOptions(contact, keyspace, { folder: folderFor(t) }))
    t.after(() => hub.kill())
    for (const duplicates of ['overwrite', 'ignore']) {
      const topics = [{ filter: `${duplicates}/{device}`, qos: 1 }]
      const draft = { name: duplicates, kind: 'direct', topics, converter: { type: 'json' }, duplicates }
      await hub.request('POST', '/integrations', draft)
    }
    const client = await connectClient({ url: `mqtt://127.0.0.1:${hub.mqttPort}`, clientId: 'tester' })
    for (const duplicates of ['overwrite', 'ignore']) {
      const publish = (value: number): Promise<unknown> =>
        client.publish(`${duplicates}/of-${duplicates}`, JSON.stringify({ ts, values: { k: value } }), {
          qos: 1,
        })
      // Many at once: repeats meet within a batch as well as over batches.
      await Promise.all(Array.from({ length: repeats }, () => publish(1)))
      await publish(2)
      await publish(2)
    }
    await client.end()
    const expected = {
      overwrite: { value: 2, duplicates: { sameValue: repeats, overwritten: 1, ignored: 0 } },
      ignore: { value: 1, duplicates: { sameValue: repeats - 1, overwritten: 0, ignored: 2 } },
    }
    for (const [name, { value, duplicates }] of Object.entries(expected)) {
      const stored = await readBack(contact, keyspace, `of-${name}`)
      assert.deepEqual(stored, { k: { ts: [ts], value: [value] } })
      const figures = await hub.get<DeviceDelivery>(`/devices/of-${name}/delivery`)
      const { sameValue, overwritten, ignored } = figures.duplicates
      assert.deepEqual({ sameValue, overwritten, ignored }, duplicates)
    }
  })
})
