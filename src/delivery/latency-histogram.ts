// Latencies in buckets that widen with the value, so that a percentile costs no memory per message.
// A bucket is a quarter of a power of two of microseconds wide: a percentile is right within 25 %.

const bucketCount = 128

export interface LatencyState {
  counts: [bucket: number, count: number][]
  sumMs: number
}

export class LatencyHistogram {
  // Doubles: counts go on over restarts, past what 32 bits hold.
  readonly #counts = new Float64Array(bucketCount)
  #total = 0
  #sumMs = 0

  /** Records `count` answers that each took `elapsedMs`. */
  record(elapsedMs: number, count: number): void {
    this.#counts[bucketOf(elapsedMs)] += count
    this.#total += count
    this.#sumMs += elapsedMs * count
  }

  /** Its buckets that are not empty, and the sum; `add` takes it back. */
  state(): LatencyState {
    const counts: [bucket: number, count: number][] = []
    for (const [bucket, count] of this.#counts.entries()) if (count > 0) counts.push([bucket, count])
    return { counts, sumMs: this.#sumMs }
  }

  add({ counts, sumMs }: LatencyState): void {
    for (const [bucket, count] of counts) {
      this.#counts[bucket] += count
      this.#total += count
    }
    this.#sumMs += sumMs
  }

  copy(): LatencyHistogram {
    const copy = new LatencyHistogram()
    copy.#counts.set(this.#counts)
    copy.#total = this.#total
    copy.#sumMs = this.#sumMs
    return copy
  }

  /** What has been recorded since a copy was taken. */
  since(before: LatencyHistogram): LatencyHistogram {
    const difference = this.copy()
    for (let bucket = 0; bucket < bucketCount; bucket++) difference.#counts[bucket] -= before.#counts[bucket]
    difference.#total -= before.#total
    difference.#sumMs -= before.#sumMs
    return difference
  }

  get total(): number {
    return this.#total
  }

  get sumMs(): number {
    return this.#sumMs
  }

  /** The latency in milliseconds that a share of the answers (0 to 1) stayed within; null without answers. */
  percentileMs(share: number): number | null {
    if (this.#total === 0) return null
    let left = Math.ceil(share * this.#total)
    for (let bucket = 0; bucket < bucketCount; bucket++) {
      left -= this.#counts[bucket]
      if (left <= 0) return upperEdgeMs(bucket)
    }
    return upperEdgeMs(bucketCount - 1)
  }

  /** How many answers took at most `limitMs`, to the bucket's precision. */
  countWithin(limitMs: number): number {
    const last = bucketOf(limitMs)
    let count = 0
    for (let bucket = 0; bucket <= last; bucket++) count += this.#counts[bucket]
    return count
  }
}

function bucketOf(elapsedMs: number): number {
  const us = Math.min(Math.max(1, Math.floor(elapsedMs * 1000)), 0x3fffffff)
  const exponent = 31 - Math.clz32(us)
  const quarter = exponent < 2 ? 0 : (us >>> (exponent - 2)) & 3
  return exponent * 4 + quarter
}

function upperEdgeMs(bucket: number): number {
  const exponent = bucket >> 2
  if (exponent < 2) return 2 ** (exponent + 1) / 1000
  return ((5 + (bucket & 3)) * 2 ** (exponent - 2)) / 1000
}
