// PUBACK, PUBREC, PUBREL and PUBCOMP, sections 3.4 to 3.7.
import type { ProtocolVersion, PubackPacket, PubcompPacket, PubrecPacket, PubrelPacket } from '../packet.ts'
import { encodeProperties, hasProperties } from './properties.ts'
import type { Writer } from './writer.ts'

/** First bytes of the fixed headers. [MQTT-3.6.1-1] */
export const acknowledgementFirstByte = { puback: 0x40, pubrec: 0x50, pubrel: 0x62, pubcomp: 0x70 }

/** The shortest form that says it: a success without properties is the packet identifier alone. */
export function encodeAcknowledgement(
  writer: Writer,
  packet: PubackPacket | PubrecPacket | PubrelPacket | PubcompPacket,
  version: ProtocolVersion,
): void {
  const { type, packetId, reasonCode, properties } = packet
  writer.packetId(packetId)
  if (version < 5) return
  const isDetailed = hasProperties(properties)
  if (reasonCode === 0 && !isDetailed) return
  writer.uint8(reasonCode)
  if (isDetailed) encodeProperties(writer, properties, type)
}
