import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { RunTally, SeriesRun } from '../storage/store.ts'
import { Marks, marksMax } from './marks.ts'
import { classifiedRowsMax, classifyRows, rowOutcome } from './row-outcomes.ts'

const { fresh, late, duplicate } = rowOutcome

function run(ts: number[]): SeriesRun {
  return {
    device: 'd1',
    key: 'temp',
    integration: 'plant',
    duplicates: 'overwrite',
    ts,
    values: ts.map(() => 1),
  }
}

function tally(some: Partial<RunTally>): RunTally {
  return { fresh: 0, sameValue: 0, overwritten: 0, ignored: 0, late: 0, ...some }
}

const cases: [what: string, ts: number[], tally: RunTally, expected: number[] | undefined][] = [
  ['rows in order need no look', [1, 2, 3], tally({ fresh: 3 }), undefined],
  ['all rows were there', [1, 2], tally({ sameValue: 1, overwritten: 1 }), [duplicate, duplicate]],
  [
    'a row behind the newest of its run is late',
    [1, 3, 2],
    tally({ fresh: 3, late: 1 }),
    [fresh, fresh, late],
  ],
  [
    'rows behind what the series had are the oldest',
    [1, 2, 9],
    tally({ fresh: 3, late: 2 }),
    [late, late, fresh],
  ],
  [
    'a time that comes twice is a repeat',
    [1, 1, 2],
    tally({ fresh: 2, sameValue: 1 }),
    [fresh, duplicate, fresh],
  ],
  ['who sends again sends it first', [1, 2, 3], tally({ fresh: 2, sameValue: 1 }), [duplicate, fresh, fresh]],
]

for (const [what, ts, counted, expected] of cases) {
  test(what, () => {
    const outcomes = classifyRows(run(ts), counted)
    assert.deepEqual(outcomes && [...outcomes], expected)
  })
}

/** What a store would count, row by row. */
function stored(ts: readonly number[], before: readonly number[]): { tally: RunTally; outcomes: number[] } {
  const rows = new Set(before)
  let newest = Math.max(-Infinity, ...before)
  const counted = tally({})
  const outcomes = ts.map((at) => {
    if (rows.has(at)) {
      counted.sameValue++
      return duplicate
    }
    rows.add(at)
    counted.fresh++
    const isLate = at < newest
    newest = Math.max(newest, at)
    if (isLate) counted.late++
    return isLate ? late : fresh
  })
  return { tally: counted, outcomes }
}

test('without repeats, exactly the late rows are marked', () => {
  const times = fc.uniqueArray(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 30 })
  const property = fc.property(times, fc.integer({ min: 0, max: 200 }), (ts, newestBefore) => {
    const { tally: counted, outcomes } = stored(ts, [newestBefore + 0.5])
    const found = classifyRows(run(ts), counted)
    assert.deepEqual(found === undefined ? ts.map(() => fresh) : [...found], outcomes)
  })
  fc.assert(property)
})

test('never more rows are marked than were counted', () => {
  const times = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 30 })
  const property = fc.property(times, times, (ts, before) => {
    const { tally: counted } = stored(ts, before)
    const found = [...(classifyRows(run(ts), counted) ?? [])]
    assert.equal(found.filter((outcome) => outcome === duplicate).length, counted.sameValue)
    assert.ok(found.filter((outcome) => outcome === late).length <= counted.late)
  })
  fc.assert(property)
})

test('a run of a flood is not looked at row by row', () => {
  const ts = Array.from({ length: classifiedRowsMax + 1 }, (_, i) => i)
  assert.equal(classifyRows(run(ts), tally({ fresh: 1, sameValue: classifiedRowsMax })), undefined)
})

test('I7: marks have a fixed size, and say since when none was forgotten', () => {
  const marks = new Marks(5)
  for (let number = 0; number < marksMax + 10; number++) {
    marks.settled(run([number]), tally({ fresh: 1, late: 1 }), 1_000 + number)
  }
  const found = marks.of('d1', 0, Infinity)
  assert.equal(found.length, marksMax)
  assert.deepEqual(found[0], { kind: 'late', key: 'temp', ts: 10, atTs: 1_010 })
  assert.equal(marks.sinceTs, 1_009)
  assert.deepEqual(marks.of('d1', 10, 11).length, 1)
  assert.deepEqual(marks.of('d2', 0, Infinity), [])
})
