// SUBSCRIBE and UNSUBSCRIBE, sections 3.8 and 3.10.
import { malformed, protocolError } from '../malformed-packet.ts'
import type {
  PacketQos,
  ProtocolVersion,
  SubscribePacket,
  SubscriptionRequest,
  UnsubscribePacket,
} from '../packet.ts'
import { isShared, isTopicFilter, parseSharedFilter } from '../topic.ts'
import type { DecodeContext } from './context.ts'
import { readPacketId } from './packet-id.ts'
import { decodeProperties } from './properties.ts'
import { refuseControlCharacters, type Reader } from './reader.ts'

export function decodeSubscribe(reader: Reader, context: DecodeContext): SubscribePacket {
  const { protocolVersion, side } = context
  const packetId = readPacketId(reader)
  const properties = protocolVersion === 5 ? decodeProperties(reader, 'subscribe', side) : undefined
  // [MQTT-3.8.3-2]
  if (reader.isAtEnd) throw protocolError('SUBSCRIBE has no topic filter.', 'MQTT-3.8.3-2')
  const subscriptions: SubscriptionRequest[] = []
  while (!reader.isAtEnd) subscriptions.push(decodeRequest(reader, protocolVersion))
  return { type: 'subscribe', packetId, subscriptions, properties }
}

export function decodeUnsubscribe(reader: Reader, context: DecodeContext): UnsubscribePacket {
  const { protocolVersion, side } = context
  const packetId = readPacketId(reader)
  const properties = protocolVersion === 5 ? decodeProperties(reader, 'unsubscribe', side) : undefined
  // [MQTT-3.10.3-2]
  if (reader.isAtEnd) throw protocolError('UNSUBSCRIBE has no topic filter.', 'MQTT-3.10.3-2')
  const filters: string[] = []
  while (!reader.isAtEnd) filters.push(readFilter(reader, protocolVersion))
  return { type: 'unsubscribe', packetId, filters, properties }
}

// Subscription Options: reserved 2 | retain handling 2 | retain as published | no local | QoS 2
function decodeRequest(reader: Reader, protocolVersion: ProtocolVersion): SubscriptionRequest {
  const filter = readFilter(reader, protocolVersion)
  const options = reader.uint8('subscription options')
  const qos = options & 0x03
  const retainHandling = (options >> 4) & 0x03
  // [MQTT-3.8.3-5] Before 5.0 all but the QoS is reserved.
  if ((options & (protocolVersion === 5 ? 0xc0 : 0xfc)) !== 0) {
    throw malformed('SUBSCRIBE sets reserved bits of its subscription options.', 'MQTT-3.8.3-5')
  }
  if (qos === 3) throw protocolError('SUBSCRIBE asks for QoS 3.')
  if (retainHandling === 3) throw protocolError('SUBSCRIBE asks for the retain handling 3.')
  const noLocal = (options & 0x04) !== 0
  // [MQTT-3.8.3-4]
  if (noLocal && isShared(filter)) {
    throw protocolError('SUBSCRIBE asks for no local on a shared subscription.', 'MQTT-3.8.3-4')
  }
  return {
    filter,
    qos: qos as PacketQos,
    noLocal,
    retainAsPublished: (options & 0x08) !== 0,
    retainHandling: retainHandling as 0 | 1 | 2,
  }
}

// [MQTT-3.8.3-1] [MQTT-3.10.3-1]
function readFilter(reader: Reader, protocolVersion: ProtocolVersion): string {
  const filter = reader.string('topic filter')
  // [MQTT-4.7.3-1] [MQTT-4.7.1-1] [MQTT-4.7.1-2]
  if (!isTopicFilter(filter)) {
    const statement = filter === '' ? 'MQTT-4.7.3-1' : 'MQTT-4.7.1-1'
    throw malformed(`A topic filter of ${reader.packet} is not well-formed.`, statement)
  }
  refuseControlCharacters(filter, 'topic filter', reader.packet)
  // [MQTT-4.8.2-1] [MQTT-4.8.2-2] Before 5.0 such a filter is an ordinary one.
  if (protocolVersion === 5 && isShared(filter) && parseSharedFilter(filter) === undefined) {
    throw malformed(`${reader.packet} names a shared subscription without group or filter.`, 'MQTT-4.8.2-2')
  }
  return filter
}
