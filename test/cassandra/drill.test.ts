// The crash drill with Cassandra as the store; in the long rings only.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drill, faults, report } from '../crash/drill.ts'
import { longRing } from '../tools.ts'
import { hubOptions, keyspaceFor } from './hubs.ts'
import { sharedCassandra, withCassandra } from './shared-server.ts'

const rounds = 5

withCassandra(() => {
  const name = `I1 I2 I3: ${rounds} kills of a hub on Cassandra: nothing acknowledged missing, nothing twice`
  test(name, longRing, async (t) => {
    const contact = await sharedCassandra()
    const keyspace = keyspaceFor(t)
    const hub = (folder: string) => hubOptions(contact, keyspace, { folder })
    const options = { rounds, seed: Date.now() % 1_000_000, connections: 4, hub }
    const result = await drill(options)
    for (const line of report(result, options).split('\n')) t.diagnostic(line)
    assert.deepEqual(faults(result), [], report(result, options))
  })
})
