// Repeats of a row through a hub and its policies: one row, the right value, and each met row counted.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HubProcess } from '../hub.ts'
import { assertOneRowEach, publishDuplicates, repeats } from './duplicated.ts'
import { hubOptions, keyspaceFor } from './hubs.ts'
import { sharedCassandra, withCassandra } from './shared-server.ts'
import { folderFor } from './stores.ts'

interface DeviceDelivery {
  duplicates: { sameValue: number; overwritten: number; ignored: number }
}

withCassandra(() => {
  test('I2: duplicates published on purpose leave one row: the last value with overwrite, the first with ignore', async (t) => {
    const contact = await sharedCassandra()
    const keyspace = keyspaceFor(t)
    const hub = await HubProcess.start(hubOptions(contact, keyspace, { folder: folderFor(t) }))
    t.after(() => hub.kill())
    await publishDuplicates(hub)
    await assertOneRowEach(contact, keyspace)
    const expected = {
      overwrite: { sameValue: repeats, overwritten: 1, ignored: 0 },
      ignore: { sameValue: repeats - 1, overwritten: 0, ignored: 2 },
    }
    for (const [policy, duplicates] of Object.entries(expected)) {
      const figures = await hub.get<DeviceDelivery>(`/devices/of-${policy}/delivery`)
      const { sameValue, overwritten, ignored } = figures.duplicates
      assert.deepEqual({ sameValue, overwritten, ignored }, duplicates)
    }
  })
})
