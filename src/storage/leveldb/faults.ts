// What went wrong below the store, in the words of the error table: LevelDB says it in English sentences,
// the file system in errno codes.
import { AckstoneError, type ErrorCode } from '../../errors.ts'

/** The errno names we tell apart, with the words of strerror that LevelDB passes on. */
const signs: readonly (readonly [errno: RegExp, words: RegExp, code: ErrorCode])[] = [
  [
    /^(ENOSPC|EDQUOT|EFBIG)$/,
    /No space left|Disk quota exceeded|File too large|not enough space/i,
    'STORE_FULL',
  ],
  [/^(EROFS|EACCES|EPERM)$/, /Read-only file system|Permission denied|not permitted/i, 'STORE_READ_ONLY'],
  [/^ENOTDIR$|^EEXIST$/, /Not a directory/i, 'STORE_NOT_A_FOLDER'],
]

/** The operating error for something that LevelDB or the file system threw.
 *  @param folder the data folder, as the operator knows it. */
export function faultOf(error: unknown, folder: string): AckstoneError {
  if (error instanceof AckstoneError) return error
  const chain = causes(error)
  const words = chain.map((one) => one.message).join('; ')
  const codes = chain.map((one) => (one as NodeJS.ErrnoException).code ?? '')
  const cause = chain.at(-1)?.message ?? String(error)
  if (codes.includes('LEVEL_LOCKED')) return new AckstoneError('STORE_LOCKED', { folder }, error)
  if (codes.includes('LEVEL_CORRUPTION') || /Corruption:/.test(words)) return damage(cause, folder, error)
  for (const [errno, sign, code] of signs) {
    if (codes.some((one) => errno.test(one)) || sign.test(words))
      return new AckstoneError(code, { folder }, error)
  }
  // A file that LevelDB counts on has gone, or is shorter than it should be.
  if (/IO error: .*(No such file|\.(ldb|sst): Invalid argument)/i.test(words))
    return damage(cause, folder, error)
  return new AckstoneError('STORE_UNAVAILABLE', { folder, cause }, error)
}

export function damage(cause: string, folder: string, error?: unknown): AckstoneError {
  return new AckstoneError('STORE_CORRUPT', { folder, cause }, error)
}

function causes(error: unknown): Error[] {
  const chain: Error[] = []
  for (let one = error; one instanceof Error && chain.length < 5; one = one.cause) chain.push(one)
  return chain
}
