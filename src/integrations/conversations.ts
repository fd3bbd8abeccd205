// What converters remember from message to message, for each integration: kept in memory, made durable in the
// batch of the message that brought it, read again at the start. And what they ask for: published once that
// batch is stored, the same topic not again within an interval.
import type { Conversation, Request } from '../converters/converter.ts'
import type { Ingest, OpenBatch, Participant, Ticket } from '../ingest/contract.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { Store } from '../storage/store.ts'

/** In the space `hub`: each hub listens to its own connections. */
const keyPrefix = 'conversation/'

/** Bytes that one integration's converter may have kept, its keys included. */
export const conversationBytesMax = 64 * 1024 * 1024
/** The same topic is asked for something once in this time. */
export const requestIntervalMs = 10_000
/** Topics whose last request is remembered, and requests that wait for their batch. */
const requestedMax = 10_000

export interface ConversationsOptions {
  store: Store
  ingest: Ingest
  clock: Clock
  log: Log
  /** Publishes what an integration's converter asks for, where its messages come from. */
  publish: (integration: string, request: Request) => void
}

export class Conversations implements Participant {
  readonly #options: ConversationsOptions
  readonly #integrations = new Map<string, Kept>()
  /** Not yet in a batch, by key in the store. */
  readonly #dirty = new Map<string, Uint8Array | undefined>()
  readonly #requests: { ticket: Ticket; integration: string; request: Request }[] = []
  readonly #requestedMs = new Map<string, number>()

  private constructor(options: ConversationsOptions) {
    this.#options = options
  }

  static async load(options: ConversationsOptions): Promise<Conversations> {
    const conversations = new Conversations(options)
    for await (const { key, value } of options.store.stateScan('hub', keyPrefix)) {
      const end = key.indexOf('/', keyPrefix.length)
      conversations.#keptOf(key.slice(keyPrefix.length, end)).set(key.slice(end + 1), value)
    }
    return conversations
  }

  of(integration: string): Conversation {
    const kept = this.#keptOf(integration)
    return {
      get: (key) => kept.get(key),
      put: (key, value) => {
        const isKept = kept.set(key, value)
        this.#change(`${keyPrefix}${integration}/${key}`, isKept ? value : undefined)
        return isKept
      },
      request: (request) => this.#request(integration, request),
    }
  }

  /** What a retried message sees: it reads, but it is too old to say how things are now. */
  readOnly(integration: string): Conversation {
    const kept = this.#keptOf(integration)
    return { get: (key) => kept.get(key), put: () => true, request: () => undefined }
  }

  /** The integration is gone, or reads its messages differently now. */
  forget(integration: string): void {
    const kept = this.#integrations.get(integration)
    if (kept === undefined) return
    for (const key of kept.keys()) this.#change(`${keyPrefix}${integration}/${key}`, undefined)
    kept.clear()
  }

  seal(batch: OpenBatch): void {
    for (const [key, value] of this.#dirty) {
      if (value === undefined) batch.delete('hub', key)
      else batch.put('hub', key, value)
    }
    this.#dirty.clear()
  }

  stored(ticket: Ticket): void {
    while (this.#requests.length > 0 && this.#requests[0].ticket <= ticket) {
      const { integration, request } = this.#requests.shift()!
      this.#options.log.info('asking a device for more', { integration, topic: request.topic })
      this.#options.publish(integration, request)
    }
  }

  #keptOf(integration: string): Kept {
    let kept = this.#integrations.get(integration)
    if (kept === undefined) this.#integrations.set(integration, (kept = new Kept()))
    return kept
  }

  #change(key: string, value: Uint8Array | undefined): void {
    this.#dirty.set(key, value)
    this.#options.ingest.open().join(this)
  }

  #request(integration: string, request: Request): void {
    const nowMs = this.#options.clock.monotonicMs()
    const who = `${integration}/${request.topic}`
    const lastMs = this.#requestedMs.get(who)
    if (lastMs !== undefined && nowMs - lastMs < requestIntervalMs) return
    if (this.#requests.length >= requestedMax) return
    this.#requestedMs.delete(who)
    // The oldest come first, for a topic that is asked again moves to the end.
    if (this.#requestedMs.size >= requestedMax) {
      for (const oldest of this.#requestedMs.keys()) {
        this.#requestedMs.delete(oldest)
        break
      }
    }
    this.#requestedMs.set(who, nowMs)
    const batch = this.#options.ingest.open()
    this.#requests.push({ ticket: batch.ticket, integration, request })
    batch.join(this)
  }
}

/** The entries of one integration, with what they weigh. */
class Kept {
  readonly #entries = new Map<string, Uint8Array>()
  #bytes = 0

  get(key: string): Uint8Array | undefined {
    return this.#entries.get(key)
  }

  keys(): IterableIterator<string> {
    return this.#entries.keys()
  }

  /** @returns false when there is no room; the key is then not there. */
  set(key: string, value: Uint8Array): boolean {
    const before = this.#entries.get(key)
    if (before !== undefined) this.#bytes -= key.length + before.length
    if (this.#bytes + key.length + value.length > conversationBytesMax) {
      this.#entries.delete(key)
      return false
    }
    this.#entries.set(key, value)
    this.#bytes += key.length + value.length
    return true
  }

  clear(): void {
    this.#entries.clear()
    this.#bytes = 0
  }
}
