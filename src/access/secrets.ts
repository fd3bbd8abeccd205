// Secrets: made at random, kept as what verifies them. Tokens have 256 random bits, so SHA-256 is enough for them;
// passwords are chosen by people, so they get scrypt, off the event loop.
import { argon2, createHash, createHmac, pbkdf2, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import type { PasswordRecord, ScramKeys } from './records.ts'
import { invalid } from './roles.ts'
import { saslprep } from './saslprep.ts'

const pbkdf2Async = promisify(pbkdf2)
/** 2^14 blocks of 8: 16 MiB, about 40 ms. */
const scryptLog2 = 14
const scryptBlock = 8
const scryptMemoryMax = 64 * 1024 * 1024
const hashBytes = 32
const saltBytes = 16
/** A device computes them at each login; RFC 7677 asks for 4,096 at least. */
export const scramIterations = 10_000
/** In memory only: secrets that the configuration holds in the clear anyway. */
const plainMark = '$plain-sha256$'

export function newToken(): string {
  return randomBytes(32).toString('base64url')
}

export function newPassword(): string {
  return randomBytes(18).toString('base64url')
}

export function newId(): string {
  return randomBytes(8).toString('hex')
}

export function digestOf(secret: string | Uint8Array): string {
  return createHash('sha256').update(secret).digest('hex')
}

export function isSameDigest(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
}

/** @param hasScram whether it is to work with SCRAM-SHA-256 as well.
 *  @throws ACCESS_INVALID for a password that SCRAM has no form for. */
export async function passwordRecord(password: string, hasScram: boolean): Promise<PasswordRecord> {
  const salt = randomBytes(saltBytes)
  const hash = await derive(Buffer.from(password), salt, scryptLog2, scryptBlock, 1)
  const phc = `$scrypt$ln=${scryptLog2},r=${scryptBlock},p=1$${plain64(salt)}$${plain64(hash)}`
  if (!hasScram) return { hash: phc }
  const prepared = saslprep(password)
  if (prepared !== undefined && prepared !== '') return { hash: phc, scram: await scramKeys(prepared) }
  throw invalid('/password', 'The password has characters that SCRAM does not allow (RFC 4013).')
}

/** Of a password that ackstone.yaml declares: nothing is gained by a slow hash of it. */
export function declaredPassword(password: string): PasswordRecord {
  return { hash: plainMark + digestOf(password) }
}

/** Whether a password is the one of a PHC string; false for a string that can't be read. */
export async function isPassword(password: Uint8Array, hash: string): Promise<boolean> {
  if (hash.startsWith(plainMark)) return isSameDigest(digestOf(password), hash.slice(plainMark.length))
  if (hash.startsWith('$argon2id$')) return isArgon2Password(password, hash)
  const parts = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([\w+/]{1,100})\$([\w+/]{43})$/.exec(hash)
  if (parts === null) return false
  const [, log2, block, parallel, salt = '', expected = ''] = parts
  const cost = [Number(log2), Number(block), Number(parallel)] as const
  const given = await derive(Buffer.from(password), Buffer.from(salt, 'base64'), ...cost)
  return timingSafeEqual(given, Buffer.from(expected, 'base64'))
}

/** The cost is read from the string, and bounded: a record that was tampered with must not take all memory. */
async function isArgon2Password(password: Uint8Array, hash: string): Promise<boolean> {
  const parts =
    /^\$argon2id\$v=19\$m=(\d{1,6}),t=(\d{1,2}),p=(\d{1,2})\$([\w+/]{11,100})\$([\w+/]{43})$/.exec(hash)
  if (parts === null) return false
  const [, memory, passes, parallelism, salt = '', expected = ''] = parts
  const cost = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) }
  const given = await new Promise<Buffer>((resolve, reject) => {
    const nonce = Buffer.from(salt, 'base64')
    argon2('argon2id', { message: password, nonce, tagLength: hashBytes, ...cost }, (error, tag) =>
      error === null ? resolve(tag) : reject(error),
    )
  })
  return timingSafeEqual(given, Buffer.from(expected, 'base64'))
}

function derive(
  password: Buffer,
  salt: Buffer,
  log2: number,
  block: number,
  parallel: number,
): Promise<Buffer> {
  const cost = { N: 2 ** log2, r: block, p: parallel, maxmem: scryptMemoryMax }
  return new Promise((resolve, reject) => {
    scrypt(password, salt, hashBytes, cost, (error, key) => (error === null ? resolve(key) : reject(error)))
  })
}

async function scramKeys(password: string): Promise<ScramKeys> {
  const salt = randomBytes(saltBytes)
  const salted = await pbkdf2Async(password, salt, scramIterations, hashBytes, 'sha256')
  const clientKey = createHmac('sha256', salted).update('Client Key').digest()
  return {
    salt: salt.toString('base64'),
    iterations: scramIterations,
    storedKey: createHash('sha256').update(clientKey).digest('base64'),
    serverKey: createHmac('sha256', salted).update('Server Key').digest('base64'),
  }
}

function plain64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}
