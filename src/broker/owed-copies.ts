// Copies that are stored, for very many lasting sessions. They would make one batch for which everybody waits, so what
// joins the batch of the message is one record, of the message and who is to have it; with that they are stored (I1).
// The copies are made from it in bounded pieces, each in one batch with how far they have come, so that a kill between
// two of them neither loses nor doubles any.
//
//   space "queue"     key: U+0001 "owed", U+0000, number in 14 hexadecimal digits: the message, encodeOwed
//                     key: U+0001 "done", the same: key of the last session that has its copy, UTF-8
import type { Ingest, OpenBatch, Participant, Ticket } from '../ingest/contract.ts'
import type { Qos } from '../model/message.ts'
import type { Store } from '../storage/store.ts'
import { isStoredCopy, lower, stillSubscribes, wantedOf } from './distributions.ts'
import type { RoutedMessage } from './routed-message.ts'
import type { Session } from './session.ts'
import { decodeOwed, encodeOwed, parseQueueKey, queueKey, specialKey } from './state-codec.ts'
import type { Subscriber, TopicRoute } from './subscriptions.ts'
import { fanOutCost, type TurnBudget } from './turn-budget.ts'

/** Copies for more lasting sessions than this are made in pieces, of so many at most in one batch. */
export const storedAtOnceMax = 400
/** What the copies of a piece may cost, as `fanOutCost` counts. */
const pieceCostMax = 1024 * 1024
/** Messages with copies to be made, beyond which publishers to topics with subscribers wait (I7). */
const owedMax = 32

const owedKey = specialKey('owed')
const doneKey = specialKey('done')

/** A message, and who has not got its copy yet. */
interface Owed {
  readonly number: number
  readonly message: RoutedMessage
  readonly qos: Qos
  readonly retain: boolean
  readonly publisher: Session | undefined
  /** By the keys of their sessions, ascending. */
  readonly subscribers: readonly Subscriber[]
  /** How many have been looked at. */
  next: number
}

/** Who is found at the start. */
export interface Found {
  routeOf: (topic: string) => TopicRoute | undefined
  session: (key: string) => Session | undefined
}

export class OwedCopies implements Participant {
  readonly #ingest: Ingest
  readonly #budget: TurnBudget
  readonly #flush: () => void
  /** In the order in which they came. */
  readonly #owed: Owed[] = []
  #lastNumber = 0
  /** The batch of the piece in hand, and what it has room for. */
  #ticket: Ticket = 0
  #copiesLeft = 0
  #costLeft = 0
  /** For the next turn with room, or for the piece in hand to be stored. */
  #isWaiting = false
  #isStopped = false

  constructor(ingest: Ingest, budget: TurnBudget, flush: () => void) {
    this.#ingest = ingest
    this.#budget = budget
    this.#flush = flush
  }

  /** So much is owed that no more is taken in. */
  get isBehind(): boolean {
    return this.#owed.length >= owedMax
  }

  /** Whether the stored copies of a message at QoS 1-2 are made here: there are very many, or they must stay behind
   *  those of an earlier message of the topic. [MQTT-4.6.0-6] */
  takes(topic: string, route: TopicRoute): boolean {
    if (route.lasting.length === 0) return false
    if (route.lasting.length > storedAtOnceMax) return true
    return this.#owed.some(({ message }) => message.topic === topic)
  }

  /** Takes a message of the open batch: its record joins, and as many copies as there is room for. */
  add(
    message: RoutedMessage,
    qos: Qos,
    retain: boolean,
    route: TopicRoute,
    publisher: Session | undefined,
  ): void {
    const number = ++this.#lastNumber
    const value = encodeOwed({ message, qos, isRetained: retain, publisher: publisher?.key ?? '' })
    this.#ingest.open().put('queue', queueKey(owedKey, number), value)
    this.#owed.push({ number, message, qos, retain, publisher, subscribers: route.lasting, next: 0 })
    this.#work()
  }

