// Who may use the API: bearers of the administrator's token from the environment, or of a token that was
// made with the setup code. Users, roles and sessions of the portal will find their place here.
import { createHash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto'
import { AckstoneError } from '../errors.ts'
import type { Ingest } from '../ingest/contract.ts'
import type { Clock } from '../lib/clock.ts'
import type { Store } from '../storage/store.ts'
import { Attempts } from './attempts.ts'
import { Waits } from './waits.ts'

const keyPrefix = 'administrator/'
/** Digits and letters that can't be taken for one another. */
const codeLetters = '23456789ABCDEFGHJKMNPQRSTVWXYZ'
const codeGroups = 3
const codeGroupLength = 4
/** Pairs of address and token remembered as having been right. */
const trustedMax = 10_000

interface AdministratorRecord {
  id: string
  name: string
  role: 'administrator'
  /** SHA-256 of the token, hex: the token has 256 random bits, so it needs no slow hash. */
  tokenHash: string
  createdAt: string
}

export interface AdministratorsOptions {
  store: Store
  ingest: Ingest
  clock: Clock
  /** ACKSTONE_ADMIN_TOKEN; undefined when it is not set. */
  adminToken: string | undefined
  ackDeadlineMs: number
}

export interface NewAdministrator {
  id: string
  name: string
  /** Shown this once. */
  token: string
  createdAt: string
}

export class Administrators {
  readonly #options: AdministratorsOptions
  readonly #attempts = new Attempts()
  /** SHA-256 digests of the tokens that are right. */
  #digests: Buffer[] = []
  readonly #trusted = new Set<string>()
  #setupCode: string | undefined
  #isSetUp = false
  #isSettingUp = false

  private constructor(options: AdministratorsOptions) {
    this.#options = options
  }

  /** Reads the registry; without an administrator in it, there is a setup code. */
  static async load(options: AdministratorsOptions): Promise<Administrators> {
    const administrators = new Administrators(options)
    await administrators.refresh()
    if (!administrators.#isSetUp) administrators.#setupCode = newCode()
    return administrators
  }

  /** Reads the registry again, after another hub has changed it.
   *  @throws what the store throws; repeating does no harm. */
  async refresh(): Promise<void> {
    const { store, adminToken } = this.#options
    const digests = adminToken === undefined ? [] : [digest(adminToken)]
    let isSetUp = false
    for await (const { value } of store.stateScan('registry', keyPrefix)) {
      const record = JSON.parse(Buffer.from(value).toString('utf8')) as AdministratorRecord
      digests.push(Buffer.from(record.tokenHash, 'hex'))
      isSetUp = true
    }
    this.#digests = digests
    this.#trusted.clear()
    this.#isSetUp = isSetUp
    if (isSetUp) this.#setupCode = undefined
  }

  /** To be printed at the start; undefined once there is an administrator. */
  get setupCode(): string | undefined {
    return this.#setupCode
  }

  /** Checks the Authorization header of a request from an address.
   *  @throws UNAUTHENTICATED, TOO_MANY_ATTEMPTS */
  authenticate(authorization: string | undefined, address: string): void {
    if (authorization === undefined) throw new AckstoneError('UNAUTHENTICATED')
    const token = /^Bearer +([^\s]{1,512})$/i.exec(authorization)?.[1] ?? ''
    const given = digest(token)
    const trust = `${address} ${given.toString('base64')}`
    if (this.#trusted.has(trust)) return
    this.#checkAttempts(address)
    let isRight = false
    for (const known of this.#digests) if (timingSafeEqual(known, given)) isRight = true
    if (!isRight) {
      this.#attempts.countWrong(address, this.#options.clock.monotonicMs())
      throw new AckstoneError('UNAUTHENTICATED')
    }
    if (this.#trusted.size >= trustedMax) this.#trusted.clear()
    this.#trusted.add(trust)
  }

  /** Makes the first administrator, durably. The code works once.
   *  @throws SETUP_DONE, SETUP_CODE_WRONG, TOO_MANY_ATTEMPTS, ACK_DEADLINE */
  async setUp(code: string, name: string, address: string): Promise<NewAdministrator> {
    this.#checkAttempts(address)
    const expected = this.#setupCode
    if (expected === undefined) throw new AckstoneError('SETUP_DONE')
    if (!timingSafeEqual(digest(plainCode(code)), digest(plainCode(expected)))) {
      this.#attempts.countWrong(address, this.#options.clock.monotonicMs())
      throw new AckstoneError('SETUP_CODE_WRONG')
    }
    if (this.#isSettingUp) throw new AckstoneError('SETUP_DONE')
    this.#isSettingUp = true
    try {
      return await this.#store(name)
    } finally {
      this.#isSettingUp = false
    }
  }

  async #store(name: string): Promise<NewAdministrator> {
    const { ingest, clock, ackDeadlineMs } = this.#options
    const token = `ackstone_${randomBytes(32).toString('base64url')}`
    const id = randomBytes(8).toString('hex')
    const createdAt = new Date(clock.nowUs() / 1000).toISOString()
    const tokenHash = digest(token).toString('hex')
    const record: AdministratorRecord = { id, name, role: 'administrator', tokenHash, createdAt }
    const batch = ingest.open()
    batch.put('registry', keyPrefix + id, Buffer.from(JSON.stringify(record)))
    try {
      await new Waits(ingest, clock, ackDeadlineMs).untilStored(batch.ticket)
    } catch (error) {
      // Nobody learns this token: it must not be the one that closes the setup.
      ingest.open().delete('registry', keyPrefix + id)
      throw error
    }
    this.#digests.push(digest(token))
    this.#setupCode = undefined
    return { id, name, token, createdAt }
  }

  #checkAttempts(address: string): void {
    const seconds = this.#attempts.waitSeconds(address, this.#options.clock.monotonicMs())
    if (seconds > 0) throw new AckstoneError('TOO_MANY_ATTEMPTS', { seconds })
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function newCode(): string {
  const letter = () => codeLetters[randomInt(codeLetters.length)]
  const group = () => Array.from({ length: codeGroupLength }, letter).join('')
  return Array.from({ length: codeGroups }, group).join('-')
}

/** People may leave out the dashes and write small letters. */
function plainCode(code: string): string {
  return code.toUpperCase().replace(/[^0-9A-Z]/g, '')
}
