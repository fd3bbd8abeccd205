// Packet Identifier, section 2.2.1: every packet that has one refuses 0.
import { protocolError } from '../malformed-packet.ts'
import type { Reader } from './reader.ts'

/** 1 to 65,535. [MQTT-2.2.1-3] [MQTT-2.2.1-4] */
export function readPacketId(reader: Reader): number {
  const packetId = reader.uint16('packet identifier')
  if (packetId === 0) throw protocolError(`${reader.packet} has the packet identifier 0.`, 'MQTT-2.2.1-3')
  return packetId
}
