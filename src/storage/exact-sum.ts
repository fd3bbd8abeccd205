// A sum of doubles that does not depend on their order, nor on how they are grouped: the true sum, rounded once.
// So an interval comes to the same from its readings as from summaries of them, to the last bit.
import { assert } from '../lib/assert.ts'

/** The rest is an integer count of the smallest double, 2^-1074. */
const leastExponent = 1074
const mantissaBits = 52

export class ExactSum {
  /** The sum is high + low, exactly, and the rest. Each addition of `add` leaves its rounding error behind. */
  high = 0
  low = 0
  /** What did not fit: as a rule nothing. */
  #rest = 0n

  /** Whether high + low is the whole sum, without rounding. */
  get isPair(): boolean {
    return this.#rest === 0n
  }

  /** The sum as the nearest double; ±∞ beyond the largest. */
  get value(): number {
    if (this.#rest === 0n) return this.high + this.low
    return nearest(this.#rest + integerOf(this.high) + integerOf(this.low))
  }

  clear(): void {
    this.high = 0
    this.low = 0
    this.#rest = 0n
  }

  /** Adds finite doubles [from, to). */
  add(values: Float64Array, from: number, to: number): void {
    let { high, low } = this
    for (let i = from; i < to; i++) {
      const value = values[i]!
      // Knuth's sum of two: `sum + error` is `high + value`, exactly, unless it overflows.
      const sum = high + value
      const back = sum - high
      const error = high - (sum - back) + (value - back)
      // The same once more with the errors, whose own error is nearly always 0; an overflow makes it NaN.
      const lower = low + error
      const lowerBack = lower - low
      const lost = low - (lower - lowerBack) + (error - lowerBack)
      if (lost === 0) {
        high = sum
        low = lower
      } else {
        this.#rest += integerOf(value)
      }
    }
    this.high = high
    this.low = low
  }

  /** Adds a finite double. */
  addOne(value: number): void {
    one[0] = value
    this.add(one, 0, 1)
  }
}

const one = new Float64Array(1)
const bits = new DataView(new ArrayBuffer(8))

/** A double as a count of the smallest one. */
function integerOf(value: number): bigint {
  assert(Number.isFinite(value), 'the values of readings are finite')
  bits.setFloat64(0, value)
  const encoded = bits.getBigUint64(0)
  const fraction = encoded & 0xf_ffff_ffff_ffffn
  const exponent = (encoded >> 52n) & 0x7ffn
  const size = exponent === 0n ? fraction : (fraction | (1n << BigInt(mantissaBits))) << (exponent - 1n)
  return value < 0 ? -size : size
}

/** The double that is nearest to a count of the smallest one; of two the even. */
function nearest(integer: bigint): number {
  const size = integer < 0n ? -integer : integer
  // Leading zeros of the first hexadecimal digit count as bits: it only has to be enough.
  const dropped = Math.max(0, size.toString(16).length * 4 - 60)
  let kept = size >> BigInt(dropped)
  // Of what is dropped it only matters whether it is 0; that stays as one bit far below the rounding.
  if (kept << BigInt(dropped) !== size) kept |= 1n
  const value = Number(kept) * 2 ** (dropped - leastExponent)
  return integer < 0n ? -value : value
}
