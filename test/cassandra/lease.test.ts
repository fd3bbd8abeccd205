// The lease under which a hub makes the schema: on a busy cluster the answer that grants it may be lost.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock, type Clock } from '../../src/lib/clock.ts'
import { silentLog } from '../../src/lib/log.ts'
import { Cluster } from '../../src/storage/cassandra/cluster.ts'
import { prepareSchema } from '../../src/storage/cassandra/migrate.ts'
import { createKeyspace, createMeta, schemaVersion, tableName } from '../../src/storage/cassandra/schema.ts'
import { keyspaceFor } from './hubs.ts'
import { sharedCassandra, withCassandra } from './shared-server.ts'
import { optionsFor } from './stores.ts'

const impatientClock: Clock = {
  ...systemClock,
  after: () => assert.fail('it waits for a lease that it holds'),
}

withCassandra(() => {
  test('a hub that holds the lease of the schema without knowing it does not wait for itself', async (t) => {
    const contact = await sharedCassandra()
    const options = optionsFor(contact, keyspaceFor(t))
    const cluster = await Cluster.connect(options, undefined)
    t.after(() => cluster.close())
    await cluster.define(createKeyspace(options))
    await cluster.define(createMeta(options))
    const meta = tableName(options, 'meta')
    const taken = `INSERT INTO ${meta} (name, value) VALUES ('lease', 'this hub') IF NOT EXISTS USING TTL 600`
    assert.deepEqual(await cluster.writeIfAbsent([{ query: taken, params: [] }]), [])

    await prepareSchema(options, impatientClock, silentLog, 'this hub')
    const rows = await cluster.rows<{ name: string; value: string }>(`SELECT name, value FROM ${meta}`)
    assert.deepEqual(
      rows.map(({ name, value }) => [name, value]),
      [['version', String(schemaVersion)]],
      'the schema is there, and the lease is given back',
    )
  })
})
