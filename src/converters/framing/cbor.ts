// CBOR (RFC 8949) as JSON text. Every item begins with a byte that has a major type in its upper three bits and
// a length, a number or a hint of them in its lower five.
import { ByteCursor } from './byte-cursor.ts'
import { JsonTextWriter, bytesText } from './json-text-writer.ts'

/** Names for whole numbers as keys of maps, as SenML has them. */
export type Labels = ReadonlyMap<number, string>

const major = { unsigned: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, tag: 6, simple: 7 }
const indefinite = 31
const breakByte = 0xff
/** Exponents beyond are no numbers of a double, and would be long texts. */
const exponentMax = 400
const tagsMax = 8

/** @param labels undefined: whole numbers as keys become their digits.
 *  @throws ConversionError that names the byte. */
export function cborToJson(bytes: Uint8Array, labels: Labels | undefined): string {
  return new CborDocument(bytes, labels).read()
}

interface Head {
  at: number
  major: number
  /** The lower five bits. */
  info: number
  /** What they stand for; 0 where the length is indefinite. */
  argument: number | bigint
}

class CborDocument {
  readonly #writer = new JsonTextWriter('CBOR')
  readonly #cursor: ByteCursor
  readonly #labels: Labels | undefined

  constructor(bytes: Uint8Array, labels: Labels | undefined) {
    this.#cursor = new ByteCursor(bytes, this.#writer)
    this.#labels = labels
  }

  read(): string {
    this.#item(this.#head(), 0)
    if (!this.#cursor.isAtEnd) this.#writer.fail('more after the end', this.#cursor.at)
    return this.#writer.text
  }

  #head(): Head {
    const { at } = this.#cursor
    const first = Number(this.#cursor.unsigned(1))
    const info = first & 0x1f
    const head = { at, major: first >> 5, info, argument: 0 as number | bigint }
    if (info < 24) return { ...head, argument: info }
    if (info < 28) {
      // The argument of a simple value is the bits of a float, and is read as one.
      if (head.major === major.simple && info > 24) return head
      return { ...head, argument: this.#cursor.unsigned((1 << (info - 24)) as 1 | 2 | 4 | 8) }
    }
    const mayBeIndefinite = head.major >= major.bytes && head.major <= major.map
    if (info !== indefinite || !mayBeIndefinite)
      this.#writer.fail(`the byte ${first} where an item begins`, at)
    return head
  }

  /** @param tags that stand before the item. */
  #item(head: Head, tags: number): void {
    const { at, argument } = head
    switch (head.major) {
      case major.unsigned:
      case major.negative:
        return this.#writer.whole(wholeOf(head), at)
      case major.bytes:
        return this.#writer.string(bytesText(this.#bytes(head)), at)
      case major.text:
        return this.#writer.string(this.#text(head), at)
      case major.array:
        return this.#array(head)
      case major.map:
        return this.#map(head)
      case major.tag:
        return this.#tagged(Number(argument), at, tags + 1)
      default:
        return this.#simple(head)
    }
  }

  #simple({ at, info }: Head): void {
    const literal = ['false', 'true', 'null', 'null'][info - 20]
    if (literal !== undefined) this.#writer.raw(literal, at)
    else if (info >= 25 && info <= 27) {
      this.#writer.double(this.#cursor.float((1 << (info - 24)) as 2 | 4 | 8), at)
    } else this.#writer.fail(`the simple value ${info}, which has no meaning,`, at)
  }

