// The disk of a node runs full while a hub is published to: a small file system of its own, which needs the right to
// mount one.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { HubProcess } from '../hub.ts'
import { longRing } from '../tools.ts'
import { Fleet, untilReadyIs } from './faulty-hub.ts'
import { hubOptions } from './hubs.ts'
import { start, stop } from './server.ts'
import { withCassandra } from './shared-server.ts'
import { folderFor } from './stores.ts'

/** Room for the node's tables and some segments of its commit log. */
const diskBytes = 192 * 1024 * 1024
const pieceBytes = 1024 * 1024
/** Segments of the commit log are taken one by one: a small one is full soon. */
const segment = '1MiB'

/** A folder on a disk of its own; undefined where none can be mounted, and the test says so. */
function smallDisk(t: TestContext): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'ackstone-cassandra-full-'))
  const mount = ['-t', 'tmpfs', '-o', `size=${diskBytes}`, 'tmpfs', folder]
  const { status, stderr } = spawnSync('mount', mount, { encoding: 'utf8' })
  if (status !== 0) {
    rmSync(folder, { recursive: true })
    t.skip(`needs the right to mount a file system: ${(stderr ?? '').trim()}`)
    return undefined
  }
  t.after(async () => {
    await stop(folder, { kill: true }).catch(() => undefined)
    execFileSync('umount', ['-l', folder])
    rmSync(folder, { recursive: true })
  })
  return folder
}

/** Takes all room. */
function fill(folder: string): string {
  const path = join(folder, 'filler')
  const file = openSync(path, 'w')
  const piece = Buffer.alloc(pieceBytes, 1)
  try {
    for (;;) writeSync(file, piece)
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC')
  } finally {
    closeSync(file)
  }
  return path
}

withCassandra(() => {
  test(
    'I1 I5: the disk of a node is full: nothing more is acknowledged, and with room again all goes on',
    longRing,
    async (t) => {
      const disk = smallDisk(t)
      if (disk === undefined) return
      const contact = await start(disk, { port: 'auto', yaml: `commitlog_segment_size: ${segment}` })
      const hub = await HubProcess.start(hubOptions(contact, 'full', { folder: folderFor(t) }))
      t.after(() => hub.kill())
      const fleet = new Fleet(t, 'full')
      await fleet.untilAnswered(hub, 200)
      const filler = fill(disk)
      await untilReadyIs(hub, false)
      // What an operator does: makes room, and starts the node again, which has stopped itself.
      rmSync(filler)
      await stop(disk, { kill: true })
      await start(disk)
      await untilReadyIs(hub, true)
      await fleet.untilAnswered(hub, 200)
      await fleet.assertNothingIsMissing(hub, contact, 'full')
    },
  )
})