  /** Finds what an earlier process has left to do, and goes on with it. */
  async load(store: Store, { routeOf, session }: Found): Promise<void> {
    const done = new Map<number, string>()
    for await (const { key, value } of store.stateScan('queue', `${doneKey}\u0000`)) {
      done.set(parseQueueKey(key).number, Buffer.from(value).toString())
    }
    for await (const { key, value } of store.stateScan('queue', `${owedKey}\u0000`)) {
      const { number } = parseQueueKey(key)
      const { message, qos, isRetained: retain, publisher } = decodeOwed(value)
      const lastKey = done.get(number)
      const subscribers = routeOf(message.topic)?.lasting ?? []
      const left = lastKey === undefined ? 0 : subscribers.findIndex((each) => each.session.key > lastKey)
      const next = left === -1 ? subscribers.length : left
      this.#owed.push({ number, message, qos, retain, publisher: session(publisher), subscribers, next })
      this.#lastNumber = number
    }
    if (this.#owed.length > 0) this.#goOnLater()
  }

  /** The hub is about to stop: what is left is made after the next start. */
  stop(): void {
    this.#isStopped = true
  }

  seal(_batch: OpenBatch): void {
    // Nothing to add: it joins to hear that there is room for the next piece.
  }

  stored(_ticket: Ticket): void {
    this.#isWaiting = false
    this.#work()
    this.#flush()
  }

  /** Makes copies as far as this turn and the open batch have room. */
  #work(): void {
    if (this.#isWaiting || this.#isStopped) return
    for (let first = this.#owed[0]; first !== undefined; first = this.#owed[0]) {
      const batch = this.#ingest.open()
      if (batch.ticket !== this.#ticket) {
        this.#ticket = batch.ticket
        this.#copiesLeft = storedAtOnceMax
        this.#costLeft = pieceCostMax
      }
      const isFinished = this.#makeCopies(first)
      if (!isFinished) return this.#keepPlace(batch, first)
      batch.delete('queue', queueKey(owedKey, first.number))
      batch.delete('queue', queueKey(doneKey, first.number))
      this.#owed.shift()
    }
  }

  /** @returns whether everybody has it. */
  #makeCopies(owed: Owed): boolean {
    const cost = fanOutCost(1, owed.message.payload.length)
    while (owed.next < owed.subscribers.length) {
      if (this.#budget.isSpent || !this.#hasRoom) return false
      if (!this.#deliver(owed, owed.subscribers[owed.next++]!)) continue
      this.#budget.spend(cost)
      this.#costLeft -= cost
      this.#copiesLeft--
    }
    return true
  }

  get #hasRoom(): boolean {
    return this.#copiesLeft > 0 && this.#costLeft > 0 && !this.#ingest.isFull
  }

  /** With the copies of a piece it is stored how far they have come. */
  #keepPlace(batch: OpenBatch, owed: Owed): void {
    if (owed.next > 0) {
      const { session } = owed.subscribers[owed.next - 1]!
      batch.put('queue', queueKey(doneKey, owed.number), Buffer.from(session.key))
    }
    if (this.#hasRoom) this.#goOnLater()
    else {
      batch.join(this)
      this.#isWaiting = true
    }
  }

  #goOnLater(): void {
    this.#isWaiting = true
    this.#budget.whenRoom(() => {
      this.#isWaiting = false
      this.#work()
      this.#flush()
    })
  }

  /** @returns whether there is a copy for this subscriber. */
  #deliver({ message, qos, retain, publisher }: Owed, subscriber: Subscriber): boolean {
    const { session } = subscriber
    const wanted = wantedOf(subscriber, publisher)
    if (wanted === null) return false
    const granted = lower(wanted.qos, qos)
    if (!isStoredCopy(session, granted) || !stillSubscribes(subscriber, message.topic)) return false
    const isRetained = wanted.retainAsPublished && retain // [MQTT-3.3.1-12] [MQTT-3.3.1-13]
    session.deliver(message, granted, isRetained, wanted.identifiers, 0, false)
    return true
  }
}
