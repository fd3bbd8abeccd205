// Makes blocks of buckets that are over, in the background: one series at a time, so that it never takes much
// from what is being stored. Any hub may do it, and twice does no harm; what it misses after a restart is found
// when the series is written or read again.
import { randomInt } from 'node:crypto'
import type { Clock, Timer } from '../../lib/clock.ts'
import type { Log } from '../../lib/log.ts'
import { BlockWriter, blockBytesMax, noBlock } from './block.ts'
import type { Cluster } from './cluster.ts'
import { overlap, type Durability } from './durability.ts'
import { isDue, isSealed, skewUs, spanOf, type ListedBucket } from './guard.ts'
import type { StoredRow } from './lookup.ts'
import { chunkOf } from './query.ts'
import { statements } from './statements.ts'
import { integerBytes, numberOf, routingKey } from './values.ts'

const tickMs = 5_000
/** Series that wait for their blocks; more are left to whoever reads them. */
const tasksMax = 200_000
const listingRows = 32
const pageRows = 4_096
/** Hubs that saw the same readings begin at different moments: the later ones find the work done. */
const spreadUs = 60_000_000
const retryUs = 60_000_000
const forever = Buffer.alloc(4)

interface Task {
  device: string
  key: string
  dueUs: number
  /** Buckets that begin before this are looked at. */
  beforeTs: number
}

export class Sealer {
  readonly #cluster: Cluster
  readonly #clock: Clock
  readonly #log: Log
  readonly #tasks = new Map<string, Task>()
  readonly #spreadUs = randomInt(spreadUs)
  #timer: Timer | undefined
  #working: Promise<void> = Promise.resolve()
  #isStopped = false
  /** Whether the reads of a block must hear all copies, so that no confirmed row is missed. */
  #readsAll = true

  constructor(cluster: Cluster, clock: Clock, log: Log) {
    this.#cluster = cluster
    this.#clock = clock
    this.#log = log
  }

  start(durability: Durability): void {
    this.#readsAll = !overlap(durability)
    this.#schedule()
  }

  #schedule(): void {
    this.#timer = this.#clock.after(tickMs, () => {
      this.#working = this.#sealDue().finally(() => {
        if (!this.#isStopped) this.#schedule()
      })
    })
  }

  /** Rows of a series were written that may change until `guardUs`. Returns when it will be looked at. */
  written(device: string, key: string, guardUs: number): number {
    const dueUs = guardUs + skewUs + this.#spreadUs
    this.#note({ device, key, dueUs, beforeTs: Infinity })
    return dueUs
  }

  /** A bucket was read as rows. */
  read(device: string, key: string, listed: ListedBucket): void {
    const nowUs = this.#clock.nowUs()
    if (!isDue(listed, nowUs)) return
    this.#note({ device, key, dueUs: nowUs, beforeTs: numberOf(listed.bucket) + 1 })
  }

  #note(task: Task): void {
    const name = `${task.device}\0${task.key}`
    const known = this.#tasks.get(name)
    if (known !== undefined) {
      known.dueUs = Math.min(known.dueUs, task.dueUs)
      known.beforeTs = Math.max(known.beforeTs, task.beforeTs)
    } else if (this.#tasks.size < tasksMax) {
      this.#tasks.set(name, task)
    }
  }

  async #sealDue(): Promise<void> {
    const nowUs = this.#clock.nowUs()
    for (const [name, task] of this.#tasks) {
      if (this.#isStopped) return
      if (task.dueUs > nowUs) continue
      this.#tasks.delete(name)
      try {
        await this.seal(task.device, task.key, task.beforeTs)
      } catch (error) {
        this.#log.debug('blocks not made, to be tried again', { device: task.device, cause: String(error) })
        this.#note({ ...task, dueUs: nowUs + retryUs })
      }
    }
  }

  /** Makes the blocks of a series that are due, newest first, until it meets some that all are made; resolves
   *  with how many it made.
   *  @throws CLUSTER_* */
  async seal(device: string, key: string, beforeTs = Infinity): Promise<number> {
    let made = 0
    let page: string | Buffer | undefined
    do {
      const params = [device, key, integerBytes(Math.min(beforeTs, Number.MAX_SAFE_INTEGER))]
      const listed = await this.#cluster.page<ListedBucket>(
        statements.buckets.desc,
        params,
        listingRows,
        page,
      )
      const due = listed.rows.filter((row) => isDue(row, this.#clock.nowUs()))
      for (const row of due) {
        if (this.#isStopped) return made
        await this.#sealBucket(device, key, numberOf(row.bucket), numberOf(row.width))
        made++
      }
      const isDone = due.length === 0 && listed.rows.some(isSealed)
      page = isDone ? undefined : listed.nextPage
    } while (page !== undefined)
    return made
  }

  async #sealBucket(device: string, key: string, start: number, width: number): Promise<void> {
    // Before the first row is read: what is confirmed later has a later mark.
    const sealedUs = this.#clock.nowUs()
    const { block, ttl } = await this.#blockOf(device, key, start, sealedUs)
    const span = spanOf(start, width)
    const names = [Buffer.from(device), Buffer.from(key)]
    const put = {
      query: statements.putBlock,
      params: [...names, integerBytes(span), integerBytes(start), block, ttl],
    }
    // The block first: the list must not name one that is not there.
    await this.#cluster.write([put], sealedUs, routingKey([...names, integerBytes(span)]))
    const list = {
      query: statements.sealBucket,
      params: [...names, integerBytes(start), integerBytes(width), integerBytes(sealedUs)],
    }
    await this.#cluster.write([list], sealedUs, routingKey(names))
  }

  /** The rows of a bucket as bytes, and for how many seconds the last of them lives. */
  async #blockOf(
    device: string,
    key: string,
    start: number,
    sealedUs: number,
  ): Promise<{ block: Buffer; ttl: Buffer }> {
    const writer = new BlockWriter(sealedUs)
    let longest = 0
    let isForever = false
    let page: string | Buffer | undefined
    do {
      const params = [device, key, integerBytes(start)]
      const part = await this.#cluster.page<StoredRow & { ttl: number | null }>(
        statements.rowsToSeal,
        params,
        pageRows,
        page,
        this.#readsAll ? 'ALL' : undefined,
      )
      const { ts, values, count } = chunkOf(part.rows)
      writer.add(ts, values, count)
      for (const { ttl } of part.rows) {
        if (ttl === null) isForever = true
        else if (ttl > longest) longest = ttl
      }
      page = part.nextPage
    } while (page !== undefined && writer.bytes <= blockBytesMax)
    const ttl = isForever ? forever : Buffer.alloc(4)
    if (!isForever) ttl.writeInt32BE(longest)
    return { block: writer.bytes > blockBytesMax ? noBlock : writer.finish(), ttl }
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#timer?.cancel()
    await this.#working
  }
}
