// Writes what a binary format says as JSON text, so that every converter of JSON reads it too. All limits of a
// document are kept here, where the byte of the binary payload is known.
import { jsonDepthMax, payloadBytesMax, refusedKeys } from '../json-reader.ts'
import { quoted, reject } from '../rejections.ts'

export class JsonTextWriter {
  readonly #format: string
  #text = ''
  #depth = 0
  #needsComma = false

  /** @param format as sentences call it. */
  constructor(format: string) {
    this.#format = format
  }

  /** The document so far. */
  get text(): string {
    return this.#text
  }

  /** @param at offset of the byte, for the sentence. @throws ConversionError always. */
  fail(what: string, at: number): never {
    reject('binary_syntax', { format: this.#format, what, at })
  }

  /** A null, a boolean, or a text that is JSON already. */
  raw(text: string, at: number): void {
    this.#write(text, at)
    this.#needsComma = true
  }

  string(text: string, at: number): void {
    this.raw(JSON.stringify(text), at)
  }

  /** A whole number of any length; more than 64 bits are refused by who reads it. */
  whole(value: number | bigint, at: number): void {
    const exact = BigInt(value)
    if (exact !== BigInt.asIntN(64, exact)) reject('number_range', { number: `at byte ${at}` })
    this.raw(String(exact), at)
  }

  /** A double stays one: JSON would take a large one without fraction for a 64-bit integer. */
  double(value: number, at: number): void {
    if (!Number.isFinite(value)) reject('not_finite', { what: `The number at byte ${at}` })
    const text = String(value + 0)
    this.raw(Number.isSafeInteger(value) || /[.e]/.test(text) ? text : `${text}.0`, at)
  }

  /** A moment, written as RFC 3339 with microseconds. @param us integer microseconds since the epoch. */
  moment(us: number, at: number): void {
    if (!Number.isSafeInteger(us)) reject('ts_range', { found: `at byte ${at}` })
    const seconds = Math.floor(us / 1_000_000)
    const whole = new Date(seconds * 1000).toISOString().slice(0, -5)
    this.string(`${whole}.${String(us - seconds * 1_000_000).padStart(6, '0')}Z`, at)
  }

  /** Its members follow, each after its `key`, then `end`. */
  beginObject(at: number): void {
    this.#begin('{', at)
  }

  /** Its elements follow, then `end`. */
  beginArray(at: number): void {
    this.#begin('[', at)
  }

  key(name: string, at: number): void {
    if (refusedKeys.has(name) || name.includes('\0')) reject('key_refused', { key: quoted(name), at })
    this.#write(`${JSON.stringify(name)}:`, at)
    this.#needsComma = false
  }

  end(bracket: '}' | ']', at: number): void {
    this.#depth--
    this.#needsComma = false
    this.raw(bracket, at)
  }

  #begin(bracket: string, at: number): void {
    if (++this.#depth > jsonDepthMax) reject('json_depth', { most: jsonDepthMax, at })
    this.#write(bracket, at)
    this.#needsComma = false
  }

  #write(text: string, at: number): void {
    this.#text += this.#needsComma ? `,${text}` : text
    if (this.#text.length > payloadBytesMax) reject('binary_length', { most: payloadBytesMax, at })
  }
}

/** Bytes as text: base64 without padding, in the alphabet of URLs, as RFC 8949 section 6.1 advises. */
export function bytesText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url')
}
