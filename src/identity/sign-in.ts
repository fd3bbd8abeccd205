// Passwords as they are given: limited by address and name, checked one at a time off the event loop, refused after
// the same time whether there is such a user or not.
import { PasswordLine } from '../access/password-line.ts'
import { AckstoneError } from '../errors.ts'
import type { Clock } from '../lib/clock.ts'
import { Attempts, networkOf } from './attempts.ts'
import { normalPassword } from './passwords.ts'
import type { User } from './records.ts'
import { normalEmail } from './users.ts'

/** Wrong passwords within a minute: of one user from one address, and of one address. */
const wrongOfPairMax = 10
const wrongOfAddressMax = 50

export class SignIn {
  readonly #clock: Clock
  readonly #line: PasswordLine
  readonly #pairs = new Attempts(wrongOfPairMax)
  readonly #addresses = new Attempts(wrongOfAddressMax)

  constructor(clock: Clock) {
    this.#clock = clock
    this.#line = new PasswordLine(clock)
  }

  /** Resolves when the password is the one of the user.
   *  @param user undefined where nobody has that e-mail address.
   *  @throws LOGIN_WRONG, TOO_MANY_ATTEMPTS, BUSY */
  async check(email: string, password: string, user: User | undefined, address: string): Promise<void> {
    const from = networkOf(address)
    const name = normalEmail(email)
    const pair = `${from} ${name}`
    const nowMs = this.#clock.monotonicMs()
    const seconds = Math.max(this.#pairs.waitSeconds(pair, nowMs), this.#addresses.waitSeconds(from, nowMs))
    if (seconds > 0) throw new AckstoneError('TOO_MANY_ATTEMPTS', { seconds })
    const hash = user?.isEnabled === true ? user.password : undefined
    const verdict = await this.#line.check({
      name,
      from,
      password: Buffer.from(normalPassword(password)),
      hash,
    })
    if (verdict === 'right') return
    if (verdict === 'busy') throw new AckstoneError('BUSY')
    this.#pairs.countWrong(pair, this.#clock.monotonicMs())
    this.#addresses.countWrong(from, this.#clock.monotonicMs())
    throw new AckstoneError('LOGIN_WRONG')
  }
}
