// PUBLISH that does not go the usual way: to a topic that the client has no right to, or to a desk that
// answers it.
import { encode } from '../../mqtt/encoder.ts'
import type { PublishPacket } from '../../mqtt/packet.ts'
import { reasonCode } from '../../mqtt/reason.ts'
import type { Desk } from '../admission.ts'
import { answerType } from '../../inbound/answers.ts'
import type { Link } from '../link.ts'
import { isSysTopic } from '../sys-topics.ts'
import type { Session } from '../session.ts'

/** What was accepted at QoS 2 before a right was withdrawn stays accepted. */
export function isForbidden(session: Session, packet: PublishPacket, topic: string): boolean {
  if (isSysTopic(topic)) return true
  if (session.rights === undefined || session.rights.mayPublish(topic)) return false
  return packet.qos !== 2 || session.inbound.heldTicket(packet.packetId) === undefined
}

/** [MQTT-3.3.5-2] of 3.1.1: there is no way to say no there but to close, and a plain acknowledgement would
 * be a  false one (I1). 5.0 answers 0x87; at QoS 0, which has no answer, the message is dropped. */
export function refuseForbidden(link: Link, packet: PublishPacket, topic: string): void {
  const { log } = link.parts
  const isFirst = link.forbidden++ === 0
  if (isFirst) {
    link.parts.observer.forbidden(link.session!, topic)
    log.warn('publish without the right to the topic is refused', {
      remote: link.connection.remote,
      clientId: link.session?.clientId,
      device: link.session?.device,
      topic,
    })
  }
  refusePublish(link, packet, reasonCode.notAuthorized)
}

/** Says no to a message: in its answer, where there is one that can say so. */
export function refusePublish(link: Link, { qos, packetId }: PublishPacket, code: number): void {
  if (link.version < 5) return link.disconnect(code)
  if (qos === 0) return
  if (++link.outstanding > link.parts.limits.receiveMaximum) {
    return link.disconnect(reasonCode.receiveMaximumExceeded)
  }
  link.answers.push(qos === 1 ? answerType.puback : answerType.pubrec, packetId, 0, code)
}

/** Hands the message to the desk and sends its reply to this client alone; the answer leaves after it. */
export function receiveAtDesk(link: Link, desk: Desk, packet: PublishPacket, topic: string): void {
  // One at a time, at QoS 0 or 1: nobody needs more there.
  if (link.isAtDesk || packet.qos === 2) return link.disconnect(reasonCode.quotaExceeded)
  link.isAtDesk = true
  const { qos, packetId, source, payloadStart, payloadEnd } = packet
  const payload = Buffer.from(source.subarray(payloadStart, payloadEnd))
  desk.receive(topic, payload).then(
    (reply) => {
      link.isAtDesk = false
      if (reply !== undefined) link.send(encode(publishOf(reply), link.version))
      if (qos === 1) link.answers.push(answerType.puback, packetId, 0)
      link.answersStored()
      link.parts.flush()
    },
    (error: unknown) => {
      // Nothing is stored, so nothing is acknowledged (I5).
      link.parts.log.error('a request could not be answered', { topic, cause: String(error) })
      link.disconnect(reasonCode.serverBusy)
    },
  )
}

function publishOf({ topic, payload }: { topic: string; payload: Buffer }): PublishPacket {
  return {
    type: 'publish',
    topic,
    source: payload,
    payloadStart: 0,
    payloadEnd: payload.length,
    qos: 0,
    retain: false,
    dup: false,
    packetId: 0,
    properties: undefined,
  }
}
