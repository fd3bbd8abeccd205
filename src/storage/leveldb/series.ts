// What is known of a series in memory: how far it is sealed, and its tail, the rows that are stored in the
// journal but not yet in blocks. The table keeps series with a tail, and as many others as its limit allows.
import type { Value } from '../../model/reading.ts'
import type { BlockIndex } from './blocks.ts'
import type { Newest } from './read.ts'
import { emptyHead, type SeriesHead } from './records.ts'
import { Tail } from './tail.ts'

export class Series {
  readonly id: number
  head: SeriesHead
  /** Whether `head` has been read. */
  isLoaded: boolean
  /** A seal may have failed: before the next one the head is read again. Until then head and tail together
   *  still say what is stored. */
  isUncertain = false
  readonly tail = new Tail()
  /** The first commit with rows in the tail; 0 when it has none. */
  waitingSince = 0
  /** Value at `head.sealedMaxTs`, when it is known. */
  sealedLatest: Value | undefined
  /** Decoded blocks, while rows are looked up in them. */
  index: BlockIndex | undefined

  constructor(id: number, isNew: boolean) {
    this.id = id
    this.head = emptyHead
    this.isLoaded = isNew
  }

  /** The newest time of the series; −∞ when it has no row. Only for a loaded one. */
  get maxTs(): number {
    const tailMax = this.tail.maxTs
    return tailMax > this.head.sealedMaxTs ? tailMax : this.head.sealedMaxTs
  }
}

/** Series without a tail that are kept, at least. */
const restingMax = 100_000

export class SeriesTable {
  /** Two generations: what was not touched while the younger one filled up is dropped with the older. */
  #young = new Map<number, Series>()
  #old = new Map<number, Series>()
  /** Series with a tail, by id; those that wait longest come first. */
  readonly #waiting = new Map<number, Series>()
  /** Rows in all tails. */
  tailRows = 0

  /** The series with this id; `isNew` when it can have nothing stored. */
  get(id: number, isNew = false): Series {
    let series = this.#young.get(id)
    if (series !== undefined) return series
    series = this.#old.get(id) ?? this.#waiting.get(id) ?? new Series(id, isNew)
    if (this.#young.size >= restingMax) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(id, series)
    return series
  }

  /** The series, if anything is known of it. */
  peek(id: number): Series | undefined {
    return this.#young.get(id) ?? this.#old.get(id) ?? this.#waiting.get(id)
  }

  /** What is known of the newest reading of a series without reading. */
  newestOf(id: number): Newest {
    const series = this.peek(id)
    if (series === undefined) return { ts: -Infinity, value: undefined, isInBlocks: true }
    const { head, sealedLatest } = series
    const { tail } = series
    const ts = tail.maxTs
    const value = tail.count === 0 ? undefined : tail.value(tail.count - 1)
    if (!series.isLoaded) return { ts, value, isInBlocks: true }
    if (ts >= head.sealedMaxTs) return { ts, value, isInBlocks: false }
    if (sealedLatest === undefined) return { ts, value, isInBlocks: true }
    return { ts: head.sealedMaxTs, value: sealedLatest, isInBlocks: false }
  }

  /** The series may have rows of commit `seq` in its tail. */
  setWaiting(series: Series, seq: number): void {
    if (series.waitingSince !== 0 || series.tail.count === 0) return
    series.waitingSince = seq
    this.#waiting.set(series.id, series)
  }

  /** The tail has been sealed. */
  clearTail(series: Series): void {
    this.tailRows -= series.tail.count
    series.tail.clear()
    series.waitingSince = 0
    this.#waiting.delete(series.id)
  }

  get waitingCount(): number {
    return this.#waiting.size
  }

  /** The series whose tails began first. */
  oldestWaiting(): Iterable<Series> {
    return this.#waiting.values()
  }

  /** The first commit that some tail still needs, leaving `sealed` aside; ∞ when none does. */
  firstSeqNeeded(sealed: ReadonlySet<Series>): number {
    for (const series of this.#waiting.values()) if (!sealed.has(series)) return series.waitingSince
    return Infinity
  }
}
