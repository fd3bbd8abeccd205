// Takes one line of InfluxDB's line protocol apart:
//
//   measurement[,tag=value …] field=value[,field=value …] [time]
//
// A backslash makes a comma, a space or an equals sign part of a name; texts stand in double quotes.
import { quoted, rejection } from '../rejections.ts'
import type { ConversionError } from '../converter.ts'

/** What a field's value is written as. */
export type Written = { text: string } | { literal: string }

export interface Point {
  measurement: string
  tags: Map<string, string>
  fields: Map<string, Written>
  /** Digits, undefined where the line has no time. */
  time: string | undefined
}

/** Where a line stops being one. */
export class LineFault extends Error {
  override name = 'LineFault'
  readonly at: number
  readonly expected: string
  constructor(at: number, expected: string) {
    super(expected)
    this.at = at
    this.expected = expected
  }
}

export class LineReader {
  readonly #text: string
  #at = 0

  /** @param text of the whole payload. */
  constructor(text: string) {
    this.#text = text
  }

  /** Offset in characters of what is read next. */
  get at(): number {
    return this.#at
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length
  }

  /** Goes on behind the line that begins at `start`. */
  skipLine(start: number): void {
    const end = this.#text.indexOf('\n', start)
    this.#at = end === -1 ? this.#text.length : end + 1
  }

  /** The next line's point; undefined for an empty line or a comment. @throws LineFault */
  point(): Point | undefined {
    this.#skipSpaces()
    if (this.#atLineEnd() || this.#text[this.#at] === '#') {
      this.skipLine(this.#at)
      return undefined
    }
    const measurement = this.#name(', ', 'a measurement and fields', ', ')
    const tags = new Map<string, string>()
    while (this.#text[this.#at] === ',') {
      this.#at++
      const tag = this.#name('=', 'a tag such as site=A')
      this.#at++
      const value = this.#name(', =', `a value of the tag ${quoted(tag)}`)
      if (this.#text[this.#at] === '=')
        throw new LineFault(this.#at, 'a comma, or a backslash before this sign')
      tags.set(tag, value)
    }
    this.#skipSpaces()
    const fields = new Map<string, Written>()
    do {
      if (fields.size > 0) this.#at++
      const field = this.#name('=', 'a field such as temp=21.5')
      this.#at++
      fields.set(field, this.#value(field))
    } while (this.#text[this.#at] === ',')
    const afterFields = this.#at
    this.#skipSpaces()
    if (this.#atLineEnd()) return this.#end({ measurement, tags, fields, time: undefined })
    if (this.#at === afterFields) throw new LineFault(this.#at, 'a comma, a space or the end of the line')
    return this.#end({ measurement, tags, fields, time: this.#time() })
  }

  #end(point: Point): Point {
    this.skipLine(this.#at)
    return point
  }

  #time(): string {
    const start = this.#at
    if (this.#text[this.#at] === '-') this.#at++
    while (isDigit(this.#text.charCodeAt(this.#at))) this.#at++
    const time = this.#text.slice(start, this.#at)
    this.#skipSpaces()
    if (!this.#atLineEnd() || time === '' || time === '-')
      throw new LineFault(start, 'a time in whole numbers')
    return time
  }

  /** A name up to one of `ends`, which is not taken.
   *  @param escapable what a backslash takes its meaning from. */
  #name(ends: string, expected: string, escapable = ', ='): string {
    const start = this.#at
    let name = ''
    for (;;) {
      const character = this.#text[this.#at]
      if (character === undefined || character === '\n') throw new LineFault(this.#at, expected)
      if (ends.includes(character)) break
      if (character === ' ' || (character === ',' && ends === '=')) throw new LineFault(start, expected)
      const next = this.#text[this.#at + 1]
      const isEscape = character === '\\' && next !== undefined && escapable.includes(next)
      name += isEscape ? next : character
      this.#at += isEscape ? 2 : 1
    }
    if (name === '') throw new LineFault(start, expected)
    return name
  }

  #value(field: string): Written {
    if (this.#text[this.#at] === '"') return { text: this.#quotedText() }
    const start = this.#at
    while (!this.#atLineEnd() && this.#text[this.#at] !== ',' && this.#text[this.#at] !== ' ') this.#at++
    if (this.#at === start) throw new LineFault(start, `a value of the field ${quoted(field)}`)
    return { literal: this.#text.slice(start, this.#at) }
  }

  /** May go on over the end of a line. */
  #quotedText(): string {
    const start = this.#at++
    let text = ''
    for (;;) {
      const character = this.#text[this.#at]
      if (character === undefined) throw new LineFault(start, 'the quote that ends the text')
      if (character === '"') break
      const next = this.#text[this.#at + 1]
      const isEscape = character === '\\' && (next === '"' || next === '\\')
      text += isEscape ? next : character
      this.#at += isEscape ? 2 : 1
    }
    this.#at++
    return text
  }

  #skipSpaces(): void {
    while (this.#text[this.#at] === ' ') this.#at++
  }

  #atLineEnd(): boolean {
    const character = this.#text[this.#at]
    if (character === '\r') return this.#text[this.#at + 1] === '\n' || this.#at + 1 === this.#text.length
    return character === undefined || character === '\n'
  }

  /** Number of the line that a place is in, counted from 1. */
  lineAt(at: number): number {
    return this.#text.slice(0, at).split('\n').length
  }

  /** The fault as a person reads it. */
  rejection({ at, expected }: LineFault): ConversionError {
    const line = this.lineAt(at)
    return rejection('line_syntax', { line, expected, at: Buffer.byteLength(this.#text.slice(0, at)) })
  }
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}
