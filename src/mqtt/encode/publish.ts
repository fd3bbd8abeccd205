// PUBLISH, section 3.3.
import { assert } from '../../lib/assert.ts'
import type { ProtocolVersion, PublishPacket } from '../packet.ts'
import { encodeProperties } from './properties.ts'
import type { Writer } from './writer.ts'

/** First byte of the fixed header. */
export function publishFirstByte(packet: PublishPacket): number {
  // [MQTT-3.3.1-2]
  assert(packet.qos > 0 || !packet.dup, 'PUBLISH at QoS 0 is never a repetition')
  return 0x30 | (packet.dup ? 0x08 : 0) | (packet.qos << 1) | (packet.retain ? 0x01 : 0)
}

/** Everything between the fixed header and the payload. */
export function encodePublish(writer: Writer, packet: PublishPacket, version: ProtocolVersion): void {
  writer.string(packet.topic)
  // [MQTT-2.2.1-2]
  if (packet.qos > 0) writer.packetId(packet.packetId)
  if (version === 5) encodeProperties(writer, packet.properties, 'publish')
}
