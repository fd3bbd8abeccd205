// CONNACK, section 3.2.
import { malformed, protocolError } from '../malformed-packet.ts'
import type { ConnackPacket } from '../packet.ts'
import { isReasonAllowed, returnCodeNames } from '../reason.ts'
import type { DecodeContext } from './context.ts'
import { decodeProperties } from './properties.ts'
import type { Reader } from './reader.ts'

export function decodeConnack(reader: Reader, context: DecodeContext): ConnackPacket {
  const { protocolVersion, side } = context
  const flags = reader.uint8('acknowledge flags')
  const code = reader.uint8('reason code')
  // 3.1 has no flags: the byte means nothing there. [MQTT-3.2.2-1]
  if (protocolVersion > 3 && flags > 1) throw malformed('CONNACK sets reserved flags.', 'MQTT-3.2.2-1')
  const sessionPresent = protocolVersion > 3 && flags === 1
  // [MQTT-3.2.2-8]
  const isKnown = protocolVersion === 5 ? isReasonAllowed('connack', code, side) : returnCodeNames.has(code)
  if (!isKnown) throw protocolError(`CONNACK can't carry the reason code ${code}.`, 'MQTT-3.2.2-8')
  // [MQTT-3.2.2-6]
  if (sessionPresent && code !== 0) {
    throw protocolError('CONNACK refuses the connection and says that a session is present.', 'MQTT-3.2.2-6')
  }
  const properties = protocolVersion === 5 ? decodeProperties(reader, 'connack', side) : undefined
  return { type: 'connack', sessionPresent, reasonCode: code, properties }
}
