// The journal: each commit's runs as one value, until every series in it is sealed. Knows which entries
// stand in the store, so that those no longer needed can be deleted with the seal that frees them.
import { assert } from '../../lib/assert.ts'
import type { Value } from '../../model/reading.ts'
import type { SeriesRun } from '../store.ts'
import { ByteWriter } from '../columns/bytes.ts'
import { checked, checksum } from './checksum.ts'
import type { LevelBatch } from './database.ts'
import { journalKey } from './keys.ts'
import { readColumns, readHead, writeRows, type Columns } from '../columns/rows.ts'

/** An entry that has grown to this is continued in the next part. */
const partBytes = 1024 * 1024

/** The runs of one part of an entry, rows in shared columns; valid until the next part is read. */
export interface JournalRuns {
  runs: JournalRun[]
  ts: Float64Array
  numbers: Float64Array
}

export interface JournalRun {
  seriesId: number
  isIgnore: boolean
  /** Its rows are [from, to) of the columns. */
  from: number
  to: number
  /** Its values, when they are not all doubles. */
  mixed: Value[] | undefined
}

/** A commit in the journal. */
export interface JournalEntry {
  seq: number
  parts: number
  bytes: number
}

export class Journal {
  readonly #out = new ByteWriter(64 * 1024)
  /** Entries from the oldest on; those before `#first` have been deleted. */
  #entries: JournalEntry[] = []
  #first = 0
  bytes = 0

  /** Puts the runs of a commit into a batch.
   *  @param ids the series of each run.
   *  @returns what `add` wants to know once the batch is written. */
  put(batch: LevelBatch, seq: number, runs: readonly SeriesRun[], ids: readonly number[]): JournalEntry {
    const entry = { seq, parts: 0, bytes: 0 }
    const out = this.#out
    let before = 0
    let base = 0
    out.at = 0
    for (let i = 0; i < runs.length; i++) {
      const run = runs[i]!
      const id = ids[i]!
      assert(run.ts.length > 0 && run.ts.length === run.values.length, 'a run has as many times as values')
      out.zigzag(id - before)
      writeRows(out, run.ts, run.values, 0, run.ts.length, base, run.duplicates === 'ignore')
      before = id
      base = run.ts[0]!
      if (out.at >= partBytes) {
        this.#putPart(batch, entry)
        before = 0
        base = 0
      }
    }
    if (out.at > 0) this.#putPart(batch, entry)
    return entry
  }

  #putPart(batch: LevelBatch, entry: JournalEntry): void {
    const out = this.#out
    const key = journalKey(entry.seq, entry.parts)
    out.u32(checksum(key, out.written()))
    batch.put(key, out.written() as Buffer)
    entry.parts++
    entry.bytes += out.at
    out.at = 0
  }

  /** An entry stands in the store. */
  add(entry: JournalEntry): void {
    const last = this.#entries.at(-1)
    assert(
      last === undefined || this.#first === this.#entries.length || last.seq < entry.seq,
      'commits ascend',
    )
    this.#entries.push(entry)
    this.bytes += entry.bytes
  }

  /** Deletes in a batch the entries of commits before `seq`, and returns what `remove` wants to know. */
  deleteBefore(batch: LevelBatch, seq: number): number {
    let at = this.#first
    for (; at < this.#entries.length && this.#entries[at]!.seq < seq; at++) {
      const entry = this.#entries[at]!
      for (let part = 0; part < entry.parts; part++) batch.del(journalKey(entry.seq, part))
    }
    return at
  }

  /** The deletion that `deleteBefore` prepared is written. */
  remove(first: number): void {
    for (let at = this.#first; at < first; at++) this.bytes -= this.#entries[at]!.bytes
    this.#first = first
    if (this.#first < 1024) return
    this.#entries = this.#entries.slice(this.#first)
    this.#first = 0
  }
}

const columns: Columns = { ts: new Float64Array(16 * 1024), numbers: new Float64Array(16 * 1024), at: 0 }

/** Reads one part of an entry.
 *  @throws BytesEnded when it is damaged. */
export function readJournal(key: Buffer, value: Buffer): JournalRuns {
  const input = checked(key, value)
  const runs: JournalRun[] = []
  let seriesId = 0
  let base = 0
  columns.at = 0
  while (!input.isAtEnd) {
    seriesId += input.zigzag()
    const head = readHead(input)
    const from = columns.at
    if (from + head.count > columns.ts.length) growColumns(from + head.count)
    const mixed = readColumns(input, head, base, columns)
    base = columns.ts[from]!
    columns.at = from + head.count
    runs.push({ seriesId, isIgnore: head.isIgnore, from, to: columns.at, mixed })
  }
  return { runs, ts: columns.ts, numbers: columns.numbers }
}

function growColumns(length: number): void {
  const { ts, numbers } = columns
  columns.ts = new Float64Array(length * 2)
  columns.numbers = new Float64Array(length * 2)
  columns.ts.set(ts)
  columns.numbers.set(numbers)
}
