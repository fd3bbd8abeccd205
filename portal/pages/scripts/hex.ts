// Bytes as people write them in hexadecimal.

/** Base64 of bytes written as hexadecimal pairs, with or without spaces, colons or 0x; undefined for anything else. */
export function base64OfHex(text: string): string | undefined {
  const digits = text.replace(/0x/gi, '').replace(/[\s:,-]/g, '')
  if (digits.length % 2 !== 0 || /[^0-9a-f]/i.test(digits)) return undefined
  const bytes = Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
  return btoa(String.fromCharCode(...bytes))
}
