// Any JSON document, read by paths: where the device stands, where the time, which values there are, what they
// are called and how they are scaled. No code: what can't be said here is for a script.
import type { Message } from '../../model/message.ts'
import type { Value } from '../../model/reading.ts'
import type { Converter, TopicCaptures } from '../converter.ts'
import { JsonFields, describe, deviceFrom, tsAt } from '../json-fields.ts'
import { JsonArray, JsonObject, JsonReader, type JsonNode } from '../json-reader.ts'
import { tsFromProperties, type TsUnit } from '../reading-time.ts'
import type { Readings } from '../readings.ts'
import { quoted, reject } from '../rejections.ts'
import type { TimeZone } from '../time-zone.ts'
import { applyCodec, type Codec, type Uplink, type UplinkReader } from '../lorawan/uplink.ts'
import { JsonPaths, type JsonPath } from './json-path.ts'
import type { KeyRules } from './key-rules.ts'
import type { TimePattern } from './time-pattern.ts'

export interface Mapping {
  /** Where the device's name stands; undefined: the topic's `{device}` or the login. */
  readonly device: { topicLevel: number } | { path: JsonPath } | { constant: string } | undefined
  readonly ts: TimeRule | undefined
  /** An array whose elements are read one by one; undefined: the document is the only element. */
  readonly each: JsonPath | undefined
  /** Where the values of an element are: all under a path, named ones, or one whose key is in the element. */
  readonly values:
    | { all: JsonPath }
    | { named: readonly [string, JsonPath][] }
    | { key: JsonPath; value: JsonPath }
  readonly keys: KeyRules
  /** Where the device's own bytes stand, for a codec; undefined: there are none. */
  readonly payload: PayloadRule | undefined
}

export interface PayloadRule {
  readonly path: JsonPath
  readonly format: 'base64' | 'hex'
  /** Where the port stands that a script is told. */
  readonly fPort: JsonPath | undefined
  /** What reads the bytes here; `none` leaves them to a script. */
  readonly codec: Codec
}

export interface TimeRule {
  readonly path: JsonPath
  readonly unit: TsUnit
  readonly zone: TimeZone | undefined
  readonly pattern: TimePattern | undefined
}

export class MappingConverter implements Converter, UplinkReader {
  readonly #mapping: Mapping

  constructor(mapping: Mapping) {
    this.#mapping = mapping
  }

