// JSON without loss: whole numbers beyond ±2^53 are 64-bit values of ours, and JavaScript's own reader
// would round them. They become bigint on the way in and digits on the way out.

interface RawJson {
  parse(
    text: string,
    reviver?: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown
  rawJSON(text: string): unknown
}

/** ECMAScript has this since 2025; the types of the library follow later. */
const rawJson = JSON as unknown as RawJson

/** @throws SyntaxError */
export function parseExact(text: string): unknown {
  // Sixteen digits in a row are the least that a double can't hold; without them the quick way is exact.
  if (!/\d{16}/.test(text)) return JSON.parse(text)
  return rawJson.parse(text, (_key, value, { source }) => {
    if (typeof value !== 'number' || source === undefined || Number.isSafeInteger(value)) return value
    return /^-?\d+$/.test(source) ? BigInt(source) : value
  })
}

export function stringifyExact(value: unknown, indent = 0): string {
  return JSON.stringify(
    value,
    (_key, member: unknown) => (typeof member === 'bigint' ? rawJson.rawJSON(String(member)) : member),
    indent,
  )
}
