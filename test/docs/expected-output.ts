// Compares what a command printed with what the page shows. A time that the hub gave on arrival can't be
// in the page, so where the page shows a time, any time of the last minutes will do as well.
import assert from 'node:assert/strict'

const recentMs = 10 * 60 * 1000
/** Numbers from here on are taken for times in milliseconds (2001 and later). */
const timeMin = 1e12

/** @throws AssertionError when they differ.
 *  @param nowMs the clock's milliseconds since the epoch. */
export function assertShown(language: string, shown: string, printed: string, nowMs: number): void {
  if (language !== 'json') {
    assert.equal(printed.replaceAll('\r\n', '\n').trim(), shown.trim())
    return
  }
  const expected: unknown = JSON.parse(shown)
  const actual: unknown = JSON.parse(printed)
  assert.deepEqual(withShownTimes(actual, expected, nowMs), expected)
}

/** The printed value, with recent times replaced by the time the page shows in their place. */
function withShownTimes(actual: unknown, expected: unknown, nowMs: number): unknown {
  if (typeof actual === 'number' && typeof expected === 'number') {
    const isGiven = expected > timeMin && Math.abs(nowMs - actual) < recentMs
    return isGiven ? expected : actual
  }
  if (Array.isArray(actual) && Array.isArray(expected)) {
    return actual.map((item, i) => withShownTimes(item, expected[i], nowMs))
  }
  if (isObject(actual) && isObject(expected)) {
    const entries = Object.entries(actual).map(([key, value]) => [
      key,
      withShownTimes(value, expected[key], nowMs),
    ])
    return Object.fromEntries(entries)
  }
  return actual
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
