// The retained messages that a new subscription is owed, given out as fast as the subscriber takes them, so
// that a wildcard over a million topics fills no queue.
import type { RoutedMessage } from './routed-message.ts'
import type { Session } from './session.ts'
import type { Subscription } from './subscriptions.ts'
import type { BrokerParts } from './broker.ts'

/** Handed out in one turn of the event loop, so that others have theirs. */
const perTurnMax = 1000

/** What one subscription is still owed. */
interface Debt {
  readonly subscription: Subscription
  readonly messages: readonly RoutedMessage[]
  at: number
}

export class RetainedFeed {
  readonly #session: Session
  readonly #parts: BrokerParts
  readonly #debts: Debt[] = []
  #isScheduled = false

  constructor(session: Session, parts: BrokerParts) {
    this.#session = session
    this.#parts = parts
  }

  /** The retained messages of a subscription are to follow. [MQTT-3.3.1-9] [MQTT-3.3.1-10] */
  owe(subscription: Subscription): void {
    const { retained, clock, sysTopics } = this.#parts
    const messages = [
      ...retained.matching(subscription.filter, clock.nowUs()),
      ...sysTopics.matching(subscription.filter),
    ]
    if (messages.length === 0) return
    subscription.isOwed = true
    this.#debts.push({ subscription, messages, at: 0 })
  }

  /** After a restart: what was not given out completely begins anew. */
  resume(): void {
    for (const subscription of this.#session.subscriptions.values()) {
      const isOwing = this.#debts.some((debt) => debt.subscription === subscription)
      if (subscription.isOwed === true && !isOwing) this.owe(subscription)
    }
  }

  /** Gives out what the subscriber has room for. */
  pump(): void {
    if (this.#isScheduled) return
    let room = perTurnMax
    for (let debt = this.#debts[0]; debt !== undefined; debt = this.#debts[0]) {
      if (!this.#session.outbound.hasRoomForMore) return
      if (room-- === 0) return this.#schedule()
      const message = debt.messages[debt.at++]
      const { subscription } = debt
      const isCurrent = this.#session.subscriptions.get(subscription.filter) === subscription
      if (message !== undefined && isCurrent) this.#deliver(message, subscription)
      else this.#settled(subscription)
    }
  }

  #deliver(message: RoutedMessage, { qos, identifier }: Subscription): void {
    const { retained, ingest } = this.#parts
    const state = retained.stateOf(message)
    // Replaced or cleared meanwhile: that came, or comes, the ordinary way.
    if (state === 'gone') return
    const ticket = state === 'stored' ? 0 : ingest.open().ticket
    const deliveredQos = qos < message.qos ? qos : message.qos
    const identifiers = identifier === 0 ? undefined : [identifier]
    this.#session.deliver(message, deliveredQos, true, identifiers, ticket, false)
  }

  #settled(subscription: Subscription): void {
    this.#debts.shift()
    subscription.isOwed = false
    if (this.#session.isLasting) this.#session.recordChanged()
  }

  #schedule(): void {
    this.#isScheduled = true
    this.#parts.clock.soon(() => {
      this.#isScheduled = false
      this.#session.pump()
      this.#parts.flush()
    })
  }
}