  #map(head: Head): void {
    this.#writer.beginObject(head.at)
    for (const _ of this.#members(head)) {
      this.#key(this.#head())
      this.#item(this.#head(), 0)
    }
    this.#writer.end('}', head.at)
  }

  #array(head: Head): void {
    this.#writer.beginArray(head.at)
    for (const _ of this.#members(head)) this.#item(this.#head(), 0)
    this.#writer.end(']', head.at)
  }

  /** One turn for each member: as many as the head says, or until a break. */
  *#members({ info, argument }: Head): Generator<void> {
    if (info !== indefinite) {
      for (let i = 0; i < argument; i++) yield
      return
    }
    while (this.#cursor.peek !== breakByte) yield
    this.#cursor.at++
  }

  #key(head: Head): void {
    const { at } = head
    if (head.major === major.text) this.#writer.key(this.#text(head), at)
    else if (head.major === major.unsigned || head.major === major.negative) {
      const label = wholeOf(head)
      this.#writer.key(this.#labels?.get(Number(label)) ?? String(label), at)
    } else this.#writer.fail('a key of a map that is neither text nor a whole number', at)
  }

  #bytes(head: Head): Buffer {
    if (head.info !== indefinite) return this.#cursor.bytes(Number(head.argument))
    const chunks: Buffer[] = []
    for (const _ of this.#members(head)) chunks.push(this.#cursor.bytes(this.#chunkLength(head)))
    return Buffer.concat(chunks)
  }

  #text(head: Head): string {
    if (head.info !== indefinite) return this.#cursor.text(Number(head.argument))
    let text = ''
    for (const _ of this.#members(head)) text += this.#cursor.text(this.#chunkLength(head))
    return text
  }

  /** A text or bytes without a length come in pieces that have one. */
  #chunkLength(whole: Head): number {
    const piece = this.#head()
    if (piece.major !== whole.major || piece.info === indefinite) {
      this.#writer.fail('a piece of another type', piece.at)
    }
    return Number(piece.argument)
  }

  /** Section 3.4: moments, large numbers and decimal fractions are read; other tags change nothing. */
  #tagged(tag: number, at: number, tags: number): void {
    if (tags > tagsMax) this.#writer.fail('tags upon tags', at)
    const head = this.#head()
    if (tag === 1) this.#writer.moment(this.#microseconds(head), at)
    else if (tag === 2 || tag === 3) this.#writer.whole(this.#bignum(tag, head), at)
    else if (tag === 4) this.#writer.raw(this.#decimal(head), at)
    else this.#item(head, tags)
  }

  #microseconds(head: Head): number {
    if (head.major === major.unsigned || head.major === major.negative)
      return Number(wholeOf(head)) * 1_000_000
    const isFloat = head.major === major.simple && head.info >= 25 && head.info <= 27
    if (!isFloat) this.#writer.fail('a moment that is no number', head.at)
    return Math.round(this.#cursor.float((1 << (head.info - 24)) as 2 | 4 | 8) * 1_000_000)
  }

  #bignum(tag: number, head: Head): bigint {
    if (head.major !== major.bytes) this.#writer.fail('a large number that is not made of bytes', head.at)
    const bytes = this.#bytes(head)
    if (bytes.length > 9) this.#writer.fail('a number of more than 64 bits', head.at)
    const magnitude = BigInt(`0x0${bytes.toString('hex')}`)
    return tag === 2 ? magnitude : -1n - magnitude
  }

  /** [exponent, mantissa], which JSON can say as it is: 27315e-2. */
  #decimal(head: Head): string {
    if (head.major !== major.array || head.argument !== 2) {
      this.#writer.fail('a decimal fraction that is no pair', head.at)
    }
    const exponent = this.#whole(this.#head())
    const mantissa = this.#whole(this.#head())
    if (exponent > exponentMax || exponent < -exponentMax) this.#writer.fail('an exponent too large', head.at)
    return `${mantissa}e${exponent}`
  }

  #whole(head: Head): number | bigint {
    if (head.major === major.tag) return this.#bignum(Number(head.argument), this.#head())
    if (head.major === major.unsigned || head.major === major.negative) return wholeOf(head)
    return this.#writer.fail('a decimal fraction with something else than whole numbers', head.at)
  }
}

function wholeOf(head: Head): number | bigint {
  return head.major === major.unsigned ? head.argument : -1n - BigInt(head.argument)
}
