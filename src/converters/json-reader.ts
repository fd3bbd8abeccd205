// A strict JSON reader (RFC 8259) over bytes. JSON.parse would lose integers beyond 2^53, duplicate keys,
// byte offsets and the text of arrays, and would take infinite numbers. Everything it accepts is bounded.
import { isUtf8 } from 'node:buffer'
import { JsonText } from '../model/reading.ts'
import { invalidUtf8At } from './invalid-utf8.ts'
import { numberFromText } from './json-number.ts'
import { quoted, reject } from './rejections.ts'

/** A longer payload is rejected as `payload_length`. */
export const payloadBytesMax = 1024 * 1024
/** Objects and arrays inside each other, the outermost included; more is rejected as `json_depth`. */
export const jsonDepthMax = 32
/** Keys of one object with those of the objects inside it; more is rejected as `too_many_keys`. */
export const keysPerObjectMax = 20_000
/** Names that JavaScript gives a meaning of its own, and no telemetry key needs. */
export const refusedKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/** Members in order of first appearance; of duplicate keys the last value counts. */
export class JsonObject {
  readonly members = new Map<string, JsonNode>()
  /** Where its text begins and ends in the reader's source. */
  readonly at: number
  end: number
  constructor(at: number) {
    this.at = at
    this.end = at
  }
}

/** An array that has been checked but not taken apart: [at, end) in the reader's source. */
export class JsonArray {
  readonly at: number
  readonly end: number
  constructor(at: number, end: number) {
    this.at = at
    this.end = end
  }
}

export type JsonScalar = number | bigint | boolean | string | null
export type JsonNode = JsonScalar | JsonObject | JsonArray

export class JsonReader {
  readonly #source: Buffer
  readonly #start: number
  readonly #end: number
  #at: number
  #keys = 0

  /** A reader of one document: source[start, end). Offsets in sentences count from `start`. */
  constructor(source: Buffer, start: number, end: number) {
    this.#source = source
    this.#start = this.#at = start
    this.#end = end
  }

