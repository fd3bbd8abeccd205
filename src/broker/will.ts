// Wills: messages that a client leaves with the hub, for when its connection ends without DISCONNECT.
import type { RouteTarget } from '../ingest/contract.ts'
import type { Message } from '../model/message.ts'
import type { ConnectPacket } from '../mqtt/packet.ts'
import type { BrokerParts } from './broker.ts'
import { messageProperties } from '../inbound/message-properties.ts'
import { RoutedMessage } from './routed-message.ts'
import type { Session } from './session.ts'
import type { StoredWill } from './state-codec.ts'

/** The will of a CONNECT, in memory of its own. */
export function willOf(connect: ConnectPacket): StoredWill | undefined {
  const { will } = connect
  if (will === undefined) return undefined
  const { willDelayInterval = 0, ...properties } = will.properties ?? {}
  const message = new RoutedMessage(will.topic, Buffer.from(will.payload), will.qos, properties, 0)
  return { delayS: willDelayInterval, isRetained: will.retain, message }
}

/** Publishes a session's will as if its client had done so, once. [MQTT-3.1.2-8] [MQTT-3.1.2-10]
 *  [MQTT-3.1.2-14] [MQTT-3.1.2-15] */
export function publishWill(session: Session, parts: BrokerParts): void {
  const { will } = session
  if (will === undefined) return
  session.will = undefined
  session.willDueTs = 0
  // Rights may have changed since CONNECT.
  if (session.rights?.mayPublish(will.message.topic) === false) return
  publishWillOf(session, will, parts)
}

/** Publishes a will that is due. While a script reads it, the record of its session has it still: a hub that is killed
 *  meanwhile publishes it after the next start, and the commit that has what it gave takes it out (I1). */
export function publishWillOf(session: Session, will: StoredWill, parts: BrokerParts): void {
  const { topic, payload, qos, properties } = will.message
  const message: Message = {
    topic,
    source: payload,
    payloadStart: 0,
    payloadEnd: payload.length,
    qos,
    retain: will.isRetained,
    dup: false,
    device: session.device,
    clientId: session.clientId,
    receivedTs: parts.clock.nowUs(),
    decidedTs: 0,
    properties: messageProperties(properties),
  }
  const preparing = parts.ingest.hasPreparing ? parts.ingest.prepare(message) : undefined
  if (preparing === undefined) return takeWill(session, will, parts, message, undefined)
  session.dueWills.add(will)
  parts.conversions.begins()
  preparing.ready.then(
    (targets) => {
      parts.conversions.ended()
      if (parts.isClosed) return
      takeWill(session, will, parts, message, targets)
      parts.flush()
    },
    // A preparation that rejects ends the process; ingest has said so.
    () => undefined,
  )
}

function takeWill(
  session: Session,
  will: StoredWill,
  parts: BrokerParts,
  message: Message,
  targets: readonly RouteTarget[] | undefined,
): void {
  parts.routing.take(message, session, will.message.properties, targets)
  if (session.dueWills.delete(will)) session.recordChanged()
  // Nobody waits for an answer, but the end of the hub waits for what is on its way to the store.
  else if (parts.routing.ticket !== 0) session.join()
}
