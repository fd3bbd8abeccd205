// A message on its way to subscribers: a copy of the payload that all of them share, and its encoded forms.
import type { Message, Qos } from '../model/message.ts'
import { encode } from '../mqtt/encoder.ts'
import type { Properties, ProtocolVersion, PublishPacket } from '../mqtt/packet.ts'
import type { RecentForms } from './recent-forms.ts'
import { noAlias, type SentAlias } from './sent-aliases.ts'

const microsecondsPerSecond = 1_000_000

export class RoutedMessage {
  readonly topic: string
  readonly payload: Buffer
  /** As published. */
  readonly qos: Qos
  readonly properties: Properties | undefined
  /** Integer microseconds of wall time after which it is not delivered; 0 for never. */
  readonly expiresTs: number
  /** Bytes that it occupies while it waits, about. */
  readonly size: number
  /** Encoded forms without subscription identifiers, by QoS, version and retain flag. */
  #shared: (Buffer | undefined)[] | undefined
  /** Of a message that is kept for long: forgets its forms after a while. */
  #recent: RecentForms | undefined

  constructor(
    topic: string,
    payload: Buffer,
    qos: Qos,
    properties: Properties | undefined,
    expiresTs: number,
  ) {
    this.topic = topic
    this.payload = payload
    this.qos = qos
    this.properties = properties
    this.expiresTs = expiresTs
    this.size = payload.length + topic.length + perMessageBytes + propertiesBytes(properties)
  }

  /** Copies what is needed of a message that came in.
   *  @param properties of the PUBLISH or the will that brought it. */
  static from(message: Message, properties: Properties | undefined): RoutedMessage {
    const payload = Buffer.from(message.source.subarray(message.payloadStart, message.payloadEnd))
    const forwarded = properties === undefined ? undefined : forwardedProperties(properties)
    const lifetimeS = properties?.messageExpiryInterval
    const expiresTs =
      lifetimeS === undefined ? 0 : message.receivedTs + Math.max(1, lifetimeS * microsecondsPerSecond)
    return new RoutedMessage(message.topic, payload, message.qos, forwarded, expiresTs)
  }

  isExpired(nowTs: number): boolean {
    return this.expiresTs !== 0 && nowTs >= this.expiresTs
  }

  /** The PUBLISH for one subscriber. */
  encoded(version: ProtocolVersion, delivery: DeliveryFlags, nowTs: number): Buffer {
    const { qos, identifiers, alias } = delivery
    const canShare = identifiers === undefined && this.expiresTs === 0 && alias === noAlias
    if (!canShare) return encode(this.#packet(version, delivery, nowTs), version)
    const form = qos * 4 + (version === 5 ? 2 : 0) + (delivery.isRetained ? 1 : 0)
    this.#shared ??= []
    const shared = this.#shared[form]
    if (shared === undefined) {
      const bytes = encode(this.#packet(version, delivery, nowTs), version)
      this.#shared[form] = bytes
      this.#recent?.add(this, bytes.length)
      return bytes
    }
    return qos === 0 ? shared : withOwnIdentifier(shared, delivery)
  }

  /** It will be there for long, as retained messages are: its encoded forms are not. */
  keepFormsIn(recent: RecentForms): void {
    this.#recent = recent
    this.#shared = undefined
  }

  forgetForms(): void {
    this.#shared = undefined
  }

  #packet(version: ProtocolVersion, delivery: DeliveryFlags, nowTs: number): PublishPacket {
    return {
      type: 'publish',
      topic: delivery.alias.isKnown ? '' : this.topic,
      source: this.payload,
      payloadStart: 0,
      payloadEnd: this.payload.length,
      qos: delivery.qos,
      retain: delivery.isRetained,
      dup: delivery.isRepeat,
      packetId: delivery.packetId,
      properties: version === 5 ? this.#properties(delivery, nowTs) : undefined,
    }
  }

  #properties(delivery: DeliveryFlags, nowTs: number): Properties | undefined {
    const { identifiers, alias } = delivery
    if (identifiers === undefined && this.expiresTs === 0 && alias === noAlias) return this.properties
    const properties: Properties = { ...this.properties }
    if (alias.alias > 0) properties.topicAlias = alias.alias
    if (identifiers !== undefined) properties.subscriptionIdentifiers = [...identifiers] // [MQTT-3.3.4-3]
    if (this.expiresTs !== 0) {
      // [MQTT-3.3.2-6] What is left of it.
      const leftS = Math.ceil((this.expiresTs - nowTs) / microsecondsPerSecond)
      properties.messageExpiryInterval = Math.max(0, leftS)
    }
    return properties
  }
}

/** How a message goes to one subscriber. */
export interface DeliveryFlags {
  qos: Qos
  isRetained: boolean
  /** DUP: it may have been sent before. */
  isRepeat: boolean
  /** 0 at QoS 0. */
  packetId: number
  identifiers: readonly number[] | undefined
  alias: SentAlias
}

const dupFlag = 0x08

/** The same PUBLISH at QoS 1-2 with another packet identifier and DUP flag. */
function withOwnIdentifier(shared: Buffer, { packetId, isRepeat }: DeliveryFlags): Buffer {
  const bytes = Buffer.from(shared)
  bytes[0] = isRepeat ? bytes[0]! | dupFlag : bytes[0]! & ~dupFlag
  let at = 1
  while (bytes[at++]! > 0x7f);
  bytes.writeUInt16BE(packetId, at + 2 + bytes.readUInt16BE(at))
  return bytes
}

const perMessageBytes = 96
/** Two texts and what holds them together. */
const perPropertyBytes = 64

/** What travels with a message to its subscribers unchanged. [MQTT-3.3.2-4] [MQTT-3.3.2-15] [MQTT-3.3.2-16]
 *  [MQTT-3.3.2-17] [MQTT-3.3.2-20] */
function forwardedProperties(from: Properties): Properties | undefined {
  const to: Properties = {}
  if (from.payloadFormatIndicator !== undefined) to.payloadFormatIndicator = from.payloadFormatIndicator
  if (from.contentType !== undefined) to.contentType = from.contentType
  if (from.responseTopic !== undefined) to.responseTopic = from.responseTopic
  if (from.correlationData !== undefined) to.correlationData = Uint8Array.from(from.correlationData)
  if (from.userProperties !== undefined) to.userProperties = from.userProperties
  return Object.keys(to).length === 0 ? undefined : to
}

/** Bytes of what comes as texts and bytes, about. */
export function propertiesBytes(properties: Properties | undefined): number {
  if (properties === undefined) return 0
  const { contentType = '', responseTopic = '', correlationData, userProperties = [] } = properties
  let bytes = contentType.length + responseTopic.length + (correlationData?.length ?? 0)
  for (const [name, value] of userProperties) bytes += name.length + value.length + perPropertyBytes
  return bytes
}
