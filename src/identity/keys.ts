// Bearer tokens: API keys with what they may do, and what the setup code was given for. Random and kept as hashes;
// shown once, recognised by how they begin.
import { randomBytes } from 'node:crypto'
import { digestOf, newId } from '../access/secrets.ts'
import { AckstoneError } from '../errors.ts'
import type { Ingest, OpenBatch } from '../ingest/contract.ts'
import type { Clock } from '../lib/clock.ts'
import type { KeyScope } from '../model/user-role.ts'
import type { Store } from '../storage/store.ts'
import { RecordMap } from './record-map.ts'
import { keysMax, prefixes, type Key } from './records.ts'

const prefixLength = 12
/** Use is remembered this coarsely: it is for finding keys that nobody needs any more. */
const usedEveryMs = 3_600_000

export interface KeyDraft {
  name: string
  scopes: KeyScope[]
  expiresAt?: string | undefined
}

export class Keys {
  readonly #ingest: Ingest
  readonly #clock: Clock
  readonly #keys = new RecordMap<Key>(prefixes.keys)
  readonly #setupTokens = new RecordMap<Key>(prefixes.setupTokens, asKey)

  constructor(ingest: Ingest, clock: Clock) {
    this.#ingest = ingest
    this.#clock = clock
  }

  async read(store: Store): Promise<void> {
    await this.#keys.read(store)
    await this.#setupTokens.read(store)
  }

  list(): Key[] {
    return [...this.#setupTokens.list(), ...this.#keys.list()]
  }

  get(id: string): Key | undefined {
    return this.list().find((key) => key.id === id)
  }

  /** Tokens that were made with the setup code. */
  get setupTokens(): number {
    return this.#setupTokens.size
  }

  /** @returns the key itself: it is known to nobody but who is told now.
   *  @throws ACCESS_LIMIT */
  create(batch: OpenBatch, { name, scopes, expiresAt }: KeyDraft): { key: Key; secret: string } {
    if (this.#keys.size >= keysMax) throw new AckstoneError('ACCESS_LIMIT', { what: 'key', limit: keysMax })
    const secret = `ack_${randomBytes(32).toString('base64url')}`
    const key = this.#newKey(secret, name, scopes, false)
    if (expiresAt !== undefined) key.expiresAt = new Date(expiresAt).toISOString()
    this.#keys.put(batch, key)
    return { key, secret }
  }

  /** A token of an administrator, for whoever gave the setup code. */
  createSetupToken(batch: OpenBatch, name: string): { key: Key; secret: string } {
    const secret = `ackstone_${randomBytes(32).toString('base64url')}`
    const key = this.#newKey(secret, name, ['administer'], true)
    this.#setupTokens.put(batch, key)
    return { key, secret }
  }

  #newKey(secret: string, name: string, scopes: KeyScope[], isFromSetup: boolean): Key {
    return {
      id: newId(),
      name,
      hash: digestOf(secret),
      prefix: secret.slice(0, prefixLength),
      scopes,
      createdAt: new Date(this.#nowMs()).toISOString(),
      isFromSetup,
    }
  }

  /** Counts at once; durable with the batch. */
  remove(batch: OpenBatch, key: Key): void {
    const records = key.isFromSetup ? this.#setupTokens : this.#keys
    records.remove(batch, key)
  }

  /** The key of a bearer token, if it is one that has not expired; counts as its use. The look-up is by a hash of
   *  256 random bits, so how long it takes tells nothing. */
  use(secret: string): Key | undefined {
    const hash = digestOf(secret)
    const key = this.#keys.byHash(hash) ?? this.#setupTokens.byHash(hash)
    if (key === undefined || !this.#isCurrent(key)) return undefined
    const nowMs = this.#nowMs()
    const isNews = key.lastUsedAt === undefined || nowMs - Date.parse(key.lastUsedAt) >= usedEveryMs
    if (isNews && !key.isFromSetup) {
      key.lastUsedAt = new Date(nowMs - (nowMs % usedEveryMs)).toISOString()
      this.#keys.keep(this.#ingest.open(), key)
    }
    return key
  }

  isValid(id: string): boolean {
    const key = this.get(id)
    return key !== undefined && this.#isCurrent(key)
  }

  #isCurrent({ expiresAt }: Key): boolean {
    return expiresAt === undefined || Date.parse(expiresAt) > this.#nowMs()
  }

  #nowMs(): number {
    return Math.floor(this.#clock.nowUs() / 1000)
  }
}

/** Tokens of the first version have a role instead of scopes, and `tokenHash`. */
function asKey(record: Key & { tokenHash?: string }): Key {
  if (record.tokenHash === undefined) return record
  const { id, name, tokenHash, createdAt } = record
  return {
    id,
    name,
    hash: tokenHash,
    prefix: 'ackstone_',
    scopes: ['administer'],
    createdAt,
    isFromSetup: true,
  }
}
