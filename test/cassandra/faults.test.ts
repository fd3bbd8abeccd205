// What the cluster and the hub can suffer, on a Cassandra of its own: the server stopped, killed, and the hub
// killed between its own disk and the cluster. Nothing is answered that is not stored, and all goes on by itself.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { HubProcess, type HubOptions } from '../hub.ts'
import { rings, longRing } from '../tools.ts'
import { Fleet, untilReadyIs } from './faulty-hub.ts'
import { hubOptions } from './hubs.ts'
import { start, pause, stop, type Contact } from './server.ts'
import { withCassandra } from './shared-server.ts'
import { folderFor } from './stores.ts'

/** A frozen server is noticed by the driver after 4 s. */
const frozenMs = rings() === 'all' ? 30_000 : 6_000
const grownBytesMax = 150 * 1024 * 1024

const serverFolder = mkdtempSync(join(tmpdir(), 'ackstone-cassandra-faults-'))
let server: Contact | undefined
let keyspaces = 0

interface Hub {
  options: HubOptions
  hub: HubProcess
  /** Where it stores, for those who look there themselves. */
  place: [Contact, string]
}

async function hubFor(t: TestContext): Promise<Hub> {
  server ??= await start(serverFolder, { port: 'auto' })
  const keyspace = `faults_${++keyspaces}`
  const options = hubOptions(server, keyspace, { folder: folderFor(t) })
  const hub = await HubProcess.start(options)
  t.after(() => hub.kill())
  return { options, hub, place: [server, keyspace] }
}

function residentBytes({ pid }: HubProcess): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024
}

withCassandra(() => {
  after(async () => {
    if (server !== undefined) await stop(serverFolder, { kill: true, delete: true })
    rmSync(serverFolder, { recursive: true, force: true })
  })

  test('I5: a frozen Cassandra: no answer, bounded memory, and it goes on by itself', longRing, async (t) => {
    const { hub, place } = await hubFor(t)
    const fleet = new Fleet(t, 'frozen')
    await fleet.untilAnswered(hub, 200)
    const before = residentBytes(hub)
    await pause(serverFolder)
    try {
      await untilReadyIs(hub, false)
      const { answers } = fleet
      await sleep(frozenMs)
      assert.equal(fleet.answers, answers, 'nothing is acknowledged while nothing is stored')
      assert.ok(residentBytes(hub) - before < grownBytesMax, 'memory stays bounded')
    } finally {
      await pause(serverFolder, { resume: true })
    }
    await fleet.untilAnswered(hub, 200)
    await untilReadyIs(hub, true)
    await fleet.assertNothingIsMissing(hub, ...place)
  })

  test(
    'I1 I5: a killed Cassandra: no answer until it is back, and nothing acknowledged is missing',
    longRing,
    async (t) => {
      const { hub, place } = await hubFor(t)
      const fleet = new Fleet(t, 'killed')
      await fleet.untilAnswered(hub, 200)
      await stop(serverFolder, { kill: true })
      await untilReadyIs(hub, false)
      const { answers } = fleet
      await start(serverFolder)
      assert.ok(fleet.answers >= answers)
      await fleet.untilAnswered(hub, 200)
      await untilReadyIs(hub, true)
      await fleet.assertNothingIsMissing(hub, ...place)
    },
  )

  test('I1 I3: a hub killed between its own disk and Cassandra, and after both', longRing, async (t) => {
    const { options, hub, place } = await hubFor(t)
    const fleet = new Fleet(t, 'cut')
    await fleet.untilAnswered(hub, 100)
    // Frozen, the cluster keeps a batch on its way: it is in the journal by the time the hub says so.
    await pause(serverFolder)
    try {
      await untilReadyIs(hub, false)
      await hub.kill()
    } finally {
      await pause(serverFolder, { resume: true })
    }
    fleet.cut()
    const second = await HubProcess.start(options)
    t.after(() => second.kill())
    assert.match(second.printed, /writing again what a crash left/)
    await fleet.untilAnswered(second, 100)
    // Killed right after answers, the last batch is still in the journal.
    await second.kill()
    fleet.cut()
    const third = await HubProcess.start(options)
    t.after(() => third.kill())
    await fleet.assertNothingIsMissing(third, ...place)
  })
})
