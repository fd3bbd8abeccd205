// What one message causes, in one turn of the event loop and one batch: readings, a retained message, copies that
// are stored for subscribers. The answer waits for the strictest of them (I1). Copies that are not stored may follow
// in later turns, when there are very many.
import type { Ingest, OpenBatch, Outcome, Participant, RouteTarget, Ticket } from '../ingest/contract.ts'
import { notWanted } from '../ingest/outcomes.ts'
import { assert } from '../lib/assert.ts'
import type { Message } from '../model/message.ts'
import type { Properties } from '../mqtt/packet.ts'
import type { Store } from '../storage/store.ts'
import { copiesAtOnceMax, Distributions, isStoredCopy, lower, wantedOf } from './distributions.ts'
import { OwedCopies } from './owed-copies.ts'
import type { Retained } from './retained.ts'
import { RoutedMessage } from './routed-message.ts'
import type { Session } from './session.ts'
import type { Subscriptions, TopicRoute } from './subscriptions.ts'
import { fanOutCost, type TurnBudget } from './turn-budget.ts'

export class Routing implements Participant {
  /** Of the last message: the batch its answer waits for, 0 for none. */
  ticket: Ticket = 0
  /** Of the last message: an integration or a subscriber wants it. */
  isWanted = false
  /** Of the last message: its answer says that an integration has stored it. */
  isPromise = false
  /** Of the last message: why no converter could read it; undefined when it was read. */
  rejection: string | undefined
  readonly #ingest: Ingest
  readonly #subscriptions: Subscriptions
  readonly #retained: Retained
  readonly #fanOut: TurnBudget
  /** Topics with messages that subscribers wait for, and the batch of the last: later messages of such a
   *  topic stay behind them. [MQTT-4.6.0-6] */
  readonly #heldTopics = new Map<string, Ticket>()
  readonly #distributions: Distributions
  readonly #owed: OwedCopies

  /** @param flush writes what connections have to send, after a turn of handing out. */
  constructor(
    ingest: Ingest,
    subscriptions: Subscriptions,
    retained: Retained,
    fanOut: TurnBudget,
    flush: () => void,
  ) {
    this.#ingest = ingest
    this.#subscriptions = subscriptions
    this.#retained = retained
    this.#fanOut = fanOut
    this.#distributions = new Distributions(fanOut, flush)
    this.#owed = new OwedCopies(ingest, fanOut, flush)
  }

  /** So many messages are being handed out to very many subscribers that others have to wait. */
  get isBehind(): boolean {
    return this.#distributions.isBehind || this.#owed.isBehind
  }

