// The drill as a test: a few rounds with `npm test`, a hundred on the build machine. And the judge itself is
// tried, for a judge that never says guilty proves nothing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rings } from '../tools.ts'
import { drill, faults, report } from './drill.ts'
import { judge, Ledger } from './ledger.ts'

const rounds = rings() === 'quick' ? 8 : 100

test(`I1 I2 I3: ${rounds} kills under load: nothing acknowledged missing, nothing twice`, async (t) => {
  const options = { rounds, seed: Date.now() % 1_000_000, connections: 8 }
  const result = await drill(options)
  for (const line of report(result, options).split('\n')) t.diagnostic(line)
  assert.deepEqual(faults(result), [], report(result, options))
})

test('the judge sees what is missing, doubled and strange', () => {
  const ledger = new Ledger('d', 1_000)
  const [kept, lost, twice, moved] = [1, 2, 3, 4].map(() => ledger.write('q1ts'))
  assert.ok(kept && lost && twice && moved)
  for (const message of ledger.sent) message.isAcknowledged = true
  ledger.write('q1ts')
  const problems: string[] = []
  const stored = { q1ts: { ts: [1_000, 1_002, 1_002.001, 9_999, 5], value: [0, 2, 2, 3, 77] } }
  const [verdict] = judge(ledger, stored, problems)
  assert.deepEqual(verdict, {
    kind: 'q1ts',
    sent: 5,
    acknowledged: 4,
    stored: 3,
    missing: 1,
    doubled: 1,
    strange: 3,
  })
  assert.equal(problems.length, 5)
})
