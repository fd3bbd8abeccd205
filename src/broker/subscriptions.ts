// Who subscribes to what. What a topic name means is remembered until a subscription changes, so that a
// message on a topic that nobody subscribes to costs one look.
import type { Qos } from '../model/message.ts'
import { FilterTree } from '../mqtt/filter-tree.ts'
import type { Session } from './session.ts'
import type { StoredSubscription } from './state-codec.ts'

export interface Subscription extends StoredSubscription {
  readonly session: Session
}

/** One session that wants a topic, however many of its filters match. */
export interface Subscriber {
  readonly session: Session
  /** The highest granted. */
  readonly qos: Qos
  /** All its matching subscriptions refuse its own messages. */
  readonly noLocal: boolean
  readonly retainAsPublished: boolean
  /** Of all matching subscriptions that have one; undefined when none has. */
  readonly identifiers: readonly number[] | undefined
}

/** Who wants one topic name. */
export class TopicRoute {
  readonly subscribers: readonly Subscriber[]
  /** Some lasting session wants it at QoS 1-2: a copy for it is a durable effect. */
  readonly isLasting: boolean

  constructor(subscribers: readonly Subscriber[]) {
    this.subscribers = subscribers
    this.isLasting = subscribers.some(({ session, qos }) => qos > 0 && session.isLasting)
  }
}

export class Subscriptions {
  readonly #tree = new FilterTree<Subscription>()
  readonly #routesMax: number
  readonly #routes = new Map<string, TopicRoute>()
  /** How many there are, of all sessions. */
  count = 0

  constructor(routesMax: number) {
    this.#routesMax = routesMax
  }

  add(subscription: Subscription): void {
    this.#tree.add(subscription.filter, subscription)
    this.count++
    this.#routes.clear()
  }

  remove(subscription: Subscription): void {
    this.#tree.remove(subscription.filter, subscription)
    this.count--
    this.#routes.clear()
  }

  /** Who wants the topic; undefined when nobody subscribes to anything. */
  routeOf(topic: string): TopicRoute | undefined {
    if (this.count === 0) return undefined
    const known = this.#routes.get(topic)
    if (known !== undefined) return known
    if (this.#routes.size >= this.#routesMax) this.#routes.clear()
    const route = new TopicRoute(this.#subscribersOf(topic))
    this.#routes.set(topic, route)
    return route
  }

  #subscribersOf(topic: string): Subscriber[] {
    const bySession = new Map<Session, Subscription[]>()
    this.#tree.match(topic, (subscription) => {
      const others = bySession.get(subscription.session)
      if (others === undefined) bySession.set(subscription.session, [subscription])
      else others.push(subscription)
    })
    return [...bySession].map(([session, matching]) => merge(session, matching))
  }
}

/** A session gets one copy, at the highest QoS of its matching subscriptions. [MQTT-3.3.4-2] */
function merge(session: Session, matching: Subscription[]): Subscriber {
  const identifiers = matching.map(({ identifier }) => identifier).filter((identifier) => identifier !== 0)
  return {
    session,
    qos: matching.reduce<Qos>((highest, { qos }) => (qos > highest ? qos : highest), 0),
    noLocal: matching.every(({ noLocal }) => noLocal),
    retainAsPublished: matching.some(({ retainAsPublished }) => retainAsPublished),
    identifiers: identifiers.length === 0 ? undefined : identifiers,
  }
}
