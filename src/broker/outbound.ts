// Messages on their way to one session: held until they are stored (I8), queued until the subscriber's window
// has room, in flight until it has acknowledged them. QoS 1-2 copies for a lasting session stand in space
// "queue" too, in the same batch as the publisher's readings, and are deleted there when acknowledged.
import type { Ticket } from '../ingest/contract.ts'
import { assert } from '../lib/assert.ts'
import type { Qos } from '../model/message.ts'
import { encode, writeAck } from '../mqtt/encoder.ts'
import { reasonCode } from '../mqtt/reason.ts'
import type { BrokerParts } from './broker.ts'
import { Copy, packetIdOf, type Loan } from './copy.ts'
import { Fifo } from './fifo.ts'
import type { ReachableLimit } from './limits-reached.ts'
import type { Link } from './link.ts'
import { QueuePages } from './queue-pages.ts'
import type { RoutedMessage } from './routed-message.ts'
import { noAlias } from './sent-aliases.ts'
import type { Session } from './session.ts'
import type { ShareGroup } from './share-group.ts'
import { encodeQueued, queueKey } from './state-codec.ts'

/** A PUBREL that leaves when its batch is stored. */
interface Release {
  packetId: number
  ticket: Ticket
}

export class Outbound {
  readonly #session: Session
  readonly #parts: BrokerParts
  /** Waiting for their commit, tickets ascending. */
  readonly #held = new Fifo<Copy>()
  /** QoS 1-2, ready to be sent, numbers ascending. */
  readonly #queue = new Fifo<Copy>()
  /** Sent, by packet identifier. */
  readonly #inflight = new Map<number, Copy>()
  readonly #releases = new Fifo<Release>()
  readonly #pages: QueuePages
  #heldQos0 = 0
  /** QoS 1-2 copies that are not acknowledged, in memory or not, and their bytes. */
  #count = 0
  #bytes = 0
  #lastNumber: number
  /** Copies up to this one may have been sent before. */
  #sentNumber: number
  readonly #isSentKnown: boolean

  /** @param start copies are numbered from the next on.
   *  @param sentNumber copies up to this one may have been sent; undefined: all that are found. */
  constructor(session: Session, parts: BrokerParts, start: number, sentNumber: number | undefined) {
    this.#session = session
    this.#parts = parts
    this.#lastNumber = start
    this.#sentNumber = sentNumber ?? start
    this.#isSentKnown = sentNumber !== undefined
    this.#pages = new QueuePages(session, parts, start)
  }

  /** Number of the last copy; what comes after it belongs to what comes after. */
  get lastNumber(): number {
    return this.#lastNumber
  }

  /** Copies up to this one may have been sent. */
  get sentNumber(): number {
    return this.#sentNumber
  }

  /** QoS 1-2 copies that are not acknowledged. */
  get count(): number {
    return this.#count
  }

  /** Their bytes. */
  get bytes(): number {
    return this.#bytes
  }

