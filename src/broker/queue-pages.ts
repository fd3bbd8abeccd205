// The part of a queue that is in the store and not in memory: which copies those are, and reading them page
// by page once there is somebody to send them to. The queue is a lasting session's or a shared
// subscription's.
import type { Ticket } from '../ingest/contract.ts'
import type { BrokerParts } from './broker.ts'
import { Copy } from './copy.ts'
import { decodeQueued, parseQueueKey } from './state-codec.ts'

/** Whose queue it is. */
export interface QueueOwner {
  /** Of its copies in space "queue". */
  readonly key: string
  /** The last batch with effects of it that is stored. */
  readonly storedTicket: Ticket
  /** Copies have been read. */
  pump(): void
  /** Copies can't be read. */
  unreadable(error: unknown): void
}

/** The newest copy of a batch that is not stored yet. */
interface Mark {
  ticket: Ticket
  number: number
}

export class QueuePages {
  readonly #owner: QueueOwner
  readonly #parts: BrokerParts
  /** Copies up to this number belong to an earlier session. */
  #start: number
  /** Copies up to this number are in memory or have been. */
  #loaded: number
  /** Copies up to this number can be read from the store. */
  #stored: number
  #marks: Mark[] = []
  /** The last batch that changes or deletes a copy: what is read before it is stored may be out of date. */
  #changedTicket: Ticket = 0
  /** The value of #changedTicket to wait for before the first page. */
  #awaitedTicket: Ticket = 0
  /** Changes when what is being read is no longer wanted. */
  #reading = 0
  #isReading = false

  constructor(owner: QueueOwner, parts: BrokerParts, start: number) {
    this.#owner = owner
    this.#parts = parts
    this.#start = start
    this.#loaded = start
    this.#stored = start
  }

  /** Whether a new copy is the next after those in memory, so that it need not be read from the store. */
  follows(number: number): boolean {
    return this.#loaded === number - 1
  }

  loadedUpTo(number: number): void {
    this.#loaded = number
  }

  storedUpTo(number: number): void {
    this.#stored = number
  }

  /** A copy joined a batch. */
  added(ticket: Ticket, number: number): void {
    const last = this.#marks.at(-1)
    if (last?.ticket === ticket) last.number = number
    else this.#marks.push({ ticket, number })
  }

  /** A copy is changed or deleted by a batch. */
  changed(ticket: Ticket): void {
    this.#changedTicket = ticket
  }

  /** Nothing is read before this batch is stored. */
  awaits(ticket: Ticket): void {
    this.#awaitedTicket = Math.max(this.#awaitedTicket, ticket)
  }

  stored(ticket: Ticket): void {
    for (let mark = this.#marks[0]; mark !== undefined && mark.ticket <= ticket; mark = this.#marks[0]) {
      this.#stored = mark.number
      this.#marks.shift()
    }
  }

  /** Nothing is in memory any more. */
  unload(): void {
    this.#loaded = this.#start
    this.#awaitedTicket = this.#changedTicket
    this.#reading++
    this.#isReading = false
  }

  /** A new session begins after copy `number`. */
  restart(number: number): void {
    this.#start = number
    this.#loaded = number
    this.#stored = number
    this.#marks = []
  }

  /** Reads the next page, when there is one, and hands over its copies in order. */
  loadNext(take: (copy: Copy) => void): void {
    if (this.#isReading || this.#loaded >= this.#stored) return
    if (this.#awaitedTicket > this.#owner.storedTicket) return
    this.#isReading = true
    const reading = ++this.#reading
    this.#read(reading, this.#stored, take).then(
      () => {
        if (reading !== this.#reading) return
        this.#isReading = false
        this.#owner.pump()
        this.#parts.flush()
      },
      (error: unknown) => this.#owner.unreadable(error),
    )
  }

  async #read(reading: number, end: number, take: (copy: Copy) => void): Promise<void> {
    const { store, limits } = this.#parts
    let room = limits.queueInMemoryMax
    for await (const { key, value } of store.stateScan('queue', `${this.#owner.key}\u0000`)) {
      if (reading !== this.#reading) return
      const { number } = parseQueueKey(key)
      if (number <= this.#loaded) continue
      if (number > end) break
      if (room-- === 0) return
      const { message, qos, isRetained, identifiers, isReceived } = decodeQueued(value)
      const copy = new Copy(message, qos, isRetained, identifiers, number)
      copy.isReceived = isReceived
      copy.isStored = true
      copy.size = value.length
      this.#loaded = number
      take(copy)
    }
    if (reading === this.#reading) this.#loaded = Math.max(this.#loaded, end)
  }
}
