// Passwords of people: which ones are taken, and what is kept of them. Argon2id at what OWASP asks for: 19 MiB, two
// passes, about 50 ms off the event loop.
import { argon2, randomBytes } from 'node:crypto'
import { AckstoneError } from '../errors.ts'

export const passwordCharactersMin = 12
const passwordBytesMax = 1_024
const saltBytes = 16
const tagBytes = 32
const memoryKiB = 19_456
const passes = 2

/** Of 12 characters and more, what is tried first everywhere. Compared without case, digits at the end and marks. */
const common = new Set(
  `password passwordpassword passw0rd qwertyuiop qwertyuiopas qwertyqwerty asdfghjkl asdfghjklzxc zxcvbnm
  letmein letmeinletmein iloveyou iloveyouiloveyou administrator adminadmin adminadminadmin welcome welcomewelcome
  welcomehome changeme changemechangeme changemenow ackstone ackstoneackstone mosquitto superman trustno football
  baseball basketball sunshine princess dragon monkey secret secretsecret thisisapassword thisismypassword mypassword
  correcthorsebatterystaple correcthorse defaultpassword temporary temppassword testpassword testtesttest rootroot
  rootrootroot abcdefghijkl abcdefghijklm abcabcabcabc abcdabcdabcd unknown nothing computer internet thingsboard
  telemetry raspberry raspberrypi raspberryraspberry masterpassword master supersecret topsecret opensesame`.split(
    /\s+/,
  ),
)
const rows = [
  '01234567890123456789',
  'abcdefghijklmnopqrstuvwxyz',
  'qwertyuiopasdfghjklzxcvbnm',
  '1qaz2wsx3edc4rfv5tgb',
]

/** The same password however it is typed. */
export function normalPassword(password: string): string {
  return password.normalize('NFC')
}

/** @throws PASSWORD_WEAK, and says why in the field `pointer`. */
export function checkPassword(
  password: string,
  owner: { name: string; email: string },
  pointer: string,
): void {
  const why = weakness(normalPassword(password), owner)
  if (why !== undefined) {
    throw new AckstoneError('PASSWORD_WEAK', { why }, undefined, [{ pointer, detail: why }])
  }
}

function weakness(password: string, { name, email }: { name: string; email: string }): string | undefined {
  const characters = [...password]
  if (characters.length < passwordCharactersMin) {
    return `The password has ${characters.length} characters; it needs ${passwordCharactersMin}.`
  }
  if (Buffer.byteLength(password) > passwordBytesMax) {
    return `The password has more than ${passwordBytesMax} bytes.`
  }
  const small = password.toLowerCase()
  const [local = ''] = email.split('@')
  const own = [name.toLowerCase(), email.toLowerCase(), local.toLowerCase()].filter((part) => part.length > 0)
  const bare = bareOf(small)
  if (own.some((part) => small === part || (bareOf(part).length > 2 && bare === bareOf(part)))) {
    return 'The password is the name or the e-mail address.'
  }
  const isPattern = new Set(characters).size < 4 || rows.some((row) => isPartOf(row, small))
  if (isPattern || common.has(bare) || common.has(small)) {
    return 'The password is one of those that are tried first.'
  }
  return undefined
}

/** Without digits and marks around it, which is how people make a common password look like another. */
function bareOf(text: string): string {
  return text.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '')
}

/** Whether a text runs along a row of keys, forwards or backwards. */
function isPartOf(row: string, text: string): boolean {
  const round = row + row
  return round.includes(text) || round.includes([...text].toReversed().join(''))
}

/** A PHC string. */
export function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(saltBytes)
  const message = Buffer.from(normalPassword(password))
  const cost = { parallelism: 1, tagLength: tagBytes, memory: memoryKiB, passes }
  return new Promise((resolve, reject) => {
    argon2('argon2id', { message, nonce, ...cost }, (error, tag) => {
      if (error !== null) reject(error)
      else resolve(`$argon2id$v=19$m=${memoryKiB},t=${passes},p=1$${plain64(nonce)}$${plain64(tag)}`)
    })
  })
}

function plain64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}
