// PUBLISH whose message a script reads: the work is begun when the packet comes, before it is its turn.
import type { Preparing } from '../../ingest/contract.ts'
import type { PublishPacket } from '../../mqtt/packet.ts'
import { reasonCode } from '../../mqtt/reason.ts'
import type { Link } from '../link.ts'
import type { Session } from '../session.ts'
import { exceededTopicLimit } from '../topic-limit.ts'
import { isForbidden } from './forbidden.ts'
import { decidedBefore, messageOf } from './publish-message.ts'

/** Begins the conversion; undefined when there is nothing to wait for. */
export function preparePublish(
  link: Link,
  session: Session,
  packet: PublishPacket,
  topic: string,
): { preparing: Preparing; decidedTs: number } | undefined {
  const { ingest, limits } = link.parts
  const { qos, packetId, retain, payloadStart, payloadEnd } = packet
  if (link.desk !== undefined || (retain && payloadStart === payloadEnd)) return undefined
  if (exceededTopicLimit(topic, limits) !== undefined || isForbidden(session, packet, topic)) return undefined
  if (qos === 2 && session.inbound.heldTicket(packetId) !== undefined) return undefined
  const message = messageOf(link, session, packet, topic)
  if (qos > 0 && session.inbound.hasDecided) {
    message.decidedTs = decidedBefore(link, session, packet, topic)
  }
  const preparing = ingest.prepare(message)
  return preparing === undefined ? undefined : { preparing, decidedTs: message.decidedTs }
}

/** The topic name, also of a packet that has an alias. [MQTT-3.3.2-8] to [MQTT-3.3.2-12]
 *  Undefined when the alias means nothing: the connection is then over. */
export function topicOf(link: Link, packet: PublishPacket): string | undefined {
  const alias = packet.properties?.topicAlias
  if (alias === undefined) return packet.topic
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
