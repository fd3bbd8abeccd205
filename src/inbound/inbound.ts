// What a session remembers of the messages that came in: QoS 2 packet identifiers that are not released, and
// the times given to messages without one (I3), so that a resend after a crash lands on the same rows.
//
// Durable as a journal in space "inbound": one entry for each session and commit, written when the batch is
// sealed. Key: client identifier, U+0000, slot in hexadecimal digits: two of 64 slots, three of 1,024. The slots are
// used in turn; slot 0 holds a snapshot, the others what came after it.
//
//   entry     := format u8 = 1 | number f64 | operation*        number: 1, 2, 3 …; slot = number modulo slots
//   operation := 01 packetId u16                                 QoS 2 identifier held
//              | 02 packetId u16                                 … released
//              | 03                                              all QoS 2 identifiers forgotten
//              | 04 packetId u16 fingerprint u32 decidedTs f64   time decided
//              | 05                                              all decided times forgotten
//              | 06 packetId u16 fingerprint u32                 QoS 2 identifier held, for this message
//              | 07 packetId u16                                 the sender is done with the message whose time was
//                                                                decided last under this identifier
import type { OpenBatch, Ticket } from '../ingest/contract.ts'
import { assert } from '../lib/assert.ts'
import type { Store } from '../storage/store.ts'
import { DecidedTimes, type ResendOf } from './decided-times.ts'
import { StateReader, StateWriter } from '../lib/state-bytes.ts'

const format = 1
/** A snapshot is as long as what is remembered, so that who remembers much writes one less often. */
const slotsFew = 64
const slotsMany = 1_024
/** Times remembered, from which on it is much. */
const muchFrom = 65_535
/** Stands for the batch of whatever was stored before this process began. */
const storedBefore: Ticket = -1
const operation = { hold: 1, release: 2, forget: 3, decide: 4, forgetDecided: 5, holdFor: 6, end: 7 } as const

export class Inbound {
  readonly #sessionKey: string
  readonly #decidedMax: number
  readonly #slots: number
  /** By QoS 2 identifier held: the batch that stores its message, 0 for none. */
  #held: Map<number, Ticket> | undefined
  /** What the messages of some of them are. */
  readonly #heldFor = new Map<number, number>()
  /** Those of them that the journal knows too. */
  #recorded: Set<number> | undefined
  #decided: DecidedTimes | undefined
  #pending: StateWriter | undefined
  #number = 0
  #isInMemory: boolean
  #loading: Promise<void> | undefined
  /** Whether the store has, or will have, entries of this client identifier. */
  hasJournal: boolean

  /** @param hasJournal whether the store has entries: then `load` comes before anything else. */
  constructor(sessionKey: string, decidedMax: number, hasJournal: boolean) {
    this.#sessionKey = sessionKey
    this.#decidedMax = decidedMax
    this.#slots = decidedMax < muchFrom ? slotsFew : slotsMany
    this.hasJournal = hasJournal
    this.#isInMemory = !hasJournal
  }

  get isInMemory(): boolean {
    return this.#isInMemory
  }

  /** Whether something waits for the next `seal`. */
  get isChanged(): boolean {
    return this.#pending !== undefined && this.#pending.length > 0
  }

  /** The batch that stores the message of a held QoS 2 identifier, at most 0 when there is nothing to wait
   *  for; undefined when it is not held. */
  heldTicket(packetId: number): Ticket | undefined {
    return this.#held?.get(packetId)
  }

  /** Whether a held identifier is known to be held for another message than this one. */
  isHeldForOther(packetId: number, fingerprint: number): boolean {
    const heldFor = this.#heldFor.get(packetId)
    return heldFor !== undefined && heldFor !== fingerprint
  }

  /** Holds a QoS 2 identifier until its release.
   *  @param ticket the batch that stores its message; 0 when nothing of it is stored.
   *  @param isRecorded it joins that batch: the session outlives the process.
   *  @param fingerprint of the message, where it matters whether the same one comes again. */
  hold(packetId: number, ticket: Ticket, isRecorded: boolean, fingerprint?: number): void {
    this.#held ??= new Map()
    this.#held.set(packetId, ticket)
    if (fingerprint !== undefined) this.#heldFor.set(packetId, fingerprint)
    if (!isRecorded) return
    assert(ticket !== 0, 'I1: an identifier is recorded together with its message')
    this.#recorded ??= new Set()
    this.#recorded.add(packetId)
    this.#writeHold(this.#journal(), packetId)
  }

