// A session: what the hub and one client identifier know of each other. It outlives connections when it is
// lasting, and even then its end when decided times are to be remembered (I3). It takes part in each batch
// that has effects of it, and says to its connection which batches are stored.
import type { OpenBatch, Participant, Ticket } from '../ingest/contract.ts'
import { assert } from '../lib/assert.ts'
import type { Qos } from '../model/message.ts'
import type { Rights } from './admission.ts'
import type { BrokerParts } from './broker.ts'
import type { ResendOf } from '../inbound/decided-times.ts'
import { Inbound } from '../inbound/inbound.ts'
import type { Link } from './link.ts'
import { Outbound } from './outbound.ts'
import { RetainedFeed } from './retained-feed.ts'
import type { RoutedMessage } from './routed-message.ts'
import type { ShareGroup } from './share-group.ts'
import { encodeSession, type SessionRecord, type StoredWill } from './state-codec.ts'
import type { Subscription } from './subscriptions.ts'

const none: readonly ShareGroup[] = []

/** Between owner and client identifier in a key. */
const ownerMark = '\u0001'

/** What names a session: client identifiers of different owners are different.
 *  Undefined for an identifier that could be taken for another owner's. */
export function sessionKey(owner: string, clientId: string): string | undefined {
  if (owner !== '') return `${owner}${ownerMark}${clientId}`
  return clientId.includes(ownerMark) ? undefined : clientId
}

export class Session implements Participant {
  /** Names it among all sessions and in the store: client identifier with its owner. */
  readonly key: string
  readonly clientId: string
  /** Whose it is; empty where everybody is trusted. */
  readonly owner: string
  readonly inbound: Inbound
  readonly subscriptions = new Map<string, Subscription>()
  /** The groups of its shared subscriptions. */
  groups: readonly ShareGroup[] = none
  device = ''
  /** What its client may do; undefined: everything. */
  rights: Rights | undefined
  /** Its subscriptions and its queue outlive the connection. */
  isLasting = false
  /** The connection goes on with what an earlier one left. */
  isResumed = false
  /** The client knows its identifier and can come back with it, so its messages are remembered (I3). */
  isIdentified = true
  /** Session Expiry Interval, seconds; 0 ends the session with its connection. */
  expiryS = 0
  /** When its connection ended, integer microseconds; 0 while there is one. */
  endedTs = 0
  /** Its last connection ended without DISCONNECT: the client may lack answers and send again. While
   *  connected this is about the connection before. */
  isCutOff = false
  /** What the client is expected to send again without DUP; undefined: nothing. */
  unmarkedResends: Exclude<ResendOf, 'any' | 'unended'> | undefined
  /** When it was last known to be about that: as the connection began, or with the last that came again. Monotonic
   *  milliseconds. */
  resendsAtMs = 0
  /** The connection that speaks for it, from CONNECT to its end. */
  link: Link | undefined
  /** Published when the connection ends without DISCONNECT, at once or after a delay. */
  will: StoredWill | undefined
  /** Wills that were due and are being converted: the record keeps them until what they give is stored (I1). */
  readonly dueWills: Set<StoredWill>
  /** When a delayed will is due, integer microseconds; 0 while none waits. */
  willDueTs = 0
  /** The last batch it has effects in, and the last of these that is stored. */
  joinedTicket: Ticket = 0
  storedTicket: Ticket = 0
  readonly #parts: BrokerParts
  #outbound: Outbound | undefined
  /** Where the numbers of its copies begin. */
  #queueStart: number
  readonly #sentNumber: number | undefined
  #feed: RetainedFeed | undefined
  /** Whether the store has a record of it. */
  #isRecorded: boolean
  #isRecordChanged = false
  /** Whether that record says that there is a journal. */
  #isJournalRecorded: boolean
  /** How many of the newest remembered messages were not answered over the last connection; undefined when
   *  that is not known, because the process was killed meanwhile. */
  #unanswered: number | undefined = 0
  /** The lowest time of a message that was without its answer before this connection and may still come again after
   *  a clean start; Infinity for none. A connection that ends before all have come again changes nothing for them. */
  #awaitedSinceTs = Infinity
  #isConnected = false

