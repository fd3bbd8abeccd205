// Writes a batch: rows of one partition travel together, small partitions of one node together, and so many
// requests are under way as the cluster bears. One promise a request, never one a row.
import { AckstoneError } from '../../errors.ts'
import type { Cluster, Statement } from './cluster.ts'
import type { FirstRows } from './first-rows.ts'

/** Rows of one partition in one request. The server takes them as one mutation. */
const rowsPerRequest = 100
const bytesPerRequest = 32 * 1024
/** Partitions that share a request; the server warns of more, and of more than 5 KiB. */
const partitionsPerRequest = 10
const sharedBytesMax = 4 * 1024
/** A partition with fewer rows shares its request with others. */
const smallRows = 8
const inFlightMin = 4

/** The writes of one partition. */
export interface Partition {
  routingKey: Buffer
  statements: Statement[]
  bytes: number
}

interface Request {
  routingKey: Buffer
  statements: Statement[]
}

/** What remains to be written of a batch. A failed attempt leaves the rest for the next. */
export interface WriteJob {
  writeTs: number
  requests: Request[]
  /** Conditional writes, each with those of one partition. */
  conditions: FirstRows[]
  /** What tells others of the rest, and is written when all of it is there. */
  marks: Request[]
}

/** Divides partitions into requests. */
export function plan(partitions: Iterable<Partition>, replicaOf: (routingKey: Buffer) => string): Request[] {
  const requests: Request[] = []
  const shared = new Map<string, { request: Request; partitions: number; bytes: number }>()
  for (const { routingKey, statements, bytes } of partitions) {
    if (statements.length >= smallRows || bytes > sharedBytesMax / 2) {
      const rowBytes = bytes / statements.length
      const rows = Math.max(1, Math.min(rowsPerRequest, Math.floor(bytesPerRequest / rowBytes)))
      for (let from = 0; from < statements.length; from += rows) {
        // Newest first, as they are kept: what comes in its order the server need not sort.
        requests.push({ routingKey, statements: statements.slice(from, from + rows).reverse() })
      }
      continue
    }
    const replica = replicaOf(routingKey)
    const open = shared.get(replica)
    if (
      open === undefined ||
      open.partitions === partitionsPerRequest ||
      open.bytes + bytes > sharedBytesMax
    ) {
      const request = { routingKey, statements: [...statements] }
      shared.set(replica, { request, partitions: 1, bytes })
      requests.push(request)
    } else {
      open.request.statements.push(...statements)
      open.partitions++
      open.bytes += bytes
    }
  }
  return requests
}

export class Writer {
  readonly #cluster: Cluster
  readonly #inFlightMax: number
  /** Requests under way at a time: grows while all goes well, halves when the cluster complains. */
  #window: number
  #isStopped = false

  constructor(cluster: Cluster, inFlightMax: number) {
    this.#cluster = cluster
    this.#inFlightMax = inFlightMax
    this.#window = Math.min(inFlightMax, 32)
  }

  get window(): number {
    return Math.floor(this.#window)
  }

  /** Writes what remains of a job. After a failure what was confirmed is gone from it, the rest may be tried
   *  again.
   *  @throws CLUSTER_*, STORE_CLOSED */
  async run(job: WriteJob): Promise<void> {
    const write = ({ statements, routingKey }: Request): Promise<void> =>
      this.#cluster.write(statements, job.writeTs, routingKey)
    await this.#each(job.requests, write)
    await this.#each(job.conditions, (rows) => rows.write(this.#cluster))
    await this.#each(job.marks, write)
  }

  /** Works on a list from its end, removing what is done. */
  async #each<T>(list: T[], work: (item: T) => Promise<void>): Promise<void> {
    const failed: T[] = []
    let fault: Error | undefined
    let active = 0
    await new Promise<void>((resolve) => {
      const next = (): void => {
        while (active < this.window && fault === undefined && !this.#isStopped) {
          const item = list.pop()
          if (item === undefined) break
          active++
          work(item)
            .then(
              () => this.#confirmed(),
              (error: unknown) => {
                failed.push(item)
                fault ??= error as Error
              },
            )
            .finally(() => {
              active--
              next()
            })
            // Both outcomes are dealt with above.
            .catch(() => undefined)
        }
        if (active === 0) resolve()
      }
      next()
    })
    list.push(...failed)
    if (fault !== undefined) {
      this.#window = Math.max(inFlightMin, this.#window / 2)
      throw fault
    }
    if (list.length > 0) throw new AckstoneError('STORE_CLOSED')
  }

  #confirmed(): void {
    this.#window = Math.min(this.#inFlightMax, this.#window + 1 / this.#window)
  }

  /** Nothing new is sent; what is under way ends by itself. */
  stop(): void {
    this.#isStopped = true
  }
}

/** Does work for each item, so many at a time; the first failure ends it.
 *  @throws what `work` throws. */
export async function forEachBounded<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let at = 0
  const lane = async (): Promise<void> => {
    while (at < items.length) await work(items[at++]!)
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, lane))
}
