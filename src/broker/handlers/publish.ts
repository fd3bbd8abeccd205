// PUBLISH from a client, at all three qualities of service: the message joins the open batch with all that it
// causes, and the answer takes its place in the ring.
import { isUtf8 } from 'node:buffer'
import { assert } from '../../lib/assert.ts'
import type { Message } from '../../model/message.ts'
import type { PublishPacket } from '../../mqtt/packet.ts'
import { reasonCode } from '../../mqtt/reason.ts'
import { answerType } from '../../inbound/answers.ts'
import { isForbidden, receiveAtDesk, refuseForbidden, refusePublish } from './forbidden.ts'
import { fingerprintOf } from '../../inbound/decided-times.ts'
import type { Link } from '../link.ts'
import { messageProperties } from '../../inbound/message-properties.ts'
import type { Session } from '../session.ts'
import { exceededTopicLimit } from '../topic-limit.ts'

const nothing = Buffer.alloc(0)
/** One for all: a message is taken in within one turn, and who keeps it copies it. */
const message: Message = {
  topic: '',
  source: nothing,
  payloadStart: 0,
  payloadEnd: 0,
  qos: 0,
  retain: false,
  dup: false,
  device: '',
  clientId: '',
  receivedTs: 0,
  decidedTs: 0,
  properties: undefined,
  packetId: 0,
  isResumed: false,
}

export function receivePublish(link: Link, session: Session, packet: PublishPacket): void {
  const topic = packet.properties?.topicAlias === undefined ? packet.topic : topicByAlias(link, packet)
  if (topic === undefined || link.postpones(packet, topic)) return
  link.published++
  const tooLong = exceededTopicLimit(topic, link.parts.limits)
  if (tooLong !== undefined) {
    link.parts.reached.count(tooLong, session.clientId, topic.length)
    return refusePublish(link, packet, reasonCode.topicNameInvalid)
  }
  if (isForbidden(session, packet, topic)) return refuseForbidden(link, packet, topic)
  if (link.desk !== undefined) return receiveAtDesk(link, link.desk, packet, topic)
  if (packet.qos === 0) {
    fill(link, session, packet, topic)
    takeIn(link, session, packet)
    message.source = nothing
    return
  }
  const { limits } = link.parts
  // [MQTT-3.3.4-9] A client that was told the limit and exceeds it breaks the protocol, section 3.3.4.
  if (++link.outstanding > limits.receiveMaximum && link.version === 5) {
    link.parts.reached.count('receiveMaximum', session.clientId, link.outstanding)
    return link.disconnect(reasonCode.receiveMaximumExceeded)
  }
  if (packet.qos === 1) receiveQos1(link, session, packet, topic)
  else receiveQos2(link, session, packet, topic)
  message.source = nothing
}

function receiveQos1(link: Link, session: Session, packet: PublishPacket, topic: string): void {
  const { routing } = link.parts
  accept(link, session, packet, topic)
  const code = answerCode(link)
  const { packetId } = packet
  link.answers.push(answerType.puback, packetId, routing.ticket, code, reasonFor(link), routing.isPromise)
}

function receiveQos2(link: Link, session: Session, packet: PublishPacket, topic: string): void {
  const { packetId } = packet
  const { routing } = link.parts
  const heldTicket = session.inbound.heldTicket(packetId)
  if (heldTicket !== undefined) {
    // Known and not released: it is not accepted again, whatever its DUP flag. [MQTT-4.3.3-10]
    link.countRedelivered()
    link.outstanding--
    link.answers.push(answerType.pubrec, packetId, heldTicket)
    return
  }
  accept(link, session, packet, topic)
  const code = answerCode(link)
  // A PUBREC that refuses ends the exchange: the identifier is free again. [MQTT-4.3.3-9]
  const isRefused = code >= reasonCode.unspecifiedError && link.version === 5
  if (!isRefused) {
    const isRecorded = routing.ticket !== 0 && session.isLasting
    session.inbound.hold(packetId, routing.ticket, isRecorded)
  }
  link.answers.push(answerType.pubrec, packetId, routing.ticket, code, reasonFor(link), routing.isPromise)
}

