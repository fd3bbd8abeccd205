// Settling: what a stored commit did to its series. Rows go into the tails, in commit order, and each is
// counted as fresh, the same again, overwritten or ignored. Rows newer than everything cost two comparisons;
// a row that may be among the sealed ones is looked up in the one block that would cover it.
import { AckstoneError } from '../../errors.ts'
import type { Log } from '../../lib/log.ts'
import { isSameValue, type Value } from '../../model/reading.ts'
import type { RunTally, SeriesRun } from '../store.ts'
import { BlockIndex, valueAt } from './blocks.ts'
import type { Database } from './database.ts'
import type { JournalRuns } from './journal.ts'
import { headKey } from './keys.ts'
import { decodeHead, emptyHead } from './records.ts'
import type { Sealer } from './seal.ts'
import type { Series, SeriesTable } from './series.ts'

/** A stored commit. */
export interface SettleJob {
  seq: number
  runs: readonly SeriesRun[]
  /** The series of each run. */
  ids: readonly number[]
  /** Series that had never been stored before this commit. */
  newIds: ReadonlySet<number>
}

/** Rows of one series, on their way into its tail. */
interface Stretch {
  seq: number
  series: Series
  ts: ArrayLike<number>
  values: ArrayLike<Value>
  to: number
  isIgnore: boolean
  /** False when the tally doesn't matter: the journal is read again after a start. */
  isCounted: boolean
}

