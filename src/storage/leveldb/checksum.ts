// Journal entries and blocks carry a checksum over their key and their content: LevelDB does not look at
// its own when it reads.
import { crc32 } from 'node:zlib'
import { ByteReader, BytesEnded } from '../columns/bytes.ts'

const checksumBytes = 4

/** What stands behind the content of an entry. */
export function checksum(key: Uint8Array, content: Uint8Array): number {
  return crc32(content, crc32(key))
}

/** A reader of the content of an entry.
 *  @throws BytesEnded when it is not what was written under this key. */
export function checked(key: Buffer, value: Buffer): ByteReader {
  const end = value.length - checksumBytes
  if (end < 0 || checksum(key, value.subarray(0, end)) !== value.readUInt32LE(end))
    throw new BytesEnded('checksum')
  return new ByteReader(value, 0, end)
}
