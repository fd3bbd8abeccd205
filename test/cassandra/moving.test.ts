// A store moved from LevelDB into a real Cassandra and back again is the same store.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOf, rowsOf, runOf, type Row } from '../contract/batches.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { silentLog } from '../../src/lib/log.ts'
import { JsonText } from '../../src/model/reading.ts'
import { LevelStore } from '../../src/storage/leveldb/engine.ts'
import { moveBetween } from '../../src/storage/move/ends.ts'
import type { StorageConfig } from '../../src/storage/open.ts'
import type { StateSpace } from '../../src/storage/store.ts'
import { keyspaceFor } from './hubs.ts'
import { sharedCassandra, withCassandra } from './shared-server.ts'
import { folderFor, optionsFor } from './stores.ts'

const base = { clock: systemClock, log: silentLog }
const hooks = { signal: new AbortController().signal, onProgress: () => undefined, onWait: () => undefined }
const spaces: StateSpace[] = ['registry', 'retained', 'session', 'inbound', 'queue', 'hub']

withCassandra(() => {
  test('what goes from LevelDB into Cassandra and back is verified both times, and the same', async (t) => {
    const contact = await sharedCassandra()
    const cluster = optionsFor(contact, keyspaceFor(t))
    const folders = [folderFor(t), folderFor(t), folderFor(t)] as const
    const first: StorageConfig = { engine: 'leveldb', folder: folders[0], ...base }
    const shared = { cluster, clockAheadMaxMs: 86_400_000, folder: folders[1], ...base }
    const middle: StorageConfig = { engine: 'cassandra', ...shared }
    const last: StorageConfig = { engine: 'leveldb', folder: folders[2], ...base }

    const numbers = Array.from({ length: 9_000 }, (_, at): Row => [
      1_700_000_000_000_001 + at * 60_000_001,
      at / 8,
    ])
    const mixed: Row[] = [
      [-5_000_000, 2n ** 63n - 1n],
      [1, true],
      [2, 'öffen'],
      [3, new JsonText('{"a": [1,  null]}')],
      [4, -0],
    ]
    const source = await LevelStore.open({ folder: folders[0], ...base })
    await source.commit(batchOf({ runs: [runOf('a', 'numbers', numbers)], closedTs: 1_700_000_000_000_000 }))
    await source.commit(batchOf({ runs: [runOf('é', 'mixed', mixed)], closedTs: 1_700_000_030_000_007 }))
    await source.commit(batchOf({ runs: [runOf('a', 'k', [[1, 1]])], closedTs: 1_700_000_050_000_000 }))
    const texts = { integration: 'plant', device: 'd', clientId: 'c', topic: 'a/b', code: 'x', reason: 'No.' }
    const message = { id: 'r00001', ...texts, qos: 1 as const, receivedTs: 7, decidedTs: 8 }
    await source.commit(
      batchOf({
        rejected: [{ ...message, payload: Buffer.from([0, 255]) }],
        state: spaces.map((space) => ({ type: 'put', space, key: `k-${space}`, value: Buffer.from(space) })),
      }),
    )
    await source.close()

    for (const [from, to] of [
      [first, middle],
      [middle, last],
    ] as const) {
      const report = await moveBetween(from, to, hooks)
      assert.deepEqual(report?.differences, [])
      const { devices, readings, rejected, state, seriesVerified } = report!
      assert.deepEqual([devices, readings, rejected, state, seriesVerified], [2, 9_006, 1, 6, 3])
    }

    const [one, other] = [
      await LevelStore.open({ folder: folders[0], ...base }),
      await LevelStore.open({ folder: folders[2], ...base }),
    ]
    t.after(() => Promise.all([one.close(), other.close()]))
    const all = { search: '', after: '', limit: 10 }
    assert.deepEqual(await other.devices(all), await one.devices(all))
    assert.deepEqual(await rowsOf(other, 'a', 'numbers'), numbers)
    assert.deepEqual(await rowsOf(other, 'é', 'mixed'), mixed)
    assert.deepEqual(await other.rejectedById('r00001'), await one.rejectedById('r00001'))
    for (const space of spaces) {
      assert.equal(Buffer.from((await other.stateGet(space, `k-${space}`))!).toString(), space)
    }
  })
})
