// The bytes of a block: all rows of one bucket, column by column, with the moment at which they were read.
// Rows are encoded as in the other engine's blocks (docs/formats/cassandra.md, "Blocks").
import type { Value } from '../../model/reading.ts'
import { ByteReader, ByteWriter } from '../columns/bytes.ts'
import { readRows, writeRows, type Rows } from '../columns/rows.ts'

const format = 1
/** A block that would be larger is not made: its bucket stays rows. */
export const blockBytesMax = 2 * 1024 * 1024

/** What a bucket that is not kept as a block has in its place. */
export const noBlock: Buffer = Buffer.alloc(0)

export class BlockWriter {
  readonly #out = new ByteWriter(64 * 1024)
  readonly #chunk = new ByteWriter(64 * 1024)
  count = 0

  /** @param sealedUs when the reading of the rows began. */
  constructor(sealedUs: number) {
    this.#out.u8(format)
    this.#out.f64(sealedUs)
  }

  get bytes(): number {
    return this.#out.at
  }

  /** Adds rows, ascending and later than those before. */
  add(ts: ArrayLike<number>, values: ArrayLike<Value>, count: number): void {
    if (count === 0) return
    this.#chunk.at = 0
    writeRows(this.#chunk, ts, values, 0, count, 0, false)
    this.#out.varint(this.#chunk.at)
    this.#out.raw(this.#chunk.written())
    this.count += count
  }

  finish(): Buffer {
    return this.#out.copied()
  }
}

/** The chunks of a block that was begun at `sealedUs` or later, ascending, each still encoded; undefined where
 *  there is none that counts.
 *  @throws BytesEnded when it is damaged. */
export function chunksOf(block: Buffer | null, sealedUs: number): ByteReader[] | undefined {
  if (block === null || block.length === 0) return undefined
  const input = new ByteReader(block)
  if (input.u8() !== format || input.f64() < sealedUs) return undefined
  const chunks: ByteReader[] = []
  while (!input.isAtEnd) chunks.push(new ByteReader(input.raw(input.varint())))
  return chunks
}

/** @throws BytesEnded */
export function decodeChunk(chunk: ByteReader): Rows {
  return readRows(chunk)
}