/** Rows of decoded blocks that are held for lookups, in all series. */
const decodedRowsMax = 2_000_000

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
  async settle({ seq, runs, ids, newIds }: SettleJob): Promise<RunTally[]> {
    const series: Series[] = []
    for (const id of ids) series.push(this.#table.get(id, newIds.has(id)))
    if (!series.every(isLoaded)) await this.#load(series)
    const tallies: RunTally[] = []
    for (let i = 0; i < series.length; i++) {
      const { ts, values, duplicates } = runs[i]!
      const tally = emptyTally()
      tallies.push(tally)
      const stretch = stretchOf(seq, series[i]!, ts, values, ts.length, duplicates === 'ignore', true)
      const rest = this.#settleStretch(stretch, 0, tally)
      if (rest !== undefined) await rest
    }
    return tallies
  }

  /** Applies the runs of a commit that was read back from the journal. */
  async replay(seq: number, { runs, ts, numbers }: JournalRuns): Promise<void> {
    const series: Series[] = []
    for (const run of runs) series.push(this.#table.get(run.seriesId))
    if (!series.every(isLoaded)) await this.#load(series)
    const tally = emptyTally()
    for (let i = 0; i < series.length; i++) {
      const { from, to, mixed, isIgnore } = runs[i]!
      const one = series[i]!
      // What was sealed since (and perhaps deleted) is not applied again.
      if (seq <= one.head.sealedSeq) continue
      // Numbers stand beside their times; other values in an array of their own.
      const rest =
        mixed === undefined
          ? this.#settleStretch(stretchOf(seq, one, ts, numbers, to, isIgnore, false), from, tally)
          : this.#settleStretch(
              stretchOf(seq, one, ts.slice(from, to), mixed, to - from, isIgnore, false),
              0,
              tally,
            )
      if (rest !== undefined) await rest
    }
  }

  /** Reads the heads of those series that don't know theirs. */
  async #load(series: readonly Series[]): Promise<void> {
    const missing = [...new Set(series.filter((one) => !one.isLoaded))]
    const heads = await this.#patiently(() => this.#database.getMany(missing.map((one) => headKey(one.id))))
    for (const [i, one] of missing.entries()) {
      const head = heads[i]
      one.head = head === undefined ? emptyHead : decodeHead(head)
      one.isLoaded = true
    }
  }

  /** Settles rows from `from` on, at once unless something has to be read for them. */
  #settleStretch(stretch: Stretch, from: number, tally: RunTally): Promise<void> | undefined {
    const at = this.#advance(stretch, from, tally)
    if (at < stretch.to) return this.#settleRest(stretch, at, tally)
    this.#table.setWaiting(stretch.series, stretch.seq)
    this.#sealer.consider(stretch.series)
    return undefined
  }

  async #settleRest(stretch: Stretch, from: number, tally: RunTally): Promise<void> {
    const { seq, series, ts } = stretch
    for (let at = from; at < stretch.to; at = this.#advance(stretch, at, tally)) {
      await this.#prepare(seq, series, ts[at]!)
    }
    this.#table.setWaiting(series, seq)
    this.#sealer.consider(series)
  }

  /** Applies rows from `from` on, until the end or a row that something has to be read for; returns where. */
  #advance(stretch: Stretch, from: number, tally: RunTally): number {
    const { series, ts, values, to } = stretch
    const { tail } = series
    const rowsBefore = tail.count
    let i = from
    while (i < to) {
      const end = tail.append(ts, values, i, to, series.maxTs)
      tally.fresh += end - i
      i = end
      if (i === to || !this.#applyOld(stretch, ts[i]!, values[i]!, tally)) break
      i++
    }
    this.#table.tailRows += tail.count - rowsBefore
    return i
  }

  /** Applies a row that is not newer than its series; false when something has to be read first. */
  #applyOld({ series, isIgnore, isCounted }: Stretch, ts: number, value: Value, tally: RunTally): boolean {
    const { tail } = series
    const at = tail.lowerBound(ts)
    const isInTail = at < tail.count && tail.ts(at) === ts
    let stored: Value | undefined
    if (isInTail) {
      stored = tail.value(at)
    } else {
      if (tail.count >= this.#sealer.limits.insertRowsMax) return false
      if (ts <= series.head.sealedMaxTs && (isCounted || isIgnore)) {
        const { index } = series
        if (index === undefined || index.isStale) return false
        const start = index.startOf(ts)
        if (start !== undefined && !index.isDamaged(start)) {
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
    if (isInTail) tail.replace(at, value)
    else tail.insert(at, ts, value)
    return true
  }

  /** Makes the next row of a series applicable: seals a tail that is too long, or reads the block. */
  async #prepare(seq: number, series: Series, ts: number): Promise<void> {
    if (series.tail.count >= this.#sealer.limits.insertRowsMax) {
      await this.#patiently(() => this.#sealer.seal([series], seq - 1))
      return
    }
    let { index } = series
    if (index === undefined || index.isStale) {
      index = await this.#patiently(() => BlockIndex.load(this.#database, series.id))
      series.index = index
    }
    this.#indexed.add(series)
    const start = index.startOf(ts)
    if (start === undefined || index.decoded(start) !== undefined || index.isDamaged(start)) return
    this.#makeRoom(series)
    await this.#decode(index, start)
  }

  async #decode(index: BlockIndex, start: number): Promise<void> {
    try {
      // An index that has become stale meanwhile is read again by the caller.
      const rows = await this.#patiently(async () => (index.isStale ? undefined : index.decode(start)))
      this.#decodedRows += rows?.count ?? 0
    } catch (error) {
      if (!(error instanceof AckstoneError) || error.code !== 'STORE_CORRUPT') throw error
      // The reading is stored whatever its block looks like; only what it replaced can't be told.
      this.#log.error('block unreadable', { cause: error.message })
      index.setDamaged(start)
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
        if (!(error instanceof AckstoneError) || !error.isRetryable || error.code === 'STORE_CLOSED')
          throw error
        await this.#database.recovered()
      }
    }
  }
}

function isLoaded(series: Series): boolean {
  return series.isLoaded
}

/** One shape of object for all: this is made for every run. */
function stretchOf(
  seq: number,
  series: Series,
  ts: ArrayLike<number>,
  values: ArrayLike<Value>,
  to: number,
  isIgnore: boolean,
  isCounted: boolean,
): Stretch {
  return { seq, series, ts, values, to, isIgnore, isCounted }
}

function emptyTally(): RunTally {
  return { fresh: 0, sameValue: 0, overwritten: 0, ignored: 0, late: 0 }
}
