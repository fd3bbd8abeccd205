// PUBACK, PUBREC and PUBCOMP for what the hub sent; PUBREL for what it received.
import type { PubackPacket, PubcompPacket, PubrecPacket, PubrelPacket } from '../../mqtt/packet.ts'
import { reasonCode } from '../../mqtt/reason.ts'
import { answerType } from '../../inbound/answers.ts'
import type { Link } from '../link.ts'
import type { Session } from '../session.ts'

/** PUBACK or PUBCOMP: the subscriber has the message. */
export function receiveAck(link: Link, session: Session, packet: PubackPacket | PubcompPacket): void {
  const { outbound } = session
  if (!outbound.expects(packet.packetId, packet.type)) return link.disconnect(reasonCode.protocolError)
  outbound.acknowledged(packet.packetId)
  session.pump()
}

export function receivePubrec(link: Link, session: Session, packet: PubrecPacket): void {
  const { outbound } = session
  if (!outbound.expects(packet.packetId, packet.type)) return link.disconnect(reasonCode.protocolError)
  if (packet.reasonCode < reasonCode.unspecifiedError) return outbound.received(packet.packetId)
  outbound.acknowledged(packet.packetId)
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
