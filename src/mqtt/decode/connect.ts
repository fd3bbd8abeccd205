// CONNECT, section 3.1: MQTT 5.0, 3.1.1 and 3.1 (protocol name MQIsdp).
import { malformed, MalformedPacket, protocolError } from '../malformed-packet.ts'
import {
  sessionNeverExpires,
  type ConnectPacket,
  type PacketQos,
  type Properties,
  type ProtocolVersion,
  type Will,
} from '../packet.ts'
import { reasonCode } from '../reason.ts'
import { isTopicName } from '../topic.ts'
import { scanText, textIsIllFormed } from '../utf8.ts'
import type { DecodeContext } from './context.ts'
import { decodeProperties } from './properties.ts'
import { refuseControlCharacters, type Reader } from './reader.ts'

const flagReserved = 0x01
const flagCleanStart = 0x02
const flagWill = 0x04
const flagsWillQos = 0x18
const flagWillRetain = 0x20
const flagPassword = 0x40
const flagUsername = 0x80

/** Decodes the body. Sets `context.protocolVersion` as soon as the level is read, so that an error later
 *  in the packet can be answered in the client's own version. */
export function decodeConnect(reader: Reader, context: DecodeContext): ConnectPacket {
  const protocolVersion = decodeVersion(reader, context)
  const flags = reader.uint8('connect flags')
  checkFlags(flags, protocolVersion)
  const keepAlive = reader.uint16('keep alive')
  const cleanStart = (flags & flagCleanStart) !== 0
  const properties = decodeConnectProperties(reader, protocolVersion, cleanStart)
  // [MQTT-3.1.3-1] [MQTT-3.1.3-3] [MQTT-3.1.3-4]
  const clientId = reader.string('client identifier')
  refuseControlCharacters(clientId, 'client identifier', 'CONNECT')
  const will = (flags & flagWill) !== 0 ? decodeWill(reader, flags, protocolVersion) : undefined
  // [MQTT-3.1.2-17] [MQTT-3.1.3-12]
  const username = (flags & flagUsername) !== 0 ? reader.string('user name') : undefined
  if (username !== undefined) refuseControlCharacters(username, 'user name', 'CONNECT')
  // [MQTT-3.1.2-19]
  const password = (flags & flagPassword) !== 0 ? reader.binary('password') : undefined
  return {
    type: 'connect',
    protocolVersion,
    cleanStart,
    keepAlive,
    clientId,
    will,
    username,
    password,
    properties,
  }
}

function decodeVersion(reader: Reader, context: DecodeContext): ProtocolVersion {
  const name = reader.string('protocol name')
  const isMqtt = name === 'MQTT'
  // [MQTT-3.1.2-1]
  if (!isMqtt && name !== 'MQIsdp') {
    throw new MalformedPacket(
      reasonCode.unsupportedProtocolVersion,
      'The protocol name of CONNECT is not MQTT.',
      'MQTT-3.1.2-1',
    )
  }
  const level = reader.uint8('protocol version')
  if (isMqtt && (level === 4 || level === 5)) return (context.protocolVersion = level)
  if (!isMqtt && level === 3) return (context.protocolVersion = 3)
  // A version to come understands an answer of version 5. The highest bit marks a bridge, which expects
  // an answer in the version of the other bits.
  context.protocolVersion = isMqtt && (level & 0x7f) >= 5 ? 5 : 4
  // [MQTT-3.1.2-2]
  throw new MalformedPacket(
    reasonCode.unsupportedProtocolVersion,
    `CONNECT asks for version ${level} of ${name}, which is not served.`,
    'MQTT-3.1.2-2',
  )
}

function checkFlags(flags: number, protocolVersion: ProtocolVersion): void {
  // [MQTT-3.1.2-3] In 3.1 it means nothing.
  if ((flags & flagReserved) !== 0 && protocolVersion > 3) {
    throw malformed('CONNECT sets its reserved flag.', 'MQTT-3.1.2-3')
  }
  // [MQTT-3.1.2-12]
  if ((flags & flagsWillQos) === flagsWillQos) throw malformed('The will has QoS 3.', 'MQTT-3.1.2-12')
  if ((flags & flagWill) === 0) {
    // [MQTT-3.1.2-11]
    if ((flags & flagsWillQos) !== 0) throw malformed('CONNECT has a will QoS and no will.', 'MQTT-3.1.2-11')
    // [MQTT-3.1.2-13]
    if ((flags & flagWillRetain) !== 0) {
      throw malformed('CONNECT has a will retain flag and no will.', 'MQTT-3.1.2-13')
    }
  }
  // 3.1.1 alone forbids it: its statement MQTT-3.1.2-22.
  if (protocolVersion < 5 && (flags & flagPassword) !== 0 && (flags & flagUsername) === 0) {
    throw malformed('CONNECT has a password and no user name.')
  }
}

// 3.1.1 has no expiry: its clean sessions end with the connection, the others stay.
function decodeConnectProperties(
  reader: Reader,
  protocolVersion: ProtocolVersion,
  cleanStart: boolean,
): Properties | undefined {
  if (protocolVersion === 5) return decodeProperties(reader, 'connect', 'server')
  return { sessionExpiryInterval: cleanStart ? 0 : sessionNeverExpires }
}

// [MQTT-3.1.2-9]
function decodeWill(reader: Reader, flags: number, protocolVersion: ProtocolVersion): Will {
  const properties = protocolVersion === 5 ? decodeProperties(reader, 'will', 'server') : undefined
  // [MQTT-3.1.3-11]
  const topic = reader.string('will topic')
  // [MQTT-4.7.3-1] [MQTT-4.7.0-1]
  if (topic === '') throw protocolError('The will topic is empty.', 'MQTT-4.7.3-1')
  if (!isTopicName(topic)) throw malformed('The will topic contains a wildcard.', 'MQTT-4.7.0-1')
  refuseControlCharacters(topic, 'topic', 'the will')
  const payload = reader.binary('will payload')
  if (properties?.payloadFormatIndicator === 1 && scanText(payload, 0, payload.length) === textIsIllFormed) {
    throw new MalformedPacket(
      reasonCode.payloadFormatInvalid,
      'The will payload says that it is UTF-8, and is not.',
    )
  }
  return {
    topic,
    payload,
    qos: ((flags & flagsWillQos) >> 3) as PacketQos,
    retain: (flags & flagWillRetain) !== 0,
    properties,
  }
}