  #writeHold(writer: StateWriter, packetId: number): void {
    const fingerprint = this.#heldFor.get(packetId)
    if (fingerprint === undefined) writer.u8(operation.hold).u16(packetId)
    else writer.u8(operation.holdFor).u16(packetId).u32(fingerprint)
  }

  /** Releases a QoS 2 identifier. 'recorded': the release must be stored before it is confirmed. */
  release(packetId: number): 'recorded' | 'in memory' | 'unknown' {
    if (this.#held?.delete(packetId) !== true) return 'unknown'
    this.#heldFor.delete(packetId)
    if (this.#recorded?.delete(packetId) !== true) return 'in memory'
    this.#journal().u8(operation.release).u16(packetId)
    return 'recorded'
  }

  /** A new session begins under the same client identifier: its QoS 2 identifiers are free. The decided
   *  times stay, because clients also resend after a clean start. */
  forgetHeld(): void {
    this.#held = undefined
    this.#heldFor.clear()
    if (this.#recorded === undefined || this.#recorded.size === 0) return
    this.#recorded = undefined
    this.#journal().u8(operation.forget)
  }

  /** No message that is remembered will be sent again: the other side has lost the session it was sent in. */
  forgetDecided(): void {
    if (this.#decided === undefined) return
    this.#decided = undefined
    this.#journal().u8(operation.forgetDecided)
  }

  /** Remembers the time given to a message without one (I3). */
  remember(packetId: number, fingerprint: number, decidedTs: number, ticket: Ticket): void {
    this.#decided ??= new DecidedTimes(this.#decidedMax)
    this.#decided.add(packetId, fingerprint, decidedTs, ticket)
    this.#journal().u8(operation.decide).u16(packetId).u32(fingerprint).f64(decidedTs)
  }

  /** The sender is done with the message that came last under this identifier, and won't send it again. Kept with
   *  whatever is sealed next: forgotten in a kill, it is one more that may come again. */
  end(packetId: number): void {
    if (this.#decided?.end(packetId) === true) this.#journal().u8(operation.end).u16(packetId)
  }

  /** Whether times are remembered at all. */
  get hasDecided(): boolean {
    return this.#decided !== undefined
  }

  /** Whether a message under this identifier waits for its commit, so that it can't be answered yet. */
  isUnstored(packetId: number, storedTicket: Ticket): boolean {
    return this.#decided?.isUnstored(packetId, storedTicket) === true
  }

  /** The time given when the message came first; 0 when it is not known. */
  recall(packetId: number, fingerprint: number, resendOf: ResendOf): number {
    return this.#decided?.find(packetId, fingerprint, resendOf) ?? 0
  }

  /** What is remembered now came over earlier connections.
   *  @param unanswered how many of the newest were not answered over the one before. */
  connectionBegins(unanswered: number): void {
    this.#decided?.connectionBegins(unanswered)
  }

  /** How many of the newest remembered messages wait for a batch after this one. */
  decidedAfter(storedTicket: Ticket): number {
    return this.#decided?.countAfter(storedTicket) ?? 0
  }

  /** How many of them are at most so much older than the newest, microseconds. */
  decidedWithin(us: number): number {
    return this.#decided?.countWithin(us) ?? 0
  }

  /** The lowest time of so many of the newest, microseconds; of none: Infinity. */
  lowestDecided(count: number): number {
    return this.#decided?.lowestOf(count) ?? Infinity
  }

  /** How many of them were given a time from this one on, microseconds. */
  decidedSince(ts: number): number {
    return this.#decided?.countSince(ts) ?? 0
  }

  /** Adds what is new to the batch: an entry, or now and then a snapshot. */
  seal(batch: OpenBatch): void {
    if (!this.isChanged) return
    const operations = this.#pending!.take()
    this.#number++
    const slot = this.#number % this.#slots
    const entry = new StateWriter().u8(format).f64(this.#number)
    if (slot === 0) this.#writeSnapshot(entry)
    else entry.raw(operations)
    batch.put('inbound', this.#key(slot), entry.take())
  }

  /** Reads the journal; resolves at once when it is in memory. */
  load(store: Store): Promise<void> {
    if (this.#isInMemory) return Promise.resolve()
    this.#loading ??= this.#read(store).finally(() => (this.#loading = undefined))
    return this.#loading
  }

  /** Frees the memory of a session that is away; the store has it all. What only memory has stays there. */
  unload(): void {
    assert(!this.isChanged, 'what is unloaded has been stored')
    if (!this.hasJournal || (this.#held?.size ?? 0) > (this.#recorded?.size ?? 0)) return
    this.#held = undefined
    this.#heldFor.clear()
    this.#recorded = undefined
    this.#decided = undefined
    this.#pending = undefined
    this.#isInMemory = false
  }

  /** Deletes the journal. */
  erase(batch: OpenBatch): void {
    if (!this.hasJournal) return
    for (let slot = 0; slot < this.#slots; slot++) batch.delete('inbound', this.#key(slot))
    this.#held = undefined
    this.#recorded = undefined
    this.#decided = undefined
    this.#pending = undefined
    this.#number = 0
    this.hasJournal = false
    this.#isInMemory = true
  }

  #journal(): StateWriter {
    assert(this.#isInMemory, 'a journal is read before it is continued')
    this.hasJournal = true
    this.#pending ??= new StateWriter()
    return this.#pending
  }

  get #digits(): number {
    return (this.#slots - 1).toString(16).length
  }

  #key(slot: number): string {
    return `${this.#sessionKey}\u0000${slot.toString(16).padStart(this.#digits, '0')}`
  }

  #writeSnapshot(entry: StateWriter): void {
    for (const packetId of this.#recorded ?? []) this.#writeHold(entry, packetId)
    this.#decided?.each((packetId, fingerprint, decidedTs, isEnded) => {
      entry.u8(operation.decide).u16(packetId).u32(fingerprint).f64(decidedTs)
      if (isEnded) entry.u8(operation.end).u16(packetId)
    })
  }

  async #read(store: Store): Promise<void> {
    const entries: { number: number; slot: number; reader: StateReader }[] = []
    const prefix = `${this.#sessionKey}\u0000`
    let isOfOtherSlots = false
    for await (const { key, value } of store.stateScan('inbound', prefix)) {
      const reader = new StateReader(value)
      assert(reader.u8() === format, 'an inbound entry has the format of this version')
      const number = reader.f64()
      const digits = key.slice(prefix.length)
      isOfOtherSlots ||= digits.length !== this.#digits
      entries.push({ number, slot: Number.parseInt(digits, 16), reader })
    }
    entries.sort((a, b) => a.number - b.number)
    const start = entries.findLast(({ slot }) => slot === 0)?.number ?? 0
    for (const { number, reader } of entries) {
      if (number < start) continue
      while (!reader.isAtEnd) this.#apply(reader)
      this.#number = number
    }
    // Entries of a journal with another number of slots are not overwritten in their order: a snapshot comes next.
    if (isOfOtherSlots) this.#number += this.#slots - 1 - (this.#number % this.#slots)
    this.#isInMemory = true
  }

  /** Applies an operation that is stored already. */
  #apply(reader: StateReader): void {
    const code = reader.u8()
    if (code === operation.forget) {
      this.#held = undefined
      this.#heldFor.clear()
      this.#recorded = undefined
      return
    }
    if (code === operation.forgetDecided) {
      this.#decided = undefined
      return
    }
    const packetId = reader.u16()
    if (code === operation.hold || code === operation.holdFor) {
      if (code === operation.holdFor) this.#heldFor.set(packetId, reader.u32())
      this.#held ??= new Map()
      this.#held.set(packetId, storedBefore)
      this.#recorded ??= new Set()
      this.#recorded.add(packetId)
    } else if (code === operation.release) {
      this.#held?.delete(packetId)
      this.#heldFor.delete(packetId)
      this.#recorded?.delete(packetId)
    } else if (code === operation.end) {
      this.#decided?.end(packetId)
    } else {
      assert(code === operation.decide, 'an inbound entry has operations of this version')
      this.#decided ??= new DecidedTimes(this.#decidedMax)
      this.#decided.add(packetId, reader.u32(), reader.f64(), storedBefore)
    }
  }
}
