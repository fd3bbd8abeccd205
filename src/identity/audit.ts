// Who did what: a durable record of everything that people, keys and tokens change, bounded in number and age. An
// entry joins the batch that is open; keys are so made that the newest come first.
import { randomBytes } from 'node:crypto'
import type { Ingest, Ticket } from '../ingest/contract.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { Store } from '../storage/store.ts'
import { prefixes, type AuditEntry } from './records.ts'

/** Entries at most, and for how long: the oldest leave first. */
export const auditEntriesMax = 10_000
const auditMs = 400 * 86_400_000
/** So many more are let come before the oldest are deleted. */
const pruneEvery = 500
const farFutureUs = 9_000_000_000_000_000
const sentenceMax = 500

export interface AuditQuery {
  /** Key of the last entry of the page before; empty for the newest. */
  after: string
  limit: number
  /** Part of the name or the identifier of who did it, without case; empty for all. */
  who: string
  /** How the action begins; empty for all. */
  action: string
}

export interface AuditPage {
  items: AuditEntry[]
  /** Where the next page begins; undefined on the last. */
  next: string | undefined
}

export class Audit {
  readonly #store: Store
  readonly #ingest: Ingest
  readonly #clock: Clock
  readonly #log: Log
  #sincePruned = pruneEvery
  #isPruning = false
  #lastUs = 0

  constructor({ store, ingest, clock, log }: { store: Store; ingest: Ingest; clock: Clock; log: Log }) {
    this.#store = store
    this.#ingest = ingest
    this.#clock = clock
    this.#log = log
  }

  /** @returns the batch to wait for where an answer must not leave before the entry is stored. */
  record(entry: Omit<AuditEntry, 'id' | 'at'>): Ticket {
    // Entries of one moment keep their order: each has a microsecond of its own.
    const nowUs = Math.max(Math.round(this.#clock.nowUs()), this.#lastUs + 1)
    this.#lastUs = nowUs
    const batch = this.#ingest.open()
    const newestFirst = String(farFutureUs - nowUs).padStart(16, '0')
    const id = `${newestFirst}-${randomBytes(4).toString('hex')}`
    const at = new Date(nowUs / 1000).toISOString()
    const kept = { id, at, ...entry, sentence: entry.sentence.slice(0, sentenceMax) }
    batch.put('registry', prefixes.audit + id, Buffer.from(JSON.stringify(kept)))
    if (++this.#sincePruned >= pruneEvery && !this.#isPruning) {
      this.#isPruning = true
      batch.afterStored(() => void this.#prune())
    }
    return batch.ticket
  }

  /** Newest first. */
  async list({ after, limit, who, action }: AuditQuery): Promise<AuditPage> {
    const items: AuditEntry[] = []
    const sought = who.toLowerCase()
    for await (const { key, value } of this.#store.stateScan('registry', prefixes.audit)) {
      const id = key.slice(prefixes.audit.length)
      if (id <= after) continue
      const entry = JSON.parse(Buffer.from(value).toString('utf8')) as AuditEntry
      if (!entry.action.startsWith(action)) continue
      if (sought !== '' && entry.who.id !== who && !entry.who.name.toLowerCase().includes(sought)) continue
      if (items.length === limit) return { items, next: items.at(-1)?.id }
      items.push(entry)
    }
    return { items, next: undefined }
  }

  /** Deletes what is too old or too much. A failure is made good by the next time. */
  async #prune(): Promise<void> {
    const oldest = String(farFutureUs - Math.round(this.#clock.nowUs()) + auditMs * 1000).padStart(16, '0')
    const leaving: string[] = []
    let count = 0
    this.#sincePruned = 0
    try {
      for await (const { key } of this.#store.stateScan('registry', prefixes.audit)) {
        if (++count > auditEntriesMax || key.slice(prefixes.audit.length) > oldest) leaving.push(key)
      }
    } catch (error) {
      this.#sincePruned = pruneEvery
      this.#log.warn('old entries of the audit log could not be deleted', { cause: String(error) })
      return
    } finally {
      this.#isPruning = false
    }
    if (leaving.length === 0) return
    const batch = this.#ingest.open()
    for (const key of leaving) batch.delete('registry', key)
  }
}