  /** Goes on with what an earlier process has taken in and not handed out. */
  load(store: Store, sessions: { get(key: string): Session | undefined }): Promise<void> {
    return this.#owed.load(store, {
      routeOf: (topic) => this.#subscriptions.routeOf(topic),
      session: (key) => sessions.get(key),
    })
  }

  /** Hands out what is stored, whatever work it makes: the hub is about to stop. */
  settle(): void {
    this.#owed.stop()
    this.#distributions.settle()
  }

  /** Takes a message in. Its results are the public fields, until the next call.
   *  @param publisher the session it came from; undefined when it comes from none.
   *  @param properties of the PUBLISH or will that brought it.
   *  @param targets of a message that was prepared; undefined for those that its topic has. */
  take(
    message: Message,
    publisher: Session | undefined,
    properties: Properties | undefined,
    targets: readonly RouteTarget[] | undefined,
  ): void {
    // A retained message without a payload clears the slot of its topic: it is no telemetry. [MQTT-3.3.1-6]
    const isClear = message.retain && message.payloadStart === message.payloadEnd
    const outcome = isClear ? notWanted : this.#accept(message, targets)
    const route = this.#subscriptions.routeOf(message.topic)
    this.isWanted = outcome.isWanted
    this.rejection = outcome.rejection
    this.ticket = outcome.ticket
    this.isPromise = outcome.isStoredFirst
    if (route === undefined && !message.retain) return
    const isDurable = message.qos > 0 && (message.retain || route?.isLasting === true)
    if (isDurable && this.ticket === 0) this.ticket = this.#ingest.open().ticket
    let routed: RoutedMessage | undefined
    if (message.retain) {
      routed = RoutedMessage.from(message, properties)
      this.#retained.keep(message, routed, this.ticket !== 0, publisher?.owner ?? '')
    }
    if (route === undefined || route.isEmpty) return
    this.isWanted = true
    this.#deliver(message, routed ?? RoutedMessage.from(message, properties), route, publisher)
  }

  /** Takes in a message whose payload is not what its publisher says: kept raw for those who want it (I6),
   * and  handed to no subscriber. The results are the public fields. */
  takeUnreadable(message: Message, targets: readonly RouteTarget[] | undefined): void {
    const outcome = this.#accept(message, targets)
    this.isWanted = outcome.isWanted
    this.ticket = outcome.ticket
    this.isPromise = outcome.isStoredFirst
    this.rejection = outcome.rejection ?? 'The payload says that it is UTF-8, and is not.'
  }

  /** Hands a message of the hub itself to whoever subscribes, at QoS 0; no integration takes it. */
  announce(message: RoutedMessage): void {
    const route = this.#subscriptions.routeOf(message.topic)
    if (route === undefined || route.isEmpty) return
    this.#distributions.add({
      message,
      qos: 0,
      retain: false,
      route,
      publisher: undefined,
      ticket: 0,
      isBehindHeld: false,
      next: 0,
    })
  }

  #accept(message: Message, targets: readonly RouteTarget[] | undefined): Outcome {
    return targets === undefined ? this.#ingest.accept(message) : this.#ingest.acceptFor(message, targets)
  }

  #deliver(message: Message, routed: RoutedMessage, route: TopicRoute, publisher: Session | undefined): void {
    const { ticket } = this
    const { topic, qos, retain } = message
    const copies = route.subscribers.length + route.groups.length
    const isBehindHeld = this.#heldTopics.has(topic)
    const isForMany = copies > copiesAtOnceMax || this.#distributions.has(topic)
    if (ticket !== 0) {
      const batch = this.#ingest.open()
      assert(batch.ticket === ticket, 'I1: a message and what it causes share one batch')
      batch.join(this)
      this.#heldTopics.set(topic, ticket)
    }
    // I1: a copy that is stored joins the batch of its message, in this turn; or, of very many, what is owed does.
    const isOwed = qos > 0 && this.#owed.takes(topic, route)
    if (!isForMany || route.isLasting) {
      // None of this turn: those that are stored are owed, the others are handed out.
      const subscribers = isForMany && isOwed ? [] : route.subscribers
      for (const subscriber of subscribers) {
        const { session } = subscriber
        const wanted = wantedOf(subscriber, publisher)
        if (wanted === null) continue
        const granted = lower(wanted.qos, qos)
        if ((isForMany || isOwed) && isStoredCopy(session, granted) === isOwed) continue
        const isRetained = wanted.retainAsPublished && retain // [MQTT-3.3.1-12] [MQTT-3.3.1-13]
        session.deliver(routed, granted, isRetained, wanted.identifiers, ticket, isBehindHeld)
      }
      for (const group of route.groups) {
        if (!isForMany || isStoredCopy(group, qos)) group.deliver(routed, qos, retain, ticket, isBehindHeld)
      }
    }
    if (isOwed) this.#owed.add(routed, qos, retain, route, publisher)
    if (!isForMany) this.#fanOut.spend(fanOutCost(copies, routed.payload.length))
    else {
      this.#distributions.add({
        message: routed,
        qos,
        retain,
        route,
        publisher,
        ticket,
        isBehindHeld,
        next: 0,
      })
    }
  }

  seal(_batch: OpenBatch): void {
    // Nothing to add: it joins to hear which tickets are stored.
  }

  stored(ticket: Ticket): void {
    for (const [topic, heldTicket] of this.#heldTopics) {
      if (heldTicket <= ticket) this.#heldTopics.delete(topic)
    }
    this.#distributions.stored(ticket)
  }
}
