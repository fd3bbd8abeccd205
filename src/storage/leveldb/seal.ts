// Sealing: tails become blocks, and journal entries that no tail needs any longer are deleted with them.
// A seal may be cut short anywhere: until the head of a series says "sealed up to here", the journal is
// applied again over the same blocks, which changes nothing.
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Value } from '../../model/reading.ts'
import { lowerBound, sliceRows } from '../columns/slices.ts'
import { BlockIndex, encodeBlock, lastBlocks, mergeRows } from './blocks.ts'
import type { Database, LevelBatch } from './database.ts'
import type { Journal } from './journal.ts'
import { blockKey, headKey, summaryKey } from './keys.ts'
import { decodeHead, emptyHead, encodeHead, type SeriesHead } from './records.ts'
import type { Rows } from '../columns/rows.ts'
import type { Series, SeriesTable } from './series.ts'
import { encodeSummary } from './summaries.ts'

/** When tails are sealed, and into what. */
export interface SealLimits {
  /** Rows in one tail that make it due. */
  seriesRowsMax: number
  /** Beyond one of these the tails that wait longest are sealed, whatever their length. */
  tailRowsMax: number
  waitingSeriesMax: number
  journalBytesMax: number
  /** A tail is sealed before rows are inserted into one that is longer. */
  insertRowsMax: number
  /** Rows of a block at most. */
  blockRowsMax: number
  /** Below this a block is small; at the end of a series small blocks become one when they hold as many. */
  blockRowsMin: number
  /** Small blocks at the end of a series that become one, whatever they hold. */
  smallBlocksMax: number
  /** A block with fewer rows has no summary: it is as quick to read. */
  summaryRowsMin: number
  /** One write of a seal, about. */
  writeBytes: number
}

export const sealLimits: SealLimits = {
  seriesRowsMax: 2048,
  tailRowsMax: 2_000_000,
  waitingSeriesMax: 100_000,
  journalBytesMax: 64 * 1024 * 1024,
  insertRowsMax: 4096,
  blockRowsMax: 2048,
  blockRowsMin: 512,
  smallBlocksMax: 16,
  summaryRowsMin: 128,
  writeBytes: 1024 * 1024,
}

/** Rows that are encoded before other work has its turn. */
const turnRows = 16_384

/** Writes that are collected until they are worth a sync. Applied in order: a later one of a key wins. */
class Plan {
  readonly #database: Database
  #writes: { key: Buffer; value: Buffer | undefined }[] = []
  bytes = 0

  constructor(database: Database) {
    this.#database = database
  }

  put(key: Buffer, value: Buffer): void {
    this.#writes.push({ key, value })
    this.bytes += key.length + value.length
  }

  delete(key: Buffer): void {
    this.#writes.push({ key, value: undefined })
    this.bytes += key.length
  }

  async flush(more?: (batch: LevelBatch) => void): Promise<void> {
    const writes = this.#writes
    this.#writes = []
    this.bytes = 0
    await this.#database.write((batch) => {
      for (const { key, value } of writes) {
        if (value === undefined) batch.del(key)
        else batch.put(key, value)
      }
      more?.(batch)
    })
  }
}

interface Sealed {
  series: Series
  head: SeriesHead
  latest: Value | undefined
}

export class Sealer {
  readonly #database: Database
  readonly #table: SeriesTable
  readonly #journal: Journal
  readonly limits: SealLimits
  readonly #due = new Set<Series>()

  constructor(database: Database, table: SeriesTable, journal: Journal, limits: SealLimits) {
    this.#database = database
    this.#table = table
    this.#journal = journal
    this.limits = limits
  }

  /** Notes a series whose tail has become long enough. */
  consider(series: Series): void {
    if (series.tail.count >= this.limits.seriesRowsMax) this.#due.add(series)
  }

  get isDue(): boolean {
    return this.#due.size > 0 || this.#isOverLimit
  }

