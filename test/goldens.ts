// Golden files of converters: messages as conventions publish them, and what must become of them. Each file in
// test/fixtures/converters/{type}/ is one converter and messages in the order in which it sees them.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Converter } from '../src/converters/converter.ts'
import { ConversionError } from '../src/converters/converter.ts'
import { Readings } from '../src/converters/readings.ts'
import { ScratchConversation } from '../src/converters/scratch-conversation.ts'
import type { Message } from '../src/model/message.ts'
import { captures, parseNamedFilter } from '../src/mqtt/topic.ts'
import { messageOf, rowsOf, type Row } from './decoded.ts'

export const goldensFolder = join(import.meta.dirname, 'fixtures/converters')

/** Where a message gives no time, null; where it says how long before or after itself, `now` and microseconds. */
type GoldenTs = number | null | string
type GoldenRow = [device: string, key: string, ts: GoldenTs, value: unknown]

export interface GoldenMessage {
  topic: string
  /** The payload: text, or bytes as base64 or in hexadecimal digits; a JSON document as it is. */
  text?: string
  base64?: string
  hex?: string
  json?: unknown
  contentType?: string
  userProperties?: [string, string][]
  login?: string
  readings?: GoldenRow[]
  nulls?: number
  /** Why a part of it is left out, or the whole rejected: the code and a part of the sentence. */
  leftOut?: { code: string; sentence: string }
  error?: { code: string; sentence: string }
  /** Topics on which the converter asks for something. */
  requests?: string[]
}

export interface Golden {
  name: string
  about: string
  /** Where the convention's document shows it. */
  source: string
  converter: { type: string; [option: string]: unknown }
  /** Topic filter of the integration; `#` where it says nothing. */
  filter?: string
  messages: GoldenMessage[]
}

export function readGoldens(): Golden[] {
  return readdirSync(goldensFolder).flatMap((type) =>
    readdirSync(join(goldensFolder, type)).map((file) => {
      const text = readFileSync(join(goldensFolder, type, file), 'utf8')
      return { name: `${type}/${file}`, ...(JSON.parse(text) as Omit<Golden, 'name'>) }
    }),
  )
}

export function payloadOf({ text, base64, hex, json }: GoldenMessage): Buffer {
  if (base64 !== undefined) return Buffer.from(base64, 'base64')
  if (hex !== undefined) return Buffer.from(hex, 'hex')
  return Buffer.from(json === undefined ? (text ?? '') : JSON.stringify(json))
}

/** What becomes of a message, written as a golden file has it. */
export function outcomeOf(
  converter: Converter,
  golden: Golden,
  given: GoldenMessage,
  conversation: ScratchConversation,
): Partial<GoldenMessage> {
  const message = goldenMessage(given)
  const named = parseNamedFilter(golden.filter ?? '#')
  if ('error' in named) throw new Error(named.error)
  const out = new Readings()
  out.reset(message.receivedTs)
  const before = conversation.requests.length
  let error: { code: string; sentence: string } | undefined
  try {
    converter.decode(message, captures(message.topic, named), out, conversation)
  } catch (caught) {
    if (!(caught instanceof ConversionError)) throw caught
    error = { code: caught.code, sentence: caught.message }
  }
  const requests = conversation.requests.slice(before).map(({ topic }) => topic)
  return {
    ...(error === undefined
      ? { readings: rowsOf(out).map((row, i) => shown(row, out.offsets.get(i))) }
      : { error }),
    ...(out.nulls > 0 && error === undefined ? { nulls: out.nulls } : {}),
    ...(out.leftOut !== undefined && error === undefined
      ? { leftOut: { code: out.leftOut.code, sentence: out.leftOut.message } }
      : {}),
    ...(requests.length > 0 ? { requests } : {}),
  }
}

export function goldenMessage(given: GoldenMessage): Message {
  const { contentType, userProperties } = given
  const properties =
    contentType === undefined && userProperties === undefined ? undefined : { contentType, userProperties }
  const message = messageOf({ payload: payloadOf(given), login: given.login ?? '', following: '{"next":1}' })
  return { ...message, topic: given.topic, properties }
}

function shown([device, key, ts, value]: Row, offset: number | undefined): GoldenRow {
  const when = offset === undefined ? (ts ?? null) : `now${offset < 0 ? '' : '+'}${offset}`
  return [device, key, when, typeof value === 'bigint' ? { int64: String(value) } : value]
}
