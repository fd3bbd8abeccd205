// What "stored" means on this cluster, asked of the cluster itself and not of our configuration: how many
// copies there are, how many confirm, and whether a node syncs its commit log before it confirms.
import type { Clock } from '../../lib/clock.ts'
import type { Log } from '../../lib/log.ts'
import type { ClusterFindings } from '../store.ts'
import type { Cluster, Host } from './cluster.ts'
import type { ClusterOptions, ConsistencyName } from './options.ts'

export type SyncMode = 'batch' | 'group' | 'periodic' | 'unknown'

export interface Durability {
  strategy: string
  /** Copies in the local data center. */
  replicationFactor: number
  /** Copies in all data centers together. */
  copies: number
  consistency: ConsistencyName
  /** The weakest mode among the nodes that answered. */
  sync: SyncMode
  /** Time between syncs with `periodic`, as the node says it. */
  syncPeriod: string
  nodes: number
  nodesAsked: number
  /** Bytes of the keyspace on all nodes that answered. */
  sizeBytes: number
}

/** How long an answer is good for. */
const freshMs = 30_000
const weakest: readonly SyncMode[] = ['periodic', 'unknown', 'group', 'batch']
/** Nodes of a large cluster that are asked. */
const nodesAskedMax = 24

export class DurabilityProbe {
  readonly #cluster: Cluster
  readonly #options: ClusterOptions
  readonly #clock: Clock
  readonly #log: Log
  #known: Durability | undefined
  #knownMs = -Infinity
  #asking: Promise<Durability> | undefined
  #hasWarned = false

  constructor(cluster: Cluster, options: ClusterOptions, clock: Clock, log: Log) {
    this.#cluster = cluster
    this.#options = options
    this.#clock = clock
    this.#log = log
  }

  /** What was found last. */
  get known(): Durability | undefined {
    return this.#known
  }

  /** What holds now, or what held before if the cluster does not answer.
   *  @throws CLUSTER_* when nothing is known. */
  async ask(): Promise<Durability> {
    if (this.#known !== undefined && this.#clock.monotonicMs() - this.#knownMs < freshMs) return this.#known
    this.#asking ??= this.#find().finally(() => {
      this.#asking = undefined
    })
    try {
      return await this.#asking
    } catch (error) {
      if (this.#known !== undefined) return this.#known
      throw error
    }
  }

  async #find(): Promise<Durability> {
    const { keyspace, localDataCenter, consistency } = this.#options
    const [row] = await this.#cluster.rows<{ replication: Record<string, string> }>(
      'SELECT replication FROM system_schema.keyspaces WHERE keyspace_name = ?',
      [keyspace],
    )
    const { class: name = '', ...factors } = row?.replication ?? {}
    const strategy = name.slice(name.lastIndexOf('.') + 1)
    const perDataCenter = Object.values(factors).map((factor) => Number.parseInt(factor, 10))
    const copies = perDataCenter.reduce((sum, factor) => sum + factor, 0)
    const local = factors[localDataCenter] ?? factors['replication_factor'] ?? '0'
    const hosts = this.#cluster.hosts.filter((host) => host.isUp()).slice(0, nodesAskedMax)
    const answers = await Promise.all(hosts.map((host) => this.#askNode(host)))
    const heard = answers.filter((answer) => answer !== undefined)
    const sync = weakest.find((mode) => heard.some((answer) => answer.sync === mode)) ?? 'unknown'
    const found: Durability = {
      strategy,
      replicationFactor: Number.parseInt(local, 10),
      copies,
      consistency,
      sync,
      syncPeriod: heard.find((answer) => answer.sync === 'periodic')?.syncPeriod ?? '',
      nodes: this.#cluster.hosts.length,
      nodesAsked: heard.length,
      sizeBytes: heard.reduce((sum, answer) => sum + answer.sizeBytes, 0),
    }
    this.#known = found
    this.#knownMs = this.#clock.monotonicMs()
    this.#warn(found)
    return found
  }

  /** Settings and sizes are virtual tables: each node answers for itself. */
  async #askNode(host: Host): Promise<{ sync: SyncMode; syncPeriod: string; sizeBytes: number } | undefined> {
    try {
      const settings = await this.#cluster.rows<{ name: string; value: string | null }>(
        "SELECT name, value FROM system_views.settings WHERE name IN ('commitlog_sync', 'commitlog_sync_period')",
        [],
        host,
      )
      const values = new Map(settings.map(({ name, value }) => [name, value ?? '']))
      const named = values.get('commitlog_sync')
      const sync = named === 'batch' || named === 'group' || named === 'periodic' ? named : 'unknown'
      const sizeBytes = await this.#sizeOn(host)
      return { sync, syncPeriod: values.get('commitlog_sync_period') ?? '', sizeBytes }
    } catch (error) {
      this.#log.debug('a node does not tell its settings', { node: host.address, cause: String(error) })
      return undefined
    }
  }

  async #sizeOn(host: Host): Promise<number> {
    const rows = await this.#cluster.rows<{ mebibytes: { toString(): string } }>(
      'SELECT mebibytes FROM system_views.disk_usage WHERE keyspace_name = ? ALLOW FILTERING',
      [this.#options.keyspace],
      host,
    )
    return rows.reduce((sum, { mebibytes }) => sum + Number(mebibytes.toString()) * 1024 * 1024, 0)
  }

  #warn(found: Durability): void {
    if (this.#hasWarned) return
    this.#hasWarned = true
    const { replicationFactor } = this.#options
    if (found.replicationFactor !== replicationFactor) {
      this.#log.warn('the keyspace has another replication than the configuration says', {
        configured: replicationFactor,
        found: found.replicationFactor,
      })
    }
    if (!isSyncedFirst(found)) this.#log.warn(durabilitySentence(found))
  }
}

