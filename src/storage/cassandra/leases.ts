// Leases as rows that only conditional writes change, each in a partition of its own: the cluster agrees on each
// step, whatever the hubs believe.
import type { LeaseRecord, Leases } from '../store.ts'
import type { Cluster } from './cluster.ts'
import { statements } from './statements.ts'

interface LeaseRow {
  hub: string | null
  free: boolean
  term: number
  beat: number
}

export class ClusterLeases implements Leases {
  readonly #cluster: Pick<Cluster, 'rows' | 'writeIfAbsent'>

  constructor(cluster: Pick<Cluster, 'rows' | 'writeIfAbsent'>) {
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
}

/** Where there is no row, the answer to a condition has none of its columns. */
function recordOf(row: Partial<LeaseRow> | undefined): LeaseRecord | undefined {
  const { hub, free = false, term, beat } = row ?? {}
  if (typeof hub !== 'string' || term === undefined || beat === undefined) return undefined
  return { hub, isFree: free, term, beat }
}
