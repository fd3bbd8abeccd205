// From the first byte and the body to the packet: which types there are, who may send them, which flags
// they have.
import { malformed, protocolError, type MalformedPacket } from '../malformed-packet.ts'
import type { Packet, ProtocolVersion } from '../packet.ts'
import type { Side } from '../reason.ts'
import { decodeAcknowledgement } from './acknowledgement.ts'
import { decodeConnack } from './connack.ts'
import { decodeConnect } from './connect.ts'
import type { DecodeContext } from './context.ts'
import { decodeAuth, decodeDisconnect } from './disconnect.ts'
import { checkPublishFlags, decodePublish } from './publish.ts'
import type { Reader } from './reader.ts'
import { decodeSuback, decodeUnsuback } from './suback.ts'
import { decodeSubscribe, decodeUnsubscribe } from './subscribe.ts'
import type { TopicCache } from './topic-cache.ts'

/** Table 2-1. `flags` is the value that the lower four bits must have; PUBLISH has its own rules. */
interface PacketRow {
  readonly name: string
  readonly flags: number
  readonly sentBy: 'client' | 'server' | 'both'
  readonly statement: string
}

const reservedFlags = 'MQTT-2.1.3-1'
const rows: readonly (PacketRow | undefined)[] = [
  undefined,
  { name: 'CONNECT', flags: 0, sentBy: 'client', statement: reservedFlags },
  { name: 'CONNACK', flags: 0, sentBy: 'server', statement: reservedFlags },
  { name: 'PUBLISH', flags: 0, sentBy: 'both', statement: reservedFlags },
  { name: 'PUBACK', flags: 0, sentBy: 'both', statement: reservedFlags },
  { name: 'PUBREC', flags: 0, sentBy: 'both', statement: reservedFlags },
  { name: 'PUBREL', flags: 2, sentBy: 'both', statement: 'MQTT-3.6.1-1' },
  { name: 'PUBCOMP', flags: 0, sentBy: 'both', statement: reservedFlags },
  { name: 'SUBSCRIBE', flags: 2, sentBy: 'client', statement: 'MQTT-3.8.1-1' },
  { name: 'SUBACK', flags: 0, sentBy: 'server', statement: reservedFlags },
  { name: 'UNSUBSCRIBE', flags: 2, sentBy: 'client', statement: 'MQTT-3.10.1-1' },
  { name: 'UNSUBACK', flags: 0, sentBy: 'server', statement: reservedFlags },
  { name: 'PINGREQ', flags: 0, sentBy: 'client', statement: reservedFlags },
  { name: 'PINGRESP', flags: 0, sentBy: 'server', statement: reservedFlags },
  { name: 'DISCONNECT', flags: 0, sentBy: 'both', statement: 'MQTT-3.14.1-1' },
  { name: 'AUTH', flags: 0, sentBy: 'both', statement: 'MQTT-3.15.1-1' },
]

const typeConnect = 1
const typePublish = 3
const typeDisconnect = 14
const typeAuth = 15

/** Refuses what can be refused on the first byte of a packet.
 *  @param hasConnected undefined when the order of packets is not to be checked. */
export function checkFirstByte(
  first: number,
  side: Side,
  protocolVersion: ProtocolVersion,
  hasConnected: boolean | undefined,
): void {
  const type = first >> 4
  const row = rows[type]
  if (row === undefined) throw malformed('A packet has the reserved type 0.')
  if (side === 'server') {
    // [MQTT-3.1.0-1]
    if (hasConnected === false && type !== typeConnect) {
      throw protocolError(`The first packet is ${row.name}, not CONNECT.`, 'MQTT-3.1.0-1')
    }
    // [MQTT-3.1.0-2]
    if (hasConnected === true && type === typeConnect) {
      throw protocolError('The client sent a second CONNECT.', 'MQTT-3.1.0-2')
    }
  }
  if (type === typeAuth && protocolVersion < 5) throw malformed('A packet has the reserved type 15.')
  const isServersDisconnect = type === typeDisconnect && side === 'client'
  if (row.sentBy === side || (isServersDisconnect && protocolVersion < 5)) {
    throw protocolError(`A ${side} never receives ${row.name}.`)
  }
  if (type === typePublish) return checkPublishFlags(first)
  // 3.1 sets DUP when it sends one of these again.
  const isRepeat = protocolVersion === 3 && row.flags === 2 && (first & 0x0f) === 0x0a
  // Those of CONNECT mean nothing in 3.1, and its version is not known yet.
  if ((first & 0x0f) !== row.flags && !isRepeat && type !== typeConnect) throw wrongFlags(row)
}

function wrongFlags({ name, statement }: PacketRow): MalformedPacket {
  return malformed(`The fixed header of ${name} has wrong flags.`, statement)
}

/** Decodes one packet whose first byte has been checked.
 *  @param body the bytes after the fixed header are source[start, end).
 *  @throws MalformedPacket */
export function decodePacket(
  first: number,
  body: Reader,
  source: Buffer,
  start: number,
  end: number,
  context: DecodeContext,
  topics: TopicCache,
): Packet {
  const reader = body.over(source, start, end, rows[first >> 4]!.name)
  const packet = decodeBody(first, reader, context, topics)
  if (!reader.isAtEnd) throw malformed(`${reader.packet} goes on after its last field.`)
  return packet
}

function decodeBody(first: number, reader: Reader, context: DecodeContext, topics: TopicCache): Packet {
  switch (first >> 4) {
    case typeConnect: {
      const packet = decodeConnect(reader, context)
      if ((first & 0x0f) !== 0 && packet.protocolVersion > 3) throw wrongFlags(rows[typeConnect]!)
      return packet
    }
    case 2:
      return decodeConnack(reader, context)
    case typePublish:
      return decodePublish(reader, first, context, topics)
    case 4:
      return decodeAcknowledgement(reader, 'puback', context)
    case 5:
      return decodeAcknowledgement(reader, 'pubrec', context)
    case 6:
      return decodeAcknowledgement(reader, 'pubrel', context)
    case 7:
      return decodeAcknowledgement(reader, 'pubcomp', context)
    case 8:
      return decodeSubscribe(reader, context)
    case 9:
      return decodeSuback(reader, context)
    case 10:
      return decodeUnsubscribe(reader, context)
    case 11:
      return decodeUnsuback(reader, context)
    case 12:
      return { type: 'pingreq' }
    case 13:
      return { type: 'pingresp' }
    case typeDisconnect:
      return decodeDisconnect(reader, context)
    default:
      return decodeAuth(reader, context)
  }
}