  get #isOverLimit(): boolean {
    const { tailRowsMax, waitingSeriesMax, journalBytesMax } = this.limits
    return (
      this.#table.tailRows > tailRowsMax ||
      this.#table.waitingCount > waitingSeriesMax ||
      this.#journal.bytes > journalBytesMax
    )
  }

  /** Seals what is due, as much as is worth one write. Commits up to `settledSeq` are settled.
   *  @throws what `Database.write` and reads throw; nothing is lost then, and it is tried again later. */
  async sealDue(settledSeq: number): Promise<void> {
    const series = this.#due.size > 0 ? this.#due : this.#table.oldestWaiting()
    await this.seal(series, settledSeq)
  }

  /** Seals the tails of the first of these series, about one write of them. Always writes their heads, so
   *  that the journal up to `settledSeq` is not applied to them again. */
  async seal(some: Iterable<Series>, settledSeq: number): Promise<void> {
    const plan = new Plan(this.#database)
    const sealed = new Map<Series, Sealed>()
    const touched: Series[] = []
    let turn = 0
    await this.#database.writable()
    try {
      for (const series of some) {
        touched.push(series)
        await this.#load(series)
        const one = await this.#sealOne(series, plan, settledSeq)
        plan.put(headKey(series.id), encodeHead(one.head))
        sealed.set(series, one)
        if (plan.bytes >= this.limits.writeBytes) break
        turn += series.tail.count + 64
        if (turn < turnRows) continue
        turn = 0
        await nextTurn()
      }
      await this.#finish(plan, sealed, settledSeq)
    } catch (error) {
      for (const series of touched) forget(series)
      throw error
    }
  }

  async #finish(plan: Plan, sealed: Map<Series, Sealed>, settledSeq: number): Promise<void> {
    const needed = this.#table.firstSeqNeeded(new Set(sealed.keys()))
    let removed = 0
    await plan.flush((batch) => {
      removed = this.#journal.deleteBefore(batch, Math.min(needed, settledSeq + 1))
    })
    this.#journal.remove(removed)
    for (const { series, head, latest } of sealed.values()) {
      series.head = head
      series.sealedLatest = latest
      series.index = undefined
      this.#table.clearTail(series)
      this.#due.delete(series)
    }
  }

  async #load(series: Series): Promise<void> {
    if (series.isLoaded && !series.isUncertain) return
    const bytes = await this.#database.get(headKey(series.id))
    series.head = bytes === undefined ? emptyHead : decodeHead(bytes)
    series.isLoaded = true
    series.isUncertain = false
  }

  async #sealOne(series: Series, plan: Plan, settledSeq: number): Promise<Sealed> {
    const { smallBlocksMax, blockRowsMin } = this.limits
    const { head, tail } = series
    let lateCount = tail.lowerBound(head.sealedMaxTs)
    if (lateCount < tail.count && tail.ts(lateCount) === head.sealedMaxTs) lateCount++
    const next: SeriesHead = { ...head, sealedSeq: Math.max(settledSeq, head.sealedSeq) }
    if (lateCount > 0) await this.#mergeLate(series, lateCount, plan)
    if (lateCount === tail.count) return { series, head: next, latest: undefined }

    let rows = tail.view(lateCount, tail.count)
    const isMerging =
      head.smallBlocks >= smallBlocksMax ||
      (head.smallBlocks > 0 && head.smallRows + rows.count >= blockRowsMin)
    if (isMerging) {
      // The blocks are read from the store, so what was planned for them has to be there.
      if (lateCount > 0) await plan.flush()
      rows = await this.#takeSmall(series, rows, plan)
    }
    const lastRows = this.#putBlocks(plan, series.id, rows)
    // From here on every block is of this format; those before are as an older one left them.
    if (head.summarisedFrom === Infinity) next.summarisedFrom = rows.ts[0]!
    const smallBefore = isMerging ? 0 : head.smallBlocks
    const smallRowsBefore = isMerging ? 0 : head.smallRows
    next.smallBlocks = lastRows < blockRowsMin ? smallBefore + 1 : 0
    next.smallRows = lastRows < blockRowsMin ? smallRowsBefore + lastRows : 0
    next.sealedMaxTs = tail.maxTs
    return { series, head: next, latest: tail.value(tail.count - 1) }
  }

  /** Merges the rows [0, lateCount) of a tail into the blocks that cover them. */
  async #mergeLate(series: Series, lateCount: number, plan: Plan): Promise<void> {
    const index = await BlockIndex.load(this.#database, series.id)
    const { tail } = series
    // Late rows have been looked up, so their blocks are often decoded already.
    const held = series.index?.isStale === false ? series.index : undefined
    if (index.starts.length === 0) {
      // A deletion that was cut short took the blocks, and the head still speaks of them.
      this.#putBlocks(plan, series.id, tail.view(0, lateCount))
      return
    }
    for (let from = 0; from < lateCount;) {
      const start = index.startOf(tail.ts(from)) ?? index.starts[0]!
      const next = index.starts[lowerBound(index.starts, start) + 1] ?? Infinity
      const to = Math.min(lateCount, tail.lowerBound(next))
      const block = held?.decoded(start) ?? (await index.decode(start))
      index.drop()
      deleteBlock(plan, series.id, start)
      this.#putBlocks(plan, series.id, mergeRows(block, tail.view(from, to)))
      from = to
      if (plan.bytes >= this.limits.writeBytes) await plan.flush()
    }
  }

  /** Puts rows as blocks of equal size, with their summaries; returns how many rows the last one has. */
  #putBlocks(plan: Plan, seriesId: number, rows: Rows): number {
    const parts = Math.ceil(rows.count / this.limits.blockRowsMax)
    let from = 0
    let last = 0
    for (let part = 1; part <= parts; part++) {
      const to = Math.round((rows.count * part) / parts)
      const key = blockKey(seriesId, rows.ts[from]!)
      plan.put(key, encodeBlock(key, rows.ts, rows.values, from, to))
      const beside = summaryKey(key)
      plan.put(beside, encodeSummary(beside, rows, from, to, this.limits.summaryRowsMin))
      last = to - from
      from = to
    }
    return last
  }

  /** The small blocks at the end of a series and `rows` behind them as one. */
  async #takeSmall(series: Series, rows: Rows, plan: Plan): Promise<Rows> {
    const ts: number[] = []
    const values: Value[] = []
    const blocks = await lastBlocks(this.#database, series.id, series.head.smallBlocks)
    for (const block of blocks) deleteBlock(plan, series.id, block.firstTs)
    for (const part of [...blocks.map((block) => block.rows), rows]) {
      for (let i = 0; i < part.count; i++) {
        ts.push(part.ts[i]!)
        values.push(part.values[i]!)
      }
    }
    return { ts, values, count: ts.length }
  }

  /** Deletes the rows of a series in [startTs, endTs) and returns how many there were.
   *  Sealed first: what the journal still holds of the series must not come back. */
  async deleteRange(series: Series, startTs: number, endTs: number, settledSeq: number): Promise<number> {
    await this.seal([series], settledSeq)
    const plan = new Plan(this.#database)
    let deleted = 0
    try {
      const index = await BlockIndex.load(this.#database, series.id)
      const first = lowerBound(index.starts, index.startOf(startTs) ?? startTs)
      let last: Rows | undefined
      if (first > 0) last = await index.decode(index.starts[first - 1]!)
      for (let at = first; at < index.starts.length && index.starts[at]! < endTs; at++) {
        const rows = await index.decode(index.starts[at]!)
        index.drop()
        const kept = cutRows(rows, startTs, endTs)
        if (kept.count > 0) last = kept
        if (kept.count === rows.count) continue
        deleted += rows.count - kept.count
        deleteBlock(plan, series.id, rows.ts[0]!)
        if (kept.count > 0) this.#putBlocks(plan, series.id, kept)
        if (plan.bytes >= this.limits.writeBytes) await plan.flush()
      }
      if (deleted > 0) await this.#finishDelete(series, plan, last, endTs)
    } catch (error) {
      forget(series)
      throw error
    }
    return deleted
  }

  /** @param last the last block in or before the range that still has rows. */
  async #finishDelete(series: Series, plan: Plan, last: Rows | undefined, endTs: number): Promise<void> {
    const head: SeriesHead = { ...series.head, smallBlocks: 0, smallRows: 0 }
    const isNewestGone = head.sealedMaxTs < endTs
    if (isNewestGone) head.sealedMaxTs = last === undefined ? -Infinity : last.ts[last.count - 1]!
    plan.put(headKey(series.id), encodeHead(head))
    await plan.flush()
    series.head = head
    if (isNewestGone) series.sealedLatest = undefined
    series.index = undefined
  }
}

/** Deletes a block and its summary. */
function deleteBlock(plan: Plan, seriesId: number, firstTs: number): void {
  const key = blockKey(seriesId, firstTs)
  plan.delete(key)
  plan.delete(summaryKey(key))
}

/** What the store now holds of a series is unknown. */
function forget(series: Series): void {
  series.isUncertain = true
  series.index = undefined
  series.sealedLatest = undefined
}

/** Rows without those in [startTs, endTs). */
function cutRows(rows: Rows, startTs: number, endTs: number): Rows {
  const from = lowerBound(rows.ts, startTs, rows.count)
  const to = lowerBound(rows.ts, endTs, rows.count)
  if (from === to) return rows
  return mergeRows(sliceRows(rows, 0, from), sliceRows(rows, to, rows.count))
}
