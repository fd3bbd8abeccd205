// A shared subscription, section 4.8: sessions that divide the messages of one filter among them. Messages at
// QoS 1-2 wait in a queue of the group's own, which is stored as long as a lasting session is a member, and
// are lent to whoever has room. What a member has not acknowledged when it goes is lent to the next.
import type { OpenBatch, Participant, Ticket } from '../ingest/contract.ts'
import { assert } from '../lib/assert.ts'
import type { Qos } from '../model/message.ts'
import type { BrokerParts } from './broker.ts'
import { Copy } from './copy.ts'
import { Fifo } from './fifo.ts'
import { QueuePages, type QueueOwner } from './queue-pages.ts'
import type { Session } from './session.ts'
import type { RoutedMessage } from './routed-message.ts'
import { encodeQueued, groupKey, parseQueueKey, queueKey } from './state-codec.ts'
import type { Subscription } from './subscriptions.ts'

export class ShareGroup implements Participant, QueueOwner {
  /** As in SUBSCRIBE: `$share/name/filter`. */
  readonly text: string
  /** What its messages match. */
  readonly filter: string
  readonly key: string
  /** What it has must outlive the process. */
  isLasting = false
  /** The last batch with effects of the group that is stored. */
  storedTicket: Ticket = 0
  readonly #parts: BrokerParts
  readonly #members: Subscription[] = []
  /** Waiting for their commit, tickets ascending. */
  readonly #held = new Fifo<Copy>()
  /** Ready, numbers ascending. */
  readonly #queue = new Fifo<Copy>()
  /** Came back from members that are gone; they go first, the oldest before the others. */
  #returned: Copy[] = []
  readonly #pages: QueuePages
  #joinedTicket: Ticket = 0
  #lastNumber: number
  /** Copies that are not acknowledged, lent or not, in memory or not, and their bytes. */
  #count = 0
  #bytes = 0
  /** Who is asked first for the next message. */
  #turn = 0
  /** Some member takes more than QoS 0. */
  #hasQueue = false
  /** No member has room; somebody will say when that changes. */
  #isBlocked = false
  #hasEnded = false

  constructor(text: string, filter: string, parts: BrokerParts) {
    this.text = text
    this.filter = filter
    this.key = groupKey(text)
    this.#parts = parts
    // Never below the numbers of an earlier group of this name whose copies are still being deleted.
    this.#lastNumber = parts.clock.nowUs()
    this.#pages = new QueuePages(this, parts, this.#lastNumber)
  }

  get isEmpty(): boolean {
    return this.#members.length === 0
  }

  has(session: Session): boolean {
    return this.#members.some((member) => member.session === session)
  }

  /** QoS 1-2 copies that are not acknowledged. */
  get count(): number {
    return this.#count
  }

  /** Their bytes. */
  get bytes(): number {
    return this.#bytes
  }

  enter(subscription: Subscription): void {
    this.#members.push(subscription)
    this.#membersChanged()
  }

  /** What it has been lent, it may finish. */
  leave(subscription: Subscription): void {
    const at = this.#members.indexOf(subscription)
    if (at !== -1) this.#members.splice(at, 1)
    this.#membersChanged()
    if (this.isEmpty) this.#end()
  }

