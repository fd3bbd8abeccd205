// The values of one element of a JSON document, by telemetry key: gathered in any order, then given to the
// readings at once, for the time and the device may stand behind them. Of duplicate keys the last one counts.
import type { Value } from '../model/reading.ts'
import { ConversionError } from './converter.ts'
import { JsonArray, JsonObject, type JsonNode, type JsonReader } from './json-reader.ts'
import { tsFromNumber, tsFromText, type TsUnit } from './reading-time.ts'
import type { Readings } from './readings.ts'
import { quoted, reject } from './rejections.ts'
import type { TimeZone } from './time-zone.ts'

export interface FieldOptions {
  /** Objects inside: their keys joined with ".", or kept as JSON values. */
  readonly nested: 'flatten' | 'json'
  /** Longest string value in characters; undefined: only the data model limits it. */
  readonly stringCharactersMax: number | undefined
}

export const flattened: FieldOptions = { nested: 'flatten', stringCharactersMax: undefined }

export class JsonFields {
  readonly #reader: JsonReader
  readonly #options: FieldOptions
  readonly #values = new Map<string, Value | null>()

  constructor(reader: JsonReader, options: FieldOptions = flattened) {
    this.#reader = reader
    this.#options = options
  }

  /** A node under a key; the members of an object each under a key of their own. */
  put(key: string, node: JsonNode): void {
    if (node instanceof JsonObject && this.#options.nested === 'flatten') this.putAll(node, `${key}.`)
    else this.#values.set(key, this.value(node, key))
  }

  /** @param prefix goes before the names of the members. */
  putAll(object: JsonObject, prefix: string): void {
    for (const [name, node] of object.members) this.put(prefix + name, node)
  }

  /** A value that is no node of the document. */
  set(key: string, value: Value): void {
    this.#values.set(key, value)
  }

  value(node: JsonNode, key: string): Value | null {
    if (node instanceof JsonObject || node instanceof JsonArray) return this.#reader.text(node)
    if (typeof node === 'string') checkStringLength(node, key, this.#options.stringCharactersMax)
    return node
  }

  entries(): IterableIterator<[string, Value | null]> {
    return this.#values.entries()
  }

  /** @param ts integer microseconds, NaN for none. @throws ConversionError when a reading breaks a limit. */
  addTo(out: Readings, device: string, ts: number): void {
    for (const [key, value] of this.#values) {
      if (value === null) out.nulls++
      else out.add(device, key, ts, value)
    }
  }
}

/** @throws ConversionError `string_length`. Characters are code points. */
export function checkStringLength(text: string, key: string, most: number | undefined): void {
  if (most === undefined || text.length <= most) return
  const characters = [...text].length
  if (characters > most) reject('string_length', { key: quoted(key), characters, most })
}

/** The time that a node says, integer microseconds; NaN for null and for a member that is not there.
 *  @param zone of texts that name none. */
export function tsFromNode(node: JsonNode | undefined, unit: TsUnit, zone?: TimeZone): number {
  if (node === null || node === undefined) return NaN
  if (typeof node === 'number' || typeof node === 'bigint') return tsFromNumber(node, unit)
  if (typeof node === 'string') return tsFromText(node, unit, zone)
  reject('ts_format', { found: describe(node) })
}

/** The same, of a place in the document that its faults name.
 *  @param path as a sentence calls it. */
export function tsAt(path: string, node: JsonNode | undefined, unit: TsUnit, zone?: TimeZone): number {
  try {
    return tsFromNode(node, unit, zone)
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error
    throw new ConversionError(error.code, `At ${path}: ${error.message}`)
  }
}

/** The device that a node names; undefined for null.
 *  @param member how a sentence calls it. */
export function deviceFrom(node: JsonNode, member: string): string | undefined {
  if (node === null) return undefined
  const isName = typeof node === 'string' || typeof node === 'bigint' || Number.isInteger(node)
  if (!isName) reject('device_type', { key: quoted(member), found: describe(node) })
  const device = String(node)
  if (device.includes('\0')) reject('device_refused')
  return device
}

/** What a node is, as a sentence names it. */
export function describe(node: JsonNode | undefined): string {
  if (node === undefined) return 'nothing'
  if (node instanceof JsonObject) return 'an object'
  if (node instanceof JsonArray) return 'an array'
  return typeof node === 'string' ? quoted(node) : String(node)
}

/** The member of an object, by a name for each level; undefined where one of them is no object or lacks it. */
export function memberAt(node: JsonNode | undefined, ...names: string[]): JsonNode | undefined {
  let at = node
  for (const name of names) {
    if (!(at instanceof JsonObject)) return undefined
    at = at.members.get(name)
  }
  return at
}
