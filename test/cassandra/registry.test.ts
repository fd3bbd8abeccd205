// What one hub changes in the registry the others are told, each time and not before they can read it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cluster } from '../../src/storage/cassandra/cluster.ts'
import { statements } from '../../src/storage/cassandra/statements.ts'
import { batchOf } from '../contract/batches.ts'
import { keyspaceFor, untilSeen } from './hubs.ts'
import { sharedCassandra, withCassandra } from './shared-server.ts'
import { folderFor, openStore, optionsFor } from './stores.ts'

const changes = 3
/** Such a value does not share a request with others. */
const largeBytes = 40_000

withCassandra(() => {
  test('a change is told when it can be read, also while the clock of a third hub is an hour ahead', async (t) => {
    const options = optionsFor(await sharedCassandra(), keyspaceFor(t))
    const one = await openStore(t, options, folderFor(t))
    const other = await openStore(t, options, folderFor(t))
    let told = 0
    let read = ''
    other.watchRegistry(async () => {
      told++
      const value = await other.stateGet('registry', 'test/large')
      read = Buffer.from(value ?? '').toString()
    })
    const cluster = await Cluster.connect(options, options.keyspace)
    t.after(() => cluster.close())
    const mark = { query: statements.touchRegistry, params: ['a third hub', Buffer.from('x')] }
    await cluster.write([mark], (Date.now() + 3_600_000) * 1000, Buffer.from('changes'))
    await untilSeen(async () => told === 1)
    for (let change = 0; change < changes; change++) {
      const text = String(change).repeat(largeBytes)
      const small = Array.from({ length: 20 }, (_, i) => `test/small/${i}`)
      const state = [...small, 'test/large'].map((key) => {
        const value = Buffer.from(key === 'test/large' ? text : key)
        return { type: 'put', space: 'registry', key, value } as const
      })
      await one.commit(batchOf({ state }))
      await untilSeen(async () => read === text)
    }
    assert.equal(told, 1 + changes, 'once for each change')
  })
})
