// The plain path from a JSON document to readings: it takes every shape a converter of this family knows,
// and it says what is wrong with the others. The fast path (fast-elements.ts) must give what this one gives.
//
//   document: element | array of elements | on a topic with {key} also a bare value
//   element:  {"ts": time, "values": {key: value, …}}  or  {"ts": time, key: value, …}
import type { Message } from '../model/message.ts'
import type { Value } from '../model/reading.ts'
import type { TopicCaptures } from './converter.ts'
import { JsonArray, JsonObject, type JsonNode, type JsonReader } from './json-reader.ts'
import { tsFromNumber, tsFromProperties, tsFromText, type TsUnit } from './reading-time.ts'
import type { Readings } from './readings.ts'
import { quoted, reject } from './rejections.ts'

/** How the members of this family's documents are called and read. */
export interface JsonShape {
  /** Member that holds the time. */
  readonly tsKey: string
  readonly tsUnit: TsUnit
  /** Member whose object holds the readings of a two-layer element. */
  readonly valuesKey: string
  /** Member that names the device where the topic doesn't; undefined: there is none. */
  readonly deviceKey: string | undefined
  /** Objects inside: their keys joined with ".", or kept as JSON values. */
  readonly nested: 'flatten' | 'json'
  /** Longest string value in characters; undefined: only the data model limits it. */
  readonly stringCharactersMax: number | undefined
}

/** Member that holds the value itself where the topic gives the key: {"ts": time, "value": 21.5}. */
const valueKey = 'value'

/** Puts the elements of one document into `out`. */
export class PlainElements {
  readonly #shape: JsonShape
  readonly #message: Message
  readonly #reader: JsonReader
  readonly #out: Readings

  constructor(shape: JsonShape, message: Message, reader: JsonReader, out: Readings) {
    this.#shape = shape
    this.#message = message
    this.#reader = reader
    this.#out = out
  }

  document(root: JsonNode, { device, key }: TopicCaptures): void {
    if (root instanceof JsonObject) this.element(root, device, key)
    else if (root instanceof JsonArray && (key === undefined || this.#holdsElements(root))) {
      this.elements(root, device, key)
    } else if (key === undefined) reject('no_key', { found: describe(root) })
    else {
      const fields = new Map([[key, this.#value(root, key)]])
      this.#add(device ?? this.#message.device, NaN, fields)
    }
  }

  elements(array: JsonArray, device: string | undefined, key: string | undefined): void {
    for (const element of this.#reader.elements(array)) {
      if (!(element instanceof JsonObject)) {
        reject('json_shape', { expected: 'an object as element of the array', found: describe(element) })
      }
      this.element(element, device, key)
    }
  }

  /** @param device as the topic or an outer layer names it; it comes before what the element says. */
  element(element: JsonObject, device: string | undefined, key: string | undefined): void {
    const { tsKey, valuesKey, deviceKey } = this.#shape
    const prefix = key === undefined ? '' : `${key}.`
    const fields = new Map<string, Value | null>()
    let ts = NaN
    let named: string | undefined
    for (const [name, node] of element.members) {
      if (name === tsKey) ts = this.#ts(node)
      else if (name === deviceKey) named = deviceFrom(node, name)
      else if (name === valuesKey && node instanceof JsonObject) this.#collect(node, prefix, fields)
      else if (key !== undefined && name === valueKey) this.#field(key, node, fields)
      else this.#field(prefix + name, node, fields)
    }
    this.#add(device ?? named ?? this.#message.device, ts, fields)
  }

  #holdsElements(array: JsonArray): boolean {
    const first = this.#reader.elements(array).next()
    return first.done === true || first.value instanceof JsonObject
  }

  #collect(object: JsonObject, prefix: string, fields: Map<string, Value | null>): void {
    for (const [name, node] of object.members) this.#field(prefix + name, node, fields)
  }

  #field(key: string, node: JsonNode, fields: Map<string, Value | null>): void {
    if (node instanceof JsonObject && this.#shape.nested === 'flatten') this.#collect(node, `${key}.`, fields)
    else fields.set(key, this.#value(node, key))
  }

  #value(node: JsonNode, key: string): Value | null {
    if (node instanceof JsonObject || node instanceof JsonArray) return this.#reader.text(node)
    if (typeof node === 'string') checkStringLength(node, key, this.#shape.stringCharactersMax)
    return node
  }

  #ts(node: JsonNode): number {
    const { tsUnit } = this.#shape
    if (node === null) return NaN
    if (typeof node === 'number' || typeof node === 'bigint') return tsFromNumber(node, tsUnit)
    if (typeof node === 'string') return tsFromText(node, tsUnit)
    reject('ts_format', { found: describe(node) })
  }

  #add(device: string, payloadTs: number, fields: Map<string, Value | null>): void {
    const isTimed = !Number.isNaN(payloadTs)
    const ts = isTimed ? payloadTs : tsFromProperties(this.#message.properties, this.#shape.tsUnit)
    for (const [key, value] of fields) {
      if (value === null) this.#out.nulls++
      else this.#out.add(device, key, ts, value)
    }
  }
}

/** @throws ConversionError `string_length`. Characters are code points. */
export function checkStringLength(text: string, key: string, most: number | undefined): void {
  if (most === undefined || text.length <= most) return
  const characters = [...text].length
  if (characters > most) reject('string_length', { key: quoted(key), characters, most })
}

function deviceFrom(node: JsonNode, member: string): string | undefined {
  if (node === null) return undefined
  const isName = typeof node === 'string' || typeof node === 'bigint' || Number.isInteger(node)
  if (!isName) reject('device_type', { key: quoted(member), found: describe(node) })
  const device = String(node)
  if (device.includes('\0')) reject('device_refused')
  return device
}

/** What a node is, as a sentence names it. */
export function describe(node: JsonNode): string {
  if (node instanceof JsonObject) return 'an object'
  if (node instanceof JsonArray) return 'an array'
  return typeof node === 'string' ? quoted(node) : String(node)
}
