// One Cassandra for all tests of a run: the first test file that needs it starts it in a folder of the system's
// temporary ones, later files and runs find it, and a process that outlives the tests stops it when it has not
// been used for a while.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { lack, hasTool } from '../tools.ts'
import { findJava, UsageError } from './java.ts'
import { start, type Contact } from './server.ts'

/** Where the server of this user's tests lives. */
export const sharedFolder = join(tmpdir(), `ackstone-cassandra-${userInfo().uid}`)
/** Touched by whoever uses the server. */
export const usedFile = join(sharedFolder, 'used')
/** Keyspaces whose tests are over, a file each. */
const leftFolder = join(sharedFolder, 'left')
/** Dropping one takes seconds, for which no test waits; so many may lie about. */
const leftMax = 60

/** Why there can be no Cassandra here; undefined when there can. */
function whatIsLacking(): string | undefined {
  try {
    findJava()
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    return 'needs Java 17, which is not installed here'
  }
  return hasTool('mvn') ? undefined : 'needs Maven (mvn), which is not installed here'
}

/** Defines tests that need a real Cassandra; where there can be none, one test says so by being skipped, or by
 *  failing where everything is required. */
export function withCassandra(define: () => void): void {
  const lacking = whatIsLacking()
  if (lacking === undefined) define()
  else test('a real Cassandra', (t) => lack(t, lacking))
}

/** A keyspace of the shared server is not needed any more; it is dropped some time, or goes with the server. */
export function leaveKeyspace(keyspace: string): void {
  mkdirSync(leftFolder, { recursive: true })
  writeFileSync(join(leftFolder, keyspace), '')
}

/** The keyspaces that should be dropped now, as there are too many. */
export function takeLeft(): string[] {
  if (!existsSync(leftFolder)) return []
  const names = readdirSync(leftFolder)
  if (names.length <= leftMax) return []
  for (const name of names) rmSync(join(leftFolder, name))
  return names
}

/** The shared server, started when it does not run. Tests must not stop it, and use keyspaces of their own. */
export async function sharedCassandra(): Promise<Contact> {
  mkdirSync(sharedFolder, { recursive: true })
  const contact = await start(sharedFolder, { port: 'auto', commitlogSync: 'batch', isThrowaway: true })
  writeFileSync(usedFile, '', { flag: 'a' })
  const now = new Date()
  utimesSync(usedFile, now, now)
  if (contact.started.length > 0) {
    // What was left in the one before has gone with it.
    rmSync(leftFolder, { recursive: true, force: true })
    // Test files are processes of their own, and none of them knows whether it is the last.
    const keeper = join(import.meta.dirname, 'keeper.ts')
    spawn(process.execPath, [keeper], { detached: true, stdio: 'ignore' }).unref()
  }
  return contact
}