  /** Counts a copy found in the store at the start. */
  found(number: number, bytes: number): void {
    if (this.#count === 0) this.#pages.restart(0)
    this.#count++
    this.#bytes += bytes
    this.#parts.queued.add(bytes)
    this.#lastNumber = number
    this.#pages.storedUpTo(number)
  }

  /** Takes a message for one of the members.
   *  @param ticket the open batch, when the message must be stored before it is seen; otherwise 0. */
  deliver(
    message: RoutedMessage,
    qos: Qos,
    isRetained: boolean,
    ticket: Ticket,
    isBehindHeld: boolean,
  ): void {
    if (qos === 0 || !this.#hasQueue) return this.#deliverQos0(message, isRetained, ticket, isBehindHeld)
    const { queueMessagesMax, queueBytesMax, queueInMemoryMax } = this.#parts.limits
    if (this.#count >= queueMessagesMax || this.#bytes >= queueBytesMax) {
      const limit = this.#count >= queueMessagesMax ? 'queueMessagesMax' : 'queueBytesMax'
      for (const { session } of this.#members) this.#parts.sessions.overflow(session, limit)
      return
    }
    const copy = new Copy(message, qos, isRetained, undefined, ++this.#lastNumber)
    this.#count++
    if (this.isLasting) this.#put(copy)
    this.#bytes += copy.size
    this.#parts.queued.add(copy.size)
    const inMemory = this.#held.length + this.#queue.length
    if (copy.isStored) {
      const isPaged = inMemory >= queueInMemoryMax || !this.#pages.follows(copy.number)
      this.#pages.added(this.#joinedTicket, copy.number)
      if (isPaged) return
      copy.ticket = this.#joinedTicket
    } else if (ticket > 0) copy.ticket = this.#join()
    if (this.#pages.follows(copy.number)) this.#pages.loadedUpTo(copy.number)
    if (copy.ticket > 0 || this.#held.length > 0) this.#held.push(copy)
    else {
      this.#queue.push(copy)
      this.pump()
    }
  }

  /** A member can take more, perhaps. */
  memberHasRoom(): void {
    this.#isBlocked = false
    this.pump()
  }

  /** Lends what waits to members with room. */
  pump(): void {
    while (!this.#isBlocked) {
      const copy = this.#returned[0] ?? this.#queue.peek()
      if (copy === undefined) return this.#pages.loadNext((each) => this.#queue.push(each))
      if (copy.message.isExpired(this.#parts.clock.nowUs())) {
        this.#takeFirst()
        this.settled(copy)
        continue
      }
      const member = this.#nextMember(copy.qos)
      if (member === undefined) {
        this.#isBlocked = true
        return
      }
      this.#takeFirst()
      this.#lend(copy, member)
    }
  }

  /** A member is done with a copy: it is acknowledged, refused [MQTT-4.8.2-6], or can't be sent. */
  settled(copy: Copy): void {
    this.#count--
    this.#bytes -= copy.size
    if (!this.#hasEnded) this.#parts.queued.remove(1, copy.size)
    if (copy.isStored) this.#delete(copy)
  }

  /** A member has gone with a copy that it has not acknowledged. */
  takeBack(copy: Copy): void {
    if (this.isEmpty) return this.settled(copy)
    if (!copy.isStored && this.isLasting) this.#store(copy)
    copy.ticket = 0
    const at = this.#returned.findIndex(({ number }) => number > copy.number)
    this.#returned.splice(at === -1 ? this.#returned.length : at, 0, copy)
    this.#isBlocked = false
  }

  seal(_batch: OpenBatch): void {
    // Nothing to add: copies are put as they come. It joins to hear which batches are stored.
  }

  stored(ticket: Ticket): void {
    this.storedTicket = ticket
    this.#pages.stored(ticket)
    for (let copy = this.#held.peek(); copy !== undefined; copy = this.#held.peek()) {
      if (copy.ticket > ticket) break
      this.#held.shift()
      this.#queue.push(copy)
    }
    this.pump()
    this.#parts.flush()
  }

  unreadable(error: unknown): void {
    this.#parts.log.error('the queue of a shared subscription could not be read', {
      filter: this.text,
      cause: String(error),
    })
    for (const { session } of this.#members) this.#parts.failed('a queue could not be read', session, error)
  }

  #membersChanged(): void {
    this.#hasQueue = this.#members.some(({ qos }) => qos > 0)
    this.isLasting = this.#members.some(({ session, qos }) => qos > 0 && session.isLasting)
    this.#isBlocked = false
  }

  #deliverQos0(message: RoutedMessage, isRetained: boolean, ticket: Ticket, isBehindHeld: boolean): void {
    const member = this.#nextOf(({ session }) => session.receiver?.isCongested === false)
    const taker = member ?? this.#nextOf(({ session }) => session.receiver !== undefined)
    if (taker === undefined) return
    const { session, identifier, retainAsPublished } = taker
    const identifiers = identifier === 0 ? undefined : [identifier]
    session.deliver(message, 0, isRetained && retainAsPublished, identifiers, ticket, isBehindHeld)
  }

  /** Exactly once needs a member that outlives the process, where there is one. */
  #nextMember(qos: Qos): Subscription | undefined {
    const hasRoom = ({ session }: Subscription): boolean => session.outbound.hasRoom
    if (qos < 2) return this.#nextOf(hasRoom)
    return this.#nextOf((each) => each.session.isLasting && hasRoom(each)) ?? this.#nextOf(hasRoom)
  }

  #nextOf(isFit: (member: Subscription) => boolean): Subscription | undefined {
    const count = this.#members.length
    for (let i = 0; i < count; i++) {
      const at = (this.#turn + i) % count
      const member = this.#members[at]!
      if (!isFit(member)) continue
      this.#turn = at + 1
      return member
    }
    return undefined
  }

  #takeFirst(): void {
    if (this.#returned.length > 0) this.#returned.shift()
    else this.#queue.shift()
  }

  /** [MQTT-4.8.2-3] */
  #lend(copy: Copy, member: Subscription): void {
    const { session, identifier, retainAsPublished } = member
    const qos: Qos = member.qos < copy.qos ? member.qos : copy.qos
    const identifiers = identifier === 0 ? undefined : [identifier]
    const isRetained = copy.isRetained && retainAsPublished
    if (qos === 1) {
      session.outbound.borrow({ group: this, item: copy }, 1, isRetained, identifiers, 0)
      return
    }
    if (qos === 0) {
      session.deliver(copy.message, 0, isRetained, identifiers, 0, false)
      return this.settled(copy)
    }
    // A QoS 2 message that may have been sent is this member's alone [MQTT-4.8.2-4] [MQTT-4.8.2-5]: it
    // leaves the group's queue, and enters a lasting member's, before it leaves the hub.
    const ticket = copy.isStored ? this.#delete(copy) : 0
    copy.isStored = false
    if (!session.isLasting) {
      return session.outbound.borrow({ group: this, item: copy }, 2, isRetained, identifiers, ticket)
    }
    session.deliver(copy.message, 2, isRetained, identifiers, ticket, false)
    this.settled(copy)
  }

  #join(): Ticket {
    const batch = this.#parts.ingest.open()
    if (batch.ticket !== this.#joinedTicket) {
      assert(batch.ticket > this.#joinedTicket, 'I1: batches open in ascending order')
      batch.join(this)
      this.#joinedTicket = batch.ticket
      this.#parts.lastTicket = batch.ticket
    }
    return batch.ticket
  }

  #put(copy: Copy): void {
    this.#join()
    const value = encodeQueued(copy)
    copy.size = value.length
    copy.isStored = true
    this.#parts.ingest.open().put('queue', queueKey(this.key, copy.number), value)
  }

  /** Puts one that has been counted: in the store it is of another size. */
  #store(copy: Copy): void {
    const { size } = copy
    this.#put(copy)
    this.#bytes += copy.size - size
    this.#parts.queued.bytes += copy.size - size
  }

  #delete(copy: Copy): Ticket {
    const ticket = this.#join()
    this.#parts.ingest.open().delete('queue', queueKey(this.key, copy.number))
    return ticket
  }

  /** The last member has gone, and with it what waited. */
  #end(): void {
    const { log } = this.#parts
    const hadCopies = this.#count > 0
    this.#hasEnded = true
    this.#parts.queued.remove(this.#count, this.#bytes)
    this.#held.clear()
    this.#queue.clear()
    this.#returned = []
    if (!hadCopies) return
    this.#deleteAll(this.#lastNumber).catch((error: unknown) =>
      log.warn('copies of an ended shared subscription stay until the next start', { cause: String(error) }),
    )
  }

  async #deleteAll(upTo: number): Promise<void> {
    const { store, ingest } = this.#parts
    await ingest.stored(this.#joinedTicket)
    for await (const { key } of store.stateScan('queue', `${this.key}\u0000`)) {
      if (this.#parts.isClosed) return
      if (parseQueueKey(key).sessionKey === this.key && parseQueueKey(key).number <= upTo) {
        ingest.open().delete('queue', key)
      }
    }
  }
}
