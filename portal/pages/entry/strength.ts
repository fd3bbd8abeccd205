// How hard a password is to guess, as far as a browser can tell without a dictionary: its length and variety, less what
// repeats or runs along the keyboard. The hub decides; this is a hint while typing.

export const charactersMin = 12

export interface Strength {
  /** 0 to 4. */
  score: 0 | 1 | 2 | 3 | 4
  word: string
  isEnough: boolean
}

const rows = ['01234567890', 'abcdefghijklmnopqrstuvwxyz', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm']
const usual = /pass|word|qwert|letmein|admin|welcome|iloveyou|secret|ackstone|changeme/gi
const words = ['', 'Easy to guess', 'Weak', 'Good', 'Strong'] as const

export function strengthOf(password: string): Strength {
  const characters = [...password]
  const isLong = characters.length >= charactersMin
  if (characters.length === 0) return { score: 0, word: '', isEnough: false }
  if (!isLong) {
    const missing = charactersMin - characters.length
    return { score: 1, word: `${missing} more`, isEnough: false }
  }
  const rare = password.replace(usual, '').length
  const bits = Math.log2(alphabetOf(password)) * Math.max(1, freshOf(characters) - (password.length - rare))
  const score = bits < 36 ? 1 : bits < 48 ? 2 : bits < 64 ? 3 : 4
  return { score, word: words[score], isEnough: score > 1 }
}

/** Characters that do not merely repeat or follow the one before. */
function freshOf(characters: readonly string[]): number {
  let fresh = 0
  for (const [index, character] of characters.entries()) {
    const before = characters[index - 1] ?? ''
    const pair = (before + character).toLowerCase()
    const isNext = before !== '' && rows.some((row) => row.includes(pair) || row.includes(reversed(pair)))
    if (!isNext && character !== before && character !== characters[index - 2]) fresh += 1
  }
  return Math.min(fresh, new Set(characters).size * 2)
}

function reversed(text: string): string {
  return [...text].toReversed().join('')
}

function alphabetOf(text: string): number {
  const kinds: [RegExp, number][] = [
    [/\p{Ll}/u, 26],
    [/\p{Lu}/u, 26],
    [/\d/, 10],
    [/[\s!-/:-@[-`{-~]/, 20],
    [/[^\u0000-\u007f]/, 60],
  ]
  return Math.max(
    2,
    kinds.reduce((sum, [pattern, size]) => (pattern.test(text) ? sum + size : sum), 0),
  )
}
