// What some readings come to: all that the reductions to intervals need of them. Made of rows, and of other
// summaries; which of both makes no difference.
import type { Value } from '../model/reading.ts'
import { ExactSum } from './exact-sum.ts'
import type { SeriesChunk, SeriesSummary } from './store.ts'

export class Summary {
  count = 0
  /** Numeric values, which the arithmetic functions look at. */
  numbers = 0
  /** ±∞ where there is none. Of 0 and −0 the one that came first. */
  min = Infinity
  max = -Infinity
  first: Value = 0
  last: Value = 0
  readonly sum = new ExactSum()

  clear(): void {
    this.count = 0
    this.numbers = 0
    this.min = Infinity
    this.max = -Infinity
    this.sum.clear()
  }

  /** Adds rows [from, to), at least one, later than those before. */
  add(values: SeriesChunk['values'], from: number, to: number): void {
    if (this.count === 0) this.first = values[from]!
    this.last = values[to - 1]!
    this.count += to - from
    if (values instanceof Float64Array) this.#addNumbers(values, from, to)
    else this.#addNumbers(...numbersIn(values, from, to))
  }

  #addNumbers(numbers: Float64Array, from: number, to: number): void {
    let { min, max } = this
    for (let i = from; i < to; i++) {
      const value = numbers[i]!
      if (value < min) min = value
      if (value > max) max = value
    }
    this.min = min
    this.max = max
    this.numbers += to - from
    this.sum.add(numbers, from, to)
  }

  /** Adds a summary of later rows. */
  join(later: SeriesSummary): void {
    if (this.count === 0) this.first = later.first
    this.last = later.last
    this.count += later.count
    this.numbers += later.numbers
    if (later.min < this.min) this.min = later.min
    if (later.max > this.max) this.max = later.max
    this.sum.addOne(later.high)
    this.sum.addOne(later.low)
  }
}

/** The doubles and 64-bit integers of a mixed column. */
function numbersIn(values: readonly Value[], from: number, to: number): [Float64Array, number, number] {
  const numbers = new Float64Array(to - from)
  let count = 0
  for (let i = from; i < to; i++) {
    const value = values[i]!
    if (typeof value === 'number' || typeof value === 'bigint') numbers[count++] = Number(value)
  }
  return [numbers, 0, count]
}
