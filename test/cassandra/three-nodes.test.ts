// Three nodes, three copies, LOCAL_QUORUM: one node may go at any moment, two may not. In the long ring only,
// since three servers on a busy machine take minutes to start and to agree on a schema.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { HubProcess } from '../hub.ts'
import { rings } from '../tools.ts'
import { assertNothingIsMissing, deviceFor, untilAnswered, untilReadyIs } from './faulty-hub.ts'
import { hubOptions } from './hubs.ts'
import { pause, start, stop } from './server.ts'
import { withCassandra } from './shared-server.ts'
import { folderFor } from './stores.ts'

const frozenMs = 5_000
const serverFolder = mkdtempSync(join(tmpdir(), 'ackstone-cassandra-three-'))

withCassandra(() => {
  const isLong = rings() === 'all'
  after(() => rmSync(serverFolder, { recursive: true, force: true }))

  const name =
    'I1 I5: a node of three is frozen, then killed, and nothing stops; with two gone nothing is acknowledged'
  test(name, { skip: isLong ? false : 'runs with npm run test:all' }, async (t) => {
    const contact = await start(serverFolder, { nodes: 3, port: 'auto' })
    t.after(() => stop(serverFolder, { kill: true, delete: true }))
    const hub = await HubProcess.start(hubOptions(contact, 'three', { folder: folderFor(t) }))
    t.after(() => hub.kill())
    const { durability } = await hub.get<{ durability: string }>('/storage')
    assert.match(durability, /2 of 3 copies confirm .*replication factor 3/)
    const device = deviceFor(t, 'three')
    await untilAnswered(hub, device, 100)

    await pause(serverFolder, { node: 3 })
    const frozen = sleep(frozenMs)
    await untilAnswered(hub, device, 100)
    await frozen
    await pause(serverFolder, { node: 3, resume: true })

    await stop(serverFolder, { node: 2, kill: true })
    await untilAnswered(hub, device, 100)

    await stop(serverFolder, { node: 3, kill: true })
    await untilReadyIs(hub, false)
    const { answers } = device
    await sleep(frozenMs)
    assert.equal(device.answers, answers, 'one copy of three is no quorum')

    await start(serverFolder, { node: 2 })
    await untilAnswered(hub, device, 100)
    await untilReadyIs(hub, true)
    await assertNothingIsMissing(hub, device, contact, 'three')
  })
})
