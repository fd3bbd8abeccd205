// What a converter makes of a payload, in a form that tests compare: readings as rows, or the rejection.
import type { Converter, TopicCaptures } from '../src/converters/converter.ts'
import { ConversionError } from '../src/converters/converter.ts'
import { Readings } from '../src/converters/readings.ts'
import type { Message, MessageProperties } from '../src/model/message.ts'
import { JsonText, type Value } from '../src/model/reading.ts'

export const receivedTs = 1_764_000_000_000_000

/** `ts` is undefined where the message gives no time. JSON values are shown as {json: text}. */
export type Row = [device: string, key: string, ts: number | undefined, value: unknown]

export type Decoded = { rows: Row[]; nulls: number } | { code: string; sentence: string }

export interface MessageParts {
  payload: string | Uint8Array
  topic?: string
  captures?: Partial<TopicCaptures>
  login?: string
  properties?: MessageProperties
  /** Bytes that stand after the payload in the same read, as the next packet does. */
  following?: string
}

/** A message in the middle of a larger read, as the codec gives it. */
export function messageOf({
  payload,
  topic = 't',
  login = 'login',
  properties,
  following = '',
}: MessageParts): Message {
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload
  const before = Buffer.from('{"before":1}')
  return {
    topic,
    source: Buffer.concat([before, bytes, Buffer.from(following)]),
    payloadStart: before.length,
    payloadEnd: before.length + bytes.length,
    qos: 1,
    retain: false,
    dup: false,
    device: login,
    clientId: 'client',
    receivedTs,
    decidedTs: 0,
    properties,
  }
}

/** What `decode` puts into an empty `out`. Errors other than ConversionError pass through. */
export function decodedBy(decode: (out: Readings) => void): Decoded {
  const out = new Readings()
  out.reset(receivedTs)
  try {
    decode(out)
  } catch (error) {
    if (error instanceof ConversionError) return { code: error.code, sentence: error.message }
    throw error
  }
  return { rows: rowsOf(out), nulls: out.nulls }
}

export function decoded(converter: Converter, parts: MessageParts): Decoded {
  const captures = { device: undefined, key: undefined, ...parts.captures }
  return decodedBy((out) => converter.decode(messageOf(parts), captures, out))
}

export function rowsOf(out: Readings): Row[] {
  return Array.from({ length: out.count }, (_, i) => {
    const ts = Number.isNaN(out.ts[i]) ? undefined : out.ts[i]
    return [out.devices[i], out.keys[i], ts, shown(out.values[i])]
  })
}

function shown(value: Value): unknown {
  return value instanceof JsonText ? { json: value.text } : value
}
