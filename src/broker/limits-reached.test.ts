// Every limit that others can come to is counted where they come to it, and says in the log which, who and how much.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { TestClock } from '../../test/broker-house.ts'
import { silentLog, type Log } from '../lib/log.ts'
import { LimitsReached, reachableLimits } from './limits-reached.ts'
import { brokerLimitsDefault } from './limits.ts'

test('I7: each limit that is counted is named by code that counts it', () => {
  const files = globSync(['*.ts', 'handlers/*.ts'], { cwd: import.meta.dirname }).filter(
    (file) => !file.endsWith('.test.ts') && !['limits.ts', 'limits-reached.ts'].includes(file),
  )
  const text = files.map((file) => readFileSync(join(import.meta.dirname, file), 'utf8')).join('\n')
  const counting = reachableLimits.filter((limit) => !text.includes(`'${limit}'`))
  assert.deepEqual(counting, [])
})

test('I7: each limit is counted every time, and said at most once a minute: which, what it allows, who, how much', async () => {
  const lines: [string, unknown][] = []
  const log: Log = { ...silentLog, warn: (text, fields) => void lines.push([text, fields]) }
  const clock = new TestClock()
  const reached = new LimitsReached(brokerLimitsDefault, clock, log)
  for (const limit of reachableLimits) {
    assert.equal(reached.counts.get(limit), 0)
    for (const amount of [7, 8, 9]) reached.count(limit, 'someone', amount)
    assert.equal(reached.counts.get(limit), 3)
    const allowed = brokerLimitsDefault[limit]
    const first = { limit: `limits.${limit}`, allowed, who: 'someone', amount: 7, timesSinceLastLine: 1 }
    assert.deepEqual(lines.splice(0), [['limit reached', first]])
  }
  await clock.advance(60_001)
  for (const limit of reachableLimits) {
    reached.count(limit, 'another')
    const allowed = brokerLimitsDefault[limit]
    const next = {
      limit: `limits.${limit}`,
      allowed,
      who: 'another',
      amount: undefined,
      timesSinceLastLine: 3,
    }
    assert.deepEqual(lines.splice(0), [['limit reached', next]])
  }
})
