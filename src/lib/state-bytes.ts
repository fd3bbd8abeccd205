// Bytes of small durable records: big-endian numbers, and text or bytes with their length in front.
// Written once for each record, so plain and checked rather than fast.
import { assert } from './assert.ts'

const capacityAtFirst = 64

export class StateWriter {
  #bytes = Buffer.allocUnsafe(capacityAtFirst)
  #end = 0

  get length(): number {
    return this.#end
  }

  u8(value: number): this {
    this.#reserve(1)
    this.#end = this.#bytes.writeUInt8(value, this.#end)
    return this
  }

  u16(value: number): this {
    this.#reserve(2)
    this.#end = this.#bytes.writeUInt16BE(value, this.#end)
    return this
  }

  u32(value: number): this {
    this.#reserve(4)
    this.#end = this.#bytes.writeUInt32BE(value, this.#end)
    return this
  }

  f64(value: number): this {
    this.#reserve(8)
    this.#end = this.#bytes.writeDoubleBE(value, this.#end)
    return this
  }

  bytes(value: Uint8Array): this {
    this.u32(value.length)
    return this.raw(value)
  }

  /** Bytes without their length: what ends a record. */
  raw(value: Uint8Array): this {
    this.#reserve(value.length)
    this.#bytes.set(value, this.#end)
    this.#end += value.length
    return this
  }

  text(value: string): this {
    return this.bytes(Buffer.from(value))
  }

  /** What was written; the writer is empty afterwards and goes on in a buffer of its own. */
  take(): Buffer {
    const bytes = this.#bytes.subarray(0, this.#end)
    this.#bytes = Buffer.allocUnsafe(capacityAtFirst)
    this.#end = 0
    return bytes
  }

  #reserve(count: number): void {
    if (this.#end + count <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#end + count))
    this.#bytes.copy(larger, 0, 0, this.#end)
    this.#bytes = larger
  }
}

/** Reads what StateWriter wrote. Reading past the end is a programmer's error: the store checks its bytes. */
export class StateReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  u8(): number {
    return this.#bytes.readUInt8(this.#skip(1))
  }

  u16(): number {
    return this.#bytes.readUInt16BE(this.#skip(2))
  }

  u32(): number {
    return this.#bytes.readUInt32BE(this.#skip(4))
  }

  f64(): number {
    return this.#bytes.readDoubleBE(this.#skip(8))
  }

  bytes(): Buffer {
    const length = this.u32()
    const start = this.#skip(length)
    return this.#bytes.subarray(start, start + length)
  }

  /** All that is left. */
  rest(): Buffer {
    const start = this.#at
    this.#at = this.#bytes.length
    return this.#bytes.subarray(start)
  }

  text(): string {
    return this.bytes().toString()
  }

  #skip(count: number): number {
    const start = this.#at
    assert(start + count <= this.#bytes.length, 'a stored record is as long as it says')
    this.#at = start + count
    return start
  }
}
