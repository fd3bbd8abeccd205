// MQTT packets in, bytes out. What can't be written is an error of ours, not of the other side: an assertion.
import { assert, unreachable } from '../lib/assert.ts'
import { acknowledgementFirstByte, encodeAcknowledgement } from './encode/acknowledgement.ts'
import { encodeConnack, encodeConnect } from './encode/connect.ts'
import { encodeAuth, encodeDisconnect } from './encode/disconnect.ts'
import { encodePublish, publishFirstByte } from './encode/publish.ts'
import { encodeSuback, encodeSubscribe, encodeUnsuback, encodeUnsubscribe } from './encode/subscribe.ts'
import { Writer } from './encode/writer.ts'
import type { Packet, ProtocolVersion } from './packet.ts'

const writer = new Writer()

/** One packet as bytes. Topic names, filters and reason codes are taken as they are.
 *  Before 5.0, properties and options that do not exist there are left out.
 *  @throws AssertionFailure when a field does not fit its place on the wire. */
export function encode(packet: Packet, version: ProtocolVersion): Buffer {
  writer.begin()
  switch (packet.type) {
    case 'publish': {
      const first = publishFirstByte(packet)
      encodePublish(writer, packet, version)
      return writer.finish(first, packet.source, packet.payloadStart, packet.payloadEnd)
    }
    case 'puback':
    case 'pubrec':
    case 'pubrel':
    case 'pubcomp':
      encodeAcknowledgement(writer, packet, version)
      return writer.finish(acknowledgementFirstByte[packet.type])
    case 'connect':
      encodeConnect(writer, packet, version)
      return writer.finish(0x10)
    case 'connack':
      encodeConnack(writer, packet, version)
      return writer.finish(0x20)
    case 'subscribe':
      encodeSubscribe(writer, packet, version)
      return writer.finish(0x82) // [MQTT-3.8.1-1]
    case 'suback':
      encodeSuback(writer, packet, version)
      return writer.finish(0x90)
    case 'unsubscribe':
      encodeUnsubscribe(writer, packet, version)
      return writer.finish(0xa2) // [MQTT-3.10.1-1]
    case 'unsuback':
      encodeUnsuback(writer, packet, version)
      return writer.finish(0xb0)
    case 'pingreq':
      return writer.finish(0xc0)
    case 'pingresp':
      return writer.finish(0xd0)
    case 'disconnect':
      encodeDisconnect(writer, packet, version)
      return writer.finish(0xe0)
    case 'auth':
      encodeAuth(writer, packet, version)
      return writer.finish(0xf0)
    default:
      return unreachable(packet)
  }
}

/** Writes an acknowledgement with reason code 0, which has the same four bytes in every version.
 *  @param target has room for four bytes at `at`.
 *  @returns the offset after it. */
export function writeAck(
  target: Buffer,
  at: number,
  type: 'puback' | 'pubrec' | 'pubrel' | 'pubcomp',
  packetId: number,
): number {
  assert(packetId >= 1 && (packetId & 0xffff) === packetId, 'a packet identifier is 1 to 65,535')
  assert(at + 4 <= target.length, 'an acknowledgement has room for its four bytes')
  target[at] = acknowledgementFirstByte[type]
  target[at + 1] = 2
  target[at + 2] = packetId >>> 8
  target[at + 3] = packetId & 0xff
  return at + 4
}
