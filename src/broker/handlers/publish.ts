// PUBLISH from a client, at all three qualities of service: the message joins the open batch with all that it
// causes, and the answer takes its place in the ring.
import { isUtf8 } from 'node:buffer'
import type { RouteTarget } from '../../ingest/contract.ts'
import { assert } from '../../lib/assert.ts'
import type { Message } from '../../model/message.ts'
import type { PublishPacket } from '../../mqtt/packet.ts'
import { reasonCode } from '../../mqtt/reason.ts'
import { answerType } from '../../inbound/answers.ts'
import { isForbidden, receiveAtDesk, refuseForbidden, refusePublish } from './forbidden.ts'
import { fingerprintOf } from '../../inbound/decided-times.ts'
import type { Link } from '../link.ts'
import type { Session } from '../session.ts'
import { exceededTopicLimit } from '../topic-limit.ts'
import { isForLater } from '../turns.ts'
import { topicOf } from './prepare.ts'
import { decidedBefore, messageOf, releasePayload } from './publish-message.ts'

/** What a message brings that has waited for a script, or behind one that did. */
export interface Waited {
  /** What the script gave; undefined when no script reads it. */
  readonly targets: readonly RouteTarget[] | undefined
  /** The time that the script was told (I3); 0 without one. */
  readonly decidedTs: number
}

/** @param waited when it is not taken in as it comes. */
export function receivePublish(
  link: Link,
  session: Session,
  packet: PublishPacket,
  waited: Waited | undefined,
): void {
  const topic = topicOf(link, packet)
  if (topic === undefined || (waited === undefined && isForLater(link, packet, topic))) return
  link.published++
  const tooLong = exceededTopicLimit(topic, link.parts.limits)
  if (tooLong !== undefined) {
    link.parts.reached.count(tooLong, session.clientId, topic.length)
    return refusePublish(link, packet, reasonCode.topicNameInvalid)
  }
  if (isForbidden(session, packet, topic)) return refuseForbidden(link, packet, topic)
  if (link.desk !== undefined) return receiveAtDesk(link, link.desk, packet, topic)
  // A client that was told that nothing is retained breaks the protocol, section 3.2.2.3.5.
  if (packet.retain && link.version === 5 && link.parts.limits.retainedMessagesMax === 0) {
    return link.disconnect(reasonCode.retainNotSupported)
  }
  if (packet.qos === 0) {
    takeIn(link, session, packet, messageOf(link, session, packet, topic), waited)
    return releasePayload()
  }
  const { limits } = link.parts
  // [MQTT-3.3.4-9] A client that was told the limit and exceeds it breaks the protocol, section 3.3.4.
  if (++link.outstanding > limits.receiveMaximum && link.version === 5) {
    link.parts.reached.count('receiveMaximum', session.clientId, link.outstanding)
    return link.disconnect(reasonCode.receiveMaximumExceeded)
  }
  if (packet.qos === 1) receiveQos1(link, session, packet, topic, waited)
  else receiveQos2(link, session, packet, topic, waited)
  releasePayload()
}

function receiveQos1(
  link: Link,
  session: Session,
  packet: PublishPacket,
  topic: string,
  waited: Waited | undefined,
): void {
  const { routing } = link.parts
  accept(link, session, packet, topic, waited)
  const code = answerCode(link)
  const { packetId } = packet
  link.answers.push(answerType.puback, packetId, routing.ticket, code, reasonFor(link), routing.isPromise)
}

function receiveQos2(
  link: Link,
  session: Session,
  packet: PublishPacket,
  topic: string,
  waited: Waited | undefined,
): void {
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
  accept(link, session, packet, topic, waited)
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
function accept(
  link: Link,
  session: Session,
  packet: PublishPacket,
  topic: string,
  waited: Waited | undefined,
): void {
  const { inbound } = session
  const { packetId, source, payloadStart, payloadEnd } = packet
  const { routing } = link.parts
  const message = messageOf(link, session, packet, topic)
  if (inbound.hasDecided) message.decidedTs = decidedBefore(link, session, packet, topic)
  takeIn(link, session, packet, message, waited)
  const { ticket } = routing
  if (ticket === 0) return
  // I1, the first time: the answer waits for the very batch that holds what the message caused.
  if (ticket !== session.joinedTicket) assert(session.join() === ticket, 'I1: a message joins the open batch')
  if (message.decidedTs !== 0 && session.isIdentified) {
    const fingerprint = fingerprintOf(topic, source, payloadStart, payloadEnd)
    // What was never seen is new, and who sends again does so before anything new.
    if (session.unmarkedResends === 'unanswered' && inbound.recall(packetId, fingerprint, 'earlier') === 0) {
      session.resendsEnd()
    }
    // Also of a message that came again: how many were unanswered when the connection ends is counted from the
    // newest. Since no more are unanswered than remembered, what is still to be sent again stays.
    inbound.remember(packetId, fingerprint, message.decidedTs, ticket)
  }
}

/** A payload that is said to be text has to be, section 3.3.2.3.2. */
function takeIn(
  link: Link,
  session: Session,
  { source, payloadStart, payloadEnd, properties }: PublishPacket,
  message: Message,
  waited: Waited | undefined,
): void {
  const { routing } = link.parts
  if (waited !== undefined && message.decidedTs === 0) message.decidedTs = waited.decidedTs
  const targets = waited?.targets
  const isText = properties?.payloadFormatIndicator === 1
  if (isText && !isUtf8(source.subarray(payloadStart, payloadEnd))) routing.takeUnreadable(message, targets)
  else routing.take(message, session, properties, targets)
  const { answers, ingest } = link.parts
  if (answers?.mayBeAnswered !== true || !answers.received(message)) return
  routing.isWanted = true
  // I1: what the answer changes is stored before its own answer leaves.
  if (message.qos > 0) routing.ticket = ingest.open().ticket
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
