// Three nodes, three copies, LOCAL_QUORUM: one node may go at any moment, two may not. In the long rings only,
// since three servers on a busy machine take a minute to start.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { HubProcess } from '../hub.ts'
import { longRing, rings } from '../tools.ts'
import { assertOneRowEach, publishDuplicates } from './duplicated.ts'
import { Fleet, untilReadyIs } from './faulty-hub.ts'
import { hubOptions } from './hubs.ts'
import { pause, start, stop } from './server.ts'
import { withCassandra } from './shared-server.ts'
import { folderFor } from './stores.ts'

const frozenMs = rings() === 'all' ? 30_000 : 10_000
/** So long without a quorum. */
const silentMs = 5_000
const keyspace = 'three'
const serverFolder = mkdtempSync(join(tmpdir(), 'ackstone-cassandra-three-'))

/** Publishing goes on all the time, and does so to the end. */
async function goesOnFor(fleet: Fleet, hub: HubProcess, ms: number): Promise<void> {
  const end = performance.now() + ms
  while (performance.now() < end) await fleet.untilAnswered(hub, 50)
}

withCassandra(() => {
  after(() => rmSync(serverFolder, { recursive: true, force: true }))

  const name =
    'I1 I2 I5: a node of three is frozen, then killed, and the hub too, and nothing stops; with two gone nothing is acknowledged'
  test(name, longRing, async (t) => {
    const contact = await start(serverFolder, { nodes: 3, port: 'auto' })
    t.after(() => stop(serverFolder, { kill: true, delete: true }))
    const options = hubOptions(contact, keyspace, { folder: folderFor(t) })
    const first = await HubProcess.start(options)
    t.after(() => first.kill())
    const { durability } = await first.get<{ durability: string }>('/storage')
    assert.match(durability, /2 of 3 copies confirm .*replication factor 3/)
    const fleet = new Fleet(t, 'three')
    await fleet.untilAnswered(first, 100)

    await pause(serverFolder, { node: 3 })
    const frozen = goesOnFor(fleet, first, frozenMs)
    await publishDuplicates(first)
    await frozen
    await pause(serverFolder, { node: 3, resume: true })

    await stop(serverFolder, { node: 2, kill: true })
    await fleet.untilAnswered(first, 100)
    await first.kill()
    const hub = await HubProcess.start(options)
    t.after(() => hub.kill())
    await fleet.untilAnswered(hub, 100)

    await stop(serverFolder, { node: 3, kill: true })
    await untilReadyIs(hub, false)
    const { answers } = fleet
    await sleep(silentMs)
    assert.equal(fleet.answers, answers, 'one copy of three is no quorum')

    await start(serverFolder, { node: 2 })
    await fleet.untilAnswered(hub, 100)
    await untilReadyIs(hub, true)
    await fleet.assertNothingIsMissing(hub, contact, keyspace)
    await assertOneRowEach(contact, keyspace)
  })
})
