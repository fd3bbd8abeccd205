// A message of the hub itself for subscribers, such as a command: who gets a copy, and whether a copy may still reach
// its subscriber later.
import type { Qos } from '../model/message.ts'
import type { BrokerParts } from './broker.ts'
import type { RoutedMessage } from './routed-message.ts'
import type { Session } from './session.ts'

/** A session that has, or had, a copy. */
export interface Recipient {
  key: string
  /** Where the numbers of its copies begin: another once its copies are gone. */
  queueStart: number
  isLasting: boolean
  /** When its connection began, monotonic milliseconds; 0 for none. */
  openedMs: number
}

/** Hands the message to whoever subscribes and is meant, at QoS 1-2 together with the open batch.
 *  @returns who got a copy; a copy at QoS 0 may have been shed. */
export function sendOfHub(
  parts: BrokerParts,
  message: RoutedMessage,
  isMeant: (session: Session) => boolean,
): Recipient[] {
  const route = parts.subscriptions.routeOf(message.topic)
  const recipients: Recipient[] = []
  const ticket = message.qos > 0 ? parts.ingest.open().ticket : 0
  for (const { session, qos: granted, identifiers } of route?.subscribers ?? []) {
    const qos: Qos = granted < message.qos ? granted : message.qos
    const isReachable = session.receiver !== undefined || (session.isLasting && qos > 0)
    if (!isReachable || !isMeant(session)) continue
    session.deliver(message, qos, false, identifiers, ticket, false)
    const { key, queueStart, isLasting } = session
    recipients.push({ key, queueStart, isLasting, openedMs: session.receiver?.openedMs ?? 0 })
  }
  return recipients
}

/** Whether a copy may still be acknowledged by the session. One that ends with its connection lost it if that
 *  connection is another by now.
 *  @param isOfThisProcess it was sent since the hub began. */
export function isOnItsWay(parts: BrokerParts, recipient: Recipient, isOfThisProcess: boolean): boolean {
  const session = parts.sessions.get(recipient.key)
  if (session === undefined || session.queueStart !== recipient.queueStart) return false
  if (recipient.isLasting) return session.isLasting
  return isOfThisProcess && session.receiver?.openedMs === recipient.openedMs
}
