// People and their rights, as a whole: who a request comes from, how the first administrator is made, how people come
// in and go out. A change counts once it is stored; what is taken away counts for nothing at once.
import { digestOf } from '../access/secrets.ts'
import { AckstoneError } from '../errors.ts'
import type { Ingest, OpenBatch, Ticket } from '../ingest/contract.ts'
import { Changes } from '../lib/changes.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { roleOfScopes, scopesOfRole } from '../model/user-role.ts'
import type { Store } from '../storage/store.ts'
import { Administration } from './administration.ts'
import { Attempts, networkOf } from './attempts.ts'
import { Audit } from './audit.ts'
import { nobody, type Caller } from './caller.ts'
import { Keys } from './keys.ts'
import { checkPassword, hashPassword } from './passwords.ts'
import type { Client, Key, Session, User } from './records.ts'
import { Sessions } from './sessions.ts'
import { isSameCode, newSetupCode } from './setup-code.ts'
import { SignIn } from './sign-in.ts'
import { Users } from './users.ts'
import { Watches } from './watches.ts'

/** Wrong tokens or codes of an address within a minute. */
const wrongOfAddressMax = 10
const trustedMax = 10_000
/** Refused sign-ins of an address, and of all, that the audit log tells within a minute. */
const refusalsTold = 1
const refusalsToldOfAll = 10

export interface IdentityOptions {
  store: Store
  ingest: Ingest
  clock: Clock
  log: Log
  /** ACKSTONE_ADMIN_TOKEN; undefined when it is not set. */
  adminToken: string | undefined
  /** Prints a setup code although there is an administrator, for one who has lost the password. */
  hasNewSetupCode: boolean
}

export interface SignedIn {
  user: User
  session: Session
  /** What the cookie holds. */
  secret: string
}

export class Identity {
  readonly #options: IdentityOptions
  readonly #changes = new Changes()
  readonly #attempts = new Attempts(wrongOfAddressMax)
  readonly #adminDigest: string | undefined
  /** Addresses with tokens that were right from there: others guessing from there do not shut them out. */
  readonly #trusted = new Set<string>()
  readonly #watches: Watches
  #setupCode: string | undefined
  readonly passwords: SignIn
  readonly users: Users
  readonly sessions: Sessions
  readonly keys: Keys
  readonly audit: Audit
  readonly administration = new Administration(this)
  /** Somebody at an operation that is open to all. */
  readonly nobody: Caller = nobody
  /** Refused sign-ins on record, so that guessing does not push everything else out of it. */
  readonly #refusals = new Attempts(refusalsTold)

  private constructor(options: IdentityOptions) {
    const { ingest, clock, adminToken } = options
    this.#options = options
    this.passwords = new SignIn(clock)
    this.#adminDigest = adminToken === undefined ? undefined : digestOf(adminToken)
    this.users = new Users(clock)
    this.sessions = new Sessions(ingest, clock)
    this.keys = new Keys(ingest, clock)
    this.audit = new Audit(options)
    this.#watches = new Watches(clock, (caller) => this.isValid(caller))
  }

  /** Reads the registry; without an administrator in it, there is a setup code. */
  static async load(options: IdentityOptions): Promise<Identity> {
    const identity = new Identity(options)
    await identity.refresh()
    if (!identity.isSetUp || options.hasNewSetupCode) identity.#setupCode = newSetupCode()
    return identity
  }

