// Numbers as JSON writes them, from text to the value that is stored.

const numberGrammar = /^-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/

/** Whether a text is a number by the grammar of JSON, and of which kind; undefined: it is none. */
export function numberKind(text: string): 'whole' | 'fraction' | undefined {
  const parts = numberGrammar.exec(text)
  if (parts === null) return undefined
  return parts[1] === undefined && parts[2] === undefined ? 'whole' : 'fraction'
}

/** @param text a number by the grammar of JSON, of this kind.
 *  @returns undefined when it is too large: for 64 bits if it is whole, otherwise for a double. */
export function numberFromText(text: string, kind: 'whole' | 'fraction'): number | bigint | undefined {
  // No interface can show the sign of zero, and two zeros would count as two different values.
  const value = Number(text) + 0
  if (kind === 'fraction') return Number.isFinite(value) ? value : undefined
  if (Number.isSafeInteger(value)) return value
  if (text.length > int64TextLengthMax) return undefined
  const exact = BigInt(text)
  if (exact !== BigInt.asIntN(64, exact)) return undefined
  return exact === 2n ** 53n || exact === -(2n ** 53n) ? value : exact
}

const int64TextLengthMax = '-9223372036854775808'.length
