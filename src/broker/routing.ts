// What one message causes, in one turn of the event loop and one batch: readings, a retained message, copies
// for subscribers. The answer waits for the strictest of them (I1).
import type { Ingest, OpenBatch, Outcome, Participant, RouteTarget, Ticket } from '../ingest/contract.ts'
import { notWanted } from '../ingest/outcomes.ts'
import { assert } from '../lib/assert.ts'
import type { Message, Qos } from '../model/message.ts'
import type { Properties } from '../mqtt/packet.ts'
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

  constructor(ingest: Ingest, subscriptions: Subscriptions, retained: Retained, fanOut: TurnBudget) {
    this.#ingest = ingest
    this.#subscriptions = subscriptions
    this.#retained = retained
    this.#fanOut = fanOut
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
    for (const { session, identifiers } of route.subscribers) {
      session.deliver(message, 0, false, identifiers, 0, false)
    }
    for (const group of route.groups) group.deliver(message, 0, false, 0, false)
  }

  #accept(message: Message, targets: readonly RouteTarget[] | undefined): Outcome {
    return targets === undefined ? this.#ingest.accept(message) : this.#ingest.acceptFor(message, targets)
  }

  #deliver(message: Message, routed: RoutedMessage, route: TopicRoute, publisher: Session | undefined): void {
    const { ticket } = this
    const copies = route.subscribers.length + route.groups.length
    this.#fanOut.spend(fanOutCost(copies, routed.payload.length))
    const isBehindHeld = this.#heldTopics.has(message.topic)
    if (ticket !== 0) {
      const batch = this.#ingest.open()
      assert(batch.ticket === ticket, 'I1: a message and what it causes share one batch')
      batch.join(this)
      this.#heldTopics.set(message.topic, ticket)
    }
    for (const subscriber of route.subscribers) {
      const { session } = subscriber
      const wanted = session === publisher && subscriber.own !== undefined ? subscriber.own : subscriber
      if (wanted === null) continue // [MQTT-3.8.3-3]
      const qos: Qos = wanted.qos < message.qos ? wanted.qos : message.qos // [MQTT-3.8.4-8]
      const isRetained = wanted.retainAsPublished && message.retain // [MQTT-3.3.1-12] [MQTT-3.3.1-13]
      session.deliver(routed, qos, isRetained, wanted.identifiers, ticket, isBehindHeld)
    }
    for (const group of route.groups) group.deliver(routed, message.qos, message.retain, ticket, isBehindHeld)
  }

  seal(_batch: OpenBatch): void {
    // Nothing to add: it joins to hear which tickets are stored.
  }

  stored(ticket: Ticket): void {
    for (const [topic, heldTicket] of this.#heldTopics) {
      if (heldTicket <= ticket) this.#heldTopics.delete(topic)
    }
  }
}
