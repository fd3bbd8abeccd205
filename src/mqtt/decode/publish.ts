// PUBLISH, section 3.3, in two forms. `decodePublish` reads any; `recognisePublish` reads only the usual one,
// whole in its chunk, and is what a busy hub spends its time in. Both make the same packet.
//
//   0011 dup qos2 retain | remaining length | topic length 16 | topic | packet id 16 (QoS > 0) |
//   property length and properties (5.0) | payload
import { malformed, protocolError } from '../malformed-packet.ts'
import type { PacketQos, Properties, ProtocolVersion, PublishPacket } from '../packet.ts'
import { isTopicName } from '../topic.ts'
import type { DecodeContext } from './context.ts'
import { decodeProperties } from './properties.ts'
import { readPacketId } from './packet-id.ts'
import { readText, refuseControlCharacters, type Reader } from './reader.ts'
import type { TopicCache } from './topic-cache.ts'

/** Decodes the body of any PUBLISH. `first` is the first byte of the fixed header, checked already. */
export function decodePublish(
  reader: Reader,
  first: number,
  context: DecodeContext,
  topics: TopicCache,
): PublishPacket {
  const qos = ((first >> 1) & 3) as PacketQos
  const topic = readTopic(reader, topics, context)
  // [MQTT-2.2.1-2]
  const packetId = qos === 0 ? 0 : readPacketId(reader)
  const properties =
    context.protocolVersion === 5 ? decodeProperties(reader, 'publish', context.side) : undefined
  // [MQTT-4.7.3-1] A topic alias may stand for the topic, section 3.3.2.3.4.
  if (topic === '' && properties?.topicAlias === undefined) {
    throw protocolError('PUBLISH has neither a topic nor a topic alias.', 'MQTT-4.7.3-1')
  }
  const payloadStart = reader.at
  reader.at = reader.end
  return publishPacket(topic, reader.source, payloadStart, reader.end, first, packetId, properties)
}

/** The PUBLISH that begins at source[at], or undefined when it isn't of the usual form: remaining length in
 *  one or two bytes, whole in `source`, at most `packetBytesMax`, topic seen before, no properties. Nothing
 *  is refused here; `decodePublish` does that. */
export function recognisePublish(
  source: Buffer,
  at: number,
  protocolVersion: ProtocolVersion,
  packetBytesMax: number,
  topics: TopicCache,
): PublishPacket | undefined {
  const sourceEnd = source.length
  if (at + 4 > sourceEnd) return undefined
  const first = source[at]!
  const qosBits = first & 0x06
  if (qosBits === 0x06 || (first & 0x0e) === 0x08) return undefined
  let cursor = at + 1
  let remaining = source[cursor++]!
  if (remaining > 0x7f) {
    const second = source[cursor++]!
    if (second === 0 || second > 0x7f) return undefined
    remaining = (remaining & 0x7f) | (second << 7)
  }
  const end = cursor + remaining
  if (remaining < 2 || end > sourceEnd || end - at > packetBytesMax) return undefined
  const topicStart = cursor + 2
  const topicEnd = topicStart + ((source[cursor]! << 8) | source[cursor + 1]!)
  let payloadStart = topicEnd
  if (qosBits !== 0) payloadStart += 2
  if (protocolVersion === 5) payloadStart += 1
  if (payloadStart > end) return undefined
  if (protocolVersion === 5 && source[payloadStart - 1] !== 0) return undefined
  const packetId = qosBits === 0 ? 0 : (source[topicEnd]! << 8) | source[topicEnd + 1]!
  if (qosBits !== 0 && packetId === 0) return undefined
  const topic = topics.find(source, topicStart, topicEnd)
  if (topic === undefined) return undefined
  return publishPacket(topic, source, payloadStart, end, first, packetId, undefined)
}

/** Refuses the flags of a PUBLISH that no PUBLISH has; known from the first byte alone. */
export function checkPublishFlags(first: number): void {
  const qos = (first >> 1) & 3
  // [MQTT-3.3.1-4]
  if (qos === 3) throw malformed('PUBLISH has QoS 3.', 'MQTT-3.3.1-4')
  // [MQTT-3.3.1-2]
  if (qos === 0 && (first & 0x08) !== 0) throw malformed('PUBLISH has DUP set at QoS 0.', 'MQTT-3.3.1-2')
}

// [MQTT-3.3.2-1]
function readTopic(reader: Reader, topics: TopicCache, { side }: DecodeContext): string {
  const length = reader.uint16('topic name')
  const start = reader.at
  const end = start + length
  if (end > reader.end) throw malformed('PUBLISH ends within its topic name.')
  reader.at = end
  if (length === 0) return ''
  const known = topics.find(reader.source, start, end)
  if (known !== undefined) return known
  const topic = readText(reader.source, start, end, 'topic name', 'PUBLISH')
  // [MQTT-3.3.2-2] [MQTT-4.7.0-1]
  if (!isTopicName(topic)) throw malformed('The topic name of PUBLISH has a wildcard.', 'MQTT-3.3.2-2')
  // What another server delivers is its own affair.
  if (side === 'server') refuseControlCharacters(topic, 'topic name', 'PUBLISH')
  topics.remember(reader.source, start, end, topic)
  return topic
}

// The one place that makes the object, so that all have one shape.
function publishPacket(
  topic: string,
  source: Buffer,
  payloadStart: number,
  payloadEnd: number,
  first: number,
  packetId: number,
  properties: Properties | undefined,
): PublishPacket {
  return {
    type: 'publish',
    topic,
    source,
    payloadStart,
    payloadEnd,
    qos: ((first >> 1) & 3) as PacketQos,
    retain: (first & 0x01) !== 0,
    dup: (first & 0x08) !== 0,
    packetId,
    properties,
  }
}
