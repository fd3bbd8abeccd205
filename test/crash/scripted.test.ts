// The drill with a script between: what waits for a worker when the hub is killed was not acknowledged, and comes
// again.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rings } from '../tools.ts'
import { drill, faults, report } from './drill.ts'

const rounds = rings() === 'quick' ? 4 : rings() === 'ci' ? 15 : 100

test(`I1 I2 I3 I4 I6: ${rounds} kills while a script reads: nothing acknowledged missing, nothing twice, all in order`, async (t) => {
  const options = { rounds, seed: Date.now() % 1_000_000, connections: 8, isScripted: true }
  const result = await drill(options)
  for (const line of report(result, options).split('\n')) t.diagnostic(line)
  assert.deepEqual(faults(result), [], report(result, options))
})
