// UNSUBSCRIBE. UNSUBACK leaves when a lasting session's new list is stored.
import { encode } from '../../mqtt/encoder.ts'
import type { UnsubscribePacket } from '../../mqtt/packet.ts'
import { reasonCode } from '../../mqtt/reason.ts'
import type { Link } from '../link.ts'
import type { Session } from '../session.ts'

export function receiveUnsubscribe(link: Link, session: Session, packet: UnsubscribePacket): void {
  const reasonCodes = packet.filters.map((filter) => {
    const subscription = session.subscriptions.get(filter)
    if (subscription === undefined) return reasonCode.noSubscriptionExisted
    session.subscriptions.delete(filter)
    link.parts.subscriptions.remove(subscription)
    return reasonCode.success
  })
  const { packetId } = packet
  const unsuback = encode({ type: 'unsuback', packetId, reasonCodes }, link.version)
  link.sendWhenStored(unsuback, session)
}
