// SASLprep (RFC 4013): the one form in which user names and passwords of SCRAM are compared, so that a letter typed
// on another keyboard is the same letter. Unassigned characters pass, as RFC 3454 wants it of what is asked for.

/** Spaces of all kinds become the one (C.1.2); what is commonly mapped to nothing goes (B.1). */
const spaces = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/gu
const nothing = /[\u00ad\u034f\u1806\u180b-\u180d\u200c\u200d\u2060\ufe00-\ufe0f\ufeff]/gu

/** Control characters, private use, no characters, surrogates, what does not belong in text or describes it, changes
 *  of its direction, tags: C.2.1 to C.9. */
const prohibited =
  /[\p{Cc}\p{Co}\p{Cs}\p{Noncharacter_Code_Point}\u06dd\u070f\u180e\u2028\u2029\u2061-\u2063\u206a-\u206f\ufff9-\ufffd\u2ff0-\u2ffb\u0340\u0341\u200e\u200f\u202a-\u202e\u{1d173}-\u{1d17a}\u{e0001}\u{e0020}-\u{e007f}]/u

/** Letters of scripts that run from right to left (D.1). */
const fromRight =
  /[\u05be\u05c0\u05c3\u05d0-\u05ea\u05f0-\u05f4\u061b\u061f\u0621-\u063a\u0640-\u064a\u066d-\u066f\u0671-\u06d5\u06e5\u06e6\u06fa-\u06fe\u0700-\u070d\u0710\u0712-\u072c\u0780-\u07a5\u07b1\ufb1d\ufb1f-\ufb28\ufb2a-\ufb36\ufb38-\ufb3c\ufb3e\ufb40\ufb41\ufb43\ufb44\ufb46-\ufbb1\ufbd3-\ufd3d\ufd50-\ufd8f\ufd92-\ufdc7\ufdf0-\ufdfc\ufe70-\ufe74\ufe76-\ufefc]/u

/** Undefined for a text that has no prepared form. */
export function saslprep(text: string): string | undefined {
  const prepared = text.replaceAll(spaces, ' ').replaceAll(nothing, '').normalize('NFKC')
  if (prohibited.test(prepared)) return undefined
  return hasOneDirection(prepared) ? prepared : undefined
}

/** Section 6 of RFC 3454: where a letter runs from the right, the first and the last do, and none from the left. */
function hasOneDirection(text: string): boolean {
  if (!fromRight.test(text)) return true
  const characters = [...text]
  const isFromLeft = (character: string): boolean => /\p{L}/u.test(character) && !fromRight.test(character)
  if (characters.some(isFromLeft)) return false
  return fromRight.test(characters[0]!) && fromRight.test(characters.at(-1)!)
}
