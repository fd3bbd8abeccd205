// Browsers that are signed in. What the cookie holds is random and kept as a hash; a session ends after some hours
// without use, after a month in any case, and at once when it is revoked, also on the other hubs of the store.
import { randomBytes } from 'node:crypto'
import { digestOf, newId } from '../access/secrets.ts'
import type { Ingest, OpenBatch } from '../ingest/contract.ts'
import type { Clock } from '../lib/clock.ts'
import type { Store } from '../storage/store.ts'
import { RecordMap } from './record-map.ts'
import {
  prefixes,
  sessionIdleMs,
  sessionMs,
  sessionsMax,
  sessionsOfUserMax,
  type Client,
  type Session,
} from './records.ts'

const secretBytes = 32
/** How late the store may learn that a session was used. */
const keptEveryMs = 10 * 60_000
const userAgentMax = 200

export class Sessions {
  readonly #ingest: Ingest
  readonly #clock: Clock
  readonly #records = new RecordMap<Session>(prefixes.sessions)
  /** When the store last learnt of a session's use. */
  readonly #kept = new Map<string, number>()

  constructor(ingest: Ingest, clock: Clock) {
    this.#ingest = ingest
    this.#clock = clock
  }

  async read(store: Store): Promise<void> {
    const before = new Map(this.#records.list().map((session) => [session.id, session.lastUsedMs]))
    await this.#records.read(store)
    for (const session of this.#records.list()) {
      session.lastUsedMs = Math.max(session.lastUsedMs, before.get(session.id) ?? 0)
    }
    for (const id of this.#kept.keys()) if (this.#records.get(id) === undefined) this.#kept.delete(id)
  }

  /** Begins a session in a batch that the caller waits for. @returns what the cookie is to hold. */
  begin(batch: OpenBatch, userId: string, client: Client): { session: Session; secret: string } {
    const nowMs = this.#nowMs()
    this.#makeRoom(batch, userId, nowMs)
    const secret = randomBytes(secretBytes).toString('base64url')
    const session: Session = {
      id: newId(),
      hash: digestOf(secret),
      userId,
      createdMs: nowMs,
      lastUsedMs: nowMs,
      address: client.address,
      userAgent: client.userAgent.slice(0, userAgentMax),
    }
    this.#records.put(batch, session)
    return { session, secret }
  }

  /** Expired ones go; so does the one that was not used for longest where there are too many. */
  #makeRoom(batch: OpenBatch, userId: string, nowMs: number): void {
    for (const session of this.#records.list()) if (this.endsMs(session) <= nowMs) this.end(batch, session)
    const byUse = (sessions: Session[]) => sessions.sort((a, b) => a.lastUsedMs - b.lastUsedMs)
    const own = byUse(this.#records.list().filter((session) => session.userId === userId))
    for (const session of own.slice(0, Math.max(0, own.length - sessionsOfUserMax + 1)))
      this.end(batch, session)
    if (this.#records.size < sessionsMax) return
    const [oldest] = byUse(this.#records.list())
    if (oldest !== undefined) this.end(batch, oldest)
  }

  /** The session of a cookie, if it is one that has not ended; counts as its use. */
  use(secret: string): Session | undefined {
    const session = this.#records.byHash(digestOf(secret))
    const nowMs = this.#nowMs()
    if (session === undefined || this.endsMs(session) <= nowMs) return undefined
    session.lastUsedMs = Math.max(session.lastUsedMs, nowMs)
    if (nowMs - (this.#kept.get(session.id) ?? session.createdMs) >= keptEveryMs) {
      this.#kept.set(session.id, nowMs)
      this.#records.keep(this.#ingest.open(), session)
    }
    return session
  }

  /** Whether it still is a session, without using it. */
  isValid(id: string): boolean {
    const session = this.#records.get(id)
    return session !== undefined && this.endsMs(session) > this.#nowMs()
  }

  /** When it ends if it is not used any more, milliseconds since the epoch. */
  endsMs({ lastUsedMs, createdMs }: Session): number {
    return Math.min(lastUsedMs + sessionIdleMs, createdMs + sessionMs)
  }

  /** Of one user, the one used last first. */
  ofUser(userId: string): Session[] {
    const nowMs = this.#nowMs()
    return this.#records
      .list()
      .filter((session) => session.userId === userId && this.endsMs(session) > nowMs)
      .sort((a, b) => b.lastUsedMs - a.lastUsedMs)
  }

  get(id: string): Session | undefined {
    return this.#records.get(id)
  }

  /** Counts at once; durable with the batch. */
  end(batch: OpenBatch, session: Session): void {
    this.#records.remove(batch, session)
    this.#kept.delete(session.id)
  }

  /** Ends all sessions of a user, save one. */
  endAll(batch: OpenBatch, userId: string, save?: string): void {
    for (const session of this.ofUser(userId)) if (session.id !== save) this.end(batch, session)
  }

  #nowMs(): number {
    return Math.floor(this.#clock.nowUs() / 1000)
  }
}
