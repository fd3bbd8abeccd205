// JSON in which whole numbers beyond 2^53 keep all their digits: they are read as BigInt and written as numbers.

type Reviver = (key: string, value: unknown, context?: { source?: string }) => unknown
const parse = JSON.parse as (text: string, reviver: Reviver) => unknown
const { rawJSON } = JSON as unknown as { rawJSON?: (text: string) => unknown }

/** @throws SyntaxError */
export function parseExact(text: string): unknown {
  return parse(text, (_, value, context) => {
    const source = context?.source
    const isLong = typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined
    return isLong && /^-?\d+$/.test(source) ? BigInt(source) : value
  })
}

export function stringifyExact(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) => {
    if (typeof member !== 'bigint') return member
    return rawJSON === undefined ? Number(member) : rawJSON(String(member))
  })
}
