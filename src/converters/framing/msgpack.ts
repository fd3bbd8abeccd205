// MessagePack as JSON text. The first byte of every item says what it is, and often how long.
import { ByteCursor } from './byte-cursor.ts'
import { JsonTextWriter, bytesText } from './json-text-writer.ts'

const timestampType = -1

/** @throws ConversionError that names the byte. */
export function msgpackToJson(bytes: Uint8Array): string {
  return new MsgpackDocument(bytes).read()
}

type Length = 1 | 2 | 4 | 8

class MsgpackDocument {
  readonly #writer = new JsonTextWriter('MessagePack')
  readonly #cursor: ByteCursor

  constructor(bytes: Uint8Array) {
    this.#cursor = new ByteCursor(bytes, this.#writer)
  }

  read(): string {
    this.#item()
    if (!this.#cursor.isAtEnd) this.#writer.fail('more after the end', this.#cursor.at)
    return this.#writer.text
  }

  #item(): void {
    const { at } = this.#cursor
    const writer = this.#writer
    const first = this.#byte()
    if (first < 0x80) writer.whole(first, at)
    else if (first < 0x90) this.#map(first & 0x0f, at)
    else if (first < 0xa0) this.#array(first & 0x0f, at)
    else if (first < 0xc0) writer.string(this.#cursor.text(first & 0x1f), at)
    else if (first >= 0xe0) writer.whole(first - 256, at)
    else if (first >= 0xcc && first <= 0xcf) writer.whole(this.#cursor.unsigned(lengthFrom(first, 0xcc)), at)
    else if (first >= 0xd0 && first <= 0xd3) writer.whole(this.#cursor.signed(lengthFrom(first, 0xd0)), at)
    else if (first >= 0xd4 && first <= 0xd8) this.#extension(1 << (first - 0xd4), at)
    else this.#sized(first, at)
  }

  /** Items whose length, if they have one, is a number of its own. */
  #sized(first: number, at: number): void {
    const writer = this.#writer
    switch (first) {
      case 0xc0:
        return writer.raw('null', at)
      case 0xc2:
      case 0xc3:
        return writer.raw(String(first === 0xc3), at)
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return writer.string(bytesText(this.#cursor.bytes(this.#length(lengthFrom(first, 0xc4)))), at)
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return this.#extension(this.#length(lengthFrom(first, 0xc7)), at)
      case 0xca:
      case 0xcb:
        return writer.double(this.#cursor.float(first === 0xca ? 4 : 8), at)
      case 0xd9:
      case 0xda:
      case 0xdb:
        return writer.string(this.#cursor.text(this.#length(lengthFrom(first, 0xd9))), at)
      case 0xdc:
      case 0xdd:
        return this.#array(this.#length(first === 0xdc ? 2 : 4), at)
      case 0xde:
      case 0xdf:
        return this.#map(this.#length(first === 0xde ? 2 : 4), at)
      default:
        return writer.fail(`the byte ${first} where an item begins`, at)
    }
  }

  #map(count: number, at: number): void {
    this.#writer.beginObject(at)
    for (let i = 0; i < count; i++) {
      this.#key()
      this.#item()
    }
    this.#writer.end('}', at)
  }

  #array(count: number, at: number): void {
    this.#writer.beginArray(at)
    for (let i = 0; i < count; i++) this.#item()
    this.#writer.end(']', at)
  }

  #key(): void {
    const { at } = this.#cursor
    const first = this.#byte()
    if (first >= 0xa0 && first < 0xc0) this.#writer.key(this.#cursor.text(first & 0x1f), at)
    else if (first >= 0xd9 && first <= 0xdb) {
      this.#writer.key(this.#cursor.text(this.#length(lengthFrom(first, 0xd9))), at)
    } else if (first < 0x80) this.#writer.key(String(first), at)
    else if (first >= 0xe0) this.#writer.key(String(first - 256), at)
    else if (first >= 0xcc && first <= 0xcf) {
      this.#writer.key(String(this.#cursor.unsigned(lengthFrom(first, 0xcc))), at)
    } else if (first >= 0xd0 && first <= 0xd3) {
      this.#writer.key(String(this.#cursor.signed(lengthFrom(first, 0xd0))), at)
    } else this.#writer.fail('a key of a map that is neither text nor a whole number', at)
  }

  /** Of the extensions only the time has a meaning without an agreement. */
  #extension(length: number, at: number): void {
    const type = Number(this.#cursor.signed(1))
    if (type !== timestampType) this.#writer.fail(`an extension of type ${type}, which has no meaning,`, at)
    let seconds: number
    let nanoseconds = 0
    if (length === 4) seconds = Number(this.#cursor.unsigned(4))
    else if (length === 8) {
      const both = BigInt(this.#cursor.unsigned(8))
      nanoseconds = Number(both >> 34n)
      seconds = Number(both & 0x3_ffff_ffffn)
    } else if (length === 12) {
      nanoseconds = Number(this.#cursor.unsigned(4))
      seconds = Number(this.#cursor.signed(8))
    } else return this.#writer.fail('a time of another length', at)
    this.#writer.moment(seconds * 1_000_000 + Math.floor(nanoseconds / 1000), at)
  }

  #byte(): number {
    return Number(this.#cursor.unsigned(1))
  }

  #length(bytes: Length): number {
    return Number(this.#cursor.unsigned(bytes))
  }
}

/** Types of 1, 2, 4 and 8 bytes follow one another. */
function lengthFrom(first: number, smallest: number): Length {
  return (1 << (first - smallest)) as Length
}
