// Which rows of a commit were late and which met a row that was there. The store counts them for each run; which
// they are follows from the order of their times, so nothing has to be remembered for a row.
import type { RunTally, SeriesRun } from '../storage/store.ts'

export const rowOutcome = { fresh: 0, late: 1, duplicate: 2 } as const

/** Runs longer than this are not looked at row by row. */
export const classifiedRowsMax = 10_000

/** One `rowOutcome` for each row, in order; undefined when all rows are fresh and in order, or there are too many.
 *  Exact where a run has only late rows or only repeats besides fresh ones in order, as a run of one message has. Where
 *  both are mixed, repeats are taken to have come first, as a device that sends again does. */
export function classifyRows({ ts }: SeriesRun, tally: RunTally): Uint8Array | undefined {
  const repeated = tally.sameValue + tally.overwritten + tally.ignored
  if ((repeated === 0 && tally.late === 0) || ts.length > classifiedRowsMax) return undefined
  const outcomes = new Uint8Array(ts.length)
  if (tally.fresh === 0) return outcomes.fill(rowOutcome.duplicate)
  if (repeated > 0) markRepeated(ts, repeated, outcomes)
  if (tally.late > 0) markLate(ts, tally.late, outcomes)
  return outcomes
}

function markRepeated(ts: readonly number[], count: number, outcomes: Uint8Array): void {
  const seen = new Set<number>()
  let left = count
  for (const [i, at] of ts.entries()) {
    if (left > 0 && seen.has(at)) {
      outcomes[i] = rowOutcome.duplicate
      left--
    }
    seen.add(at)
  }
  for (let i = 0; i < ts.length && left > 0; i++) {
    if (outcomes[i] !== rowOutcome.fresh) continue
    outcomes[i] = rowOutcome.duplicate
    left--
  }
}

/** A row is late when it is older than one before it in the run, or older than what the series had: of the rows that
 *  are the newest so far, the oldest ones. */
function markLate(ts: readonly number[], count: number, outcomes: Uint8Array): void {
  let left = count
  let newest = -Infinity
  const records: number[] = []
  for (const [i, at] of ts.entries()) {
    if (outcomes[i] === rowOutcome.fresh) {
      if (at < newest && left > 0) {
        outcomes[i] = rowOutcome.late
        left--
      } else records.push(i)
    }
    if (at > newest) newest = at
  }
  for (const i of records) {
    if (left === 0) return
    outcomes[i] = rowOutcome.late
    left--
  }
}
