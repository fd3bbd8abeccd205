// Any JSON document, read by paths: where the device stands, where the time, which values there are, what they
// are called and how they are scaled. No code: what can't be said here is for a script.
import type { Message } from '../../model/message.ts'
import type { Converter, TopicCaptures } from '../converter.ts'
import { JsonFields, describe, deviceFrom, tsAt } from '../json-fields.ts'
import { JsonArray, JsonObject, JsonReader, type JsonNode } from '../json-reader.ts'
import { tsFromProperties, type TsUnit } from '../reading-time.ts'
import type { Readings } from '../readings.ts'
import { quoted, reject } from '../rejections.ts'
import type { TimeZone } from '../time-zone.ts'
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
}

export interface TimeRule {
  readonly path: JsonPath
  readonly unit: TsUnit
  readonly zone: TimeZone | undefined
  readonly pattern: TimePattern | undefined
}

export class MappingConverter implements Converter {
  readonly #mapping: Mapping

  constructor(mapping: Mapping) {
    this.#mapping = mapping
  }

  decode(message: Message, captures: TopicCaptures, out: Readings): void {
    const reader = new JsonReader(message.source, message.payloadStart, message.payloadEnd)
    const root = reader.read()
    const element = new Element(this.#mapping, reader, root, message, captures, out)
    const { each } = this.#mapping
    if (each === undefined) return element.read(root)
    const array = element.at(each, root)
    if (!(array instanceof JsonArray)) {
      reject('path_shape', { path: each.text, expected: 'an array', found: describe(array) })
    }
    for (const node of reader.elements(array)) element.read(node)
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
  readonly #out: Readings

  constructor(
    mapping: Mapping,
    reader: JsonReader,
    root: JsonNode,
    message: Message,
    captures: TopicCaptures,
    out: Readings,
  ) {
    this.#mapping = mapping
    this.#reader = reader
    this.#paths = new JsonPaths(reader)
    this.#root = root
    this.#message = message
    this.#captures = captures
    this.#out = out
  }

  read(element: JsonNode): void {
    const fields = this.#fields(element)
    const device = this.#device(element)
    const ts = this.#ts(element)
    const { keys } = this.#mapping
    for (const [key, value] of fields.entries()) {
      const name = keys.nameOf(key)
      if (name === undefined) continue
      if (value === null) this.#out.nulls++
      else this.#out.add(device, name, ts, keys.scaled(key, value))
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
