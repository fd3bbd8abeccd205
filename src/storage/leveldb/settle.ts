// Settling: what a stored commit did to its series. Rows go into the tails, in commit order, and each is
// counted as fresh, the same again, overwritten or ignored. Rows newer than everything cost two comparisons;
// a row that may be among the sealed ones is looked up in the one block that would cover it.
import { AckstoneError } from '../../errors.ts'
import type { Log } from '../../lib/log.ts'
import { isSameValue, type Value } from '../../model/reading.ts'
import type { RunTally, SeriesRun } from '../store.ts'
import { BlockIndex, valueAt } from './blocks.ts'
import type { Database } from './database.ts'
import { headKey } from './keys.ts'
import { decodeHead, emptyHead } from './records.ts'
import type { Sealer } from './seal.ts'
import { lowerBound, type Series, type SeriesTable } from './series.ts'

/** What settling wants to know of a run. */
export interface SettleRun extends Pick<SeriesRun, 'duplicates'> {
  ts: ArrayLike<number>
  values: ArrayLike<Value>
}

/** A stored commit. */
export interface SettleJob {
  seq: number
  runs: readonly SettleRun[]
  /** The series of each run. */
  ids: readonly number[]
  /** Series that had never been stored before this commit. */
  newIds: ReadonlySet<number>
  /** False when the tallies don't matter: the journal is read again after a start. */
  isCounted: boolean
}

/** A tail is sealed before rows are inserted into one that is longer. */
const insertRowsMax = 4096
/** Rows of decoded blocks that are held for lookups, in all series. */
const decodedRowsMax = 2_000_000

const emptyRows = { ts: new Float64Array(0), values: new Float64Array(0), count: 0 }

export class Settler {
  readonly #database: Database
  readonly #table: SeriesTable
  readonly #sealer: Sealer
  readonly #log: Log
  readonly #indexed = new Set<Series>()
  #decodedRows = 0

  constructor(database: Database, table: SeriesTable, sealer: Sealer, log: Log) {
    this.#database = database
    this.#table = table
    this.#sealer = sealer
    this.#log = log
  }

  /** Applies the runs of a commit; every commit before it is settled.
   *  @throws STORE_CLOSED; STORE_CORRUPT when a tail that had to be sealed first could not be. */
  async settle(job: SettleJob): Promise<RunTally[]> {
    const series: Series[] = []
    let isLoaded = true
    for (const id of job.ids) {
      const one = this.#table.get(id, job.newIds.has(id))
      isLoaded &&= one.isLoaded
      series.push(one)
    }
    if (!isLoaded) await this.#load(series)
    const tallies: RunTally[] = []
    for (let i = 0; i < series.length; i++) {
      const tally: RunTally = { fresh: 0, sameValue: 0, overwritten: 0, ignored: 0, late: 0 }
      tallies.push(tally)
      // What was sealed since (and perhaps deleted) is not applied again.
      if (job.seq <= series[i]!.head.sealedSeq) continue
      const rest = this.#settleRun(job, series[i]!, job.runs[i]!, tally)
      if (rest !== undefined) await rest
    }
    return tallies
  }

