// SASLprep (RFC 4013): the one form in which user names and passwords of SCRAM are compared, so that a letter typed
// on another keyboard is the same letter. Unassigned characters pass, as RFC 3454 wants it of what is asked for.

/** The characters of a table: hexadecimal, with ranges. */
function charactersOf(table: string, more = ''): RegExp {
  const ranges = table
    .trim()
    .split(/\s+/)
    .map((range) => range.replaceAll(/[0-9a-f]+/g, (code) => `\\u{${code}}`))
  return new RegExp(`[${ranges.join('')}${more}]`, 'gu')
}

/** C.1.2: spaces of all kinds, which become the one. */
const spaces = charactersOf('a0 1680 2000-200b 202f 205f 3000')
/** B.1: what is commonly mapped to nothing. */
const nothing = charactersOf('ad 34f 1806 180b-180d 200c 200d 2060 fe00-fe0f feff')

/** C.2.1 to C.9: control characters, private use, no characters, surrogates, what does not belong in text or only
 *  describes it, changes of its direction, tags. */
const prohibited = charactersOf(
  `6dd 70f 180e 2028 2029 2061-2063 206a-206f fff9-fffd 2ff0-2ffb 340 341 200e 200f 202a-202e 1d173-1d17a e0001
   e0020-e007f`,
  '\\p{Cc}\\p{Co}\\p{Cs}\\p{Noncharacter_Code_Point}',
)

/** D.1: letters of scripts that run from right to left. */
const fromRight = charactersOf(
  `5be 5c0 5c3 5d0-5ea 5f0-5f4 61b 61f 621-63a 640-64a 66d-66f 671-6d5 6e5 6e6 6fa-6fe 700-70d 710 712-72c 780-7a5 7b1
   fb1d fb1f-fb28 fb2a-fb36 fb38-fb3c fb3e fb40 fb41 fb43 fb44 fb46-fbb1 fbd3-fd3d fd50-fd8f fd92-fdc7 fdf0-fdfc
   fe70-fe74 fe76-fefc`,
)

/** Undefined for a text that has no prepared form. */
export function saslprep(text: string): string | undefined {
  const prepared = text.replaceAll(spaces, ' ').replaceAll(nothing, '').normalize('NFKC')
  if (has(prepared, prohibited)) return undefined
  return hasOneDirection(prepared) ? prepared : undefined
}

/** Section 6 of RFC 3454: where a letter runs from the right, the first and the last do, and none from the left. */
function hasOneDirection(text: string): boolean {
  if (!has(text, fromRight)) return true
  const characters = [...text]
  const isFromLeft = (character: string): boolean => /\p{L}/u.test(character) && !has(character, fromRight)
  if (characters.some(isFromLeft)) return false
  return has(characters[0]!, fromRight) && has(characters.at(-1)!, fromRight)
}

function has(text: string, characters: RegExp): boolean {
  return text.search(characters) !== -1
}
