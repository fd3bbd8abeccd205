// SUBSCRIBE, SUBACK, UNSUBSCRIBE and UNSUBACK, sections 3.8 to 3.11.
import { assert } from '../../lib/assert.ts'
import type {
  ProtocolVersion,
  SubackPacket,
  SubscribePacket,
  SubscriptionRequest,
  UnsubackPacket,
  UnsubscribePacket,
} from '../packet.ts'
import { encodeProperties } from './properties.ts'
import type { Writer } from './writer.ts'

export function encodeSubscribe(writer: Writer, packet: SubscribePacket, version: ProtocolVersion): void {
  // [MQTT-3.8.3-2]
  assert(packet.subscriptions.length > 0, 'SUBSCRIBE has at least one topic filter')
  writer.packetId(packet.packetId)
  if (version === 5) encodeProperties(writer, packet.properties, 'subscribe')
  for (const request of packet.subscriptions) {
    writer.string(request.filter)
    writer.uint8(version === 5 ? subscriptionOptions(request) : request.qos)
  }
}

function subscriptionOptions(request: SubscriptionRequest): number {
  const { qos, noLocal, retainAsPublished, retainHandling } = request
  return qos | (noLocal ? 0x04 : 0) | (retainAsPublished ? 0x08 : 0) | (retainHandling << 4)
}

/** Before 5.0 every failure is 0x80. */
export function encodeSuback(writer: Writer, packet: SubackPacket, version: ProtocolVersion): void {
  assert(packet.reasonCodes.length > 0, 'SUBACK has a reason code for each filter')
  writer.packetId(packet.packetId)
  if (version === 5) encodeProperties(writer, packet.properties, 'suback')
  for (const code of packet.reasonCodes) writer.uint8(version === 5 ? code : Math.min(code, 0x80))
}

export function encodeUnsubscribe(writer: Writer, packet: UnsubscribePacket, version: ProtocolVersion): void {
  // [MQTT-3.10.3-2]
  assert(packet.filters.length > 0, 'UNSUBSCRIBE has at least one topic filter')
  writer.packetId(packet.packetId)
  if (version === 5) encodeProperties(writer, packet.properties, 'unsubscribe')
  for (const filter of packet.filters) writer.string(filter)
}

/** Before 5.0 it has no reason codes. */
export function encodeUnsuback(writer: Writer, packet: UnsubackPacket, version: ProtocolVersion): void {
  writer.packetId(packet.packetId)
  if (version < 5) return
  assert(packet.reasonCodes.length > 0, 'UNSUBACK has a reason code for each filter')
  encodeProperties(writer, packet.properties, 'unsuback')
  for (const code of packet.reasonCodes) writer.uint8(code)
}
