// Programs of the system that some tests need: a broker, a tracer, other people's clients. A person's
// machine may lack them and sees a skip that says so; where everything is required, lacking one is a failure.
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { TestContext } from 'node:test'

/** Debian keeps servers here, outside the PATH of ordinary users. */
const systemFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin']

/** Where a program is, searched on PATH and in the system's folders; undefined when it is not there. */
export function findTool(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...systemFolders]
  return folders.map((folder) => join(folder, name)).find(isExecutable)
}

export function hasTool(name: string): boolean {
  return findTool(name) !== undefined
}

/** The path of a program that this test needs. Without it the test is skipped, visibly, and gets undefined:
 *  `const mosquitto = requireTool(t, 'mosquitto'); if (mosquitto === undefined) return`.
 *  With ACKSTONE_REQUIRE_ALL=1 a missing program fails the test. */
export function requireTool(t: TestContext, name: string): string | undefined {
  const path = findTool(name)
  if (path === undefined) lack(t, `needs ${name}, which is not installed here`)
  return path
}

/** Skips the test with a reason, or fails it with ACKSTONE_REQUIRE_ALL=1. */
export function lack(t: TestContext, reason: string): void {
  if (process.env.ACKSTONE_REQUIRE_ALL === '1') throw new Error(`${reason} (ACKSTONE_REQUIRE_ALL=1)`)
  t.skip(reason)
}

/** Which rings run: `quick` with `npm test`, `ci` on the build machine, `all` with `npm run test:all`. */
export function rings(): 'quick' | 'ci' | 'all' {
  const named = process.env.ACKSTONE_RINGS
  return named === 'ci' || named === 'all' ? named : 'quick'
}

/** Options of a test that is too long for `npm test`: there it is skipped, visibly. */
export const longRing = { skip: rings() === 'quick' ? 'runs with npm run test:all' : false } as const

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch (error) {
    if (error instanceof Error) return false
    throw error
  }
}
