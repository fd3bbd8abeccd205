// PUBACK, PUBREC and PUBCOMP for what the hub sent; PUBREL for what it received.
import type { PubackPacket, PubcompPacket, PubrecPacket, PubrelPacket } from '../../mqtt/packet.ts'
import { reasonCode } from '../../mqtt/reason.ts'
import { answerType } from '../../inbound/answers.ts'
import type { Link } from '../link.ts'
import type { Session } from '../session.ts'

/** PUBACK or PUBCOMP: the subscriber has the message. */
export function receiveAck(session: Session, packet: PubackPacket | PubcompPacket): void {
  session.outbound.acknowledged(packet.packetId, packet.type === 'puback' ? 1 : 2)
  session.pump()
}

export function receivePubrec(session: Session, packet: PubrecPacket): void {
  if (packet.reasonCode < reasonCode.unspecifiedError) {
    session.outbound.received(packet.packetId)
    return
  }
  session.outbound.acknowledged(packet.packetId, 2)
  session.pump()
}

/** The publisher releases a QoS 2 identifier. PUBCOMP leaves once the release is stored, so that the
 *  identifier, used again, is not taken for a repetition after a crash. [MQTT-4.3.3-11] */
export function receivePubrel(link: Link, session: Session, packet: PubrelPacket): void {
  const { packetId } = packet
  const released = session.inbound.release(packetId)
  // A release that came over an earlier connection may still be on its way to the store.
  const isPending = released === 'unknown' && session.isLasting && session.joinedTicket > session.storedTicket
  const ticket = released === 'recorded' ? session.join() : isPending ? session.joinedTicket : 0
  const code = released === 'unknown' ? reasonCode.packetIdentifierNotFound : reasonCode.success
  link.answers.push(answerType.pubcomp, packetId, ticket, code)
}
