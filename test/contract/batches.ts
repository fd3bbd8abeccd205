// Batches to commit and rows to read back, for everybody who tests a store.
import assert from 'node:assert/strict'
import { tsMax, tsMin, type DuplicatesPolicy, type Value } from '../../src/model/reading.ts'
import type { Batch, RunTally, SeriesRun, Store } from '../../src/storage/store.ts'

let ticket = 0

/** A batch with a ticket of its own and what else is given. */
export function batchOf(parts: Partial<Batch>): Batch {
  ticket++
  return {
    ticket,
    runs: [],
    rejected: [],
    resolvedRejected: [],
    state: [],
    closedTs: ticket * 1000,
    ...parts,
  }
}

export function runOf(
  device: string,
  key: string,
  rows: readonly (readonly [ts: number, value: Value])[],
  duplicates: DuplicatesPolicy = 'overwrite',
): SeriesRun {
  const ts = rows.map(([at]) => at)
  const values = rows.map(([, value]) => value)
  return { device, key, integration: 'plant', duplicates, ts, values }
}

/** Stores rows of one series and returns their tally. */
export async function put(store: Store, ...run: Parameters<typeof runOf>): Promise<RunTally> {
  const { tallies } = await store.commit(batchOf({ runs: [runOf(...run)] }))
  return (await tallies)[0]!
}

/** A tally of these counts and no others. */
export function tallyOf(parts: Partial<RunTally>): RunTally {
  return { fresh: 0, sameValue: 0, overwritten: 0, ignored: 0, late: 0, ...parts }
}

export type Row = [ts: number, value: Value]

/** All rows of a range, as pairs. */
export async function rowsOf(
  store: Store,
  device: string,
  key: string,
  startTs: number = tsMin,
  endTs: number = tsMax,
  order: 'asc' | 'desc' = 'asc',
): Promise<Row[]> {
  const rows: Row[] = []
  for await (const { ts, values, count } of store.query({ device, key, startTs, endTs, order })) {
    assert.ok(count > 0 && count <= 4096, `a chunk has 1 to 4,096 rows, not ${count}`)
    assert.equal(ts.length, count)
    assert.equal(values.length, count)
    for (let i = 0; i < count; i++) rows.push([ts[i]!, values[i]!])
  }
  return rows
}
