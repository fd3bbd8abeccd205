// Reads a binary document from front to back: whole numbers, doubles, texts. Never beyond the end, and every
// fault says at which byte.
import { isUtf8 } from 'node:buffer'
import type { JsonTextWriter } from './json-text-writer.ts'

export class ByteCursor {
  readonly #view: Buffer
  readonly #writer: JsonTextWriter
  at = 0

  constructor(bytes: Uint8Array, writer: JsonTextWriter) {
    this.#view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#writer = writer
  }

  get isAtEnd(): boolean {
    return this.at === this.#view.length
  }

  /** The next byte, which is not read yet; -1 at the end. */
  get peek(): number {
    return this.at < this.#view.length ? this.#view[this.at] : -1
  }

  /** Big-endian, without sign; safe integers are numbers. */
  unsigned(length: 1 | 2 | 4 | 8): number | bigint {
    const at = this.#take(length)
    if (length < 8) return this.#view.readUIntBE(at, length)
    const value = this.#view.readBigUInt64BE(at)
    return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value
  }

  signed(length: 1 | 2 | 4 | 8): number | bigint {
    const at = this.#take(length)
    return length < 8 ? this.#view.readIntBE(at, length) : this.#view.readBigInt64BE(at)
  }

  float(length: 2 | 4 | 8): number {
    const at = this.#take(length)
    if (length === 8) return this.#view.readDoubleBE(at)
    return length === 4 ? this.#view.readFloatBE(at) : halfFloat(this.#view.readUInt16BE(at))
  }

  bytes(length: number): Buffer {
    const at = this.#take(length)
    return this.#view.subarray(at, at + length)
  }

  text(length: number): string {
    const at = this.at
    const bytes = this.bytes(length)
    if (!isUtf8(bytes)) this.#writer.fail('a text that is not UTF-8', at)
    return bytes.toString('utf8')
  }

  #take(length: number): number {
    const at = this.at
    if (length > this.#view.length - at) this.#writer.fail('the end within the item that begins', at)
    this.at += length
    return at
  }
}

/** IEEE 754 binary16: a sign, five bits of exponent, ten of fraction. */
function halfFloat(bits: number): number {
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  const sign = bits & 0x8000 ? -1 : 1
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15))
}