  /** Reads the registry again, after another hub has changed it.
   *  @throws what the store throws; repeating does no harm. */
  refresh(): Promise<void> {
    return this.#changes.inTurn(async () => {
      const { store, hasNewSetupCode } = this.#options
      await this.users.read(store)
      await this.sessions.read(store)
      await this.keys.read(store)
      this.#trusted.clear()
      if (this.isSetUp && !hasNewSetupCode) this.#setupCode = undefined
      this.#watches.check()
    })
  }

  /** There is somebody who may administer. */
  get isSetUp(): boolean {
    return this.users.size > 0 || this.keys.setupTokens > 0
  }

  /** To be printed at the start; undefined once it was used, or where there is an administrator. */
  get setupCode(): string | undefined {
    return this.#setupCode
  }

  /** Who a request with an Authorization header, or with a cookie, comes from.
   *  @throws UNAUTHENTICATED, TOO_MANY_ATTEMPTS */
  authenticate(authorization: string | undefined, cookie: string | undefined, address: string): Caller {
    if (authorization === undefined) {
      const caller = cookie === undefined ? undefined : this.#callerOfCookie(cookie)
      if (caller === undefined) throw new AckstoneError('UNAUTHENTICATED')
      return caller
    }
    const secret = /^Bearer +([^\s]{1,512})$/i.exec(authorization)?.[1] ?? ''
    const trust = `${address} ${digestOf(secret)}`
    if (!this.#trusted.has(trust)) this.#checkAttempts(address)
    const caller = this.#callerOfToken(secret)
    if (caller === undefined) {
      this.#attempts.countWrong(networkOf(address), this.#options.clock.monotonicMs())
      throw new AckstoneError('UNAUTHENTICATED')
    }
    if (this.#trusted.size >= trustedMax) this.#trusted.clear()
    this.#trusted.add(trust)
    return caller
  }

  #callerOfCookie(secret: string): Caller | undefined {
    const session = this.sessions.use(secret)
    const user = session === undefined ? undefined : this.users.get(session.userId)
    if (session === undefined || user?.isEnabled !== true) return undefined
    const { id, name, role } = user
    const expiresMs = this.sessions.endsMs(session)
    const scopes = scopesOfRole(role)
    return { kind: 'session', id, name, role, scopes, userId: id, sessionId: session.id, expiresMs }
  }

  #callerOfToken(secret: string): Caller | undefined {
    const none = { userId: undefined, sessionId: undefined }
    if (digestOf(secret) === this.#adminDigest) {
      const scopes = scopesOfRole('administrator')
      const caller = { kind: 'token', id: 'environment', name: 'ACKSTONE_ADMIN_TOKEN', scopes } as const
      return { ...caller, role: 'administrator', ...none, expiresMs: undefined }
    }
    const key = this.keys.use(secret)
    if (key === undefined) return undefined
    const { id, name, scopes, isFromSetup, expiresAt } = key
    const expiresMs = expiresAt === undefined ? undefined : Date.parse(expiresAt)
    return {
      kind: isFromSetup ? 'token' : 'key',
      id,
      name,
      role: roleOfScopes(scopes),
      scopes,
      ...none,
      expiresMs,
    }
  }

  /** Whether what a caller came with is still worth what it was. */
  isValid({ kind, id, sessionId, userId, role }: Caller): boolean {
    if (kind === 'session') {
      const user = this.users.get(userId ?? '')
      return user?.isEnabled === true && user.role === role && this.sessions.isValid(sessionId ?? '')
    }
    return id === 'environment' || this.keys.isValid(id)
  }

  /** Calls back once when a caller's session or key ends, for answers that go on for long. @returns what forgets it. */
  onEnd(caller: Caller, end: () => void): () => void {
    return this.#watches.add(caller, end)
  }

  /** Makes the first administrator, durably, as a bearer token. The code works once.
   *  @param untilStored waits for a batch, as long as whoever asks has patience.
   *  @throws SETUP_DONE, SETUP_CODE_WRONG, TOO_MANY_ATTEMPTS, and what `untilStored` throws */
  async setUpToken(
    code: string,
    name: string,
    client: Client,
    untilStored: (ticket: Ticket) => Promise<void>,
  ): Promise<{ key: Key; secret: string }> {
    const make = (batch: OpenBatch) => this.keys.createSetupToken(batch, name)
    // Nobody learns a token that was not confirmed: it must not be the one that closes the setup.
    const undo = (batch: OpenBatch, { key }: { key: Key }) => this.keys.remove(batch, key)
    return this.#setUp(code, client, make, untilStored, undo)
  }

  /** The same as somebody who signs in with a password. Who has the e-mail address already becomes an administrator
   *  with this password: that is how a lost one is replaced.
   *  @throws SETUP_DONE, SETUP_CODE_WRONG, TOO_MANY_ATTEMPTS, PASSWORD_WEAK */
  async setUpUser(
    code: string,
    person: { name: string; email: string; password: string },
    client: Client,
  ): Promise<SignedIn> {
    checkPassword(person.password, person, '/password')
    this.#checkSetupCode(code, client.address)
    const hash = await hashPassword(person.password)
    return this.#setUp(code, client, (batch) => {
      const known = this.users.byEmail(person.email)
      if (known === undefined) {
        const { user } = this.users.create(batch, { ...person, role: 'administrator' }, hash)
        return { user, ...this.sessions.begin(batch, user.id, client) }
      }
      this.sessions.endAll(batch, known.id)
      const enabled = { ...known, name: person.name, role: 'administrator', isEnabled: true } as const
      const user = this.users.setPassword(batch, enabled, hash)
      return { user, ...this.sessions.begin(batch, user.id, client) }
    })
  }

  #setUp<R>(
    code: string,
    client: Client,
    make: (batch: OpenBatch) => R,
    untilStored = (ticket: Ticket) => this.#options.ingest.stored(ticket),
    undo?: (batch: OpenBatch, made: R) => void,
  ): Promise<R> {
    this.#checkSetupCode(code, client.address)
    return this.#changes.inTurn(async () => {
      this.#checkSetupCode(code, client.address)
      const { ingest } = this.#options
      const batch = ingest.open()
      const made = make(batch)
      try {
        await untilStored(batch.ticket)
      } catch (error) {
        undo?.(ingest.open(), made)
        throw error
      }
      this.#setupCode = undefined
      return made
    })
  }

  #checkSetupCode(code: string, address: string): void {
    this.#checkAttempts(address)
    if (this.#setupCode === undefined) throw new AckstoneError('SETUP_DONE')
    if (isSameCode(code, this.#setupCode)) return
    this.#attempts.countWrong(networkOf(address), this.#options.clock.monotonicMs())
    throw new AckstoneError('SETUP_CODE_WRONG')
  }

  /** Begins a session. The one that the same browser had is ended, so that no cookie outlives a change of person.
   *  @throws LOGIN_WRONG, TOO_MANY_ATTEMPTS, BUSY */
  async signIn(
    email: string,
    password: string,
    client: Client,
    before: string | undefined,
  ): Promise<SignedIn> {
    const user = this.users.byEmail(email)
    await this.passwords.check(email, password, user, client.address)
    return this.change((batch) => {
      const current = this.users.get(user?.id ?? '')
      // Taken away, or given another password, while it waited.
      if (current?.isEnabled !== true || current.password !== user?.password) {
        throw new AckstoneError('LOGIN_WRONG')
      }
      this.#endCookie(batch, before)
      this.users.seen(batch, current)
      return { user: current, ...this.sessions.begin(batch, current.id, client) }
    })
  }

  /** Puts a refused sign-in on record; not each one. */
  refused(email: string, { address }: Client): void {
    const nowMs = this.#options.clock.monotonicMs()
    const keys = [networkOf(address), ...Array.from({ length: refusalsToldOfAll }, (_, i) => `all ${i}`)]
    const free = keys.slice(1).find((key) => this.#refusals.waitSeconds(key, nowMs) === 0)
    if (free === undefined || this.#refusals.waitSeconds(keys[0]!, nowMs) > 0) return
    this.#refusals.countWrong(keys[0]!, nowMs)
    this.#refusals.countWrong(free, nowMs)
    const target = email.slice(0, 256)
    const sentence = `Somebody could not sign in as ${target}: the password was wrong, or there is no such user.`
    const who = { kind: nobody.kind, id: '', name: '' }
    this.audit.record({ who, action: 'session.refused', target, sentence, address })
  }

  #endCookie(batch: OpenBatch, secret: string | undefined): void {
    const session = secret === undefined ? undefined : this.sessions.use(secret)
    if (session !== undefined) this.sessions.end(batch, session)
  }

  /** @throws INVITATION_WRONG, PASSWORD_WEAK, TOO_MANY_ATTEMPTS */
  async acceptInvitation(
    code: string,
    password: string,
    client: Client,
    before: string | undefined,
  ): Promise<SignedIn> {
    this.#checkAttempts(client.address)
    const invited = this.users.invited(code)
    if (invited === undefined) {
      this.#attempts.countWrong(networkOf(client.address), this.#options.clock.monotonicMs())
      throw new AckstoneError('INVITATION_WRONG')
    }
    checkPassword(password, invited, '/password')
    const hash = await hashPassword(password)
    return this.change((batch) => {
      const current = this.users.invited(code)
      if (current === undefined) throw new AckstoneError('INVITATION_WRONG')
      this.#endCookie(batch, before)
      this.sessions.endAll(batch, current.id)
      const user = this.users.setPassword(batch, current, hash)
      return { user, ...this.sessions.begin(batch, user.id, client) }
    })
  }

  /** Ends one session, or some. */
  endSessions(sessions: readonly Session[]): Promise<void> {
    return this.change((batch) => {
      for (const session of sessions) this.sessions.end(batch, session)
    })
  }

  #checkAttempts(address: string): void {
    const seconds = this.#attempts.waitSeconds(networkOf(address), this.#options.clock.monotonicMs())
    if (seconds > 0) throw new AckstoneError('TOO_MANY_ATTEMPTS', { seconds })
  }

  /** One change at a time; resolves once it is stored. What must end, ends before.
   *  @param make fills the batch; throws before it has put anything, or not at all. */
  change<R>(make: (batch: OpenBatch) => R): Promise<R> {
    return this.#changes.inTurn(async () => {
      const { ingest } = this.#options
      const batch = ingest.open()
      const made = make(batch)
      this.#watches.check()
      await ingest.stored(batch.ticket)
      this.#watches.check()
      return made
    })
  }
}