  /** @param record what the store has of it; undefined for a new one. */
  constructor(key: string, parts: BrokerParts, record: SessionRecord | undefined) {
    const ownerEnd = key.indexOf(ownerMark)
    this.key = key
    this.owner = key.slice(0, Math.max(0, ownerEnd))
    this.clientId = key.slice(ownerEnd + 1)
    this.#parts = parts
    this.inbound = new Inbound(key, parts.limits.decidedMax, record?.hasJournal === true)
    this.#isRecorded = record !== undefined
    this.#isJournalRecorded = record?.hasJournal === true
    // Never below the numbers of an earlier session whose copies are still being deleted.
    this.#queueStart = record?.queueStart ?? parts.clock.nowUs()
    this.#sentNumber = record?.endedTs === 0 ? undefined : record?.sentNumber
    this.dueWills = new Set(record?.dueWills)
    if (record === undefined) return
    this.device = record.device
    this.isLasting = record.isLasting
    this.expiryS = record.expiryS
    this.endedTs = record.endedTs
    this.will = record.will
    this.isCutOff = record.isCutOff
    this.#unanswered = record.endedTs === 0 ? undefined : record.unanswered
    this.#awaitedSinceTs = record.awaitedSinceTs ?? Infinity
  }

  /** The connection once CONNACK has been sent: what may be written to. */
  get receiver(): Link | undefined {
    return this.link?.state === 'connected' ? this.link : undefined
  }

  get queueStart(): number {
    return this.#queueStart
  }

  /** Made when first needed: most devices only publish. */
  get outbound(): Outbound {
    this.#outbound ??= new Outbound(this, this.#parts, this.#queueStart, this.#sentNumber)
    return this.#outbound
  }

  /** Made when first needed. */
  get feed(): RetainedFeed {
    this.#feed ??= new RetainedFeed(this, this.#parts)
    return this.#feed
  }

  /** All that it has told the store is stored. */
  get isSettled(): boolean {
    return this.joinedTicket <= this.storedTicket && !this.inbound.isChanged
  }

  /** The store has something of it, or will have. */
  get isKnownToStore(): boolean {
    return this.#isRecorded || this.inbound.hasJournal
  }

  /** Takes part in the open batch and returns its ticket. */
  join(): Ticket {
    const batch = this.#parts.ingest.open()
    if (batch.ticket !== this.joinedTicket) {
      assert(batch.ticket > this.joinedTicket, 'I1: batches open in ascending order')
      batch.join(this)
      this.joinedTicket = batch.ticket
      this.#parts.lastTicket = batch.ticket
    }
    return batch.ticket
  }

  /** The record joins the open batch. */
  recordChanged(): Ticket {
    this.#isRecordChanged = true
    return this.join()
  }

  deliver(
    message: RoutedMessage,
    qos: Qos,
    isRetained: boolean,
    identifiers: readonly number[] | undefined,
    ticket: Ticket,
    isBehindHeld: boolean,
  ): void {
    this.outbound.deliver(message, qos, isRetained, identifiers, ticket, isBehindHeld)
  }

  /** Sends what waits, as far as there is room; on a new connection first what was not acknowledged on the
   *  one before. [MQTT-4.4.0-1] */
  pump(): void {
    this.#outbound?.pump()
    for (const group of this.groups) group.memberHasRoom()
    this.#feed?.pump()
  }

  unreadable(error: unknown): void {
    this.#parts.failed('a queue could not be read', this, error)
  }

  /** Copies that are not acknowledged. */
  get queued(): number {
    return this.#outbound?.count ?? 0
  }

