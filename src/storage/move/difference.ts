// What two stores hold of the same thing, as a count and a checksum over everything that matters: times to the
// microsecond, types, and every bit of the values.
import { createHash, type Hash } from 'node:crypto'
import { JsonText, type Value } from '../../model/reading.ts'
import type { SeriesChunk } from '../store.ts'

export interface Digest {
  count: number
  /** Hexadecimal. */
  checksum: string
}

/** Something that is not the same on both sides. */
export interface Difference {
  /** Of a series or a device record; empty for what belongs to no device. */
  device: string
  /** Of a series; empty otherwise. */
  key: string
  /** What differs: series, device, devices, rejected, or a space of small state. */
  what: string
  source: Digest
  target: Digest
}

const checksumDigits = 32
const typeDouble = 1
const typeInteger = 2
const typeFalse = 3
const typeTrue = 4
const typeText = 5
const typeJson = 6

export class Digester {
  readonly #hash: Hash = createHash('sha256')
  #count = 0
  /** Doubles are the most common, and go in by the column. */
  #numbers = Buffer.alloc(0)

  chunk({ ts, values, count }: SeriesChunk): void {
    this.#count += count
    if (this.#numbers.length < count * 17) this.#numbers = Buffer.alloc(count * 17)
    let length = 0
    for (let i = 0; i < count; i++) {
      const value = values[i]!
      length = this.#numbers.writeDoubleLE(ts[i]!, length)
      if (typeof value === 'number') {
        length = this.#numbers.writeUInt8(typeDouble, length)
        length = this.#numbers.writeDoubleLE(value, length)
        continue
      }
      this.#hash.update(this.#numbers.subarray(0, length))
      length = 0
      this.#value(value)
    }
    this.#hash.update(this.#numbers.subarray(0, length))
  }

  #value(value: Exclude<Value, number>): void {
    if (typeof value === 'boolean') this.#hash.update(Buffer.of(value ? typeTrue : typeFalse))
    else if (typeof value === 'bigint') {
      const bytes = Buffer.alloc(9)
      bytes[0] = typeInteger
      bytes.writeBigInt64LE(value, 1)
      this.#hash.update(bytes)
    } else {
      const isJson = value instanceof JsonText
      this.#bytes(isJson ? typeJson : typeText, Buffer.from(isJson ? value.text : value))
    }
  }

  /** One entry made of several parts. */
  entry(...parts: (string | number | Uint8Array)[]): void {
    this.#count++
    for (const part of parts) {
      this.#bytes(typeText, part instanceof Uint8Array ? part : Buffer.from(String(part)))
    }
  }

  #bytes(type: number, bytes: Uint8Array): void {
    const head = Buffer.alloc(5)
    head[0] = type
    head.writeUInt32LE(bytes.length, 1)
    this.#hash.update(head)
    this.#hash.update(bytes)
  }

  digest(): Digest {
    return { count: this.#count, checksum: this.#hash.digest('hex').slice(0, checksumDigits) }
  }
}

export function isSameDigest(a: Digest, b: Digest): boolean {
  return a.count === b.count && a.checksum === b.checksum
}
