// One pass over the bytes of a UTF-8 Encoded String: is it well-formed, and is it plain ASCII?

/** Every byte is 0x01-0x7f. */
export const textIsAscii = 0
/** Well-formed, with characters beyond ASCII. */
export const textIsUtf8 = 1
/** Not UTF-8: overlong, a surrogate, beyond U+10FFFF, cut short, a stray byte. */
export const textIsIllFormed = 2
/** Well-formed so far, and contains U+0000. */
export const textHasNull = 3

export type TextScan = typeof textIsAscii | typeof textIsUtf8 | typeof textIsIllFormed | typeof textHasNull

/** Classifies source[start, end). */
export function scanText(source: Uint8Array, start: number, end: number): TextScan {
  let at = start
  while (at < end) {
    const byte = source[at]!
    if (byte >= 0x80) return scanMultiByte(source, at, end)
    if (byte === 0) return textHasNull
    at++
  }
  return textIsAscii
}

// Table 3-7 of the Unicode standard: the lead byte decides how many bytes follow and where the first may lie.
function scanMultiByte(source: Uint8Array, start: number, end: number): TextScan {
  let at = start
  while (at < end) {
    const lead = source[at++]!
    if (lead === 0) return textHasNull
    if (lead < 0x80) continue
    if (lead < 0xc2 || lead > 0xf4) return textIsIllFormed
    const following = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3
    if (at + following > end) return textIsIllFormed
    const second = source[at]!
    const lowest = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
    const highest = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
    if (second < lowest || second > highest) return textIsIllFormed
    for (let next = at + 1; next < at + following; next++) {
      if ((source[next]! & 0xc0) !== 0x80) return textIsIllFormed
    }
    at += following
  }
  return textIsUtf8
}
