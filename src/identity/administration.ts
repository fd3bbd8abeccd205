// What administrators do about people and keys, and people about their own password. Each takes effect at once: with
// another role or password the sessions end, and answers that go on with them.
import { AckstoneError } from '../errors.ts'
import type { OpenBatch } from '../ingest/contract.ts'
import type { Caller } from './caller.ts'
import type { Identity } from './identity.ts'
import type { KeyDraft } from './keys.ts'
import { checkPassword, hashPassword } from './passwords.ts'
import type { Key, User } from './records.ts'
import { isAdministrator, type UserChange, type UserDraft } from './users.ts'

export class Administration {
  readonly #identity: Identity

  constructor(identity: Identity) {
    this.#identity = identity
  }

  /** @returns the code of the invitation where no password was given.
   *  @throws PASSWORD_WEAK, ACCESS_TAKEN, ACCESS_LIMIT */
  async createUser(
    draft: UserDraft & { password?: string | undefined },
  ): Promise<{ user: User; code: string | undefined }> {
    const { users } = this.#identity
    const hash = await this.#hashOf(draft.password, draft)
    return this.#identity.change((batch) => users.create(batch, draft, hash))
  }

  /** @throws PASSWORD_WEAK, ACCESS_TAKEN, ACCESS_NOT_FOUND, LAST_ADMINISTRATOR */
  async changeUser(
    id: string,
    change: UserChange & { password?: string | undefined; invite?: true | undefined },
  ): Promise<{ before: User; user: User; code: string | undefined }> {
    const { users, sessions } = this.#identity
    const { name, email } = users.known(id)
    const hash = await this.#hashOf(change.password, {
      name: change.name ?? name,
      email: change.email ?? email,
    })
    return this.#identity.change((batch) => {
      const before = users.known(id)
      const { role = before.role, isEnabled = before.isEnabled } = change
      this.#checkRemains({ ...before, role, isEnabled, password: hash ?? before.password }, before)
      let user = users.change(batch, before, change)
      if (hash !== undefined) user = users.setPassword(batch, user, hash)
      let code: string | undefined
      if (change.invite === true) ({ user, code } = users.invite(batch, user))
      const isAnother = role !== before.role || !isEnabled || hash !== undefined
      if (isAnother) sessions.endAll(batch, id)
      return { before, user, code }
    })
  }

  /** @throws ACCESS_NOT_FOUND, LAST_ADMINISTRATOR */
  removeUser(id: string): Promise<User> {
    const { users, sessions } = this.#identity
    return this.#identity.change((batch) => {
      const user = users.known(id)
      this.#checkRemains(undefined, user)
      users.remove(batch, user)
      sessions.endAll(batch, id)
      return user
    })
  }

  /** Of the person who asks; all other sessions end.
   *  @throws SESSION_NEEDED, PASSWORD_WRONG, PASSWORD_WEAK, TOO_MANY_ATTEMPTS, BUSY */
  async changeOwnPassword(caller: Caller, current: string, next: string, address: string): Promise<void> {
    const { users, sessions, passwords } = this.#identity
    if (caller.userId === undefined) throw new AckstoneError('SESSION_NEEDED', { who: caller.name })
    const user = users.known(caller.userId)
    try {
      await passwords.check(user.email, current, user, address)
    } catch (error) {
      const isWrong = error instanceof AckstoneError && error.code === 'LOGIN_WRONG'
      throw isWrong ? new AckstoneError('PASSWORD_WRONG', {}, error) : error
    }
    checkPassword(next, user, '/next')
    const hash = await hashPassword(next)
    await this.#identity.change((batch) => {
      users.setPassword(batch, users.known(user.id), hash)
      sessions.endAll(batch, user.id, caller.sessionId)
    })
  }

  /** @throws ACCESS_LIMIT */
  createKey(draft: KeyDraft): Promise<{ key: Key; secret: string }> {
    return this.#identity.change((batch: OpenBatch) => this.#identity.keys.create(batch, draft))
  }

  /** @throws ACCESS_NOT_FOUND, LAST_ADMINISTRATOR */
  removeKey(id: string): Promise<Key> {
    const { keys, users } = this.#identity
    return this.#identity.change((batch) => {
      const key = keys.get(id)
      if (key === undefined) throw new AckstoneError('ACCESS_NOT_FOUND', { what: 'key', name: id })
      const isLast = key.isFromSetup && keys.setupTokens === 1 && !users.hasAdministrator()
      if (isLast) throw new AckstoneError('LAST_ADMINISTRATOR')
      keys.remove(batch, key)
      return key
    })
  }

  async #hashOf(password: string | undefined, owner: { name: string; email: string }) {
    if (password === undefined) return undefined
    checkPassword(password, owner, '/password')
    return hashPassword(password)
  }

  /** @throws LAST_ADMINISTRATOR where a change would leave nobody who may administer. */
  #checkRemains(after: User | undefined, before: User): void {
    const { users, keys } = this.#identity
    if (!isAdministrator(before) || (after !== undefined && isAdministrator(after))) return
    if (keys.setupTokens === 0 && !users.hasAdministrator(before.id)) {
      throw new AckstoneError('LAST_ADMINISTRATOR')
    }
  }
}
