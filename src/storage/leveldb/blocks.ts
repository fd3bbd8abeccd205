// Reads the sealed blocks of a series, and knows which of them covers a time.
import type { Value } from '../../model/reading.ts'
import { ByteWriter } from '../columns/bytes.ts'
import { checked, checksum } from './checksum.ts'
import type { Database, LevelSnapshot } from './database.ts'
import { damage } from './faults.ts'
import { blockFirstTs, blockKey, firstTsMax, firstTsMin, type KeyRange } from './keys.ts'
import { readRows, writeRows, type Rows } from '../columns/rows.ts'
import { lowerBound } from '../columns/slices.ts'

/** All block keys of a series whose first ts lies in [from, to). */
export function blockRange(seriesId: number, from = firstTsMin, to = firstTsMax): KeyRange {
  return { gte: blockKey(seriesId, from), lt: blockKey(seriesId, to) }
}

const out = new ByteWriter(64 * 1024)

/** The value of a block under its key. */
export function encodeBlock(
  key: Buffer,
  ts: ArrayLike<number>,
  values: ArrayLike<Value>,
  from: number,
  to: number,
): Buffer {
  out.at = 0
  writeRows(out, ts, values, from, to, 0, false)
  out.u32(checksum(key, out.written()))
  return out.copied()
}

/** @throws STORE_CORRUPT when the block is damaged. */
export function decodeBlock(key: Buffer, value: Buffer, folder: string): Rows {
  try {
    return readRows(checked(key, value))
  } catch (error) {
    throw damage(`block ${key.toString('hex')} is unreadable`, folder, error)
  }
}

/** The newest blocks of a series whose first ts is below `before`, oldest first. */
export async function lastBlocks(
  database: Database,
  seriesId: number,
  limit: number,
  before = firstTsMax,
  snapshot?: LevelSnapshot,
): Promise<{ firstTs: number; rows: Rows }[]> {
  const range = blockRange(seriesId, firstTsMin, before)
  const entries = await database.entries({ ...range, reverse: true, limit, snapshot })
  return entries
    .reverse()
    .map(([key, value]) => ({ firstTs: blockFirstTs(key), rows: decodeBlock(key, value, database.folder) }))
}

/** Where the blocks of one series begin, and those that have been decoded. Valid until it is sealed again. */
export class BlockIndex {
  readonly #database: Database
  readonly #seriesId: number
  /** First ts of each block, ascending. */
  readonly starts: number[]
  readonly #blocks = new Map<number, Rows>()
  readonly #damaged = new Set<number>()
  readonly #generation: number

  private constructor(database: Database, seriesId: number, starts: number[], generation: number) {
    this.#database = database
    this.#seriesId = seriesId
    this.starts = starts
    this.#generation = generation
  }

  /** The store has been reopened since: blocks may be others. */
  get isStale(): boolean {
    return this.#generation !== this.#database.generation
  }

  static async load(database: Database, seriesId: number): Promise<BlockIndex> {
    const { generation } = database
    const entries = await database.entries({ ...blockRange(seriesId), values: false })
    const starts = entries.map(([key]) => blockFirstTs(key))
    return new BlockIndex(database, seriesId, starts, generation)
  }

  /** The first ts of the block in which `ts` stands if anywhere; undefined below the first block. */
  startOf(ts: number): number | undefined {
    const at = lowerBound(this.starts, ts)
    return this.starts[at] === ts ? ts : this.starts[at - 1]
  }

  /** A block that has been decoded. */
  decoded(start: number): Rows | undefined {
    return this.#blocks.get(start)
  }

  /** @throws STORE_CORRUPT */
  async decode(start: number): Promise<Rows> {
    const key = blockKey(this.#seriesId, start)
    const value = await this.#database.get(key)
    if (value === undefined) throw damage(`block ${key.toString('hex')} is missing`, this.#database.folder)
    const rows = decodeBlock(key, value, this.#database.folder)
    this.#blocks.set(start, rows)
    return rows
  }

  /** Notes that a block can't be read, so that it is not tried for every row. */
  setDamaged(start: number): void {
    this.#damaged.add(start)
  }

  isDamaged(start: number): boolean {
    return this.#damaged.has(start)
  }

  /** Lets go of every decoded block. */
  drop(): void {
    this.#blocks.clear()
  }
}

/** The value at a ts in sorted rows, or undefined. */
export function valueAt(rows: Rows, ts: number): Value | undefined {
  const at = lowerBound(rows.ts, ts, rows.count)
  return at < rows.count && rows.ts[at] === ts ? rows.values[at] : undefined
}

/** Two sorted columns as one; where both have a ts, `over` wins. */
export function mergeRows(under: Rows, over: Rows): Rows {
  const size = under.count + over.count
  const ts = new Float64Array(size)
  const areNumbers = under.values instanceof Float64Array && over.values instanceof Float64Array
  const values: Float64Array | Value[] = areNumbers ? new Float64Array(size) : []
  let count = 0
  for (let i = 0, j = 0; i < under.count || j < over.count; count++) {
    const left = i < under.count ? under.ts[i]! : Infinity
    const right = j < over.count ? over.ts[j]! : Infinity
    if (left < right) {
      ts[count] = left
      values[count] = under.values[i++]!
    } else {
      ts[count] = right
      values[count] = over.values[j++]!
      if (left === right) i++
    }
  }
  return { ts: ts.subarray(0, count), values: areNumbers ? values.slice(0, count) : values, count }
}
