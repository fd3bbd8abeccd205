// Checks LevelDB's write-ahead logs before LevelDB reads them. It skips a damaged record in silence and goes
// on with the next, and with that an acknowledged commit would be gone without a word.
//
//   a log is blocks of 32 KiB; a block is records and, where fewer than 7 bytes are left, zeros
//   record: masked CRC-32C u32 · length u16 · type u8 (1 full, 2 first, 3 middle, 4 last) · data
import { readFile } from 'node:fs/promises'

const blockBytes = 32 * 1024
const headerBytes = 7
const typeFull = 1
const typeFirst = 2

const table = new Int32Array(256)
for (let i = 0; i < 256; i++) {
  let crc = i
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f6_3b78 : crc >>> 1
  table[i] = crc
}

function maskedCrc32c(bytes: Uint8Array, from: number, to: number): number {
  let crc = -1
  for (let i = from; i < to; i++) crc = (crc >>> 8) ^ table[(crc ^ bytes[i]!) & 255]!
  crc = ~crc
  return (((crc >>> 15) | (crc << 17)) + 0xa282_ead8) >>> 0
}

/** Where the first damaged record stands; undefined when the log is whole or merely torn at its end.
 *  Every write is synced before the next begins, so after a crash only the last record can be torn: a
 *  damaged record with the beginning of a whole one behind it was once acknowledged. */
export function findDamage(log: Uint8Array): number | undefined {
  let damagedAt: number | undefined
  for (let block = 0; block < log.length; block += blockBytes) {
    const end = Math.min(block + blockBytes, log.length)
    let at = block
    while (at + headerBytes <= end) {
      const view = new DataView(log.buffer, log.byteOffset + at, headerBytes)
      const length = view.getUint16(4, true)
      const type = log[at + 6]!
      const next = at + headerBytes + length
      const isWhole = next <= end && type !== 0 && view.getUint32(0, true) === maskedCrc32c(log, at + 6, next)
      if (!isWhole) damagedAt ??= at
      else if (damagedAt !== undefined && (type === typeFull || type === typeFirst)) return damagedAt
      if (next > end) break
      at = next
    }
  }
  return undefined
}

/** Reads a log file and checks it. */
export async function findDamageIn(path: string): Promise<number | undefined> {
  return findDamage(await readFile(path))
}
