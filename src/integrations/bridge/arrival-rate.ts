// How many messages come in a second, smoothed, and whether a broker is still handing over what it kept while
// we were away. That can't be asked: it is seen from messages coming faster than they usually do.

const msPerSecond = 1_000
/** The rate follows a change within about this time. */
const smoothingMs = 30_000
/** Faster than usual by this much means that a backlog comes along. */
const backlogFactor = 1.5
/** Fewer messages than this in a tick are no backlog. */
const backlogMessagesMin = 10

export class ArrivalRate {
  #total = 0
  #lastMs: number
  #usual = 0
  /** Milliseconds that have been looked at, up to the smoothing time: the first seconds count fully. */
  #seenMs = 0
  #peak = 0
  isCatchingUp = false

  /** @param nowMs monotonic. */
  constructor(nowMs: number) {
    this.#lastMs = nowMs
  }

  /** Messages a second, without what was caught up with. */
  get perSecond(): number {
    return this.#usual
  }

  /** A connection begins. */
  connected(sessionPresent: boolean): void {
    this.isCatchingUp = sessionPresent
    this.#peak = 0
  }

  /** Called about once a second while connected.
   *  @param total messages since the beginning. */
  tick(total: number, nowMs: number): void {
    const elapsedMs = nowMs - this.#lastMs
    if (elapsedMs <= 0) return
    const rate = ((total - this.#total) * msPerSecond) / elapsedMs
    this.#total = total
    this.#lastMs = nowMs
    if (this.isCatchingUp) this.isCatchingUp = this.#isBacklog(rate)
    if (this.isCatchingUp) return
    this.#seenMs = Math.min(smoothingMs, this.#seenMs + elapsedMs)
    this.#usual += (rate - this.#usual) * Math.min(1, elapsedMs / this.#seenMs)
  }

  #isBacklog(rate: number): boolean {
    this.#peak = Math.max(this.#peak, rate)
    if (rate < backlogMessagesMin || rate < this.#peak / 2) return false
    return this.#usual === 0 || rate > this.#usual * backlogFactor
  }
}
