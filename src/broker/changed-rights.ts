// Rights that are withdrawn while something rests on them: subscriptions, a will and retained messages of the
// owner that it may not have any more go at once, connected or not.
import type { Rights } from './admission.ts'
import type { BrokerParts } from './broker.ts'
import type { Session } from './session.ts'

/** @param changed the rights by owner; undefined: everything is allowed. */
export function applyRights(parts: BrokerParts, changed: ReadonlyMap<string, Rights | undefined>): void {
  for (const session of parts.sessions.all()) {
    if (!changed.has(session.owner)) continue
    const rights = changed.get(session.owner)
    session.rights = rights
    if (rights !== undefined) dropWhatIsForbidden(session, parts, rights)
  }
  const isForbidden = (owner: string, topic: string) => changed.get(owner)?.mayPublish(topic) === false
  const cleared = parts.retained.clear(isForbidden)
  if (cleared > 0) parts.log.info('retained messages are withdrawn with the right to them', { cleared })
}

/** Ends subscriptions that the session may not have, and forgets a will that it may not publish. */
export function dropWhatIsForbidden(session: Session, parts: BrokerParts, rights: Rights): void {
  let hasChanged = false
  for (const subscription of [...session.subscriptions.values()]) {
    if (rights.maySubscribe(subscription.filter)) continue
    session.subscriptions.delete(subscription.filter)
    parts.subscriptions.remove(subscription)
    parts.log.info('subscription ends with the right to it', {
      clientId: session.clientId,
      filter: subscription.filter,
    })
    hasChanged = true
  }
  if (session.will !== undefined && !rights.mayPublish(session.will.message.topic)) {
    session.will = undefined
    hasChanged = true
  }
  if (hasChanged && session.isLasting) session.recordChanged()
}
