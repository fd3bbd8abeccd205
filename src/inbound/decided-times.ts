// The last times that were given to a session's messages without one, in the order in which they came (I3).
// Columns, because an active device fills it; searched from the newest, because a resend is of the newest.
import type { Ticket } from '../ingest/contract.ts'

const capacityAtFirst = 16
/** From so many on, an identifier is found by an index: a broker may send tens of thousands again at once. */
const indexedFrom = 4_096
const packetIds = 65_536

/** Which messages a resend may be of: any; those of earlier connections; of these, those whose answer never left, or
 *  these and all whose exchange has not ended for sure. */
export type ResendOf = 'any' | 'earlier' | 'unanswered' | 'unended'

export class DecidedTimes {
  readonly #max: number
  #packetIds = new Uint16Array(capacityAtFirst)
  #fingerprints = new Uint32Array(capacityAtFirst)
  #decidedTs = new Float64Array(capacityAtFirst)
  #tickets = new Float64Array(capacityAtFirst)
  /** 1: the sender is known to be done with it. */
  #ended = new Uint8Array(capacityAtFirst)
  #next = 0
  #count = 0
  /** By packet identifier, how many had been added with the newest that has it; made by the first search. */
  #newest: Float64Array | undefined
  /** How many were added in all, and before the present connection began. */
  #added = 0
  #addedBefore = 0
  /** How many had been added before the first whose answer never left over the connection before. */
  #answeredBefore = 0

  /** @param max how many are kept; the oldest go. */
  constructor(max: number) {
    this.#max = max
  }

  add(packetId: number, fingerprint: number, decidedTs: number, ticket: Ticket): void {
    if (this.#count === this.#packetIds.length && this.#count < this.#max) this.#grow()
    const at = this.#next
    this.#packetIds[at] = packetId
    this.#fingerprints[at] = fingerprint
    this.#decidedTs[at] = decidedTs
    this.#tickets[at] = ticket
    this.#ended[at] = 0
    this.#next = at + 1 === this.#packetIds.length ? 0 : at + 1
    if (this.#count < this.#packetIds.length) this.#count++
    this.#added++
    if (this.#newest !== undefined) this.#newest[packetId] = this.#added
  }

  /** The sender is done with the newest message that has this packet identifier, and won't send it again.
   *  @returns false when there is none, or this was known. */
  end(packetId: number): boolean {
    const at = this.#placeOf(this.#back(packetId))
    if (at === undefined || this.#ended[at] === 1) return false
    this.#ended[at] = 1
    return true
  }

  /** A new connection begins.
   *  @param unanswered how many of the newest were not answered over the one before. */
  connectionBegins(unanswered: number): void {
    this.#addedBefore = this.#added
    this.#answeredBefore = this.#added - unanswered
  }

  /** How many of the newest wait for a batch after this one, so that their answers have not left. */
  countAfter(storedTicket: Ticket): number {
    return this.#countNewest((at) => this.#tickets[at]! > storedTicket)
  }

  /** How many of the newest have a time from this one on, microseconds. */
  countSince(ts: number): number {
    return this.#countNewest((at) => this.#decidedTs[at]! >= ts)
  }

  /** The lowest time of so many of the newest, microseconds; of none: Infinity. */
  lowestOf(count: number): number {
    let lowest = Infinity
    let left = count
    this.#countNewest((at) => {
      if (left-- <= 0) return false
      lowest = Math.min(lowest, this.#decidedTs[at]!)
      return true
    })
    return lowest
  }

  /** How many are at most so much older than the newest, microseconds. */
  countWithin(us: number): number {
    const newest = this.#next === 0 ? this.#packetIds.length - 1 : this.#next - 1
    return this.#count === 0 ? 0 : this.countSince(this.#decidedTs[newest]! - us)
  }

  #countNewest(isCounted: (at: number) => boolean): number {
    let at = this.#next
    for (let i = 0; i < this.#count; i++) {
      at = at === 0 ? this.#packetIds.length - 1 : at - 1
      if (!isCounted(at)) return i
    }
    return this.#count
  }

  /** The time of the newest message with this packet identifier, if it is the same message; otherwise 0. */
  find(packetId: number, fingerprint: number, resendOf: ResendOf): number {
    const back = this.#back(packetId)
    const at = this.#placeOf(back)
    if (at === undefined) return 0
    const number = this.#added - 1 - back
    const isAnswered = number < this.#answeredBefore
    if (resendOf !== 'any' && number >= this.#addedBefore) return 0
    if (resendOf === 'unanswered' && isAnswered) return 0
    if (resendOf === 'unended' && isAnswered && this.#ended[at] === 1) return 0
    return this.#fingerprints[at] === fingerprint ? this.#decidedTs[at]! : 0
  }

  /** How many are newer than the newest with this packet identifier; no fewer than all where there is none. */
  #back(packetId: number): number {
    return this.#count >= indexedFrom ? this.#lookUp(packetId) : this.#search(packetId)
  }

  #placeOf(back: number): number | undefined {
    if (back >= this.#count) return undefined
    return (this.#next - 1 - back + this.#packetIds.length) % this.#packetIds.length
  }

  /** How many are newer than the newest with this packet identifier; all of them where there is none. */
  #search(packetId: number): number {
    return this.#countNewest((at) => this.#packetIds[at] !== packetId)
  }

  /** The same by the index. */
  #lookUp(packetId: number): number {
    if (this.#newest === undefined) {
      const newest = new Float64Array(packetIds)
      let added = this.#added - this.#count
      this.each((each) => (newest[each] = ++added))
      this.#newest = newest
    }
    return this.#added - this.#newest[packetId]!
  }

  /** Whether a message with this packet identifier waits for its commit, so that it can't be answered. */
  isUnstored(packetId: number, storedTicket: Ticket): boolean {
    let at = this.#next
    for (let i = 0; i < this.#count; i++) {
      at = at === 0 ? this.#packetIds.length - 1 : at - 1
      if (this.#tickets[at]! <= storedTicket) return false
      if (this.#packetIds[at] === packetId) return true
    }
    return false
  }

  /** Oldest first. */
  each(visit: (packetId: number, fingerprint: number, decidedTs: number, isEnded: boolean) => void): void {
    const length = this.#packetIds.length
    for (let i = 0; i < this.#count; i++) {
      const at = (this.#next - this.#count + i + length) % length
      visit(this.#packetIds[at]!, this.#fingerprints[at]!, this.#decidedTs[at]!, this.#ended[at] === 1)
    }
  }

  /** Only when full, so the oldest stands at #next. */
  #grow(): void {
    const length = Math.min(this.#max, this.#packetIds.length * 2)
    this.#packetIds = this.#unrolled(this.#packetIds, new Uint16Array(length))
    this.#fingerprints = this.#unrolled(this.#fingerprints, new Uint32Array(length))
    this.#decidedTs = this.#unrolled(this.#decidedTs, new Float64Array(length))
    this.#tickets = this.#unrolled(this.#tickets, new Float64Array(length))
    this.#ended = this.#unrolled(this.#ended, new Uint8Array(length))
    this.#next = this.#count
  }

  #unrolled<T extends Float64Array | Uint8Array | Uint16Array | Uint32Array>(from: T, into: T): T {
    into.set(from.subarray(this.#next))
    into.set(from.subarray(0, this.#next), from.length - this.#next)
    return into
  }
}

/** FNV-1a, 32 bits, over a message's topic and payload. */
export function fingerprintOf(topic: string, source: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < topic.length; i++) hash = Math.imul(hash ^ topic.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ 0xff, 0x01000193)
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ source[i]!, 0x01000193)
  return hash >>> 0
}
