// The message in a PUBLISH, and the time that it was given when it came first (I3).
import { fingerprintOf } from '../../inbound/decided-times.ts'
import { messageProperties } from '../../inbound/message-properties.ts'
import { blankMessage, noPayload, type Message } from '../../model/message.ts'
import type { PublishPacket } from '../../mqtt/packet.ts'
import type { Link } from '../link.ts'
import type { Session } from '../session.ts'

const message = blankMessage()

/** The message of a packet, until the next call. */
export function messageOf(link: Link, session: Session, packet: PublishPacket, topic: string): Message {
  message.topic = topic
  message.source = packet.source
  message.payloadStart = packet.payloadStart
  message.payloadEnd = packet.payloadEnd
  message.qos = packet.qos
  message.retain = packet.retain
  message.dup = packet.dup
  message.device = session.device
  message.clientId = session.clientId
  message.receivedTs = link.receivedTs
  message.decidedTs = 0
  message.properties = messageProperties(packet.properties)
  message.packetId = packet.packetId
  message.isResumed = session.isResumed
  return message
}

/** The bytes it was read from may go. */
export function releasePayload(): void {
  message.source = noPayload
}

/** The time that the message was given when it came first (I3); 0 when this is the first time. */
export function decidedBefore(link: Link, session: Session, packet: PublishPacket, topic: string): number {
  const { inbound } = session
  const { packetId, source, payloadStart, payloadEnd } = packet
  if (packet.dup || inbound.isUnstored(packetId, session.storedTicket)) {
    return inbound.recall(packetId, fingerprintOf(topic, source, payloadStart, payloadEnd), 'any')
  }
  const expected = expectedUnmarked(link, session)
  if (expected === undefined) return 0
  const fingerprint = fingerprintOf(topic, source, payloadStart, payloadEnd)
  const decidedTs = inbound.recall(packetId, fingerprint, expected)
  if (link.receivedTs - decidedTs >= unmarkedAgeMaxUs[expected]) return 0
  session.resendsAtMs = link.receivedMs
  return decidedTs
}

/** Some clients send again without DUP [MQTT-3.3.1-1], and after a clean start it may not be set. Without it, a
 *  message counts as sent again only where nothing else is likely: the connection before was cut off, the client has
 *  just connected or just sent another one again, and sends the same under the same identifier. If it resumes its
 *  session, any message of a moment ago may come again; after a clean start, one whose answer never left. */
function expectedUnmarked(link: Link, session: Session): 'earlier' | 'unanswered' | undefined {
  if (session.unmarkedResends === undefined) return undefined
  if (link.receivedMs - session.resendsAtMs >= unmarkedWithinMs) session.resendsEnd()
  return session.unmarkedResends
}

const unmarkedWithinMs = 5_000
const unmarkedAgeMaxUs = { earlier: 60_000_000, unanswered: 300_000_000 }
