// Reads numbers from bytes without making a string of them first: the fast path's way, for the numbers that
// devices send. What it can't read exactly and at once it leaves to the plain path.

const minus = 0x2d
const point = 0x2e
const zero = 0x30
const plus = 0x2b
const lowerE = 0x65

const powersOfTen = Float64Array.from({ length: 16 }, (_, i) => Number(`1e${i}`))

/** "Not for me": no position is negative. */
export const notFast = -1

/** Reads the number (by the grammar of JSON) that begins at `start` and ends before `limit` into into[slot].
 *  @returns the position after it; `notFast` when there is none, or none for this path: whole numbers beyond
 *  2^53, numbers out of range. */
export function scanNumber(
  source: Buffer,
  start: number,
  limit: number,
  into: Float64Array,
  slot: number,
): number {
  // Nine digits fit an int32; `^` maps the bytes of digits to 0-9, others beyond. A number whose digits and
  // whose power of ten are exact as doubles is rounded once, by the division, and so correctly.
  const first = source[start] === minus ? start + 1 : start
  const stop = first + 9 < limit ? first + 9 : limit
  let p = first
  let digits = 0
  let digit = 0
  while (p < stop && (digit = source[p] ^ zero) <= 9) {
    digits = (Math.imul(digits, 10) + digit) | 0
    p++
  }
  if (p === first || (source[first] === zero && p - first > 1)) return notFast
  let scale = 0
  if (p < stop && digit === (point ^ zero)) {
    const fraction = ++p
    // One position more, for the point.
    while (p <= stop && p < limit && (digit = source[p] ^ zero) <= 9) {
      digits = (Math.imul(digits, 10) + digit) | 0
      p++
    }
    scale = p - fraction
    if (scale === 0) return notFast
  }
  if (p < limit && (goesOn(source[p]) || source[p] === point))
    return scanLongNumber(source, start, limit, into, slot)
  // 0 - 0 is 0: zero has no sign here.
  const value = scale === 0 ? digits : digits / powersOfTen[scale]
  into[slot] = first === start ? value : 0 - value
  return p
}

/** The same for numbers of which many digits are expected: times, coordinates. */
export function scanLongNumber(
  source: Buffer,
  start: number,
  limit: number,
  into: Float64Array,
  slot: number,
): number {
  const first = source[start] === minus ? start + 1 : start
  let p = first
  let digits = 0
  // Four at a time wait for each other less.
  for (; p + 4 <= limit; p += 4) {
    const a = source[p] ^ zero
    const b = source[p + 1] ^ zero
    const c = source[p + 2] ^ zero
    const d = source[p + 3] ^ zero
    if (a > 9 || b > 9 || c > 9 || d > 9) break
    digits = digits * 10_000 + (a * 1000 + b * 100 + c * 10 + d)
  }
  let digit = 0
  for (; p < limit && (digit = source[p] ^ zero) <= 9; p++) digits = digits * 10 + digit
  if (p === first || (source[first] === zero && p - first > 1)) return notFast
  let scale = 0
  if (p < limit && source[p] === point) {
    const fraction = ++p
    for (; p < limit && (digit = source[p] ^ zero) <= 9; p++) digits = digits * 10 + digit
    scale = p - fraction
    if (scale === 0) return notFast
  }
  // With so many digits the sum is exact. More may have been rounded, and are read once more.
  if (digits > Number.MAX_SAFE_INTEGER || scale > 15 || (p < limit && goesOn(source[p]))) {
    return scanNumberText(source, start, limit, into, slot)
  }
  const value = scale === 0 ? digits : digits / powersOfTen[scale]
  into[slot] = first === start ? value : 0 - value
  return p
}

/** A fraction with too many digits to be exact, or an exponent: what floating-point arithmetic prints. */
function scanNumberText(
  source: Buffer,
  start: number,
  limit: number,
  into: Float64Array,
  slot: number,
): number {
  const first = source[start] === minus ? start + 1 : start
  const whole = digitsEnd(source, first, limit)
  let p = whole
  if (p < limit && source[p] === point) {
    p = digitsEnd(source, p + 1, limit)
    if (p === whole + 1) return notFast
  }
  if (p < limit && (source[p] | 0x20) === lowerE) {
    const sign = p + 1 < limit ? source[p + 1] : 0
    const exponent = sign === plus || sign === minus ? p + 2 : p + 1
    p = digitsEnd(source, exponent, limit)
    if (p === exponent) return notFast
  }
  const value = Number(source.toString('latin1', start, p))
  if (p === whole || !Number.isFinite(value)) return notFast
  into[slot] = value + 0
  return p
}

function digitsEnd(source: Buffer, start: number, limit: number): number {
  let p = start
  while (p < limit && (source[p] ^ zero) <= 9) p++
  return p
}

/** More digits, or an exponent. */
function goesOn(byte: number): boolean {
  return (byte ^ zero) <= 9 || (byte | 0x20) === lowerE
}
