// Adds numbers as their digits say, not as their binary fractions do: 20 + 0.3 is 20.3 to the last bit, and
// whole numbers of 64 bits keep every digit.
const digits = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/

/** @returns undefined when the sum is beyond 64 bits and beyond a double. */
export function decimalSum(a: number | bigint, b: number | bigint): number | bigint | undefined {
  const [mantissaA, exponentA] = decimalOf(a)
  const [mantissaB, exponentB] = decimalOf(b)
  const exponent = Math.min(exponentA, exponentB)
  const mantissa =
    mantissaA * 10n ** BigInt(exponentA - exponent) + mantissaB * 10n ** BigInt(exponentB - exponent)
  if (exponent === 0 && (typeof a === 'bigint' || typeof b === 'bigint')) return wholeSum(mantissa)
  const sum = Number(`${mantissa}e${exponent}`)
  return Number.isFinite(sum) ? sum + 0 : undefined
}

function wholeSum(sum: bigint): number | bigint | undefined {
  if (sum !== BigInt.asIntN(64, sum)) return undefined
  const number = Number(sum)
  return Number.isSafeInteger(number) ? number : sum
}

/** Mantissa and power of ten; the text of a double is at most 25 characters long. */
function decimalOf(value: number | bigint): [mantissa: bigint, exponent: number] {
  const [, sign, whole, fraction = '', exponent = '0'] = digits.exec(String(value)) ?? []
  return [BigInt(`${sign}${whole}${fraction}`), Number(exponent) - fraction.length]
}
