// CONNECT and CONNACK, sections 3.1 and 3.2.
import { assert } from '../../lib/assert.ts'
import type { ConnackPacket, ConnectPacket, ProtocolVersion } from '../packet.ts'
import { returnCodeFor } from '../reason.ts'
import { encodeProperties } from './properties.ts'
import type { Writer } from './writer.ts'

/** Session expiry of 3.1.1 is the clean session flag alone: `properties` are not written before 5.0. */
export function encodeConnect(writer: Writer, packet: ConnectPacket, version: ProtocolVersion): void {
  assert(packet.protocolVersion === version, 'CONNECT is encoded in the version that it asks for')
  const { will, username, password } = packet
  writer.string(version === 3 ? 'MQIsdp' : 'MQTT')
  writer.uint8(version)
  writer.uint8(connectFlags(packet))
  writer.uint16(packet.keepAlive)
  if (version === 5) encodeProperties(writer, packet.properties, 'connect')
  // [MQTT-3.1.3-1]
  writer.string(packet.clientId)
  if (will !== undefined) {
    // [MQTT-3.1.2-9]
    if (version === 5) encodeProperties(writer, will.properties, 'will')
    writer.string(will.topic)
    writer.binary(will.payload)
  }
  // [MQTT-3.1.2-16] [MQTT-3.1.2-17]
  if (username !== undefined) writer.string(username)
  // [MQTT-3.1.2-18] [MQTT-3.1.2-19]
  if (password !== undefined) {
    assert(version === 5 || username !== undefined, 'before 5.0 a password needs a user name')
    writer.binary(password)
  }
}

function connectFlags(packet: ConnectPacket): number {
  const { will } = packet
  let flags = packet.cleanStart ? 0x02 : 0
  // [MQTT-3.1.2-11] [MQTT-3.1.2-13]
  if (will !== undefined) flags |= 0x04 | (will.qos << 3) | (will.retain ? 0x20 : 0)
  if (packet.password !== undefined) flags |= 0x40
  if (packet.username !== undefined) flags |= 0x80
  return flags
}

/** Before 5.0 a reason code is written as the return code that comes closest. */
export function encodeConnack(writer: Writer, packet: ConnackPacket, version: ProtocolVersion): void {
  // [MQTT-3.2.2-6]
  assert(!packet.sessionPresent || packet.reasonCode === 0, 'a refused connection has no session')
  writer.uint8(packet.sessionPresent && version > 3 ? 1 : 0)
  writer.uint8(version === 5 ? packet.reasonCode : returnCodeFor(packet.reasonCode))
  if (version === 5) encodeProperties(writer, packet.properties, 'connack')
}
