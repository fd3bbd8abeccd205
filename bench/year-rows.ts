// The rows of bench/year.ts: one reading a second of a value with one decimal, as a sensor sends it.
import type { Batch } from '../src/storage/store.ts'

export const startTs = 1_700_000_000_000_000
export const secondUs = 1_000_000
const batchRows = 20_000

export function* batchesOf(rows: number): Generator<Batch> {
  for (let from = 0; from < rows; from += batchRows) {
    const ts: number[] = []
    const values: number[] = []
    for (let i = from; i < Math.min(rows, from + batchRows); i++) {
      ts.push(startTs + i * secondUs)
      values.push(Math.round(200 + 50 * Math.sin(i / 9_000) + noise(i)) / 10)
    }
    const run = { device: 'd', key: 'k', integration: 'bench', duplicates: 'overwrite' as const, ts, values }
    yield {
      ticket: from + 1,
      runs: [run],
      rejected: [],
      resolvedRejected: [],
      state: [],
      closedTs: startTs,
    }
  }
}

/** 0 to 12, the same for the same number, without a pattern that a compression would find. */
function noise(i: number): number {
  let bits = Math.imul(i ^ (i >>> 16), 0x45d9f3b)
  bits = Math.imul(bits ^ (bits >>> 16), 0x45d9f3b)
  return ((bits ^ (bits >>> 16)) >>> 0) % 13
}
