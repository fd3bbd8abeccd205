// SUBSCRIBE: subscriptions are made or replaced, their retained messages follow. SUBACK leaves when a lasting
// session's new list is stored.
import { encode } from '../../mqtt/encoder.ts'
import type { SubscribePacket, SubscriptionRequest } from '../../mqtt/packet.ts'
import { reasonCode } from '../../mqtt/reason.ts'
import { parseSharedFilter } from '../../mqtt/topic.ts'
import type { Link } from '../link.ts'
import type { Session } from '../session.ts'
import { exceededTopicLimit } from '../topic-limit.ts'
import type { Subscription } from '../subscriptions.ts'

/** What 3.1.1 says to any refusal. */
const failure = 0x80

export function receiveSubscribe(link: Link, session: Session, packet: SubscribePacket): void {
  const identifier = packet.properties?.subscriptionIdentifiers?.[0] ?? 0
  const made: { subscription: Subscription; isNew: boolean }[] = []
  const { filtersPerPacketMax } = link.parts.limits
  const { length } = packet.subscriptions
  if (length > filtersPerPacketMax) link.parts.reached.count('filtersPerPacketMax', session.clientId, length)
  const reasonCodes = packet.subscriptions.map((request, index) => {
    const refusal = index < filtersPerPacketMax ? refusalOf(link, session, request) : reasonCode.quotaExceeded
    if (refusal !== undefined) return link.version === 5 ? refusal : failure
    made.push(subscribe(link, session, request, identifier))
    return request.qos // [MQTT-3.9.3-1] [MQTT-3.8.4-6]
  })
  const suback = encode({ type: 'suback', packetId: packet.packetId, reasonCodes }, link.version)
  link.sendWhenStored(suback, session)
  for (const group of session.groups) group.memberHasRoom()
  for (const { subscription, isNew } of made) {
    if (wantsRetained(subscription, isNew)) session.feed.owe(subscription)
  }
  session.feed.pump()
}

function refusalOf(link: Link, session: Session, request: SubscriptionRequest): number | undefined {
  if (session.rights?.maySubscribe(request.filter) === false) return reasonCode.notAuthorized
  const { limits, reached } = link.parts
  const tooLong = exceededTopicLimit(request.filter, limits)
  if (tooLong !== undefined) {
    reached.count(tooLong, session.clientId, request.filter.length)
    return reasonCode.topicFilterInvalid
  }
  const { size } = session.subscriptions
  if (size < limits.subscriptionsPerSessionMax || session.subscriptions.has(request.filter)) return undefined
  reached.count('subscriptionsPerSessionMax', session.clientId, size)
  return reasonCode.quotaExceeded
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

/** [MQTT-3.3.1-10] [MQTT-3.3.1-11] A shared subscription has none, section 4.8.2. */
function wantsRetained({ filter, retainHandling }: Subscription, isNew: boolean): boolean {
  if (retainHandling === 2 || (retainHandling === 1 && !isNew)) return false
  return parseSharedFilter(filter) === undefined
}
