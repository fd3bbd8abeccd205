// SUBACK and UNSUBACK, sections 3.9 and 3.11.
import { protocolError } from '../malformed-packet.ts'
import type { SubackPacket, UnsubackPacket } from '../packet.ts'
import { isReasonAllowed } from '../reason.ts'
import type { DecodeContext } from './context.ts'
import { readPacketId } from './packet-id.ts'
import { decodeProperties } from './properties.ts'
import type { Reader } from './reader.ts'

export function decodeSuback(reader: Reader, context: DecodeContext): SubackPacket {
  const packetId = readPacketId(reader)
  const properties =
    context.protocolVersion === 5 ? decodeProperties(reader, 'suback', context.side) : undefined
  return { type: 'suback', packetId, reasonCodes: readReasonCodes(reader, 'suback', context), properties }
}

export function decodeUnsuback(reader: Reader, context: DecodeContext): UnsubackPacket {
  const packetId = readPacketId(reader)
  // UNSUBACK of 3.1.1 has no payload.
  if (context.protocolVersion < 5)
    return { type: 'unsuback', packetId, reasonCodes: [], properties: undefined }
  const properties = decodeProperties(reader, 'unsuback', context.side)
  return { type: 'unsuback', packetId, reasonCodes: readReasonCodes(reader, 'unsuback', context), properties }
}

// One for each filter of the request, in its order: never none. [MQTT-3.8.4-6] [MQTT-3.11.3-1]
function readReasonCodes(reader: Reader, type: 'suback' | 'unsuback', context: DecodeContext): number[] {
  const codes: number[] = []
  do {
    const code = reader.uint8('reason codes')
    // [MQTT-3.9.3-2] [MQTT-3.11.3-2] 3.1.1 knows the granted QoS and 0x80.
    const isKnown =
      context.protocolVersion === 5 ? isReasonAllowed(type, code, context.side) : code <= 2 || code === 0x80
    if (!isKnown) {
      const statement = type === 'suback' ? 'MQTT-3.9.3-2' : 'MQTT-3.11.3-2'
      throw protocolError(`${reader.packet} can't carry the reason code ${code}.`, statement)
    }
    codes.push(code)
  } while (!reader.isAtEnd)
  return codes
}
