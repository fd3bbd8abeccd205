import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JsonReader } from '../json-reader.ts'
import { TimeZone } from '../time-zone.ts'
import { JsonPaths, parsePath, pathStepsMax } from './json-path.ts'
import { KeyRules } from './key-rules.ts'
import { isTimePattern, TimePattern } from './time-pattern.ts'

const document = '{"a":{"b c":[1,[2,{"d":"found"}]],"0":"zero"},"x.y":5,"list":[{"n":1},{"n":2}],"\\"q\\"":6}'

const places: [path: string, found: unknown][] = [
  ['$.a["b c"][0]', 1],
  ["$.a['b c'][1][1].d", 'found'],
  ['$.a.0', 'zero'],
  ['$["x.y"]', 5],
  ['$["\\"q\\""]', 6],
  ['$.list[1].n', 2],
  ['@.list[1].n', 2],
  ['$.list[2].n', undefined],
  ['$.a.b.c', undefined],
  ['$.a[0]', undefined],
  ['$.list.n', undefined],
]
for (const [text, found] of places) {
  test(`${text} leads to ${String(found)}`, () => {
    const bytes = Buffer.from(document)
    const reader = new JsonReader(bytes, 0, bytes.length)
    const root = reader.read()
    const path = parsePath(text) ?? assert.fail('a path')
    const paths = new JsonPaths(reader)
    for (let twice = 0; twice < 2; twice++) assert.equal(paths.nodeAt(root, path), found)
  })
}

test('what is no path is told before anything is read', () => {
  const wrong = [
    '',
    'a',
    'a.b',
    '$a',
    '$.',
    '$..a',
    '$.a.',
    '$[',
    '$[-1]',
    '$[a]',
    '$.a[*]',
    '$.a b',
    '$["a]',
    '$[99999]',
  ]
  for (const text of [...wrong, `$${'.a'.repeat(pathStepsMax + 1)}`, `$.${'a'.repeat(300)}`]) {
    assert.equal(parsePath(text), undefined, text)
  }
})

test('times are read as their pattern says, in their zone', () => {
  const berlin = new TimeZone('Europe/Berlin')
  const at = Date.parse('2024-07-01T10:05:06.789Z') * 1000
  const patterns: [string, string, number | undefined][] = [
    ['DD.MM.YYYY HH:mm:ss.S', '01.07.2024 12:05:06.789', at],
    ['YYYYMMDDHHmmss', '20240701120506', at - 789_000],
    ['MM/DD/YYYY', '7/1/2024', Date.parse('2024-06-30T22:00:00Z') * 1000],
    ['YYYY-MM-DD HH:mm', '2024-13-01 00:00', undefined],
    ['YYYY-MM-DD HH:mm', '2024-07-01 12:05:06', undefined],
    ['[YYYY](MM)+DD', '[2024](07)+01', Date.parse('2024-06-30T22:00:00Z') * 1000],
  ]
  for (const [pattern, text, ts] of patterns) {
    assert.ok(isTimePattern(pattern), pattern)
    assert.equal(new TimePattern(pattern, berlin).tsFrom(text), ts, `${text} as ${pattern}`)
  }
  for (const pattern of ['', 'HH:mm', 'YYYY-MM', 'YYYY-YYYY-MM-DD', `YYYY-MM-DD${' '.repeat(60)}`]) {
    assert.ok(!isTimePattern(pattern), pattern)
  }
})

test('keys are kept, left out, renamed and scaled by the name that the document has', () => {
  const rules = new KeyRules({
    include: ['t', 'gps.*'],
    exclude: ['gps.debug'],
    rename: { t: 'temperature' },
    scale: { t: { factor: 0.1, offset: -40 } },
  })
  assert.deepEqual(
    ['t', 'gps.lat', 'gps.debug', 'p', 'temperature'].map((key) => rules.nameOf(key)),
    ['temperature', 'gps.lat', undefined, undefined, undefined],
  )
  assert.equal(rules.scaled('t', 613), 21.3)
  assert.equal(rules.scaled('t', 9007199254740993n), 900719925474059)
  assert.equal(rules.scaled('t', 'on'), 'on')
  assert.equal(rules.scaled('gps.lat', 1), 1)
})