  /** Reads and checks the whole document. Once a reader.
   *  @throws ConversionError when it is no document this reader takes. */
  read(): JsonNode {
    const source = this.#source
    const start = this.#start
    checkText(source, start, this.#end)
    if (source[start] === 0xef && source[start + 1] === 0xbb && source[start + 2] === 0xbf) reject('json_bom')
    const node = this.#value(1)
    this.#skipSpace()
    if (this.#at < this.#end) this.#unexpected('the end of the payload')
    return node
  }

  /** Takes one of the document's arrays apart, after `read`. */
  *elements(array: JsonArray): Generator<JsonNode> {
    let at = array.at + 1
    for (;;) {
      this.#at = at
      if (this.#peek() === 0x5d) return
      if (this.#source[this.#at] === 0x2c) this.#at++
      this.#keys = 0
      const node = this.#value(1)
      at = this.#at
      yield node
    }
  }

  /** The text of an object or array as it was sent. */
  text(node: JsonObject | JsonArray): JsonText {
    return new JsonText(this.#slice(node.at, node.end))
  }

  #slice(start: number, end: number): string {
    return this.#source.toString('utf8', start, end)
  }

  #skipSpace(): void {
    const source = this.#source
    for (;;) {
      const byte = source[this.#at]
      if (this.#at >= this.#end || (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) return
      this.#at++
    }
  }

  /** The next byte that is no space; -1 at the end. */
  #peek(): number {
    this.#skipSpace()
    return this.#at < this.#end ? this.#source[this.#at] : -1
  }

  #value(depth: number): JsonNode {
    switch (this.#peek()) {
      case 0x7b:
        return this.#object(depth, new JsonObject(this.#at))
      case 0x5b:
        return this.#array(depth)
      case 0x22:
        return this.#string()
      case 0x74:
        return this.#literal('true', true)
      case 0x66:
        return this.#literal('false', false)
      case 0x6e:
        return this.#literal('null', null)
      default:
        return this.#number()
    }
  }

  /** @param into undefined where only the syntax matters. */
  #object<Into extends JsonObject | undefined>(depth: number, into: Into): Into {
    this.#enter(depth)
    if (this.#peek() !== 0x7d) {
      for (;;) {
        if (this.#peek() !== 0x22) this.#unexpected('a key in double quotes')
        const key = this.#key(into !== undefined)
        if (this.#peek() !== 0x3a) this.#unexpected(`":" after the key ${quoted(key)}`)
        this.#at++
        if (into === undefined) this.#check(depth + 1)
        else into.members.set(key, this.#value(depth + 1))
        const next = this.#peek()
        if (next === 0x7d) break
        if (next !== 0x2c) this.#unexpected('"," or "}"')
        this.#at++
      }
    }
    this.#at++
    if (into !== undefined) into.end = this.#at
    return into
  }

  #key(isCounted: boolean): string {
    const at = this.#at
    if (isCounted && ++this.#keys > keysPerObjectMax) {
      reject('too_many_keys', { most: keysPerObjectMax, at: at - this.#start })
    }
    const key = this.#string()
    if (refusedKeys.has(key) || key.includes('\0')) {
      reject('key_refused', { key: quoted(key), at: at - this.#start })
    }
    return key
  }

  #array(depth: number): JsonArray {
    const at = this.#at
    this.#enter(depth)
    if (this.#peek() !== 0x5d) {
      for (;;) {
        this.#check(depth + 1)
        const next = this.#peek()
        if (next === 0x5d) break
        if (next !== 0x2c) this.#unexpected('"," or "]"')
        this.#at++
      }
    }
    this.#at++
    return new JsonArray(at, this.#at)
  }

  /** Reads a value whose text is kept, not its parts. */
  #check(depth: number): void {
    if (this.#peek() === 0x7b) this.#object(depth, undefined)
    else this.#value(depth)
  }

  #enter(depth: number): void {
    if (depth > jsonDepthMax) reject('json_depth', { most: jsonDepthMax, at: this.#at - this.#start })
    this.#at++
  }

  #literal<T extends boolean | null>(word: string, value: T): T {
    for (let i = 0; i < word.length; i++, this.#at++) {
      if (this.#at >= this.#end || this.#source[this.#at] !== word.charCodeAt(i)) this.#unexpected(word)
    }
    return value
  }

  #string(): string {
    const source = this.#source
    const opening = this.#at++
    let hasEscapes = false
    for (;;) {
      const byte = this.#at < this.#end ? source[this.#at] : -1
      if (byte === 0x22) break
      if (byte < 0x20) this.#unexpected('a character or the end of the text')
      this.#at++
      if (byte === 0x5c) {
        hasEscapes = true
        this.#escape()
      }
    }
    this.#at++
    if (!hasEscapes) return this.#slice(opening + 1, this.#at - 1)
    // Checked byte by byte above, so what JSON.parse makes of it is the text and nothing else.
    const text = JSON.parse(this.#slice(opening, this.#at)) as string
    if (!text.isWellFormed()) reject('json_surrogate', { at: opening - this.#start })
    return text
  }

  /** After the backslash. */
  #escape(): void {
    const byte = this.#at < this.#end ? this.#source[this.#at] : -1
    if (!escapable.includes(byte)) this.#unexpected('one of " \\ / b f n r t u after a backslash')
    this.#at++
    if (byte !== 0x75) return
    for (const last = this.#at + 4; this.#at < last; this.#at++) {
      if (this.#at >= this.#end || !isHexDigit(this.#source[this.#at])) {
        this.#unexpected('four hexadecimal digits after \\u')
      }
    }
  }

  #number(): number | bigint {
    const at = this.#at
    if (this.#peek() === 0x2d) this.#at++
    if (this.#at < this.#end && this.#source[this.#at] === 0x30) this.#at++
    else if (this.#digits() === 0) this.#notANumber(at)
    let kind: 'whole' | 'fraction' = 'whole'
    if (this.#at < this.#end && this.#source[this.#at] === 0x2e) {
      kind = 'fraction'
      this.#at++
      if (this.#digits() === 0) this.#unexpected('a digit')
    }
    if (this.#at < this.#end && (this.#source[this.#at] | 0x20) === 0x65) {
      kind = 'fraction'
      this.#at++
      const sign = this.#at < this.#end ? this.#source[this.#at] : -1
      if (sign === 0x2b || sign === 0x2d) this.#at++
      if (this.#digits() === 0) this.#unexpected('a digit')
    }
    const text = this.#source.toString('latin1', at, this.#at)
    const value = numberFromText(text, kind)
    if (value === undefined) reject('number_range', { number: `${quoted(text)} at byte ${at - this.#start}` })
    return value
  }

  #digits(): number {
    const at = this.#at
    while (this.#at < this.#end && this.#source[this.#at] >= 0x30 && this.#source[this.#at] <= 0x39)
      this.#at++
    return this.#at - at
  }

  /** What other languages write where they have no number is worth a sentence of its own. */
  #notANumber(at: number): never {
    const text = this.#source.toString('latin1', at, Math.min(at + 9, this.#end))
    const word = /^(?:NaN|-?Infinity)/.exec(text)?.[0]
    if (word !== undefined) reject('not_finite', { what: `${word} at byte ${at - this.#start}` })
    return this.#unexpected(this.#at === at ? 'a value' : 'a digit')
  }

  #unexpected(expected: string): never {
    const at = this.#at
    reject('json_syntax', { expected, at: at - this.#start, found: this.#found(at) })
  }

  #found(at: number): string {
    if (at >= this.#end) return 'the end of the payload'
    const byte = this.#source[at]
    if (byte > 0x20 && byte < 0x7f) return byte === 0x22 ? `'"'` : `"${String.fromCharCode(byte)}"`
    return `byte 0x${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
}

/** What every converter of text asks of a payload first.
 *  @throws ConversionError `payload_empty`, `payload_length`, `utf8`. */
export function checkText(source: Buffer, start: number, end: number): void {
  const bytes = end - start
  if (bytes === 0) reject('payload_empty')
  if (bytes > payloadBytesMax) reject('payload_length', { bytes, most: payloadBytesMax })
  if (!isUtf8(source.subarray(start, end))) reject('utf8', { at: invalidUtf8At(source, start, end) })
}

const escapable = Buffer.from('"\\/bfnrtu')

function isHexDigit(byte: number): boolean {
  const letter = byte | 0x20
  return (byte >= 0x30 && byte <= 0x39) || (letter >= 0x61 && letter <= 0x66)
}
