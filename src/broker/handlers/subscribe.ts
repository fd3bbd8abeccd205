// SUBSCRIBE: subscriptions are made or replaced, their retained messages follow. SUBACK leaves when a lasting
// session's new list is stored.
import { encode } from '../../mqtt/encoder.ts'
import type { SubscribePacket, SubscriptionRequest } from '../../mqtt/packet.ts'
import { reasonCode } from '../../mqtt/reason.ts'
import { parseSharedFilter } from '../../mqtt/topic.ts'
import type { Link } from '../link.ts'
import type { Session } from '../session.ts'
import type { Subscription } from '../subscriptions.ts'

/** What 3.1.1 says to any refusal. */
const failure = 0x80

export function receiveSubscribe(link: Link, session: Session, packet: SubscribePacket): void {
  const identifier = packet.properties?.subscriptionIdentifiers?.[0] ?? 0
  const made: { subscription: Subscription; isNew: boolean }[] = []
  const reasonCodes = packet.subscriptions.map((request) => {
    const refusal = refusalOf(link, session, request)
    if (refusal !== undefined) return link.version === 5 ? refusal : failure
    made.push(subscribe(link, session, request, identifier))
    return request.qos // [MQTT-3.9.3-1] [MQTT-3.8.4-6]
  })
  const suback = encode({ type: 'suback', packetId: packet.packetId, reasonCodes }, link.version)
  link.sendWhenStored(suback, session)
  for (const group of session.groups) group.memberHasRoom()
  for (const { subscription, isNew } of made) deliverRetained(link, session, subscription, isNew)
}

function refusalOf(link: Link, session: Session, request: SubscriptionRequest): number | undefined {
  if (session.rights?.maySubscribe(request.filter) === false) return reasonCode.notAuthorized
  const { subscriptionsPerSessionMax } = link.parts.limits
  const isNew = !session.subscriptions.has(request.filter)
  if (isNew && session.subscriptions.size >= subscriptionsPerSessionMax) return reasonCode.quotaExceeded
  return undefined
}

/** [MQTT-3.8.4-3] The same filter replaces the subscription. */
function subscribe(
  link: Link,
  session: Session,
  request: SubscriptionRequest,
  identifier: number,
): { subscription: Subscription; isNew: boolean } {
  const { filter, qos, noLocal, retainAsPublished, retainHandling } = request
  const { subscriptions } = link.parts
  const old = session.subscriptions.get(filter)
  const subscription = { session, filter, qos, noLocal, retainAsPublished, retainHandling, identifier }
  session.subscriptions.set(filter, subscription)
  if (old === undefined) subscriptions.add(subscription)
  else subscriptions.replace(old, subscription)
  return { subscription, isNew: old === undefined }
}

/** [MQTT-3.3.1-9] [MQTT-3.3.1-10] [MQTT-3.3.1-11] */
function deliverRetained(link: Link, session: Session, subscription: Subscription, isNew: boolean): void {
  const { filter, qos, retainHandling, identifier } = subscription
  if (parseSharedFilter(filter) !== undefined) return
  if (retainHandling === 2 || (retainHandling === 1 && !isNew)) return
  const { retained, clock, ingest } = link.parts
  const identifiers = identifier === 0 ? undefined : [identifier]
  retained.match(filter, clock.nowUs(), (message, isStored) => {
    const ticket = isStored ? 0 : ingest.open().ticket
    const deliveredQos = qos < message.qos ? qos : message.qos
    session.deliver(message, deliveredQos, true, identifiers, ticket, false) // [MQTT-3.3.1-8]
  })
}
