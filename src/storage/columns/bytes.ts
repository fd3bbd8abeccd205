// A growing byte array and a cursor over one: the varints, doubles and texts of docs/formats/leveldb.md.
// Encoding is the largest cost between a message and its commit, so the hot loops live in times.ts and decimals.ts and
// only borrow the array from here.

/** Numbers up to this many bits take the 32-bit path of the varints. */
const smallMax = 0x3fff_ffff

export class ByteWriter {
  bytes: Uint8Array
  at = 0
  #view: DataView

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity)
    this.#view = new DataView(this.bytes.buffer)
  }

  /** Makes room for `more` bytes behind the cursor. */
  reserve(more: number): void {
    if (this.at + more <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.at + more))
    grown.set(this.bytes.subarray(0, this.at))
    this.bytes = grown
    this.#view = new DataView(grown.buffer)
  }

  u8(value: number): void {
    this.reserve(1)
    this.bytes[this.at++] = value
  }

  u32(value: number): void {
    this.reserve(4)
    this.#view.setUint32(this.at, value, true)
    this.at += 4
  }

  f64(value: number): void {
    this.reserve(8)
    this.#view.setFloat64(this.at, value, true)
    this.at += 8
  }

  i64(value: bigint): void {
    this.reserve(8)
    this.#view.setBigInt64(this.at, value, true)
    this.at += 8
  }

  /** `value`: a safe integer ≥ 0. */
  varint(value: number): void {
    this.reserve(8)
    this.at = putVarint(this.bytes, this.at, value)
  }

  /** `value`: an integer with |value| ≤ 2^52. */
  zigzag(value: number): void {
    this.varint(value >= 0 ? value * 2 : -value * 2 - 1)
  }

  text(value: string): void {
    const length = Buffer.byteLength(value)
    this.varint(length)
    this.reserve(length)
    Buffer.from(this.bytes.buffer).write(value, this.at, length, 'utf8')
    this.at += length
  }

  raw(value: Uint8Array): void {
    this.reserve(value.length)
    this.bytes.set(value, this.at)
    this.at += value.length
  }

  /** What has been written; valid until the next write. */
  written(): Uint8Array {
    return this.bytes.subarray(0, this.at)
  }

  /** A copy of what has been written. */
  copied(): Buffer {
    return Buffer.from(this.bytes.subarray(0, this.at))
  }
}

/** Writes a safe integer ≥ 0 (at most 8 bytes: 53 bits) and returns where it ends. */
export function putVarint(bytes: Uint8Array, at: number, value: number): number {
  let rest = value
  while (rest > smallMax) {
    const low = rest % 128
    bytes[at++] = low | 128
    rest = (rest - low) / 128
  }
  while (rest > 127) {
    bytes[at++] = (rest & 127) | 128
    rest >>>= 7
  }
  bytes[at++] = rest
  return at
}

/** Bytes that end before their content does: the caller says which entry is damaged. */
export class BytesEnded extends Error {
  override name = 'BytesEnded'
}

export class ByteReader {
  readonly bytes: Uint8Array
  at: number
  readonly end: number
  readonly #view: DataView

  constructor(bytes: Uint8Array, at = 0, end: number = bytes.length) {
    this.bytes = bytes
    this.at = at
    this.end = end
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get isAtEnd(): boolean {
    return this.at === this.end
  }

  /** Checks that `length` more bytes exist and returns where they start.
   *  @throws BytesEnded */
  take(length: number): number {
    const at = this.at
    if (at + length > this.end) throw new BytesEnded(`${length} bytes wanted, ${this.end - at} left`)
    this.at = at + length
    return at
  }

  u8(): number {
    return this.bytes[this.take(1)]!
  }

  u32(): number {
    return this.#view.getUint32(this.take(4), true)
  }

  f64(): number {
    return this.#view.getFloat64(this.take(8), true)
  }

  i64(): bigint {
    return this.#view.getBigInt64(this.take(8), true)
  }

  varint(): number {
    const first = this.u8()
    if (first < 128) return first
    let value = first & 127
    let scale = 128
    for (;;) {
      const byte = this.u8()
      value += (byte & 127) * scale
      if (byte < 128) return value
      scale *= 128
    }
  }

  zigzag(): number {
    const value = this.varint()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  text(): string {
    const length = this.varint()
    const at = this.take(length)
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + at, length).toString('utf8')
  }

  raw(length: number): Uint8Array {
    const at = this.take(length)
    return this.bytes.subarray(at, at + length)
  }
}