/** Takes the message in, with the time it was given before if it has been here before (I3). */
function accept(link: Link, session: Session, packet: PublishPacket, topic: string): void {
  const { inbound } = session
  const { packetId, source, payloadStart, payloadEnd } = packet
  const { routing } = link.parts
  fill(link, session, packet, topic)
  if (inbound.hasDecided) message.decidedTs = decidedBefore(link, session, packet, topic)
  takeIn(link, session, packet)
  const { ticket } = routing
  if (ticket === 0) return
  // I1, the first time: the answer waits for the very batch that holds what the message caused.
  if (ticket !== session.joinedTicket) assert(session.join() === ticket, 'I1: a message joins the open batch')
  if (message.decidedTs !== 0 && session.isIdentified) {
    const fingerprint = fingerprintOf(topic, source, payloadStart, payloadEnd)
    // What was never seen is new, and who sends again does so before anything new.
    if (session.unmarkedResends === 'unanswered' && inbound.recall(packetId, fingerprint, 'earlier') === 0) {
      session.unmarkedResends = undefined
    }
    inbound.remember(packetId, fingerprint, message.decidedTs, ticket)
  }
}

/** A payload that is said to be text has to be, section 3.3.2.3.2. */
function takeIn(
  link: Link,
  session: Session,
  { source, payloadStart, payloadEnd, properties }: PublishPacket,
): void {
  const { routing } = link.parts
  const isText = properties?.payloadFormatIndicator === 1
  if (isText && !isUtf8(source.subarray(payloadStart, payloadEnd))) routing.takeUnreadable(message)
  else routing.take(message, session, properties)
}

/** The time that the message was given when it came first (I3); 0 when this is the first time. */
function decidedBefore(link: Link, session: Session, packet: PublishPacket, topic: string): number {
  const { inbound } = session
  const { packetId, source, payloadStart, payloadEnd } = packet
  if (packet.dup || inbound.isUnstored(packetId, session.storedTicket)) {
    return inbound.recall(packetId, fingerprintOf(topic, source, payloadStart, payloadEnd), 'any')
  }
  const expected = expectedUnmarked(link, session)
  if (expected === undefined) return 0
  const fingerprint = fingerprintOf(topic, source, payloadStart, payloadEnd)
  const decidedTs = inbound.recall(packetId, fingerprint, expected)
  return link.receivedTs - decidedTs < unmarkedAgeMaxUs[expected] ? decidedTs : 0
}

/** Some clients send again without DUP [MQTT-3.3.1-1], and after a clean start it may not be set. Without it, a
 *  message counts as sent again only where nothing else is likely: the connection before was cut off, the client
 *  has just connected, and sends the same under the same identifier. If it resumes its session, any message of a
 *  moment ago may come again; after a clean start, one whose answer never left. */
function expectedUnmarked(link: Link, session: Session): 'earlier' | 'unanswered' | undefined {
  if (link.receivedMs - link.openedMs >= unmarkedWithinMs) session.unmarkedResends = undefined
  return session.unmarkedResends
}

const unmarkedWithinMs = 5_000
const unmarkedAgeMaxUs = { earlier: 60_000_000, unanswered: 300_000_000 }

function fill(link: Link, session: Session, packet: PublishPacket, topic: string): void {
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
}

function answerCode(link: Link): number {
  const { routing } = link.parts
  if (routing.rejection !== undefined) return reasonCode.payloadFormatInvalid // I6
  return routing.isWanted ? reasonCode.success : reasonCode.noMatchingSubscribers
}

/** The sentence that says why, if the client wants it and has room for it. [MQTT-3.4.2-2] [MQTT-3.5.2-2] */
function reasonFor(link: Link): string | undefined {
  const { rejection } = link.parts.routing
  if (rejection === undefined || !link.wantsReasons || link.version !== 5) return undefined
  return Buffer.byteLength(rejection) + answerBytesMax <= link.sendBytesMax ? rejection : undefined
}

/** An answer with a reason string, without the string. */
const answerBytesMax = 16

/** [MQTT-3.3.2-8] to [MQTT-3.3.2-12]. Undefined when the alias means nothing: the connection is then over. */
function topicByAlias(link: Link, packet: PublishPacket): string | undefined {
  const alias = packet.properties!.topicAlias!
  if (alias === 0 || alias > link.parts.limits.topicAliasMaximum) {
    link.disconnect(reasonCode.topicAliasInvalid)
    return undefined
  }
  if (packet.topic !== '') {
    link.aliases ??= new Map()
    link.aliases.set(alias, packet.topic)
    return packet.topic
  }
  const topic = link.aliases?.get(alias)
  if (topic === undefined) link.disconnect(reasonCode.protocolError)
  return topic
}
