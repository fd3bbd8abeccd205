// The people who use the hub: their names, roles and passwords. An administrator remains in any case, so that nobody
// locks everybody out.
import { digestOf, isSameDigest, newId, newToken } from '../access/secrets.ts'
import { AckstoneError } from '../errors.ts'
import type { OpenBatch } from '../ingest/contract.ts'
import type { Clock } from '../lib/clock.ts'
import type { UserRole } from '../model/user-role.ts'
import type { Store } from '../storage/store.ts'
import { RecordMap } from './record-map.ts'
import { invitationMs, prefixes, usersMax, type User } from './records.ts'

export interface UserDraft {
  name: string
  email: string
  role: UserRole
}

export interface UserChange {
  name?: string | undefined
  email?: string | undefined
  role?: UserRole | undefined
  isEnabled?: boolean | undefined
}

export class Users {
  readonly #clock: Clock
  readonly #records = new RecordMap<User>(prefixes.users)

  constructor(clock: Clock) {
    this.#clock = clock
  }

  read(store: Store): Promise<void> {
    return this.#records.read(store)
  }

  get(id: string): User | undefined {
    return this.#records.get(id)
  }

  /** By name. */
  list(): User[] {
    return this.#records.list().sort((a, b) => a.name.localeCompare(b.name, 'en') || (a.id < b.id ? -1 : 1))
  }

  get size(): number {
    return this.#records.size
  }

  byEmail(email: string): User | undefined {
    const sought = normalEmail(email)
    return this.#records.list().find((user) => user.email === sought)
  }

  /** Whether somebody could sign in who may administer, leaving one user out. */
  hasAdministrator(without?: string): boolean {
    return this.#records.list().some((user) => user.id !== without && isAdministrator(user))
  }

  /** @throws ACCESS_NOT_FOUND */
  known(id: string): User {
    const user = this.#records.get(id)
    if (user === undefined) throw new AckstoneError('ACCESS_NOT_FOUND', { what: 'user', name: id })
    return user
  }

  /** With a password, or with an invitation that its code opens.
   *  @throws ACCESS_TAKEN, ACCESS_LIMIT */
  create(
    batch: OpenBatch,
    draft: UserDraft,
    password: string | undefined,
  ): { user: User; code: string | undefined } {
    const email = this.#freeEmail(draft.email, undefined)
    if (this.#records.size >= usersMax) {
      throw new AckstoneError('ACCESS_LIMIT', { what: 'user', limit: usersMax })
    }
    const createdAt = this.#now()
    const user: User = { id: newId(), name: draft.name, email, role: draft.role, isEnabled: true, createdAt }
    if (password !== undefined) {
      user.password = password
      this.#records.put(batch, user)
      return { user, code: undefined }
    }
    const { invitation, code } = this.#newInvitation()
    const invited = { ...user, invitation }
    this.#records.put(batch, invited)
    return { user: invited, code }
  }

  /** A new code; the one before it is worth nothing from now on. */
  invite(batch: OpenBatch, user: User): { user: User; code: string } {
    const { invitation, code } = this.#newInvitation()
    const invited = { ...user, invitation }
    this.#records.put(batch, invited)
    return { user: invited, code }
  }

  #newInvitation() {
    const code = newToken()
    return { code, invitation: { hash: digestOf(code), expiresMs: this.#nowMs() + invitationMs } }
  }

  /** @throws ACCESS_TAKEN */
  change(batch: OpenBatch, user: User, change: UserChange): User {
    const email = change.email === undefined ? user.email : this.#freeEmail(change.email, user.id)
    const { name = user.name, role = user.role, isEnabled = user.isEnabled } = change
    const changed = { ...user, name, email, role, isEnabled }
    this.#records.put(batch, changed)
    return changed
  }

  /** A password in place of the one before, or of an invitation. */
  setPassword(batch: OpenBatch, { invitation: _used, ...user }: User, password: string): User {
    const changed = { ...user, password }
    this.#records.put(batch, changed)
    return changed
  }

  seen(batch: OpenBatch, user: User): void {
    this.#records.put(batch, { ...user, lastSeenAt: this.#now() })
  }

  remove(batch: OpenBatch, user: User): void {
    this.#records.remove(batch, user)
  }

  /** Whom an invitation is for; undefined when it is none, or too old. */
  invited(code: string): User | undefined {
    const hash = digestOf(code)
    const nowMs = this.#nowMs()
    return this.#records.list().find(({ invitation, isEnabled }) => {
      if (invitation === undefined || !isEnabled) return false
      return isSameDigest(invitation.hash, hash) && invitation.expiresMs > nowMs
    })
  }

  /** @throws ACCESS_TAKEN */
  #freeEmail(given: string, own: string | undefined): string {
    const email = normalEmail(given)
    const other = this.byEmail(email)
    if (other !== undefined && other.id !== own) {
      throw new AckstoneError('ACCESS_TAKEN', { what: 'user with the e-mail address', name: email })
    }
    return email
  }

  #nowMs(): number {
    return Math.floor(this.#clock.nowUs() / 1000)
  }

  #now(): string {
    return new Date(this.#nowMs()).toISOString()
  }
}

export function isAdministrator({ role, isEnabled, password }: User): boolean {
  return role === 'administrator' && isEnabled && password !== undefined
}

export function normalEmail(email: string): string {
  return email.normalize('NFC').trim().toLowerCase()
}
