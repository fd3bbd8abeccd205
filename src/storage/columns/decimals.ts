// Doubles that people and sensors write with a few decimals are integers ÷ 10^k in disguise; as differences
// they take one to three bytes. Used only where the same division gives the very same double back.
import { BytesEnded, putVarint, type ByteReader, type ByteWriter } from './bytes.ts'

const scales = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]
/** Below this the rounding of value × 10^k is exact and the differences stay safe integers. */
const integerMax = 2 ** 50

/** The k (0…9) at which every value is exactly an integer ÷ 10^k, or −1. */
export function decimalScale(values: Float64Array, count: number): number {
  let k = 0
  let scale = 1
  let low = 0
  let high = 0
  for (let i = 0; i < count; i++) {
    const value = values[i]!
    let integer = Math.round(value * scale)
    while (integer / scale !== value) {
      if (++k === scales.length) return -1
      scale = scales[k]!
      integer = Math.round(value * scale)
    }
    if (integer === 0 && Object.is(value, -0)) return -1
    if (value < low) low = value
    else if (value > high) high = value
  }
  // A value that fits at a smaller k fits at a larger one too, as long as it stays below the limit.
  return high * scale <= integerMax && -low * scale <= integerMax ? k : -1
}

/** Writes values for which `decimalScale` gave `k` (room is reserved). */
export function writeDecimals(out: ByteWriter, values: Float64Array, count: number, k: number): void {
  const scale = scales[k]!
  const bytes = out.bytes
  let at = out.at
  let previous = 0
  for (let i = 0; i < count; i++) {
    const integer = Math.round(values[i]! * scale)
    const change = integer - previous
    previous = integer
    if (change < 0x2000_0000 && change > -0x2000_0000) {
      const small = change | 0
      let rest = (small << 1) ^ (small >> 31)
      while (rest > 127) {
        bytes[at++] = (rest & 127) | 128
        rest >>>= 7
      }
      bytes[at++] = rest
    } else {
      at = putVarint(bytes, at, change >= 0 ? change * 2 : -change * 2 - 1)
    }
  }
  out.at = at
}

/** Reads what `writeDecimals` wrote into `values` from `to` on.
 *  @throws BytesEnded */
export function readDecimals(
  input: ByteReader,
  values: Float64Array,
  to: number,
  count: number,
  k: number,
): void {
  const scale = scales[k]
  if (scale === undefined) throw new BytesEnded(`decimals ${k}`)
  const bytes = input.bytes
  const end = to + count
  let at = input.at
  let integer = 0
  for (let i = to; i < end; i++) {
    let byte = bytes[at++]!
    if (byte < 128) {
      integer += (byte >>> 1) ^ -(byte & 1)
    } else {
      let value = byte & 127
      let factor = 128
      do {
        byte = bytes[at++]!
        value += (byte & 127) * factor
        factor *= 128
      } while (byte > 127)
      integer += value % 2 === 0 ? value / 2 : -(value + 1) / 2
    }
    values[i] = integer / scale
  }
  if (at > input.end) throw new BytesEnded('decimals')
  input.at = at
}
