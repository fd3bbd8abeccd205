// All sessions by client identifier: found at the start, opened by CONNECT, kept or ended with the
// connection, expired in time.
import type { BrokerParts } from './broker.ts'
import type { ReachableLimit } from './limits-reached.ts'
import { reasonCode } from '../mqtt/reason.ts'
import { Session } from './session.ts'
import { decodeSession, groupOf, isSpecialKey, parseQueueKey } from './state-codec.ts'
import { publishWill, publishWillOf } from './will.ts'

const microsecondsPerSecond = 1_000_000

export class Sessions {
  readonly #parts: BrokerParts
  readonly #all = new Map<string, Session>()
  /** Away, with a will that is due later. */
  readonly #withDelayedWill = new Set<Session>()
  /** Killed while wills of theirs were converted. */
  readonly #withDueWills = new Set<Session>()
  /** Their queues are full; they end once the message in hand has been routed. */
  readonly #overflowing = new Set<Session>()

  constructor(parts: BrokerParts) {
    this.#parts = parts
  }

  get(key: string): Session | undefined {
    return this.#all.get(key)
  }

  get count(): number {
    return this.#all.size
  }

  all(): Iterable<Session> {
    return this.#all.values()
  }

  owners(): Set<string> {
    return new Set([...this.#all.values()].map(({ owner }) => owner))
  }

  /** The session with this key, made when there is none; undefined when there are too many. */
  open(key: string): Session | undefined {
    const known = this.#all.get(key)
    if (known !== undefined) return known
    if (this.#all.size >= this.#parts.limits.sessionsMax) return undefined
    const session = new Session(key, this.#parts, undefined)
    this.#all.set(key, session)
    return session
  }

  /** Reads what the store has: sessions with their subscriptions, and what is queued for them. Sessions that
   *  were connected when the process ended count as ended now. */
  async load(): Promise<void> {
    const { store, subscriptions, clock, ingest } = this.#parts
    for await (const { key, value } of store.stateScan('session', '')) {
      const record = decodeSession(value)
      const session = new Session(key, this.#parts, record)
      this.#all.set(key, session)
      for (const stored of record.subscriptions) {
        const subscription = { ...stored, session }
        session.subscriptions.set(stored.filter, subscription)
        subscriptions.add(subscription)
      }
    }
    for await (const { key, value } of store.stateScan('queue', '')) {
      const { sessionKey, number } = parseQueueKey(key)
      if (isSpecialKey(sessionKey)) continue
      const groupText = groupOf(sessionKey)
      const group = groupText === undefined ? undefined : subscriptions.group(groupText)
      if (group?.isLasting === true) {
        group.found(number, value.length)
        continue
      }
      const session = this.#all.get(sessionKey)
      if (session?.isLasting === true && number > session.queueStart) {
        session.outbound.found(number, value.length)
      } else ingest.open().delete('queue', key)
    }
    const nowTs = clock.nowUs()
    for (const session of this.#all.values()) {
      if (session.endedTs === 0) {
        session.endedTs = nowTs
        session.recordChanged()
      }
      this.#delayWill(session)
      if (session.dueWills.size > 0) this.#withDueWills.add(session)
    }
  }

  /** The connection has ended, with the will still there unless the client wanted it gone.
   *  @param isCutOff without DISCONNECT from the client. */
  connectionEnded(session: Session, isCutOff: boolean): void {
    session.linkLost()
    session.isCutOff = isCutOff
    session.endedTs = this.#parts.clock.nowUs()
    const willEnd = !session.isLasting || session.expiryS === 0
    // [MQTT-3.1.2-8] [MQTT-3.1.3-9]
    if (willEnd || session.will?.delayS === 0) publishWill(session, this.#parts)
    if (willEnd) return this.end(session)
    this.#delayWill(session)
    session.recordChanged()
  }

  /** Ends a session: a delayed will is due, subscriptions and queue are gone. What a client may resend (I3)
   *  stays for a while. A new session may begin at once. */
  end(session: Session): void {
    this.#withDelayedWill.delete(session)
    publishWill(session, this.#parts)
    const upTo = session.clear()
    if (session.isKnownToStore) session.recordChanged()
    else if (session.link === undefined) this.settled(session)
    if (upTo === 0) return
    this.#deleteCopies(session, upTo).catch((error: unknown) =>
      this.#parts.log.warn('copies of an ended session stay until the next start', { cause: String(error) }),
    )
  }

  /** The client is back before its will was due. [MQTT-3.1.3-9] */
  cancelWill(session: Session): void {
    this.#withDelayedWill.delete(session)
    session.will = undefined
    session.willDueTs = 0
  }

  isExpired(session: Session, nowTs: number): boolean {
    return session.endedTs !== 0 && session.endedTs + session.expiryS * microsecondsPerSecond <= nowTs
  }

  /** A session's queue is full. Nothing of it is dropped silently: the session ends, and the client learns
   *  that from the next CONNACK. */
  overflow(session: Session, limit: ReachableLimit): void {
    if (this.#overflowing.has(session)) return
    this.#overflowing.add(session)
    this.#parts.reached.count(limit, session.clientId, session.queued)
  }

  /** All queues together may be full though none is: then the one with the most bytes ends. */
  keepTotal(): void {
    const { queued, limits } = this.#parts
    const { queuedMessagesTotalMax, queuedBytesTotalMax } = limits
    if (queued.messages < queuedMessagesTotalMax && queued.bytes < queuedBytesTotalMax) return
    // Whoever ends makes room.
    if (this.#overflowing.size > 0) return
    let largest: Session | undefined
    let bytesMost = -1
    for (const session of this.#all.values()) {
      const { queuedBytes } = session
      if (queuedBytes <= bytesMost) continue
      largest = session
      bytesMost = queuedBytes
    }
    const isBytes = queued.bytes >= queuedBytesTotalMax
    if (largest !== undefined)
      this.overflow(largest, isBytes ? 'queuedBytesTotalMax' : 'queuedMessagesTotalMax')
  }

  endOverflowing(): void {
    while (this.#overflowing.size > 0) {
      for (const session of this.#overflowing) {
        this.#overflowing.delete(session)
        const { clientId, queued } = session
        this.#parts.log.warn('a subscriber’s queue is full; its session ends', { clientId, queued })
        this.#parts.observer.overflowed(queued)
        session.link?.disconnect(reasonCode.quotaExceeded)
        if (session.isLasting) this.end(session)
      }
    }
  }

  /** All that an absent session told the store is stored: memory for it can be freed. */
  settled(session: Session): void {
    if (session.link !== undefined || !session.isSettled || session.dueWills.size > 0) return
    if (session.isLasting || session.inbound.hasJournal) session.inbound.unload()
    else this.#forget(session)
  }

  publishDueWills(nowTs: number): void {
    for (const session of this.#withDueWills) {
      for (const will of session.dueWills) publishWillOf(session, will, this.#parts)
    }
    this.#withDueWills.clear()
    for (const session of this.#withDelayedWill) {
      if (session.willDueTs > nowTs) continue
      this.#withDelayedWill.delete(session)
      publishWill(session, this.#parts)
      session.recordChanged()
    }
  }

  /** Ends sessions whose time is over and forgets what is too old to be resent. */
  expire(nowTs: number): void {
    const { rememberedMs, rememberedSessionsMax } = this.#parts.limits
    const remembered: Session[] = []
    for (const session of this.#all.values()) {
      if (session.link !== undefined) continue
      if (session.isLasting) {
        if (this.isExpired(session, nowTs)) this.end(session)
      } else if (session.inbound.hasJournal) remembered.push(session)
    }
    remembered.sort((a, b) => a.endedTs - b.endedTs)
    const surplus = remembered.length - rememberedSessionsMax
    for (const [index, session] of remembered.entries()) {
      if (index >= surplus && session.endedTs + rememberedMs * 1000 > nowTs) return
      session.inbound.erase(this.#parts.ingest.open())
      session.recordChanged()
    }
  }

  #delayWill(session: Session): void {
    if (session.will === undefined) return
    const delayS = Math.min(session.will.delayS, session.expiryS)
    session.willDueTs = session.endedTs + delayS * microsecondsPerSecond
    this.#withDelayedWill.add(session)
  }

  #forget(session: Session): void {
    if (this.#all.get(session.key) === session) this.#all.delete(session.key)
  }

  /** Deletes the stored copies of a session that has ended, once the last of them is stored. */
  async #deleteCopies({ key: sessionKey, joinedTicket }: Session, upTo: number): Promise<void> {
    const { store, ingest } = this.#parts
    await ingest.stored(joinedTicket)
    for await (const { key } of store.stateScan('queue', `${sessionKey}\u0000`)) {
      if (this.#parts.isClosed) return
      if (parseQueueKey(key).number <= upTo) ingest.open().delete('queue', key)
    }
  }
}
