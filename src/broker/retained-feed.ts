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
  /** Undefined before they have been looked for. */
  messages: readonly RoutedMessage[] | undefined
  at: number
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
    this.#debts.push({ subscription, messages: undefined, at: 0 })
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
      const { subscription } = debt
      if (!this.#isCurrent(subscription)) {
        this.#settled(subscription)
        continue
      }
      if (!this.#session.outbound.hasRoomForMore) return
      const waitMs = debt.messages === undefined ? this.#waitMs() : 0
      if (waitMs > 0) return this.#scheduleAfter(waitMs)
      debt.messages ??= this.#matching(subscription.filter)
      if (room-- === 0) return this.#schedule()
      if (this.#parts.fanOut.isSpent) {
        this.#isScheduled = true
        return this.#parts.fanOut.whenRoom(() => this.#goOn())
      }
      const message = debt.messages[debt.at++]
      if (message !== undefined) this.#deliver(message, subscription)
      else this.#settled(subscription)
    }
  }

  #isCurrent(subscription: Subscription): boolean {
    return this.#session.subscriptions.get(subscription.filter) === subscription
  }

  /** Looking through all retained messages takes half of the time at most, however many ask for it. */
  #waitMs(): number {
    return this.#parts.retained.nextScanMs - this.#parts.clock.monotonicMs()
  }

  #matching(filter: string): RoutedMessage[] {
    const { retained, clock, sysTopics } = this.#parts
    const startedMs = clock.monotonicMs()
    const messages = [...retained.matching(filter, clock.nowUs()), ...sysTopics.matching(filter)]
    const endedMs = clock.monotonicMs()
    retained.nextScanMs = endedMs + (endedMs - startedMs)
    return messages
  }

  #deliver(message: RoutedMessage, { qos, identifier }: Subscription): void {
    const { retained, ingest } = this.#parts
    const state = retained.stateOf(message)
    // Replaced or cleared meanwhile: that came, or comes, the ordinary way.
    if (state === 'gone') return
    const ticket = state === 'stored' ? 0 : ingest.open().ticket
    const deliveredQos = qos < message.qos ? qos : message.qos
    const identifiers = identifier === 0 ? undefined : [identifier]
    this.#parts.fanOut.spend(1, message.payload.length)
    this.#session.deliver(message, deliveredQos, true, identifiers, ticket, false)
  }

  #settled(subscription: Subscription): void {
    this.#debts.shift()
    subscription.isOwed = false
    if (this.#session.isLasting) this.#session.recordChanged()
  }

  #schedule(): void {
    this.#isScheduled = true
    this.#parts.clock.soon(() => this.#goOn())
  }

  #scheduleAfter(delayMs: number): void {
    this.#isScheduled = true
    this.#parts.clock.after(delayMs, () => this.#goOn())
  }

  #goOn(): void {
    this.#isScheduled = false
    if (this.#parts.isClosed) return
    this.#session.pump()
    this.#parts.flush()
  }
}
