// The plain path from a JSON document to readings: it takes every shape a converter of this family knows,
// and it says what is wrong with the others. The fast path (fast-elements.ts) must give what this one gives.
//
//   document: element | array of elements | on a topic with {key} also a bare value
//   element:  {"ts": time, "values": {key: value, …}}  or  {"ts": time, key: value, …}
import type { Message } from '../model/message.ts'
import type { TopicCaptures } from './converter.ts'
import { JsonFields, describe, deviceFrom, tsAt, type FieldOptions } from './json-fields.ts'
import { JsonArray, JsonObject, type JsonNode, type JsonReader } from './json-reader.ts'
import { tsFromProperties, type TsUnit } from './reading-time.ts'
import type { Readings } from './readings.ts'
import { reject } from './rejections.ts'
import type { TimeZone } from './time-zone.ts'

/** How the members of this family's documents are called and read. */
export interface JsonShape extends FieldOptions {
  /** Member that holds the time. */
  readonly tsKey: string
  readonly tsUnit: TsUnit
  /** Of times that are texts and name no zone; undefined: they are rejected. */
  readonly zone: TimeZone | undefined
  /** Member whose object holds the readings of a two-layer element. */
  readonly valuesKey: string
  /** Member that names the device where the topic doesn't; undefined: there is none. */
  readonly deviceKey: string | undefined
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
      const fields = new JsonFields(this.#reader, this.#shape)
      fields.put(key, root)
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
    const fields = new JsonFields(this.#reader, this.#shape)
    let ts = NaN
    let named: string | undefined
    for (const [name, node] of element.members) {
      if (name === tsKey) ts = tsAt(name, node, this.#shape.tsUnit, this.#shape.zone)
      else if (name === deviceKey) named = deviceFrom(node, name)
      else if (name === valuesKey && node instanceof JsonObject) fields.putAll(node, prefix)
      else if (key !== undefined && name === valueKey) fields.put(key, node)
      else fields.put(prefix + name, node)
    }
    this.#add(device ?? named ?? this.#message.device, ts, fields)
  }

  #holdsElements(array: JsonArray): boolean {
    const first = this.#reader.elements(array).next()
    return first.done === true || first.value instanceof JsonObject
  }

  #add(device: string, payloadTs: number, fields: JsonFields): void {
    const isTimed = !Number.isNaN(payloadTs)
    const ts = isTimed ? payloadTs : tsFromProperties(this.#message.properties, this.#shape.tsUnit)
    fields.addTo(this.#out, device, ts)
  }
}
