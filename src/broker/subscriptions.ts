// Who subscribes to what. What a topic name means is remembered until a subscription changes, so that a
// message on a topic that nobody subscribes to costs one look.
import type { Qos } from '../model/message.ts'
import { FilterTree } from '../mqtt/filter-tree.ts'
import { parseSharedFilter } from '../mqtt/topic.ts'
import type { BrokerParts } from './broker.ts'
import type { Session } from './session.ts'
import { ShareGroup } from './share-group.ts'
import type { StoredSubscription } from './state-codec.ts'

export interface Subscription extends StoredSubscription {
  readonly session: Session
}

/** One session that wants a topic, however many of its filters match. */
export interface Subscriber {
  readonly session: Session
  /** One of those that match. */
  readonly filter: string
  /** The highest granted. */
  readonly qos: Qos
  /** What it wants of its own messages, when some of its matching subscriptions refuse them; null for
   * nothing.  [MQTT-3.8.3-3] */
  readonly own?: Subscriber | null
  readonly retainAsPublished: boolean
  /** Of all matching subscriptions that have one; undefined when none has. */
  readonly identifiers: readonly number[] | undefined
}

/** Who wants one topic name. */
export class TopicRoute {
  readonly subscribers: readonly Subscriber[]
  /** Shared subscriptions: one member of each gets it. */
  readonly groups: readonly ShareGroup[]
  /** Some lasting session wants it at QoS 1-2: a copy for it is a durable effect. */
  readonly isLasting: boolean
  #lasting: readonly Subscriber[] | undefined

  constructor(subscribers: readonly Subscriber[], groups: readonly ShareGroup[]) {
    this.subscribers = subscribers
    this.groups = groups
    this.isLasting =
      subscribers.some(({ session, qos }) => qos > 0 && session.isLasting) ||
      groups.some(({ isLasting }) => isLasting)
  }

  get isEmpty(): boolean {
    return this.subscribers.length === 0 && this.groups.length === 0
  }

  /** Lasting sessions that want it at QoS 1-2, by their keys, ascending. */
  get lasting(): readonly Subscriber[] {
    if (!this.isLasting) return []
    if (this.#lasting === undefined) {
      const lasting = this.subscribers.filter(({ session, qos }) => qos > 0 && session.isLasting)
      this.#lasting = lasting.sort((a, b) => (a.session.key < b.session.key ? -1 : 1))
    }
    return this.#lasting
  }
}

export class Subscriptions {
  readonly #parts: BrokerParts
  readonly #tree = new FilterTree<Subscription>()
  readonly #groupTree = new FilterTree<ShareGroup>()
  /** By the filter as in SUBSCRIBE. */
  readonly #groups = new Map<string, ShareGroup>()
  readonly #routes = new Map<string, TopicRoute>()
  /** How many there are, of all sessions. */
  count = 0

  constructor(parts: BrokerParts) {
    this.#parts = parts
  }

  get groupCount(): number {
    return this.#groups.size
  }

  group(text: string): ShareGroup | undefined {
    return this.#groups.get(text)
  }

  add(subscription: Subscription): void {
    const shared = parseSharedFilter(subscription.filter)
    if (shared === undefined) this.#tree.add(subscription.filter, subscription)
    else this.#enter(subscription, shared.filter)
    this.count++
    this.#routes.clear()
  }

  remove(subscription: Subscription): void {
    const group = this.#groups.get(subscription.filter)
    if (group === undefined) this.#tree.remove(subscription.filter, subscription)
    else this.#leave(subscription, group)
    this.count--
    this.#routes.clear()
  }

  /** The same filter again, perhaps with other options. [MQTT-3.8.4-3] What a group has for it stays. */
  replace(old: Subscription, subscription: Subscription): void {
    this.add(subscription)
    this.remove(old)
  }

  #enter(subscription: Subscription, filter: string): void {
    const { session, filter: text } = subscription
    let group = this.#groups.get(text)
    if (group === undefined) {
      group = new ShareGroup(text, filter, this.#parts)
      this.#groups.set(text, group)
      this.#groupTree.add(filter, group)
    }
    group.enter(subscription)
    if (!session.groups.includes(group)) session.groups = [...session.groups, group]
  }

  #leave(subscription: Subscription, group: ShareGroup): void {
    const { session } = subscription
    group.leave(subscription)
    if (!group.has(session)) session.groups = session.groups.filter((each) => each !== group)
    if (!group.isEmpty) return
    this.#groups.delete(group.text)
    this.#groupTree.remove(group.filter, group)
  }

  /** Who wants the topic; undefined when nobody subscribes to anything. */
  routeOf(topic: string): TopicRoute | undefined {
    if (this.count === 0) return undefined
    const known = this.#routes.get(topic)
    if (known !== undefined) return known
    if (this.#routes.size >= this.#parts.limits.routesMax) this.#routes.clear()
    const route = new TopicRoute(this.#subscribersOf(topic), this.#groupsOf(topic))
    this.#routes.set(topic, route)
    return route
  }

  #groupsOf(topic: string): ShareGroup[] {
    const groups: ShareGroup[] = []
    this.#groupTree.match(topic, (group) => groups.push(group))
    return groups
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
  const subscriber: Subscriber = {
    session,
    filter: matching[0]!.filter,
    qos: matching.reduce<Qos>((highest, { qos }) => (qos > highest ? qos : highest), 0),
    retainAsPublished: matching.some(({ retainAsPublished }) => retainAsPublished),
    identifiers: identifiers.length === 0 ? undefined : identifiers,
  }
  const local = matching.filter(({ noLocal }) => !noLocal)
  if (local.length === matching.length) return subscriber
  return { ...subscriber, own: local.length === 0 ? null : merge(session, local) }
}
