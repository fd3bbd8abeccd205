// DISCONNECT and AUTH, sections 3.14 and 3.15.
import { assert } from '../../lib/assert.ts'
import type { AuthPacket, DisconnectPacket, ProtocolVersion } from '../packet.ts'
import { encodeProperties, hasProperties } from './properties.ts'
import type { Writer } from './writer.ts'

/** Before 5.0 it has neither reason code nor properties. */
export function encodeDisconnect(writer: Writer, packet: DisconnectPacket, version: ProtocolVersion): void {
  if (version < 5) return
  const isDetailed = hasProperties(packet.properties)
  if (packet.reasonCode === 0 && !isDetailed) return
  writer.uint8(packet.reasonCode)
  if (isDetailed) encodeProperties(writer, packet.properties, 'disconnect')
}

export function encodeAuth(writer: Writer, packet: AuthPacket, version: ProtocolVersion): void {
  assert(version === 5, 'AUTH exists since 5.0')
  if (packet.reasonCode === 0 && !hasProperties(packet.properties)) return
  writer.uint8(packet.reasonCode)
  encodeProperties(writer, packet.properties, 'auth')
}
