// Times as differences of differences: devices report at steady intervals, so most of them are tiny.
import { BytesEnded, putVarint, type ByteReader, type ByteWriter } from './bytes.ts'

/** Microseconds in units 0, 1, 2 of the format; 3 means raw doubles. */
const units = [1, 1000, 1_000_000]
const shapeRaw = 3
/** Beyond this span the differences of differences could leave what a zigzag holds. */
const spanMax = 2 ** 51
/** Beyond this (the years 1827 to 2112) the first time or its distance from the base could. */
const timeMax = 2 ** 52

/** The largest unit that divides every time, or 3 when they are too far apart or away. */
export function timeShape(times: Float64Array, count: number, base: number): number {
  let shape = 2
  let unit = 1_000_000
  let low = times[0]!
  let high = low
  for (let i = 0; i < count; i++) {
    const t = times[i]!
    if (t < low) low = t
    else if (t > high) high = t
    while (shape > 0 && Math.floor(t / unit) * unit !== t) unit = units[--shape]!
  }
  const isNear = low >= -timeMax && high <= timeMax && Math.abs(times[0]! - base) <= timeMax
  return isNear && high - low <= spanMax ? shape : shapeRaw
}

/** Writes the times (room is reserved) and says whether their interval is constant. */
export function writeTimes(
  out: ByteWriter,
  times: Float64Array,
  count: number,
  shape: number,
  base: number,
): boolean {
  if (shape === shapeRaw) {
    for (let i = 0; i < count; i++) out.f64(times[i]!)
    return false
  }
  const unit = units[shape]!
  let previous = times[0]! / unit
  out.zigzag(previous - Math.floor(base / unit))
  if (count === 1) return false
  let step = times[1]! / unit - previous
  out.zigzag(step)
  previous += step
  const regularEnd = out.at
  let isRegular = count > 2
  const bytes = out.bytes
  let at = regularEnd
  for (let i = 2; i < count; i++) {
    const current = times[i]! / unit
    const difference = current - previous
    const change = difference - step
    previous = current
    step = difference
    if (change !== 0) isRegular = false
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
  out.at = isRegular ? regularEnd : at
  return isRegular
}

/** Reads what `writeTimes` wrote, in microseconds, into `times` from `to` on.
 *  @throws BytesEnded */
export function readTimes(
  input: ByteReader,
  times: Float64Array,
  to: number,
  count: number,
  shape: number,
  isRegular: boolean,
  base: number,
): void {
  const end = to + count
  if (shape === shapeRaw) {
    for (let i = to; i < end; i++) times[i] = input.f64()
    return
  }
  const unit = units[shape]!
  let current = input.zigzag() + Math.floor(base / unit)
  times[to] = current * unit
  if (count === 1) return
  let step = input.zigzag()
  current += step
  times[to + 1] = current * unit
  if (isRegular) {
    for (let i = to + 2; i < end; i++) times[i] = (current += step) * unit
    return
  }
  const bytes = input.bytes
  let at = input.at
  for (let i = to + 2; i < end; i++) {
    let byte = bytes[at++]!
    if (byte < 128) {
      step += (byte >>> 1) ^ -(byte & 1)
    } else {
      let value = byte & 127
      let scale = 128
      do {
        byte = bytes[at++]!
        value += (byte & 127) * scale
        scale *= 128
      } while (byte > 127)
      step += value % 2 === 0 ? value / 2 : -(value + 1) / 2
    }
    current += step
    times[i] = current * unit
  }
  if (at > input.end) throw new BytesEnded('times')
  input.at = at
}
