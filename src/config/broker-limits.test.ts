import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { reachableLimits } from '../broker/limits-reached.ts'
import { brokerLimitsDefault } from '../broker/limits.ts'
import { brokerLimits } from './broker-limits.ts'

/** Of how the broker works, not of what others may do to it; or an option of its own. */
const notHere = ['ackDeadlineMs', 'closeWaitMs', 'sweepMs', 'sysIntervalMs']

test('every limit of the broker is an option, with the default that the broker has', () => {
  const defaults = Object.fromEntries(
    Object.entries(brokerLimits).map(([name, option]) => [name, option.parse(undefined)]),
  )
  const expected = Object.fromEntries(
    Object.entries(brokerLimitsDefault).filter(([name]) => !notHere.includes(name)),
  )
  assert.deepEqual(defaults, expected)
})

test('the page about limits names each of them, and each that is counted', () => {
  const page = readFileSync(new URL('../../docs/reference/limits.md', import.meta.url), 'utf8')
  const missing = Object.keys(brokerLimits).filter((name) => !page.includes(`\`${name}\``))
  assert.deepEqual(missing, [])
  const counted = reachableLimits.filter(
    (name) => !new RegExp(`^\\| \`${name}\`.*\\| yes \\|$`, 'm').test(page),
  )
  assert.deepEqual(counted, [])
})
