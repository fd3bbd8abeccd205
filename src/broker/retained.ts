// Retained messages: the last one of each topic that was published to be kept. All are in memory; in space
// "retained" they are stored by the same batch as the readings of the message that brought them.
import type { Ingest, OpenBatch, Participant, Ticket } from '../ingest/contract.ts'
import type { Message } from '../model/message.ts'
import { matches } from '../mqtt/topic.ts'
import type { Store } from '../storage/store.ts'
import type { LimitsReached } from './limits-reached.ts'
import type { BrokerLimits } from './limits.ts'
import { RoutedMessage } from './routed-message.ts'
import { isSysTopic } from './sys-topics.ts'
import { decodeRetained, encodeRetained } from './state-codec.ts'

interface Entry {
  message: RoutedMessage
  /** The batch that subscribers wait for before they see it (I8); 0 for none. */
  ticket: Ticket
  /** Of the session that published it. */
  owner: string
}

export class Retained implements Participant {
  readonly #ingest: Ingest
  readonly #limits: BrokerLimits
  readonly #reached: LimitsReached
  readonly #entries = new Map<string, Entry>()
  /** Topics whose change joins the open batch when it is sealed. */
  readonly #changed = new Set<string>()
  /** When it may be looked through again, monotonic milliseconds. */
  nextScanMs = 0
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
      this.#entries.set(key, { message, ticket: 0, owner })
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
    this.#changed.add(topic)
    this.#entries.delete(topic)
    if (!isKept) return
    this.#bytes += routed.size
    this.#entries.set(topic, { message: routed, ticket: isAwaited ? batch.ticket : 0, owner })
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
    }
    return meant.length
  }

  /** The retained messages that a filter matches. */
  matching(filter: string, nowTs: number): RoutedMessage[] {
    const isWild = filter.includes('+') || filter.endsWith('#')
    if (!isWild) {
      const message = this.#entries.get(filter)?.message
      return message === undefined || message.isExpired(nowTs) ? [] : [message]
    }
    const found: RoutedMessage[] = []
    for (const [topic, { message }] of this.#entries) {
      if (matches(filter, topic) && !message.isExpired(nowTs)) found.push(message)
    }
    return found
  }

  /** 'open': nobody may see it before the batch that is open now is stored. 'gone': it is not its topic's
   *  retained message any more. What the hub itself has to say is not kept here and always 'stored'. */
  stateOf(message: RoutedMessage): 'stored' | 'open' | 'gone' {
    if (isSysTopic(message.topic)) return 'stored'
    const entry = this.#entries.get(message.topic)
    if (entry?.message !== message) return 'gone'
    return entry.ticket <= this.#storedTicket ? 'stored' : 'open'
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
