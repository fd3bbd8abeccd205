// Lets converters of JSON read CBOR and MessagePack: the payload is written as JSON text, and the converter
// behind sees a message like any other.
import type { Message } from '../../model/message.ts'
import type { Conversation, Converter, TopicCaptures } from '../converter.ts'
import { payloadBytesMax } from '../json-reader.ts'
import type { Readings } from '../readings.ts'
import { reject } from '../rejections.ts'
import { cborToJson, type Labels } from './cbor.ts'
import { msgpackToJson } from './msgpack.ts'

export const encodings = ['auto', 'json', 'cbor', 'msgpack'] as const
/** `auto` goes by the content type of the message, and takes JSON where there is none. */
export type Encoding = (typeof encodings)[number]

const contentTypes: readonly [RegExp, 'cbor' | 'msgpack'][] = [
  [/^application\/(?:[\w.-]+\+)?cbor(?:$|[ ;])/i, 'cbor'],
  [/^application\/(?:x-|vnd\.)?(?:msgpack|messagepack)(?:$|[ ;])/i, 'msgpack'],
]

export class FramedConverter implements Converter {
  readonly #inner: Converter
  readonly #encoding: Encoding
  readonly #labels: Labels | undefined

  /** @param labels of whole numbers as keys in CBOR. */
  constructor(inner: Converter, encoding: Encoding, labels?: Labels) {
    this.#inner = inner
    this.#encoding = encoding
    this.#labels = labels
  }

  decode(message: Message, captures: TopicCaptures, out: Readings, conversation?: Conversation): void {
    const encoding = this.#encoding === 'auto' ? encodingOf(message) : this.#encoding
    const plain = encoding === 'json' ? message : this.#asJson(message, encoding)
    this.#inner.decode(plain, captures, out, conversation)
  }

  #asJson(message: Message, encoding: 'cbor' | 'msgpack'): Message {
    const { source, payloadStart, payloadEnd } = message
    const bytes = payloadEnd - payloadStart
    if (bytes === 0) reject('payload_empty')
    if (bytes > payloadBytesMax) reject('payload_length', { bytes, most: payloadBytesMax })
    const payload = source.subarray(payloadStart, payloadEnd)
    const text = encoding === 'cbor' ? cborToJson(payload, this.#labels) : msgpackToJson(payload)
    const json = Buffer.from(text)
    return { ...message, source: json, payloadStart: 0, payloadEnd: json.length }
  }
}

function encodingOf({ properties }: Message): 'json' | 'cbor' | 'msgpack' {
  const contentType = properties?.contentType
  if (contentType === undefined) return 'json'
  return contentTypes.find(([pattern]) => pattern.test(contentType))?.[1] ?? 'json'
}
