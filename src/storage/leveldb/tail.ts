// The tail of a series: the rows that are stored in the journal but not yet in blocks, sorted by ts, each ts
// once. Millions of rows pass through tails, so numbers live in cells that are carved from slabs and used
// again: growing arrays of the language would cost more in garbage collection than everything else here.
import { assert } from '../../lib/assert.ts'
import type { Value } from '../../model/reading.ts'
import type { Rows } from '../columns/rows.ts'

const capacityMin = 8
const slabCells = 128 * 1024

/** Cells of 2 × capacity doubles: times first, then values. Capacities are powers of two. */
class CellPool {
  /** Cells that are free, by the logarithm of their capacity. */
  readonly #free: Float64Array[][] = []
  #slab = new Float64Array(0)
  #used = 0

  take(capacity: number): Float64Array {
    const free = this.#free[Math.log2(capacity)]?.pop()
    if (free !== undefined) return free
    const length = capacity * 2
    if (length > slabCells / 4) return new Float64Array(length)
    if (this.#used + length > this.#slab.length) {
      this.#slab = new Float64Array(slabCells)
      this.#used = 0
    }
    const cells = this.#slab.subarray(this.#used, this.#used + length)
    this.#used += length
    return cells
  }

  give(cells: Float64Array): void {
    const order = Math.log2(cells.length / 2)
    const free = (this.#free[order] ??= [])
    // Large ones are not carved from a slab: the collector may have those.
    if (cells.length <= slabCells / 4) free.push(cells)
  }
}

const pool = new CellPool()
const noCells = new Float64Array(0)

export class Tail {
  #cells: Float64Array = noCells
  #capacity = 0
  /** All values, once one of them is no number. */
  #mixed: Value[] | undefined
  count = 0

  /** The newest time; −∞ when there is none. */
  get maxTs(): number {
    return this.count === 0 ? -Infinity : this.#cells[this.count - 1]!
  }

  ts(at: number): number {
    return this.#cells[at]!
  }

  value(at: number): Value {
    return this.#mixed === undefined ? this.#cells[this.#capacity + at]! : this.#mixed[at]!
  }

  /** The first index whose time is at least `ts`. */
  lowerBound(ts: number): number {
    const cells = this.#cells
    let low = 0
    let high = this.count
    while (low < high) {
      const middle = (low + high) >>> 1
      if (cells[middle]! < ts) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Appends rows from `from` on as long as each is newer than the one before it, the first newer than
   *  `after`; returns where that ends. `after` is not older than the tail. */
  append(ts: ArrayLike<number>, values: ArrayLike<Value>, from: number, to: number, after: number): number {
    let cells = this.#cells
    let capacity = this.#capacity
    let count = this.count
    let newest = after
    let i = from
    for (; i < to; i++) {
      const t = ts[i]!
      if (!(t > newest)) break
      if (count === capacity) {
        this.count = count
        this.#grow()
        cells = this.#cells
        capacity = this.#capacity
      }
      const value = values[i]!
      cells[count] = t
      if (typeof value === 'number' && this.#mixed === undefined) {
        cells[capacity + count] = value
      } else {
        this.count = count
        this.#mix().push(value)
      }
      count++
      newest = t
    }
    this.count = count
    return i
  }

  insert(at: number, ts: number, value: Value): void {
    if (this.count === this.#capacity) this.#grow()
    const cells = this.#cells
    const capacity = this.#capacity
    cells.copyWithin(at + 1, at, this.count)
    cells[at] = ts
    if (typeof value === 'number' && this.#mixed === undefined) {
      cells.copyWithin(capacity + at + 1, capacity + at, capacity + this.count)
      cells[capacity + at] = value
    } else {
      this.#mix().splice(at, 0, value)
    }
    this.count++
  }

  replace(at: number, value: Value): void {
    if (typeof value === 'number' && this.#mixed === undefined) this.#cells[this.#capacity + at] = value
    else this.#mix()[at] = value
  }

  /** Rows [from, to): a view, which lasts until the tail changes. */
  view(from: number, to: number): Rows {
    const capacity = this.#capacity
    const ts = this.#cells.subarray(from, to)
    const values = this.#mixed?.slice(from, to) ?? this.#cells.subarray(capacity + from, capacity + to)
    return { ts, values, count: to - from }
  }

  /** Rows [from, to) to keep. */
  copy(from: number, to: number): Rows {
    const view = this.view(from, to)
    return { ts: view.ts.slice(), values: view.values.slice(), count: view.count }
  }

  clear(): void {
    if (this.#capacity > 0) pool.give(this.#cells)
    this.#cells = noCells
    this.#capacity = 0
    this.#mixed = undefined
    this.count = 0
  }

  #grow(): void {
    const capacity = Math.max(capacityMin, this.#capacity * 2)
    const cells = pool.take(capacity)
    assert(cells.length === capacity * 2, 'cells have the size that was asked for')
    cells.set(this.#cells.subarray(0, this.count))
    cells.set(this.#cells.subarray(this.#capacity, this.#capacity + this.count), capacity)
    if (this.#capacity > 0) pool.give(this.#cells)
    this.#cells = cells
    this.#capacity = capacity
  }

  /** The values as an array of any type. */
  #mix(): Value[] {
    this.#mixed ??= [...this.#cells.subarray(this.#capacity, this.#capacity + this.count)]
    return this.#mixed
  }
}
