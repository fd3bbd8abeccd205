// The summary of a block, kept beside it in a key space of its own: what a reduction to intervals reads in its
// place (docs/formats/leveldb.md, "Summary").
import { JsonText, type Value } from '../../model/reading.ts'
import { BytesEnded, ByteWriter } from '../columns/bytes.ts'
import { readValue, writeValue, type Rows } from '../columns/rows.ts'
import type { SeriesSummary } from '../store.ts'
import { Summary } from '../summary.ts'
import { checked, checksum } from './checksum.ts'
import { damage } from './faults.ts'
import { blockFirstTs } from './keys.ts'

/** A first or last value that is longer is read from the block. */
const textBytesMax = 64
/** What stands for a block that is to be read instead. */
const noSummary: Buffer = Buffer.alloc(0)

const out = new ByteWriter(512)
const summary = new Summary()

/** The value under a summary's key, for the block of rows [from, to).
 *  @param rowsMin a block with fewer is read instead. */
export function encodeSummary(
  key: Buffer,
  { ts, values }: Rows,
  from: number,
  to: number,
  rowsMin: number,
): Buffer {
  if (to - from < rowsMin || isLong(values[from]!) || isLong(values[to - 1]!)) return noSummary
  summary.clear()
  summary.add(values, from, to)
  const { numbers, count, first, last, min, max, sum } = summary
  if (!sum.isPair) return noSummary
  out.at = 0
  out.varint(numbers)
  out.varint(count)
  out.f64(ts[to - 1]!)
  writeValue(out, first)
  writeValue(out, last)
  if (numbers > 0) for (const number of [min, max, sum.high, sum.low]) out.f64(number)
  out.u32(checksum(key, out.written()))
  return out.copied()
}

function isLong(value: Value): boolean {
  if (value instanceof JsonText) return isLong(value.text)
  return typeof value === 'string' && Buffer.byteLength(value) > textBytesMax
}

/** The summary under a key; undefined where the block is to be read instead.
 *  @throws STORE_CORRUPT when it is damaged. */
export function decodeSummary(key: Buffer, value: Buffer, folder: string): SeriesSummary | undefined {
  if (value.length === 0) return undefined
  try {
    const input = checked(key, value)
    const numbers = input.varint()
    const count = input.varint()
    const lastTs = input.f64()
    const first = readValue(input)
    const last = readValue(input)
    const [min, max, high, low] =
      numbers > 0 ? [input.f64(), input.f64(), input.f64(), input.f64()] : [Infinity, -Infinity, 0, 0]
    return { firstTs: blockFirstTs(key), lastTs, count, first, last, numbers, min, max, high, low }
  } catch (error) {
    if (!(error instanceof BytesEnded)) throw error
    throw damage(`summary ${key.toString('hex')} is unreadable`, folder, error)
  }
}
