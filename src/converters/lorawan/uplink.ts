// What a network server says about one uplink of a LoRaWAN device, the same for all servers: who, when, on which
// port, and the device's own bytes for a codec where the server has not decoded them.
import type { Message } from '../../model/message.ts'
import type { TopicCaptures } from '../converter.ts'
import { JsonFields, describe, memberAt, tsAt } from '../json-fields.ts'
import { JsonArray, JsonObject, type JsonNode, type JsonReader } from '../json-reader.ts'
import { tsFromProperties } from '../reading-time.ts'
import { quoted, reject } from '../rejections.ts'
import { readCayenneLpp } from './cayenne-lpp.ts'

/** How the device's own bytes become values; `none` keeps them as base64 text. */
export const codecs = ['none', 'cayenne-lpp'] as const
export type Codec = (typeof codecs)[number]

export interface Uplink {
  device: string
  /** Integer microseconds; NaN where the server gives none. */
  ts: number
  fPort: number | undefined
  /** The device's own bytes, as base64; undefined where the uplink carries none. */
  payloadBase64: string | undefined
  /** Values the server has decoded, and what else it says; without those of the payload where it has not. */
  fields: JsonFields
  /** Whether `fields` has the payload's values, so that there is nothing left for a codec. */
  isDecoded: boolean
}

/** A network server's way to say it; undefined for messages that are no uplinks. */
export interface UplinkReader {
  uplink(message: Message, captures: TopicCaptures): Uplink | undefined
}

/** Puts the values of the device's own bytes into the uplink's fields.
 *  @param member name of the member that carries them.
 *  @throws ConversionError when the codec can't read them. */
export function applyCodec(uplink: Uplink, codec: Codec, member: string): void {
  const { payloadBase64, fields } = uplink
  if (uplink.isDecoded || payloadBase64 === undefined) return
  if (codec === 'none') fields.set(member, payloadBase64)
  else readCayenneLpp(bytesOf(payloadBase64, member), (key, value) => fields.set(key, value))
}

const base64 = /^[A-Za-z0-9+/_-]*={0,2}$/

/** @throws ConversionError `path_shape` when it is no base64. */
export function bytesOf(text: string, member: string): Buffer {
  if (!base64.test(text)) reject('path_shape', { path: member, expected: 'base64 text', found: quoted(text) })
  return Buffer.from(text, 'base64')
}

/** Whether a server's codec has made something of the payload. One that knows nothing of it, such as of its port,
 *  leaves an empty object, and then the payload is still to be read. */
export function saysSomething(reader: JsonReader, node: JsonNode | undefined): boolean {
  if (node instanceof JsonArray) return !reader.elements(node)[Symbol.iterator]().next().done
  return node instanceof JsonObject && node.members.size > 0
}

/** Base64 text that stands at a place; undefined where nothing does. */
export function payloadAt(root: JsonNode, ...names: string[]): string | undefined {
  const node = memberAt(root, ...names)
  if (node === undefined || node === null || node === '') return undefined
  if (typeof node === 'string') return node
  reject('path_shape', { path: names.join('.'), expected: 'base64 text', found: describe(node) })
}

export function wholeAt(root: JsonNode, ...names: string[]): number | undefined {
  const node = memberAt(root, ...names)
  return typeof node === 'number' && Number.isInteger(node) ? node : undefined
}

/** Reception by the gateway that heard the device best: the signal is what people look at. */
export function bestReception(reader: JsonReader, node: JsonNode | undefined): JsonObject | undefined {
  if (!(node instanceof JsonArray)) return undefined
  let best: JsonObject | undefined
  let bestRssi = -Infinity
  for (const element of reader.elements(node)) {
    if (!(element instanceof JsonObject)) continue
    const rssi = element.members.get('rssi')
    if (best !== undefined && !(typeof rssi === 'number' && rssi > bestRssi)) continue
    best = element
    if (typeof rssi === 'number') bestRssi = rssi
  }
  return best
}

/** Those of the named members that are there. */
export function putMembers(
  fields: JsonFields,
  object: JsonObject | undefined,
  names: readonly string[],
): void {
  for (const name of names) {
    const node = object?.members.get(name)
    if (node !== undefined) fields.put(name, node)
  }
}

/** What a server says about the time, or else the message itself. */
export function tsOf(root: JsonObject, member: string, { properties }: Message): number {
  const ts = tsAt(member, root.members.get(member), 'auto')
  return Number.isNaN(ts) ? tsFromProperties(properties, 'auto') : ts
}

/** The text that the first of several places has. */
export function firstText(...nodes: (JsonNode | undefined)[]): string | undefined {
  return nodes.find((node): node is string => typeof node === 'string' && node !== '')
}
