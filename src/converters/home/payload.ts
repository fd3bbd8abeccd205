// What the conventions of home automation have in common: small JSON documents, bare texts, online and offline.
import type { Message } from '../../model/message.ts'
import { JsonText, type Value } from '../../model/reading.ts'
import { ConversionError } from '../converter.ts'
import { describe } from '../json-fields.ts'
import { JsonObject, JsonReader, checkText } from '../json-reader.ts'
import { quoted, reject } from '../rejections.ts'
import { valueFrom } from '../value-converter.ts'

/** Telemetry key of whether a device can be reached. */
export const onlineKey = 'online'

/** A device whose clock has not been set counts from 1970: times up to here are none. */
const unsetClockUs = 366 * 86_400 * 1_000_000

/** @returns NaN for the time of a clock that has not been set. */
export function setClock(ts: number): number {
  return ts >= 0 && ts < unsetClockUs ? NaN : ts
}

/** The value of a bare text as JSON says it: numbers, `true`, `false` and arrays are what they are, everything
 *  else is a text, so that a key has one type whether it comes alone or in an object. */
export function valueOfText(text: string): Value {
  if (text.startsWith('[')) return jsonOf(text) ?? text
  return /^(?:on|off)$/i.test(text) ? text : valueFrom(text, 'auto')
}

/** An array as it was sent; undefined where it is none. */
function jsonOf(text: string): JsonText | undefined {
  const bytes = Buffer.from(text)
  try {
    new JsonReader(bytes, 0, bytes.length).read()
    return new JsonText(text)
  } catch (error) {
    if (error instanceof ConversionError) return undefined
    throw error
  }
}

/** An empty payload clears a retained message; it says nothing about a device. */
export function isEmpty({ payloadStart, payloadEnd }: Message): boolean {
  return payloadStart === payloadEnd
}

/** Whether the payload looks like a JSON object: a bare text may be anything else. */
export function isObject({ source, payloadStart, payloadEnd }: Message): boolean {
  for (let at = payloadStart; at < payloadEnd; at++) {
    const byte = source[at]
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return byte === 0x7b
  }
  return false
}

/** @throws ConversionError when the payload is no JSON object. */
export function objectOf(message: Message): { reader: JsonReader; root: JsonObject } {
  const reader = new JsonReader(message.source, message.payloadStart, message.payloadEnd)
  const root = reader.read()
  if (!(root instanceof JsonObject)) reject('json_shape', { expected: 'an object', found: describe(root) })
  return { reader, root }
}

export function textOf({ source, payloadStart, payloadEnd }: Message): string {
  checkText(source, payloadStart, payloadEnd)
  return source.toString('utf8', payloadStart, payloadEnd).trim()
}

const states: ReadonlyMap<string, boolean> = new Map([
  ['online', true],
  ['true', true],
  ['offline', false],
  ['false', false],
])

/** @throws ConversionError `value_type` for any other text. */
export function onlineFrom(text: string): boolean {
  const state = states.get(text.toLowerCase())
  if (state === undefined) reject('value_type', { found: quoted(text), expected: 'state, online or offline' })
  return state
}
