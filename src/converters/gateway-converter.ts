// Reads what a ThingsBoard gateway sends for the devices behind it: type `thingsboard-gateway`.
//
//   {"Device A": [{"ts": 1483228800000, "values": {"temperature": 42}}, …], "Device B": …}
//
// The root's keys always name the devices, also where the topic has {device}: that one is the gateway.
import type { Message } from '../model/message.ts'
import type { Converter, TopicCaptures } from './converter.ts'
import { FastElements, isBrokenLimit, skipSpace } from './fast-elements.ts'
import { describe } from './json-fields.ts'
import { JsonArray, JsonObject, JsonReader } from './json-reader.ts'
import { PlainElements, type JsonShape } from './json-shape.ts'
import type { Readings } from './readings.ts'
import { notFast } from './scan-number.ts'
import { quoted, reject } from './rejections.ts'

export class GatewayConverter implements Converter {
  readonly #shape: JsonShape
  readonly #fast: FastElements
  #mark = 0

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
  decodeFast(message: Message, _captures: TopicCaptures, out: Readings): boolean {
    const end = this.#fast.begin(message)
    if (end === notFast) return false
    try {
      return this.#devices(message, skipSpace(message.source, message.payloadStart), end, out) === end
    } catch (error) {
      if (isBrokenLimit(error)) return false
      throw error
    }
  }

  decodePlain(message: Message, _captures: TopicCaptures, out: Readings): void {
    const reader = new JsonReader(message.source, message.payloadStart, message.payloadEnd)
    const elements = new PlainElements(this.#shape, message, reader, out)
    const root = reader.read()
    if (!(root instanceof JsonObject)) {
      reject('json_shape', { expected: 'an object whose keys are devices', found: describe(root) })
    }
    for (const [device, node] of root.members) {
      if (node instanceof JsonArray) elements.elements(node, device, undefined)
      else if (node instanceof JsonObject) elements.element(node, device, undefined)
      else {
        const expected = `an array of objects under the device ${quoted(device)}`
        reject('json_shape', { expected, found: describe(node) })
      }
    }
  }

  /** @returns the position after the root, or `notFast`. */
  #devices(message: Message, start: number, end: number, out: Readings): number {
    const { source } = message
    if (source[start] !== 0x7b) return notFast
    const mark = (this.#mark = (this.#mark + 1) & 0x3fffffff)
    let p = skipSpace(source, start + 1)
    if (source[p] === 0x7d) return p + 1
    for (;;) {
      const device = source[p] === 0x22 ? this.#fast.devices.find(source, p + 1, end) : undefined
      if (device === undefined || device.seenIn === mark) return notFast
      device.seenIn = mark
      p = skipSpace(source, p + 2 + device.length)
      if (source[p] !== 0x3a) return notFast
      p = skipSpace(source, p + 1)
      if (source[p] === 0x5b) p = this.#fast.array(message, p, end, device.text, out)
      else if (source[p] === 0x7b) p = this.#fast.element(message, p, end, device.text, out)
      else return notFast
      if (p === notFast) return notFast
      p = skipSpace(source, p)
      if (source[p] === 0x7d) return p + 1
      if (source[p] !== 0x2c || p >= end) return notFast
      p = skipSpace(source, p + 1)
    }
  }
}