  /** Counts a copy found in the store at the start. */
  found(number: number, bytes: number): void {
    assert(number > this.#lastNumber, 'copies are found in the order of their numbers')
    this.#added(bytes)
    this.#lastNumber = number
    if (!this.#isSentKnown) this.#sentNumber = number
    this.#pages.storedUpTo(number)
  }

  /** Whether a copy that is lent to it would leave soon: nothing of its own waits before it. */
  get hasRoom(): boolean {
    const link = this.#session.receiver
    if (link === undefined || link.isCongested || this.#queue.length > 0) return false
    const { queueMessagesMax, queueBytesMax } = this.#parts.limits
    if (this.#count >= queueMessagesMax || this.#bytes >= queueBytesMax) return false
    if (this.#inflight.size + this.#held.length >= link.outboundWindow) return false
    const next = this.#lastNumber + 1
    return (!this.#session.isLasting || this.#pages.follows(next)) && !this.#inflight.has(packetIdOf(next))
  }

  /** Whether it takes messages that can wait, such as retained ones: half of the room is for others. */
  get hasRoomForMore(): boolean {
    const { queueInMemoryMax, queueMessagesMax } = this.#parts.limits
    const most = Math.ceil(Math.min(queueInMemoryMax, queueMessagesMax) / 2)
    return this.#session.receiver?.isCongested === false && this.#count < most
  }

  /** Sends a copy for a shared subscription, which takes it back if the connection ends before the client has
   *  acknowledged it.
   *  @param ticket what must be stored before it leaves; 0 for nothing. */
  borrow(
    loan: Loan,
    qos: Qos,
    isRetained: boolean,
    identifiers: readonly number[] | undefined,
    ticket: Ticket,
  ): void {
    const copy = new Copy(loan.item.message, qos, isRetained, identifiers, this.#newNumber())
    copy.loan = loan
    if (this.#session.isLasting) this.#pages.loadedUpTo(copy.number)
    this.#count++
    this.#bytes += copy.size
    if (ticket > 0 || this.#held.length > 0) return this.#hold(copy, ticket)
    this.#queue.push(copy)
    this.pump()
  }

  /** Takes a message.
   *  @param ticket the open batch, when the message must be stored before it is seen; otherwise 0.
   *  @param isBehindHeld an earlier message of this topic may still be held: this must not overtake it. */
  deliver(
    message: RoutedMessage,
    qos: Qos,
    isRetained: boolean,
    identifiers: readonly number[] | undefined,
    ticket: Ticket,
    isBehindHeld: boolean,
  ): void {
    const link = this.#session.receiver
    const mustHold = ticket > 0 || (isBehindHeld && this.#held.length > 0)
    if (qos === 0) {
      // [MQTT-3.1.2-5] QoS 0 is not kept for a session that is away.
      if (link === undefined) return
      const copy = new Copy(message, 0, isRetained, identifiers, 0)
      if (mustHold) this.#hold(copy, ticket)
      else this.#sendQos0(link, copy)
      return
    }
    const isLasting = this.#session.isLasting
    if (!isLasting && link === undefined) return
    const { queueMessagesMax, queueBytesMax, queueInMemoryMax } = this.#parts.limits
    if (this.#count >= queueMessagesMax || this.#bytes >= queueBytesMax) {
      const limit = this.#count >= queueMessagesMax ? 'queueMessagesMax' : 'queueBytesMax'
      this.#parts.sessions.overflow(this.#session, limit)
      return
    }
    this.#parts.sessions.keepTotal()
    const copy = new Copy(message, qos, isRetained, identifiers, this.#newNumber())
    const stored = isLasting ? this.#store(copy) : 0
    this.#added(copy.size)
    if (isLasting) {
      const inMemory = this.#held.length + this.#queue.length
      if (link === undefined || inMemory >= queueInMemoryMax || !this.#pages.follows(copy.number)) return
      this.#pages.loadedUpTo(copy.number)
      this.#hold(copy, stored)
    } else if (mustHold) this.#hold(copy, ticket)
    else {
      this.#queue.push(copy)
      this.pump()
    }
  }

  /** The batch is stored: what waited for it goes on its way. */
  stored(ticket: Ticket): void {
    this.#pages.stored(ticket)
    for (
      let copy = this.#held.peek();
      copy !== undefined && copy.ticket <= ticket;
      copy = this.#held.peek()
    ) {
      this.#held.shift()
      if (copy.qos > 0) this.#queue.push(copy)
      else {
        this.#heldQos0--
        const link = this.#session.receiver
        if (link !== undefined) this.#sendQos0(link, copy)
      }
    }
    const releases = this.#releases
    for (let next = releases.peek(); next !== undefined && next.ticket <= ticket; next = releases.peek()) {
      releases.shift()
      this.#session.receiver?.send(pubrel(next.packetId))
    }
    this.pump()
  }

  /** Sends what the subscriber's window and the connection's buffer have room for. */
  pump(): void {
    const link = this.#session.receiver
    if (link === undefined) return
    for (let copy = this.#queue.peek(); copy !== undefined; copy = this.#queue.peek()) {
      if (this.#inflight.size >= link.outboundWindow || link.isCongested) return
      if (this.#inflight.has(copy.packetId)) return
      this.#queue.shift()
      if (this.#send(link, copy)) this.#inflight.set(copy.packetId, copy)
      else {
        this.#settle(copy)
        this.#parts.observer.copyEnded?.(copy.message, false)
      }
    }
    this.#pages.loadNext((copy) => this.#take(copy))
  }

  /** Whether such a packet may come now: what is not known is left alone, but an exchange that is under way has
   *  one next packet, section 4.3. A PUBREC may be repeated. */
  expects(packetId: number, type: 'puback' | 'pubrec' | 'pubcomp'): boolean {
    const copy = this.#inflight.get(packetId)
    if (copy === undefined) return true
    if (copy.qos === 1) return type === 'puback'
    return type === 'pubrec' || (type === 'pubcomp' && copy.isReceived)
  }

  /** PUBACK, or PUBCOMP, or a PUBREC that refuses: the exchange is over. */
  acknowledged(packetId: number): void {
    const copy = this.#inflight.get(packetId)
    if (copy === undefined) return
    this.#inflight.delete(packetId)
    this.#settle(copy)
    this.#parts.observer.copyEnded?.(copy.message, true)
  }

  /** PUBREC. From now on only PUBREL is sent, also after a restart. [MQTT-4.3.3-5] [MQTT-4.3.3-6] */
  received(packetId: number): void {
    const link = this.#session.receiver
    const copy = this.#inflight.get(packetId)
    if (link === undefined) return
    if (copy === undefined || copy.qos !== 2) {
      if (link.version === 5) {
        link.send(encode({ type: 'pubrel', packetId, reasonCode: reasonCode.packetIdentifierNotFound }, 5))
      } else link.send(pubrel(packetId))
      return
    }
    if (!copy.isReceived && copy.isStored) {
      copy.ticket = this.#session.join()
      this.#pages.changed(copy.ticket)
      this.#put(copy, true)
      this.#releases.push({ packetId, ticket: copy.ticket })
    } else if (copy.ticket <= this.#session.storedTicket) link.send(pubrel(packetId))
    copy.isReceived = true
  }

  /** What says that there is a connection is stored before anything is sent over it: from then on each copy
   * may  have been sent. */
  connectionBegins(): void {
    this.#pages.awaits(this.#session.joinedTicket)
  }

  /** The connection has ended; what a lasting session has is in the store. */
  linkLost(): void {
    const groups = this.#endLoans()
    this.#heldQos0 = 0
    this.#held.clear()
    this.#queue.clear()
    this.#inflight.clear()
    this.#releases.clear()
    this.#pages.unload()
    for (const group of groups) group.pump()
  }

  /** Gives back what was lent and is not acknowledged. [MQTT-4.8.2-5] A QoS 2 message that was sent goes to
   *  nobody else. */
  #endLoans(): Set<ShareGroup> {
    const groups = new Set<ShareGroup>()
    const end = (copy: Copy, isSent: boolean): void => {
      if (copy.loan === undefined) return
      const { group, item } = copy.loan
      this.#count--
      this.#bytes -= copy.size
      if (isSent && copy.qos === 2) return group.settled(item)
      group.takeBack(item)
      groups.add(group)
    }
    for (const copy of this.#inflight.values()) end(copy, true)
    for (let copy = this.#queue.shift(); copy !== undefined; copy = this.#queue.shift()) end(copy, false)
    for (let copy = this.#held.shift(); copy !== undefined; copy = this.#held.shift()) end(copy, false)
    return groups
  }

  /** The session has ended. Resets the count; the caller sees to the copies in the store. */
  end(): void {
    this.linkLost()
    this.#parts.queued.remove(this.#count, this.#bytes)
    this.#count = 0
    this.#bytes = 0
    this.#sentNumber = this.#lastNumber
    this.#pages.restart(this.#lastNumber)
  }

  #hold(copy: Copy, ticket: Ticket): void {
    if (copy.qos === 0) {
      if (this.#heldQos0 >= this.#parts.limits.heldMessagesMax) return this.#shed('heldMessagesMax')
      this.#heldQos0++
    }
    if (ticket > 0) assert(this.#session.join() === ticket, 'I8: a copy waits for the batch of its message')
    copy.ticket = ticket
    this.#held.push(copy)
  }

  /** A copy that came from the store. */
  #take(copy: Copy): void {
    if (copy.isReceived) {
      this.#inflight.set(copy.packetId, copy)
      this.#session.receiver?.send(pubrel(copy.packetId))
    } else this.#queue.push(copy)
  }

  #store(copy: Copy): Ticket {
    const ticket = this.#session.join()
    this.#put(copy, false)
    this.#pages.added(ticket, copy.number)
    return ticket
  }

  #put(copy: Copy, isReceived: boolean): void {
    copy.isReceived = isReceived
    copy.isStored = true
    const value = encodeQueued(copy)
    copy.size = value.length
    this.#parts.ingest.open().put('queue', queueKey(this.#session.key, copy.number), value)
  }

  /** Of a copy that nobody has been sent. After a restart numbers go on behind the last copy that is there,
   *  which may be before the last that was sent and acknowledged. [MQTT-4.3.2-2] [MQTT-4.3.3-2] */
  #newNumber(): number {
    this.#sentNumber = Math.min(this.#sentNumber, this.#lastNumber)
    return ++this.#lastNumber
  }

  #added(bytes: number): void {
    this.#count++
    this.#bytes += bytes
    this.#parts.queued.add(bytes)
  }

  #settle(copy: Copy): void {
    this.#count--
    this.#bytes -= copy.size
    // What is lent counts with its group.
    if (copy.loan !== undefined) return copy.loan.group.settled(copy.loan.item)
    this.#parts.queued.remove(1, copy.size)
    if (!copy.isStored) return
    this.#pages.changed(this.#session.join())
    this.#parts.ingest.open().delete('queue', queueKey(this.#session.key, copy.number))
  }

  #sendQos0(link: Link, copy: Copy): void {
    if (link.isCongested) return this.#shed('outgoingBytesMax')
    this.#send(link, copy)
  }

  #shed(limit: ReachableLimit): void {
    this.#parts.observer.shed(1)
    this.#parts.reached.count(limit, this.#session.clientId)
  }

  /** False when it can't be delivered at all: it is too late, or too long for this client. */
  #send(link: Link, copy: Copy): boolean {
    const nowTs = this.#parts.clock.nowUs()
    const isRepeat = copy.number !== 0 && copy.number <= this.#sentNumber // [MQTT-3.3.1-1]
    // [MQTT-3.3.2-5] [MQTT-4.3.3-7] What may have been sent does not expire.
    if (!isRepeat && copy.message.isExpired(nowTs)) return false
    const { message, qos, isRetained, packetId, identifiers } = copy
    const alias = link.sentAliases?.of(message.topic) ?? noAlias
    const flags = { qos, isRetained, isRepeat, packetId, identifiers, alias }
    let bytes = message.encoded(link.version, flags, nowTs)
    if (bytes.length > link.sendBytesMax && alias.alias > 0) {
      flags.alias = noAlias
      bytes = message.encoded(link.version, flags, nowTs)
    }
    if (bytes.length > link.sendBytesMax) return false // [MQTT-3.1.2-24] [MQTT-3.1.2-25]
    link.sentAliases?.sent(message.topic, flags.alias)
    if (copy.number > this.#sentNumber) this.#sentNumber = copy.number
    link.send(bytes)
    return true
  }
}

const ackBytes = 4

function pubrel(packetId: number): Buffer {
  const bytes = Buffer.allocUnsafe(ackBytes)
  writeAck(bytes, 0, 'pubrel', packetId)
  return bytes
}
