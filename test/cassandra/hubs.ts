// Hubs of the tests that store in a test cluster, each run in a keyspace of its own.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { HubOptions } from '../hub.ts'
import type { Contact } from './server.ts'
import { leaveKeyspace } from './shared-server.ts'

/** Only against waiting for ever: a hub makes its schema first, and on a busy machine three nodes take a minute
 *  to agree on it. */
const readyMsMax = 120_000

let number = 0

/** A name for a keyspace of the shared server, of no use after the test. */
export function keyspaceFor(t: TestContext): string {
  const keyspace = `hubs_${process.pid}_${++number}`
  t.after(() => leaveKeyspace(keyspace))
  return keyspace
}

/** Adds to a hub's options what makes it store in the cluster: a configuration file in its folder. */
export function hubOptions(contact: Contact, keyspace: string, options: HubOptions): HubOptions {
  const file = join(options.folder, 'ackstone.json')
  const { contactPoints, localDataCenter } = contact
  const cassandra = { contactPoints, localDataCenter, keyspace, replicationFactor: contactPoints.length }
  writeFileSync(file, JSON.stringify({ store: 'cassandra', cassandra }))
  return { ...options, readyMsMax, flags: [...(options.flags ?? []), '--config', file] }
}
