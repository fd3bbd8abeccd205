// Reads JSON whose elements belong to one device: types `json`, `thingsboard` and `assetwolf`, which differ
// in the names of their members and in the units of their times.
import type { Message } from '../model/message.ts'
import type { Converter, TopicCaptures } from './converter.ts'
import { FastElements, isBrokenLimit, skipSpace } from './fast-elements.ts'
import { JsonReader } from './json-reader.ts'
import { PlainElements, type JsonShape } from './json-shape.ts'
import type { Readings } from './readings.ts'
import { notFast } from './scan-number.ts'

export class JsonConverter implements Converter {
  readonly #shape: JsonShape
  readonly #fast: FastElements

  constructor(shape: JsonShape) {
    this.#shape = shape
    this.#fast = new FastElements(shape)
  }

  decode(message: Message, captures: TopicCaptures, out: Readings): void {
    if (this.decodeFast(message, captures, out)) return
    out.clear()
    this.decodePlain(message, captures, out)
  }

  /** @returns false when the message is left to the plain path; `out` then holds anything. */
  decodeFast(message: Message, captures: TopicCaptures, out: Readings): boolean {
    const fast = this.#fast
    const end = fast.begin(message)
    if (end === notFast) return false
    const { source } = message
    const at = skipSpace(source, message.payloadStart)
    try {
      if (captures.key !== undefined) return fast.bare(message, at, end, captures, out) === end
      if (source[at] === 0x7b) return fast.element(message, at, end, captures.device, out) === end
      if (source[at] === 0x5b) return fast.array(message, at, end, captures.device, out) === end
      return false
    } catch (error) {
      if (isBrokenLimit(error)) return false
      throw error
    }
  }

  decodePlain(message: Message, captures: TopicCaptures, out: Readings): void {
    const reader = new JsonReader(message.source, message.payloadStart, message.payloadEnd)
    new PlainElements(this.#shape, message, reader, out).document(reader.read(), captures)
  }
}
