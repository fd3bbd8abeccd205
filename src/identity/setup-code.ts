// The code that the start prints as long as there is no administrator: whoever reads it at the terminal may make one.
import { randomInt, timingSafeEqual } from 'node:crypto'
import { digestOf } from '../access/secrets.ts'

/** Digits and letters that can't be taken for one another. */
const codeLetters = '23456789ABCDEFGHJKMNPQRSTVWXYZ'
const codeGroups = 3
const codeGroupLength = 4

export function newSetupCode(): string {
  const letter = () => codeLetters[randomInt(codeLetters.length)]
  const group = () => Array.from({ length: codeGroupLength }, letter).join('')
  return Array.from({ length: codeGroups }, group).join('-')
}

export function isSameCode(given: string, expected: string): boolean {
  return timingSafeEqual(Buffer.from(digestOf(plain(given))), Buffer.from(digestOf(plain(expected))))
}

/** People may leave out the dashes and write small letters. */
function plain(code: string): string {
  return code.toUpperCase().replace(/[^0-9A-Z]/g, '')
}
