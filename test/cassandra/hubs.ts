// Hubs of the tests that store in a test cluster, each run in a keyspace of its own.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { HubProcess, type HubOptions } from '../hub.ts'
import type { Contact } from './server.ts'
import { leaveKeyspace, sharedCassandra } from './shared-server.ts'
import { folderFor } from './stores.ts'

/** Only against waiting for ever: a hub makes its schema first, and on a busy machine three nodes take a minute
 *  to agree on it. */
const readyMsMax = 120_000
/** What one hub changes the others know after this at the latest, unless the machine has far more to do than it can. */
const visibleWithinMs = loadavg()[0]! > 2 * availableParallelism() ? 60_000 : 5_000

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

/** Two hubs on an empty keyspace of the shared server. They start at the same moment: one of them makes the schema. */
export async function twoHubs(t: TestContext): Promise<[HubProcess, HubProcess]> {
  const contact = await sharedCassandra()
  const keyspace = keyspaceFor(t)
  const start = (): Promise<HubProcess> =>
    HubProcess.start(hubOptions(contact, keyspace, { folder: folderFor(t) }))
  const hubs = await Promise.all([start(), start()])
  for (const hub of hubs) t.after(() => hub.kill())
  return hubs
}

/** Resolves when it is so on the other hub; it has to be soon. */
export async function untilSeen(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + visibleWithinMs
  while (!(await isSo())) {
    assert.ok(performance.now() < deadline, `not seen within ${visibleWithinMs} ms`)
    await sleep(50)
  }
}
