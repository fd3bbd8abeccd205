// Figures that a generator thread writes and the main thread reads while it runs: a count of finished
// messages and a histogram of answer times, in shared memory, one writer each.

/** Buckets of a sixteenth of a power of two: a quantile is right within about 5 %. */
const subBuckets = 16
const buckets = 32 * subBuckets

export interface Snapshot {
  done: number
  /** Messages per bucket of answer time. */
  histogram: Uint32Array
}

export class Tally {
  readonly memory: SharedArrayBuffer
  readonly #done: Float64Array
  readonly #flags: Int32Array
  readonly #histogram: Uint32Array

  constructor(memory = new SharedArrayBuffer(16 + buckets * 4)) {
    this.memory = memory
    this.#done = new Float64Array(memory, 0, 1)
    this.#flags = new Int32Array(memory, 8, 2)
    this.#histogram = new Uint32Array(memory, 16, buckets)
  }

  get isStopping(): boolean {
    return Atomics.load(this.#flags, 0) === 1
  }
  stop(): void {
    Atomics.store(this.#flags, 0, 1)
  }

  addDone(count: number): void {
    this.#done[0] = (this.#done[0] ?? 0) + count
  }

  /** @param us microseconds between PUBLISH and the last answer to it. */
  addLatency(us: number): void {
    const at = bucketOf(us)
    this.#histogram[at] = (this.#histogram[at] ?? 0) + 1
  }

  snapshot(): Snapshot {
    return { done: this.#done[0] ?? 0, histogram: this.#histogram.slice() }
  }
}

function bucketOf(us: number): number {
  const whole = us | 0
  if (whole < subBuckets) return Math.max(whole, 0)
  const exponent = 31 - Math.clz32(whole)
  return (exponent - 3) * subBuckets + ((whole >>> (exponent - 4)) & (subBuckets - 1))
}

/** Lower end of a bucket, in microseconds. */
function bucketStart(bucket: number): number {
  if (bucket < subBuckets) return bucket
  const exponent = Math.floor(bucket / subBuckets) + 3
  return 2 ** exponent * (1 + (bucket % subBuckets) / subBuckets)
}

/** What happened between two snapshots, over several threads. */
export function between(before: Snapshot[], after: Snapshot[]): Snapshot {
  const histogram = new Uint32Array(buckets)
  let done = 0
  for (const [thread, end] of after.entries()) {
    const start = before[thread]
    done += end.done - (start?.done ?? 0)
    for (let i = 0; i < buckets; i++) {
      histogram[i] = (histogram[i] ?? 0) + (end.histogram[i] ?? 0) - (start?.histogram[i] ?? 0)
    }
  }
  return { done, histogram }
}

/** Milliseconds; undefined when nothing was measured. */
export function quantileMs(histogram: Uint32Array, share: number): number | undefined {
  const total = histogram.reduce((sum, count) => sum + count, 0)
  if (total === 0) return undefined
  let seen = 0
  for (const [bucket, count] of histogram.entries()) {
    seen += count
    if (seen >= total * share) return bucketStart(bucket) / 1000
  }
  return undefined
}
