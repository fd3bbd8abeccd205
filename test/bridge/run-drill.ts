// One drill as a test: runs it, shows its figures, and fails with what went wrong.
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { rings } from '../tools.ts'
import { bridgeDrill, faults, report, type BridgeDrillOptions } from './drill.ts'
import type { Upstream } from './upstream.ts'

/** How many rounds: a few, more on the build machine, a hundred in the long form. */
export function rounds(quick: number): number {
  return rings() === 'quick' ? quick : rings() === 'ci' ? quick + 10 : 100
}

export async function runDrill(
  t: TestContext,
  upstream: Upstream,
  options: Pick<BridgeDrillOptions, 'harm' | 'rounds' | 'protocolVersion' | 'isScripted'> & {
    connections?: number
  },
): Promise<void> {
  t.after(() => upstream.stop())
  const whole = { connections: 1, ...options, upstream, seed: Date.now() % 1_000_000 }
  const result = await bridgeDrill(whole)
  for (const line of report(result, whole).split('\n')) t.diagnostic(line)
  assert.deepEqual(faults(result, whole), [], report(result, whole))
}
