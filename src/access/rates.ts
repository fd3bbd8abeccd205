// Rates: how many messages a device may send, and how many connections an address may open, in a time. Token
// buckets that fill steadily; a bounded number of them is kept.

const bucketsMax = 50_000

/** One bucket. May go below zero: what was taken too much is waited for. */
export class Bucket {
  #perSecond: number
  #burst: number
  #tokens: number
  #filledMs: number

  constructor(perSecond: number, burst: number, nowMs: number) {
    this.#perSecond = perSecond
    this.#burst = burst
    this.#tokens = burst
    this.#filledMs = nowMs
  }

  get perSecond(): number {
    return this.#perSecond
  }

  /** Takes them; milliseconds until the bucket is above zero again, 0 when it is. */
  take(count: number, nowMs: number): number {
    const filled = this.#tokens + ((nowMs - this.#filledMs) / 1000) * this.#perSecond
    this.#tokens = Math.min(this.#burst, filled) - count
    this.#filledMs = nowMs
    return this.#tokens >= 0 ? 0 : Math.ceil((-this.#tokens / this.#perSecond) * 1000)
  }

  /** Another rate from now on; what has been taken stays taken. */
  resize(perSecond: number, burst: number): void {
    this.#perSecond = perSecond
    this.#burst = burst
    this.#tokens = Math.min(this.#tokens, burst)
  }

  /** Takes one if there is one. */
  tryTake(nowMs: number): boolean {
    if (this.take(1, nowMs) === 0) return true
    this.#tokens++
    return false
  }
}

/** Buckets by name, all of one size. */
export class Buckets {
  readonly #perSecond: number
  readonly #burst: number
  readonly #byName = new Map<string, Bucket>()

  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond
    this.#burst = burst
  }

  /** The bucket of a name; a full one when it has been forgotten.
   *  @param perSecond where it is not the size of all others. */
  of(name: string, nowMs: number, perSecond = this.#perSecond): Bucket {
    const known = this.#byName.get(name)
    if (known !== undefined) {
      // To the end: the one longest unused is forgotten first.
      this.#byName.delete(name)
      this.#byName.set(name, known)
      return known
    }
    if (this.#byName.size >= bucketsMax) this.#byName.delete(this.#byName.keys().next().value!)
    const burst = perSecond === this.#perSecond ? this.#burst : perSecond
    const bucket = new Bucket(perSecond, burst, nowMs)
    this.#byName.set(name, bucket)
    return bucket
  }

  /** The bucket of a name, when there is one. */
  known(name: string): Bucket | undefined {
    return this.#byName.get(name)
  }
}