  /** Reads the heads of those series that don't know theirs. */
  async #load(series: readonly Series[]): Promise<void> {
    const missing = [...new Set(series.filter((one) => !one.isLoaded))]
    if (missing.length === 0) return
    const heads = await this.#patiently(() => this.#database.getMany(missing.map((one) => headKey(one.id))))
    for (const [i, one] of missing.entries()) {
      const head = heads[i]
      one.head = head === undefined ? emptyHead : decodeHead(head)
      one.isLoaded = true
    }
  }

  /** Settles a run, at once unless something has to be read for it. */
  #settleRun(job: SettleJob, series: Series, run: SettleRun, tally: RunTally): Promise<void> | undefined {
    const at = this.#advance(job, series, run, 0, tally)
    if (at < run.ts.length) return this.#settleRest(job, series, run, at, tally)
    if (series.ts.length > 0) this.#table.setWaiting(series, job.seq)
    this.#sealer.consider(series)
    return undefined
  }

  async #settleRest(job: SettleJob, series: Series, run: SettleRun, from: number, tally: RunTally): Promise<void> {
    for (let at = from; at < run.ts.length; at = this.#advance(job, series, run, at, tally)) {
      await this.#prepare(job.seq, series, run.ts[at]!)
    }
    if (series.ts.length > 0) this.#table.setWaiting(series, job.seq)
    this.#sealer.consider(series)
  }

  /** Applies rows from `from` on, until the end or a row that something has to be read for; returns where. */
  #advance(job: SettleJob, series: Series, run: SettleRun, from: number, tally: RunTally): number {
    const { ts, values } = run
    const tail = series.ts
    const tailValues = series.values
    const rowsBefore = tail.length
    let max = series.maxTs
    let i = from
    for (; i < ts.length; i++) {
      const t = ts[i]!
      if (t > max) {
        tail.push(t)
        tailValues.push(values[i]!)
        tally.fresh++
        max = t
      } else if (!this.#applyOld(job, series, t, values[i]!, run.duplicates === 'ignore', tally)) {
        break
      }
    }
    this.#table.tailRows += tail.length - rowsBefore
    return i
  }

  /** Applies a row that is not newer than its series; false when something has to be read first. */
  #applyOld(
    job: SettleJob,
    series: Series,
    ts: number,
    value: Value,
    isIgnore: boolean,
    tally: RunTally,
  ): boolean {
    const at = lowerBound(series.ts, ts)
    const isInTail = series.ts[at] === ts
    let stored: Value | undefined
    if (isInTail) {
      stored = series.values[at]!
    } else {
      if (series.ts.length >= insertRowsMax) return false
      if (ts <= series.head.sealedMaxTs && (job.isCounted || isIgnore)) {
        const index = series.index
        if (index === undefined) return false
        const start = index.startOf(ts)
        if (start !== undefined) {
          const block = index.decoded(start)
          if (block === undefined) return false
          stored = valueAt(block, ts)
        }
      }
    }
    if (stored === undefined) {
      tally.fresh++
      tally.late++
    } else if (isSameValue(stored, value)) {
      tally.sameValue++
      return true
    } else if (isIgnore) {
      tally.ignored++
      return true
    } else {
      tally.overwritten++
    }
    if (isInTail) {
      series.values[at] = value
    } else {
      series.ts.splice(at, 0, ts)
      series.values.splice(at, 0, value)
    }
    return true
  }

  /** Makes the next row of a series applicable: seals a tail that is too long, or reads the block. */
  async #prepare(seq: number, series: Series, ts: number): Promise<void> {
    if (series.ts.length >= insertRowsMax) {
      await this.#patiently(async () => {
        await this.#load([series])
        await this.#sealer.seal([series], seq - 1)
      })
      return
    }
    series.index ??= await this.#patiently(() => BlockIndex.load(this.#database, series.id))
    this.#indexed.add(series)
    const start = series.index.startOf(ts)
    if (start === undefined || series.index.decoded(start) !== undefined) return
    this.#makeRoom(series)
    await this.#decode(series.index, start)
  }

  async #decode(index: BlockIndex, start: number): Promise<void> {
    try {
      const rows = await this.#patiently(() => index.decode(start))
      this.#decodedRows += rows.count
    } catch (error) {
      if (!(error instanceof AckstoneError) || error.code !== 'STORE_CORRUPT') throw error
      // The reading is stored whatever its block looks like; only what it replaced can't be told.
      this.#log.error('block unreadable', { cause: error.message })
      index.hold(start, emptyRows)
    }
  }

  /** Drops decoded blocks when there are too many of them. */
  #makeRoom(keep: Series): void {
    if (this.#decodedRows < decodedRowsMax) return
    for (const series of this.#indexed) {
      series.index?.drop()
      if (series !== keep) series.index = undefined
    }
    this.#indexed.clear()
    this.#indexed.add(keep)
    this.#decodedRows = 0
  }

  /** Runs a read or a seal until it works: settling waits out a store that is being reopened. */
  async #patiently<T>(run: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await run()
      } catch (error) {
        if (!(error instanceof AckstoneError) || !error.isRetryable || error.code === 'STORE_CLOSED') throw error
        await this.#database.recovered()
      }
    }
  }
}
