// DISCONNECT and AUTH, sections 3.14 and 3.15.
import { protocolError } from '../malformed-packet.ts'
import type { AuthPacket, DisconnectPacket } from '../packet.ts'
import { isReasonAllowed } from '../reason.ts'
import type { DecodeContext } from './context.ts'
import { decodeProperties } from './properties.ts'
import type { Reader } from './reader.ts'

export function decodeDisconnect(reader: Reader, context: DecodeContext): DisconnectPacket {
  // Nothing at all means 0x00, and before 5.0 there never is more (section 3.14.2.1).
  const hasCode = context.protocolVersion === 5 && !reader.isAtEnd
  const code = hasCode ? reader.uint8('reason code') : 0
  // [MQTT-3.14.2-1]
  if (!isReasonAllowed('disconnect', code, context.side)) {
    throw protocolError(`DISCONNECT can't carry the reason code ${code} here.`, 'MQTT-3.14.2-1')
  }
  const hasProperties = hasCode && !reader.isAtEnd
  const properties = hasProperties ? decodeProperties(reader, 'disconnect', context.side) : undefined
  return { type: 'disconnect', reasonCode: code, properties }
}

export function decodeAuth(reader: Reader, context: DecodeContext): AuthPacket {
  // Nothing at all means 0x00 (section 3.15.2.1).
  const isEmpty = reader.isAtEnd
  const code = isEmpty ? 0 : reader.uint8('reason code')
  // [MQTT-3.15.2-1]
  if (!isReasonAllowed('auth', code, context.side)) {
    throw protocolError(`AUTH can't carry the reason code ${code} here.`, 'MQTT-3.15.2-1')
  }
  const properties = isEmpty ? undefined : decodeProperties(reader, 'auth', context.side)
  if (!isEmpty && properties?.authenticationMethod === undefined) {
    throw protocolError('AUTH has no authentication method.')
  }
  return { type: 'auth', reasonCode: code, properties }
}
