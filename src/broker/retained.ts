// Retained messages: the last one of each topic that was published to be kept. All are in memory; in space
// "retained" they are stored by the same batch as the readings of the message that brought them.
import type { Ingest, OpenBatch, Participant, Ticket } from '../ingest/contract.ts'
import type { Message } from '../model/message.ts'
import type { Store } from '../storage/store.ts'
import type { LimitsReached } from './limits-reached.ts'
import type { BrokerLimits } from './limits.ts'
import { RecentForms } from './recent-forms.ts'
import { RetainedSearch, type RetainedEntry } from './retained-search.ts'
import { RoutedMessage } from './routed-message.ts'
import { decodeRetained, encodeRetained } from './state-codec.ts'

export class Retained implements Participant {
  readonly #ingest: Ingest
  readonly #limits: BrokerLimits
  readonly #reached: LimitsReached
  readonly #entries = new Map<string, RetainedEntry>()
  /** Topics whose change joins the open batch when it is sealed. */
  readonly #changed = new Set<string>()
  readonly #forms = new RecentForms()
  #lastNumber = 0
  #bytes = 0
  #storedTicket: Ticket = 0

  constructor(ingest: Ingest, limits: BrokerLimits, reached: LimitsReached) {
    this.#ingest = ingest
    this.#limits = limits
    this.#reached = reached
  }

  get count(): number {
    return this.#entries.size
  }

  async load(store: Store): Promise<void> {
    for await (const { key, value } of store.stateScan('retained', '')) {
      const { message, owner } = decodeRetained(value)
      message.keepFormsIn(this.#forms)
      this.#entries.set(key, { message, number: ++this.#lastNumber, ticket: 0, owner, isGone: false })
      this.#bytes += message.size
    }
  }

  /** Keeps the message, or forgets the topic's when the payload is empty. [MQTT-3.3.1-5] [MQTT-3.3.1-6]
   *  @param isAwaited subscribers and the publisher's answer wait until it is stored. */
  keep(message: Message, routed: RoutedMessage, isAwaited: boolean, owner: string): void {
    const { topic } = message
    const old = this.#entries.get(topic)
    if (old !== undefined) this.#bytes -= old.message.size
    const others = this.#entries.size - (old === undefined ? 0 : 1)
    const isKept =
      message.payloadStart !== message.payloadEnd && this.#hasRoom(routed, others, message.clientId)
    if (!isKept && old === undefined) return
    const batch = this.#ingest.open()
    batch.join(this)
    if (!this.#changed.has(topic)) batch.expectState(1)
    this.#changed.add(topic)
    if (old !== undefined) old.isGone = true
    this.#entries.delete(topic)
    if (!isKept) return
    this.#bytes += routed.size
    routed.keepFormsIn(this.#forms)
    const ticket = isAwaited ? batch.ticket : 0
    this.#entries.set(topic, { message: routed, number: ++this.#lastNumber, ticket, owner, isGone: false })
  }

  owners(): Set<string> {
    return new Set([...this.#entries.values()].map(({ owner }) => owner))
  }

  /** Forgets those that a test picks out; returns how many. */
  clear(isMeant: (owner: string, topic: string) => boolean): number {
    const meant = [...this.#entries].filter(([topic, entry]) => isMeant(entry.owner, topic))
    for (const [topic, entry] of meant) {
      this.#ingest.open().join(this)
      this.#changed.add(topic)
      this.#entries.delete(topic)
      this.#bytes -= entry.message.size
      entry.isGone = true
    }
    return meant.length
  }

  /** Finds the retained messages that a filter matches. */
  search(filter: string): RetainedSearch {
    const isWild = filter.includes('+') || filter.endsWith('#')
    if (isWild) return new RetainedSearch(filter, this.#entries.entries(), this.#lastNumber)
    const entry = this.#entries.get(filter)
    const one: [string, RetainedEntry][] = entry === undefined ? [] : [[filter, entry]]
    return new RetainedSearch(filter, one.values(), this.#lastNumber)
  }

  /** Nobody may see it before the batch that is open now is stored (I8). */
  isOpen(entry: RetainedEntry): boolean {
    return entry.ticket > this.#storedTicket
  }

  seal(batch: OpenBatch): void {
    for (const topic of this.#changed) {
      const entry = this.#entries.get(topic)
      if (entry === undefined) batch.delete('retained', topic)
      else batch.put('retained', topic, encodeRetained(entry.message, entry.owner))
    }
    this.#changed.clear()
  }

  stored(ticket: Ticket): void {
    this.#storedTicket = ticket
  }

  #hasRoom(message: RoutedMessage, others: number, who: string): boolean {
    const { retainedMessagesMax, retainedBytesMax } = this.#limits
    if (others >= retainedMessagesMax) {
      this.#reached.count('retainedMessagesMax', who, others)
      return false
    }
    if (this.#bytes + message.size <= retainedBytesMax) return true
    this.#reached.count('retainedBytesMax', who, this.#bytes + message.size)
    return false
  }
}
