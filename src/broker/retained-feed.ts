// The retained messages that a new subscription is owed, given out as fast as the subscriber takes them, so
// that a wildcard over a million topics fills no queue.
import type { RetainedEntry, RetainedSearch } from './retained-search.ts'
import type { RoutedMessage } from './routed-message.ts'
import type { Session } from './session.ts'
import type { Subscription } from './subscriptions.ts'
import type { Ticket } from '../ingest/contract.ts'
import type { BrokerParts } from './broker.ts'
import { fanOutCost, type TurnBudget } from './turn-budget.ts'

/** Handed out in one turn of the event loop, so that others have theirs. */
const perTurnMax = 1000
/** Looked at in one step. */
const looksPerStep = 1000

/** What one subscription is still owed. */
interface Debt {
  readonly subscription: Subscription
  /** What the hub itself has to say. */
  readonly ofHub: RoutedMessage[]
  readonly search: RetainedSearch
}

export class RetainedFeed {
  readonly #session: Session
  readonly #parts: BrokerParts
  #debts: Debt[] = []
  #isScheduled = false

  constructor(session: Session, parts: BrokerParts) {
    this.#session = session
    this.#parts = parts
  }

  /** The retained messages of a subscription are to follow. [MQTT-3.3.1-9] [MQTT-3.3.1-10] */
  owe(subscription: Subscription): void {
    // Who subscribes again and again, and takes nothing, is not owed more and more.
    if (this.#debts.length > this.#session.subscriptions.size) {
      this.#debts = this.#debts.filter((debt) => this.#isCurrent(debt.subscription))
    }
    subscription.isOwed = true
    const { retained, sysTopics } = this.#parts
    const { filter } = subscription
    this.#debts.push({
      subscription,
      ofHub: sysTopics.matching(filter),
      search: retained.search(filter),
    })
  }

  /** After a restart: what was not given out completely begins anew. */
  resume(): void {
    for (const subscription of this.#session.subscriptions.values()) {
      const isOwing = this.#debts.some((debt) => debt.subscription === subscription)
      if (subscription.isOwed === true && !isOwing) this.owe(subscription)
    }
  }

  /** Gives out what the subscriber has room for. Section 3.8.4 lets it come before SUBACK; not every client expects
   *  that. */
  pump(): void {
    if (this.#isScheduled || (this.#session.link?.storedSends ?? 0) > 0) return
    let room = perTurnMax
    const nowTs = this.#parts.clock.nowUs()
    for (let debt = this.#debts[0]; debt !== undefined; debt = this.#debts[0]) {
      const { subscription } = debt
      if (!this.#isCurrent(subscription)) {
        this.#settled(subscription)
        continue
      }
      if (!this.#session.outbound.hasRoomForMore) return
      if (room-- === 0 || this.#parts.fanOut.isSpent) return this.#goOnWith(this.#parts.fanOut)
      if (this.#parts.looks.isSpent) return this.#goOnWith(this.#parts.looks)
      const own = debt.ofHub.shift()
      if (own !== undefined) {
        this.#deliver(own, subscription, 0)
        continue
      }
      const entry = this.#next(debt.search, nowTs)
      if (entry !== undefined) this.#deliverRetained(entry, subscription)
      else if (debt.search.isDone) this.#settled(subscription)
    }
  }

  #isCurrent(subscription: Subscription): boolean {
    return this.#session.subscriptions.get(subscription.filter) === subscription
  }

  #next(search: RetainedSearch, nowTs: number): RetainedEntry | undefined {
    const entry = search.next(nowTs, looksPerStep)
    this.#parts.looks.spend(search.looks + 1)
    search.looks = 0
    return entry
  }

  #deliverRetained(entry: RetainedEntry, subscription: Subscription): void {
    // Replaced or cleared meanwhile: that came, or comes, the ordinary way.
    if (entry.isGone) return
    const { retained, ingest } = this.#parts
    this.#deliver(entry.message, subscription, retained.isOpen(entry) ? ingest.open().ticket : 0)
  }

  #deliver(message: RoutedMessage, { qos, identifier }: Subscription, ticket: Ticket): void {
    const deliveredQos = qos < message.qos ? qos : message.qos
    const identifiers = identifier === 0 ? undefined : [identifier]
    this.#parts.fanOut.spend(fanOutCost(1, message.payload.length))
    this.#session.deliver(message, deliveredQos, true, identifiers, ticket, false)
  }

  #settled(subscription: Subscription): void {
    this.#debts.shift()
    subscription.isOwed = false
    if (this.#session.isLasting) this.#session.recordChanged()
  }

  #goOnWith(budget: TurnBudget): void {
    this.#isScheduled = true
    budget.whenRoom(() => this.#goOn())
  }

  #goOn(): void {
    this.#isScheduled = false
    if (this.#parts.isClosed) return
    this.#session.pump()
    this.#parts.flush()
  }
}
