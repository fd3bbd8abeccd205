// The line in which passwords wait to be checked: one at a time off the event loop, each neighbourhood of the network
// in its turn, so that a flood of wrong ones costs neither connected devices nor those who come with the right one.
//
// Whoever is refused is refused after the same time, whether the name is known or not: refusals leave on a grid that
// counts from the attempt. A name that nobody has waits its turn like any other and then costs nothing.
import { createHmac, randomBytes } from 'node:crypto'
import type { Clock } from '../lib/clock.ts'
import { isPassword } from './secrets.ts'

export interface Attempt {
  name: string
  /** Neighbourhood of the address it comes from. */
  from: string
  password: Uint8Array
  /** What verifies it; undefined for a name that nobody has. */
  hash: string | undefined
}

export type Verdict = 'right' | 'wrong' | 'busy'

interface Waiting extends Attempt {
  arrivedMs: number
  settle: (verdict: Verdict) => void
}

/** Attempts in line and refusals not yet said, of all and of one neighbourhood. */
const waitingMax = 4_000
const waitingOfOneMax = 1_000
/** Whose turn has not come by then is told to come again. */
const patienceMs = 4_000
/** Refusals leave at these distances from the attempt. */
const refusalGridMs = 500
/** Wrong passwords in a window after which more are not looked at: of one name from one neighbourhood, and of one
 *  name from all that it has never logged in from. */
const wrongFromOneMax = 10
const wrongFromAllMax = 100
const windowMs = 60_000
/** From a neighbourhood that somebody has logged in from, one more is looked at after each of these: whoever guesses a
 *  name shuts nobody out for good who comes from the same address. */
const trickleMs = 5_000
const countsMax = 20_000
/** Right passwords that are remembered until the next start, keyed so that memory does not give them away. */
const rememberedMax = 50_000

export class PasswordLine {
  readonly #clock: Clock
  readonly #key = randomBytes(32)
  readonly #right = new Set<string>()
  /** Pairs of name and neighbourhood that have logged in, and all neighbourhoods that somebody has logged in from. */
  readonly #known = new Set<string>()
  readonly #trusted = new Set<string>()
  /** Passwords that were wrong: saying them again, as a device with an old one does, counts once. */
  readonly #wrongBefore = new Set<string>()
  /** When the next attempt beyond the limit is looked at, by pair of name and neighbourhood. */
  readonly #trickles = new Map<string, number>()
  readonly #wrong = new Map<string, { count: number; endsMs: number }>()
  /** By neighbourhood, in the order of their turns. */
  readonly #lines = new Map<string, Waiting[]>()
  #waiting = 0
  #isChecking = false
  /** How long a check takes, on average. */
  #checkMs = 40

  constructor(clock: Clock) {
    this.#clock = clock
  }

  check(attempt: Attempt): Promise<Verdict> {
    if (attempt.hash !== undefined && this.#right.has(this.#markOf(attempt))) return Promise.resolve('right')
    const line = this.#lines.get(attempt.from)
    if (this.#waiting >= waitingMax || (line?.length ?? 0) >= waitingOfOneMax) return Promise.resolve('busy')
    this.#waiting++
    return new Promise((resolve) => {
      const settle = (verdict: Verdict): void => {
        this.#waiting--
        resolve(verdict)
      }
      const waiting = { ...attempt, arrivedMs: this.#clock.monotonicMs(), settle }
      if (line === undefined) this.#lines.set(attempt.from, [waiting])
      else line.push(waiting)
      this.#next()
    })
  }

  /** Refuses after the same time as a password that is wrong. */
  refuseInTime(arrivedMs: number): Promise<void> {
    if (this.#waiting >= waitingMax) return Promise.resolve()
    this.#waiting++
    return new Promise((resolve) => {
      this.#onGrid(arrivedMs, this.#clock.monotonicMs(), () => {
        this.#waiting--
        resolve()
      })
    })
  }

  #next(): void {
    while (!this.#isChecking) {
      const attempt = this.#take()
      if (attempt === undefined) return
      const nowMs = this.#clock.monotonicMs()
      if (nowMs - attempt.arrivedMs > patienceMs) attempt.settle('busy')
      else if (attempt.hash === undefined || this.#isHopeless(attempt, nowMs)) {
        this.#refuse(attempt, nowMs + this.#checkMs)
      } else this.#check(attempt, attempt.hash, nowMs)
    }
  }

  /** The first of the neighbourhood whose turn it is, which then goes to the end. */
  #take(): Waiting | undefined {
    const [turn] = this.#lines
    if (turn === undefined) return undefined
    const [from, line] = turn
    const attempt = line.shift()
    this.#lines.delete(from)
    if (line.length > 0) this.#lines.set(from, line)
    return attempt
  }

