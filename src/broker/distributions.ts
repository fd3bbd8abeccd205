// Messages for very many subscribers, handed out over turns of the event loop: as many copies in each as the fan-out
// budget has room for. Messages of one topic stay in order [MQTT-4.6.0-6]; those of other topics come between.
import type { Ticket } from '../ingest/contract.ts'
import type { Qos } from '../model/message.ts'
import { matches } from '../mqtt/topic.ts'
import type { RoutedMessage } from './routed-message.ts'
import type { Session } from './session.ts'
import type { ShareGroup } from './share-group.ts'
import type { Subscriber, TopicRoute } from './subscriptions.ts'
import { fanOutCost, type TurnBudget } from './turn-budget.ts'

/** A message for more than this many is handed out over turns. */
export const copiesAtOnceMax = 128
/** Messages being handed out, beyond which publishers to topics with subscribers wait (I7). */
const underWayMax = 32

/** One message, and who has not got it yet. */
export interface Distribution {
  readonly message: RoutedMessage
  readonly qos: Qos
  readonly retain: boolean
  readonly route: TopicRoute
  readonly publisher: Session | undefined
  /** The batch that must be stored before anybody sees it; 0 for none. */
  readonly ticket: Ticket
  /** An earlier message of this topic may still be held by its subscribers: this must not overtake it. */
  readonly isBehindHeld: boolean
  /** How many have been looked at: subscribers, then groups. */
  next: number
}

/** Whether a copy is stored: then it joins the batch of its message at once, whoever else waits. */
export function isStoredCopy(session: Session | ShareGroup, qos: Qos): boolean {
  return qos > 0 && session.isLasting
}

export class Distributions {
  readonly #budget: TurnBudget
  readonly #flush: () => void
  /** By topic, in order. */
  readonly #waiting = new Map<string, Distribution[]>()
  #storedTicket: Ticket = 0
  #underWay = 0
  #isScheduled = false

  constructor(budget: TurnBudget, flush: () => void) {
    this.#budget = budget
    this.#flush = flush
  }

  /** So much is under way that no more is taken in. */
  get isBehind(): boolean {
    return this.#underWay >= underWayMax
  }

  /** Some message of this topic has not reached everybody: what comes now goes behind it. */
  has(topic: string): boolean {
    return this.#waiting.has(topic)
  }

  /** Hands a message out: at once as far as this turn has room. */
  add(distribution: Distribution): void {
    const { topic } = distribution.message
    const others = this.#waiting.get(topic)
    if (others === undefined) this.#waiting.set(topic, [distribution])
    else others.push(distribution)
    if (this.#isReady(distribution)) this.#underWay++
    if (others === undefined) this.#work()
  }

  stored(ticket: Ticket): void {
    for (const distributions of this.#waiting.values()) {
      for (const each of distributions) {
        if (!this.#isReady(each) && each.ticket <= ticket) this.#underWay++
      }
    }
    this.#storedTicket = ticket
    if (this.#waiting.size === 0) return
    this.#work()
    this.#flush()
  }

  /** Hands out what is stored, whatever work it makes: the hub is about to stop. */
  settle(): void {
    for (const topic of this.#waiting.keys()) this.#handOut(topic, () => true)
  }

  #isReady({ ticket }: Distribution): boolean {
    return ticket <= this.#storedTicket
  }

  #work(): void {
    const hasRoom = (): boolean => !this.#budget.isSpent
    for (const topic of this.#waiting.keys()) {
      if (!hasRoom()) break
      this.#handOut(topic, hasRoom)
    }
    if (this.#underWay === 0 || this.#isScheduled) return
    this.#isScheduled = true
    this.#budget.whenRoom(() => {
      this.#isScheduled = false
      this.#work()
      this.#flush()
    })
  }

  /** Goes on with the messages of a topic. What is not done is last from now on, so that all topics get on. */
  #handOut(topic: string, hasRoom: () => boolean): void {
    const distributions = this.#waiting.get(topic)!
    for (let first = distributions[0]; first !== undefined; first = distributions[0]) {
      if (!this.#isReady(first)) return
      if (!this.#goOn(first, hasRoom)) break
      distributions.shift()
      this.#underWay--
    }
    this.#waiting.delete(topic)
    if (distributions.length > 0) this.#waiting.set(topic, distributions)
  }

  /** @returns whether everybody has it. */
  #goOn(distribution: Distribution, hasRoom: () => boolean): boolean {
    const { message, qos, retain, isBehindHeld, route } = distribution
    const { subscribers, groups } = route
    const cost = fanOutCost(1, message.payload.length)
    while (distribution.next < subscribers.length + groups.length) {
      if (!hasRoom()) return false
      const at = distribution.next++
      const subscriber = subscribers[at]
      if (subscriber !== undefined) {
        if (this.#deliver(distribution, subscriber)) this.#budget.spend(cost)
        continue
      }
      const group = groups[at - subscribers.length]!
      if (isStoredCopy(group, qos) || group.isEmpty) continue
      group.deliver(message, qos, retain, 0, isBehindHeld)
      this.#budget.spend(cost)
    }
    return true
  }

  #deliver({ message, qos, retain, publisher, isBehindHeld }: Distribution, subscriber: Subscriber): boolean {
    const { session } = subscriber
    const wanted = wantedOf(subscriber, publisher)
    if (wanted === null || isStoredCopy(session, lower(wanted.qos, qos))) return false
    if (!stillSubscribes(subscriber, message.topic)) return false
    const isRetained = wanted.retainAsPublished && retain
    session.deliver(message, lower(wanted.qos, qos), isRetained, wanted.identifiers, 0, isBehindHeld)
    return true
  }
}

/** What a subscriber wants of a message that may be its own; null for nothing. [MQTT-3.8.3-3] */
export function wantedOf(subscriber: Subscriber, publisher: Session | undefined): Subscriber | null {
  return subscriber.session === publisher && subscriber.own !== undefined ? subscriber.own : subscriber
}

/** [MQTT-3.8.4-8] */
export function lower(granted: Qos, published: Qos): Qos {
  return granted < published ? granted : published
}

/** It may have unsubscribed, or gone, since the message came. */
export function stillSubscribes({ session, filter }: Subscriber, topic: string): boolean {
  const { subscriptions } = session
  if (subscriptions.has(filter)) return true
  return [...subscriptions.keys()].some((other) => matches(other, topic))
}
