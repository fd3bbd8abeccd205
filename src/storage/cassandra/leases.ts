// Leases as rows that only conditional writes change, each in a partition of its own: the cluster agrees on each
// step, whatever the hubs believe.
import type { Batch, LeasedEntry, LeaseRecord, Leases } from '../store.ts'
import type { Cluster } from './cluster.ts'
import { statements } from './statements.ts'

const entriesOfPage = 64

interface LeaseRow {
  hub: string | null
  free: boolean
  term: number
  beat: number
}

export class ClusterLeases implements Leases {
  readonly #cluster: Pick<Cluster, 'rows' | 'page' | 'writeIfAbsent'>

  constructor(cluster: Pick<Cluster, 'rows' | 'page' | 'writeIfAbsent'>) {
    this.#cluster = cluster
  }

  async read(name: string): Promise<LeaseRecord | undefined> {
    const [row] = await this.#cluster.rows<LeaseRow>(statements.leaseOf, [name])
    return recordOf(row)
  }

  async exchange(
    name: string,
    seen: LeaseRecord | undefined,
    next: LeaseRecord,
  ): Promise<LeaseRecord | undefined> {
    const columns = [next.hub, next.isFree, next.term, next.beat]
    const statement =
      seen === undefined
        ? { query: statements.firstLease, params: [name, ...columns] }
        : {
            query: statements.nextLease,
            params: [...columns, name, seen.hub, seen.isFree, seen.term, seen.beat],
          }
    const there = await this.#cluster.writeIfAbsent<Partial<LeaseRow>>([statement])
    return there.length === 0 ? next : recordOf(there[0])
  }

  async entries(name: string, part: string): Promise<Uint8Array[]> {
    const rows: Uint8Array[] = []
    let next: string | Buffer | undefined
    do {
      const page = await this.#cluster.page<{ entry: Buffer | null }>(
        statements.leasedOf,
        [name, part],
        entriesOfPage,
        next,
      )
      for (const { entry } of page.rows) if (entry !== null) rows.push(entry)
      next = page.nextPage
    } while (next !== undefined)
    return rows
  }

  /** Writes the entries of a batch, each if its lease is still the same; leaves out of the batch what the others speak
   *  of. Can be repeated. @throws CLUSTER_*: the outcome is unknown. */
  async enter(batch: Batch): Promise<void> {
    for (const entry of batch.leased ?? []) {
      const { value, lease, part, slot, hub, term } = entry
      const params = [value, lease, part, slot, hub, term]
      const refusal = await this.#cluster.writeIfAbsent([{ query: statements.putLeased, params }])
      if (refusal.length > 0) leaveOut(batch, entry)
    }
  }
}

/** Takes out of a batch what got its time from this hub: who has the lease now gives it another. */
function leaveOut(batch: Batch, { integration, decidedTs }: LeasedEntry): void {
  const times = new Set(decidedTs)
  for (const run of batch.runs) {
    if (run.integration !== integration) continue
    // Further readings of one series in a message have the following microseconds.
    let leftOutTs = -1
    const kept = Array.from(run.ts.keys()).filter((at) => {
      const ts = run.ts[at]!
      if (!times.has(ts) && ts !== leftOutTs + 1) return true
      leftOutTs = ts
      return false
    })
    run.values = kept.map((at) => run.values[at]!)
    run.ts = kept.map((at) => run.ts[at]!)
  }
  removeFrom(batch.runs, ({ ts }) => ts.length === 0)
  removeFrom(batch.rejected, (message) => message.integration === integration && times.has(message.decidedTs))
}

function removeFrom<T>(list: T[], isGone: (item: T) => boolean): void {
  list.splice(0, list.length, ...list.filter((item) => !isGone(item)))
}

/** Where there is no row, the answer to a condition has none of its columns. */
function recordOf(row: Partial<LeaseRow> | undefined): LeaseRecord | undefined {
  const { hub, free = false, term, beat } = row ?? {}
  if (typeof hub !== 'string' || term === undefined || beat === undefined) return undefined
  return { hub, isFree: free, term, beat }
}
