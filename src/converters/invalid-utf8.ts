// Finds where bytes stop being UTF-8, so that a rejection can say it. Only called once they are known to.
//
//   00-7F | C2-DF t | E0 A0-BF t | E1-EC t t | ED 80-9F t | EE-EF t t
//         | F0 90-BF t t | F1-F3 t t t | F4 80-8F t t          t = 80-BF

/** Offset from `start` of the first byte that begins no whole UTF-8 character; -1 when there is none. */
export function invalidUtf8At(source: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end) {
    const length = characterLength(source, at, end)
    if (length === 0) return at - start
    at += length
  }
  return -1
}

/** Bytes of the character at `at`; 0 when it is not valid. */
function characterLength(source: Uint8Array, at: number, end: number): number {
  const first = source[at]
  if (first < 0x80) return 1
  if (first < 0xc2 || first > 0xf4) return 0
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
  if (at + length > end) return 0
  // The second byte is narrower where more would be an overlong form, a surrogate or beyond U+10FFFF.
  const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80
  const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf
  if (source[at + 1] < least || source[at + 1] > most) return 0
  for (let i = at + 2; i < at + length; i++) {
    if (source[i] < 0x80 || source[i] > 0xbf) return 0
  }
  return length
}