  /** Bytes that wait because of it: its own copies, and those of its shared subscriptions. */
  get queuedBytes(): number {
    return this.groups.reduce((bytes, group) => bytes + group.bytes, this.#outbound?.bytes ?? 0)
  }

  /** CONNACK is on its way; the record of the session is in the open batch.
   *  @param isResumed the session goes on; otherwise a new one begins under the same client identifier. */
  connectionBegins(isResumed: boolean): void {
    const { ingest, clock } = this.#parts
    const known = this.#unanswered ?? this.inbound.decidedSince(ingest.unansweredSinceTs)
    const unanswered = Math.max(known, this.inbound.decidedSince(this.#awaitedSinceTs))
    this.inbound.connectionBegins(unanswered)
    this.#unanswered = 0
    this.#isConnected = true
    this.unmarkedResends = undefined
    this.#awaitedSinceTs = Infinity
    this.resendsAtMs = clock.monotonicMs()
    if (this.isCutOff && isResumed) this.unmarkedResends = 'earlier'
    else if (this.isCutOff && unanswered > 0) {
      this.unmarkedResends = 'unanswered'
      this.#awaitedSinceTs = this.inbound.lowestDecided(unanswered)
    }
    if (this.isLasting) this.#outbound?.connectionBegins()
  }

  /** Nothing that comes without DUP is taken for a message of an earlier connection any more. */
  resendsEnd(): void {
    this.unmarkedResends = undefined
    if (this.#awaitedSinceTs === Infinity) return
    this.#awaitedSinceTs = Infinity
    this.recordChanged()
  }

  /** The connection has ended: what was on its way over it is forgotten, what is stored stays. */
  linkLost(): void {
    // An answer leaves as soon as its batch is stored, so it left for these and for no others.
    if (this.#isConnected) this.#unanswered = this.inbound.decidedAfter(this.storedTicket)
    this.#isConnected = false
    this.#outbound?.linkLost()
  }

  /** Forgets what a session has, except what a client may resend (I3). A new one may begin afterwards.
   *  Returns the number up to which its stored copies are to be deleted; 0 when it has none. */
  clear(): number {
    const hadCopies = this.isLasting && this.queued > 0
    for (const subscription of this.subscriptions.values()) this.#parts.subscriptions.remove(subscription)
    this.subscriptions.clear()
    if (this.#outbound !== undefined) {
      this.#queueStart = this.#outbound.lastNumber
      this.#outbound.end()
    }
    this.#feed = undefined
    this.will = undefined
    this.willDueTs = 0
    this.isLasting = false
    this.expiryS = 0
    if (this.#isRecorded) this.#isRecordChanged = true
    return hadCopies ? this.#queueStart : 0
  }

  seal(batch: OpenBatch): void {
    this.inbound.seal(batch)
    const { hasJournal } = this.inbound
    // The will of a session that ends with its connection outlives the process too.
    const hasWill = this.will !== undefined || this.dueWills.size > 0
    const isWanted = this.isLasting || hasJournal || hasWill
    const isOutdated = !this.#isRecorded || this.#isRecordChanged || this.#isJournalRecorded !== hasJournal
    if (isWanted && isOutdated) {
      batch.put('session', this.key, encodeSession(this.#record()))
      this.#isRecorded = true
      this.#isJournalRecorded = hasJournal
    } else if (!isWanted && this.#isRecorded) {
      batch.delete('session', this.key)
      this.#isRecorded = false
    }
    this.#isRecordChanged = false
  }

  stored(ticket: Ticket): void {
    assert(ticket > this.storedTicket, 'I1: batches are stored in ascending order')
    this.storedTicket = ticket
    this.link?.answersStored()
    this.#outbound?.stored(ticket)
    this.#parts.flush()
    if (this.link === undefined) this.#parts.sessions.settled(this)
  }

  get #sent(): number {
    return this.#outbound?.sentNumber ?? this.#sentNumber ?? this.#queueStart
  }

  #record(): SessionRecord {
    return {
      isLasting: this.isLasting,
      hasJournal: this.inbound.hasJournal,
      expiryS: this.expiryS,
      endedTs: this.endedTs,
      queueStart: this.#queueStart,
      // A process that is killed cuts off whoever is connected.
      isCutOff: this.isCutOff || this.endedTs === 0,
      device: this.device,
      subscriptions: [...this.subscriptions.values()],
      will: this.will,
      dueWills: [...this.dueWills],
      sentNumber: this.endedTs === 0 ? undefined : this.#sent,
      unanswered: this.endedTs === 0 ? undefined : this.#unanswered,
      awaitedSinceTs: this.#awaitedSinceTs === Infinity ? undefined : this.#awaitedSinceTs,
    }
  }
}