  #check(attempt: Waiting, hash: string, startedMs: number): void {
    this.#isChecking = true
    isPassword(attempt.password, hash).then(
      (isRight) => this.#checked(attempt, startedMs, isRight),
      // There is no memory for it: nobody is let in.
      () => this.#checked(attempt, startedMs, false),
    )
  }

  #checked(attempt: Waiting, startedMs: number, isRight: boolean): void {
    this.#isChecking = false
    const nowMs = this.#clock.monotonicMs()
    this.#checkMs += (nowMs - startedMs - this.#checkMs) / 16
    if (isRight) {
      remember(this.#right, this.#markOf(attempt))
      remember(this.#known, pairOf(attempt))
      remember(this.#trusted, attempt.from)
      attempt.settle('right')
    } else {
      remember(this.#wrongBefore, this.#markOf(attempt))
      this.#count(pairOf(attempt), nowMs)
      this.#count(attempt.name, nowMs)
      this.#refuse(attempt, nowMs)
    }
    this.#next()
  }

  #refuse(attempt: Waiting, doneMs: number): void {
    this.#onGrid(attempt.arrivedMs, doneMs, () => attempt.settle('wrong'))
  }

  #onGrid(arrivedMs: number, doneMs: number, run: () => void): void {
    const steps = Math.floor((doneMs - arrivedMs) / refusalGridMs) + 1
    this.#clock.after(Math.max(0, arrivedMs + steps * refusalGridMs - this.#clock.monotonicMs()), run)
  }

  #isHopeless(attempt: Attempt, nowMs: number): boolean {
    return this.#wrongBefore.has(this.#markOf(attempt)) || this.#isOverLimit(attempt, nowMs)
  }

  #isOverLimit(attempt: Attempt, nowMs: number): boolean {
    const pair = pairOf(attempt)
    if (this.#countOf(pair, nowMs) >= wrongFromOneMax) {
      return !this.#trusted.has(attempt.from) || !this.#isTrickleDue(pair, nowMs)
    }
    return !this.#known.has(pair) && this.#countOf(attempt.name, nowMs) >= wrongFromAllMax
  }

  #isTrickleDue(pair: string, nowMs: number): boolean {
    if ((this.#trickles.get(pair) ?? 0) > nowMs) return false
    this.#trickles.delete(pair)
    if (this.#trickles.size >= countsMax) this.#trickles.delete(this.#trickles.keys().next().value!)
    this.#trickles.set(pair, nowMs + trickleMs)
    return true
  }

  #countOf(key: string, nowMs: number): number {
    const counted = this.#wrong.get(key)
    return counted === undefined || counted.endsMs <= nowMs ? 0 : counted.count
  }

  #count(key: string, nowMs: number): void {
    const counted = this.#wrong.get(key)
    if (counted !== undefined && counted.endsMs > nowMs) {
      counted.count++
      return
    }
    this.#wrong.delete(key)
    if (this.#wrong.size >= countsMax) this.#wrong.delete(this.#wrong.keys().next().value!)
    this.#wrong.set(key, { count: 1, endsMs: nowMs + windowMs })
  }

  /** With the hash in it, so that a password that was changed is not remembered. */
  #markOf({ name, password, hash }: Attempt): string {
    const mark = createHmac('sha256', this.#key).update(`${name}\u0000${hash}\u0000`)
    return mark.update(password).digest('base64')
  }
}

function pairOf({ name, from }: Attempt): string {
  return `${name}\u0000${from}`
}

function remember(set: Set<string>, key: string): void {
  if (set.size >= rememberedMax) set.delete(set.values().next().value!)
  set.add(key)
}
