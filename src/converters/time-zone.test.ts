import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { TimeZone, isTimeZone } from './time-zone.ts'

/** A wall clock's reading, counted as if it were UTC. */
const local = (text: string): number => Date.parse(`${text}Z`) * 1000
const utc = (text: string): number => Date.parse(text) * 1000

const clocks: [zone: string, shown: string, meant: string][] = [
  ['UTC', '2024-07-01T12:00:00', '2024-07-01T12:00:00Z'],
  ['Europe/Berlin', '2024-07-01T12:00:00', '2024-07-01T10:00:00Z'],
  ['Europe/Berlin', '2024-01-01T12:00:00', '2024-01-01T11:00:00Z'],
  ['Europe/Berlin', '2024-03-31T01:59:59', '2024-03-31T00:59:59Z'],
  ['Europe/Berlin', '2024-03-31T03:00:00', '2024-03-31T01:00:00Z'],
  ['Europe/Berlin', '2024-10-27T03:00:00', '2024-10-27T02:00:00Z'],
  ['America/New_York', '2024-11-03T00:59:59', '2024-11-03T04:59:59Z'],
  ['Asia/Kolkata', '2024-06-01T05:30:00', '2024-06-01T00:00:00Z'],
  ['Australia/Lord_Howe', '2024-07-01T10:30:00', '2024-07-01T00:00:00Z'],
  ['Pacific/Apia', '2011-12-29T12:00:00', '2011-12-29T22:00:00Z'],
]

describe('a clock on the wall shows', () => {
  for (const [zone, shown, meant] of clocks) {
    test(`${shown} in ${zone} at ${meant}`, () => {
      assert.equal(new TimeZone(zone).utcOf(local(shown)), utc(meant))
    })
  }
})

test('of an hour that comes twice the first is meant, and one that is left out counts on', () => {
  const berlin = new TimeZone('Europe/Berlin')
  assert.equal(berlin.utcOf(local('2024-10-27T02:30:00')), utc('2024-10-27T00:30:00Z'))
  assert.equal(berlin.utcOf(local('2024-03-31T02:30:00')), utc('2024-03-31T01:30:00Z'))
})

test('microseconds stay, and the order of the questions changes no answer', () => {
  const zone = new TimeZone('America/New_York')
  const moments = fc.integer({ min: -2_000_000_000, max: 4_000_000_000 })
  fc.assert(
    fc.property(moments, moments, (a, b) => {
      const [first, second] = [a * 1_000_000 + 7, b * 1_000_000 + 7]
      const alone = new TimeZone('America/New_York').utcOf(second)
      zone.utcOf(first)
      assert.equal(zone.utcOf(second), alone)
      assert.equal(((alone % 1_000_000) + 1_000_000) % 1_000_000, 7)
      assert.ok(Math.abs(alone - second) <= 16 * 3_600_000_000)
    }),
    { seed: 1 },
  )
})

test('years that can’t be stored do no harm', () => {
  const zone = new TimeZone('Europe/Berlin')
  for (const far of [local('0001-01-01T00:00:00'), local('9999-12-31T23:59:59')]) {
    assert.ok(Number.isFinite(zone.utcOf(far)))
  }
})

test('zones are known by their names', () => {
  for (const name of ['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires'])
    assert.ok(isTimeZone(name), name)
  for (const name of ['', 'Berlin', 'CEST+99', 'Europe/', '\0']) assert.ok(!isTimeZone(name), name)
})
