// PUBACK, PUBREC, PUBREL and PUBCOMP, sections 3.4 to 3.7: one grammar.
import { protocolError } from '../malformed-packet.ts'
import type { PubackPacket, PubcompPacket, PubrecPacket, PubrelPacket } from '../packet.ts'
import { isReasonAllowed } from '../reason.ts'
import type { DecodeContext } from './context.ts'
import { readPacketId } from './packet-id.ts'
import { decodeProperties } from './properties.ts'
import type { Reader } from './reader.ts'

export type AcknowledgementPacket = PubackPacket | PubrecPacket | PubrelPacket | PubcompPacket

const statements = {
  puback: 'MQTT-3.4.2-1',
  pubrec: 'MQTT-3.5.2-1',
  pubrel: 'MQTT-3.6.2-1',
  pubcomp: 'MQTT-3.7.2-1',
}

export function decodeAcknowledgement(
  reader: Reader,
  type: AcknowledgementPacket['type'],
  context: DecodeContext,
): AcknowledgementPacket {
  const packetId = readPacketId(reader)
  // Without a reason code it is 0x00; without a property length there are no properties (section 3.4.2.1).
  if (context.protocolVersion < 5 || reader.isAtEnd) {
    return { type, packetId, reasonCode: 0, properties: undefined }
  }
  const code = reader.uint8('reason code')
  if (!isReasonAllowed(type, code, context.side)) {
    throw protocolError(`${reader.packet} can't carry the reason code ${code}.`, statements[type])
  }
  const properties = reader.isAtEnd ? undefined : decodeProperties(reader, type, context.side)
  return { type, packetId, reasonCode: code, properties }
}