/** What was found, as the store's description has it. */
export function findingsOf(found: Durability): ClusterFindings {
  const { consistency, strategy, replicationFactor, copies, sync, nodes, nodesAsked } = found
  const commitlogSync = sync
  return {
    consistency,
    strategy,
    replicationFactor,
    copies,
    confirmations: confirmations(found),
    commitlogSync,
    nodes,
    nodesAsked,
  }
}

/** How many copies must confirm a write. */
export function confirmations({ consistency, replicationFactor, copies }: Durability): number {
  switch (consistency) {
    case 'ONE':
    case 'LOCAL_ONE':
      return 1
    case 'LOCAL_QUORUM':
      return Math.floor(replicationFactor / 2) + 1
    case 'QUORUM':
    case 'EACH_QUORUM':
      return Math.floor(copies / 2) + 1
    case 'ALL':
      return copies
  }
}

/** Whether any read at this consistency meets a copy that has confirmed: not at ONE of several copies, and not in
 *  a data center of several that answers for itself. */
export function overlap(found: Durability): boolean {
  return 2 * confirmations(found) > found.copies
}

export function isSyncedFirst({ sync }: Durability): boolean {
  return sync === 'batch' || sync === 'group'
}

/** A full sentence that promises no more than holds. */
export function durabilitySentence(found: Durability): string {
  const { consistency, strategy, replicationFactor, sync, syncPeriod } = found
  const confirming = confirmations(found)
  const where =
    `On Cassandra at ${consistency}: ${confirming} of ${found.copies} ` +
    `${found.copies === 1 ? 'copy confirms' : 'copies confirm'} each write before it is acknowledged ` +
    `(${strategy}, replication factor ${replicationFactor})`
  if (sync === 'unknown') {
    return `${where}. Whether a node syncs its commit log first can’t be seen: it does not show its settings.`
  }
  if (isSyncedFirst(found)) {
    return `${where}, and a node confirms only after it has synced its commit log (${sync}).`
  }
  const period = syncPeriod === '' ? 'later' : `only every ${syncPeriod}`
  const risk =
    confirming === 1
      ? 'so a crash of that node can lose what was acknowledged'
      : `so a crash of ${confirming} nodes at once can lose what was acknowledged`
  return `${where}, but a node syncs its commit log ${period} (periodic), ${risk}. Set commitlog_sync to group or batch.`
}