  decode(message: Message, captures: TopicCaptures, out: Readings): void {
    const reader = new JsonReader(message.source, message.payloadStart, message.payloadEnd)
    const root = reader.read()
    const element = new Element(this.#mapping, reader, root, message, captures)
    const { each, payload } = this.#mapping
    if (payload !== undefined) {
      const uplink = element.uplink(root, payload)
      if (payload.codec !== 'none') applyCodec(uplink, payload.codec, payload.path.text)
      return uplink.fields.addTo(out, uplink.device, uplink.ts)
    }
    if (each === undefined) return element.read(root, out)
    const array = element.at(each, root)
    if (!(array instanceof JsonArray)) {
      reject('path_shape', { path: each.text, expected: 'an array', found: describe(array) })
    }
    for (const node of reader.elements(array)) element.read(node, out)
  }

  uplink(message: Message, captures: TopicCaptures): Uplink | undefined {
    const { payload } = this.#mapping
    if (payload === undefined) return undefined
    const reader = new JsonReader(message.source, message.payloadStart, message.payloadEnd)
    const root = reader.read()
    return new Element(this.#mapping, reader, root, message, captures).uplink(root, payload)
  }
}

/** The elements of one document, one after the other. */
class Element {
  readonly #mapping: Mapping
  readonly #reader: JsonReader
  readonly #paths: JsonPaths
  readonly #root: JsonNode
  readonly #message: Message
  readonly #captures: TopicCaptures

  constructor(
    mapping: Mapping,
    reader: JsonReader,
    root: JsonNode,
    message: Message,
    captures: TopicCaptures,
  ) {
    this.#mapping = mapping
    this.#reader = reader
    this.#paths = new JsonPaths(reader)
    this.#root = root
    this.#message = message
    this.#captures = captures
  }

  read(element: JsonNode, out: Readings): void {
    const fields = this.#fields(element)
    const device = this.#device(element)
    const ts = this.#ts(element)
    for (const [name, value] of this.#kept(fields)) {
      if (value === null) out.nulls++
      else out.add(device, name, ts, value)
    }
  }

  /** What the document says beside the device's own bytes. */
  uplink(element: JsonNode, { path, format, fPort }: PayloadRule): Uplink {
    const port = fPort === undefined ? undefined : this.at(fPort, element)
    const payload = this.at(path, element)
    if (payload !== undefined && payload !== null && typeof payload !== 'string') {
      reject('path_shape', { path: path.text, expected: `${format} text`, found: describe(payload) })
    }
    const fields = new JsonFields(this.#reader)
    for (const [name, value] of this.#kept(this.#fields(element))) if (value !== null) fields.set(name, value)
    return {
      device: this.#device(element),
      ts: this.#ts(element),
      fPort: typeof port === 'number' && Number.isInteger(port) ? port : undefined,
      payloadBase64: format === 'hex' ? base64Of(payload ?? '', path.text) : (payload ?? ''),
      fields,
      isDecoded: payload === undefined || payload === null,
    }
  }

  /** The values, under the names that they get. */
  *#kept(fields: JsonFields): Generator<[string, Value | null]> {
    const { keys } = this.#mapping
    for (const [key, value] of fields.entries()) {
      const name = keys.nameOf(key)
      if (name !== undefined) yield [name, value === null ? null : keys.scaled(key, value)]
    }
  }

  at(path: JsonPath, element: JsonNode): JsonNode | undefined {
    return this.#paths.nodeAt(path.from === 'root' ? this.#root : element, path)
  }

  #fields(element: JsonNode): JsonFields {
    const fields = new JsonFields(this.#reader)
    const { values } = this.#mapping
    if ('named' in values) {
      for (const [key, path] of values.named) {
        const node = this.at(path, element)
        if (node !== undefined) fields.put(key, node)
      }
    } else if ('key' in values) {
      const key = deviceFrom(this.at(values.key, element) ?? null, values.key.text)
      const expected = 'the key of the value'
      if (key === undefined) reject('path_shape', { path: values.key.text, expected, found: 'nothing' })
      const node = this.at(values.value, element)
      if (node !== undefined) fields.put(key, node)
    } else {
      const node = this.at(values.all, element)
      if (node instanceof JsonObject) fields.putAll(node, '')
      else if (node !== undefined && this.#captures.key !== undefined) fields.put(this.#captures.key, node)
      else reject('path_shape', { path: values.all.text, expected: 'an object', found: describe(node) })
    }
    return fields
  }

  #device(element: JsonNode): string {
    const { device } = this.#mapping
    const other = this.#captures.device ?? this.#message.device
    if (device === undefined) return other
    if ('constant' in device) return device.constant
    if ('topicLevel' in device) {
      const level = this.#message.topic.split('/')[device.topicLevel - 1]
      if (level === undefined) {
        const path = `level ${device.topicLevel} of the topic`
        reject('path_shape', { path, expected: 'the device', found: `only ${quoted(this.#message.topic)}` })
      }
      return level
    }
    const node = this.at(device.path, element)
    return (node === undefined ? undefined : deviceFrom(node, device.path.text)) ?? other
  }

  #ts(element: JsonNode): number {
    const { ts: rule } = this.#mapping
    const node = rule === undefined ? undefined : this.at(rule.path, element)
    if (rule === undefined || node === undefined || node === null) {
      return tsFromProperties(this.#message.properties, rule?.unit ?? 'auto')
    }
    if (rule.pattern === undefined || typeof node !== 'string')
      return tsAt(rule.path.text, node, rule.unit, rule.zone)
    const ts = rule.pattern.tsFrom(node)
    if (ts === undefined)
      reject('path_shape', {
        path: rule.path.text,
        expected: 'a time written as the pattern says',
        found: quoted(node),
      })
    return ts
  }
}

/** @throws ConversionError when they are no hexadecimal digits, two for each byte. */
function base64Of(digits: string, path: string): string {
  if (/^(?:[0-9a-f]{2})*$/i.test(digits)) return Buffer.from(digits, 'hex').toString('base64')
  reject('path_shape', { path, expected: 'two hexadecimal digits for each byte', found: quoted(digits) })
}
