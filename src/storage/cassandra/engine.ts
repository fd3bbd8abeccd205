// The distributed engine. Readings, devices, rejected messages and the registry are in Cassandra; what belongs
// to this hub alone (sessions, packet identifiers, queues, retained messages) is in a local LevelDB, together
// with a journal of the batch that is on its way. docs/decisions/0014 says why, and what a crash leaves.
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { AckstoneError } from '../../errors.ts'
import { assert } from '../../lib/assert.ts'
import type {
  Batch,
  Commit,
  DeviceQuery,
  DeviceRecord,
  LatestReading,
  RejectedMessage,
  RunTally,
  SeriesChunk,
  SeriesQuery,
  StateSpace,
  Store,
  StoreDescription,
  StoreHealth,
} from '../store.ts'
import { CommitTimes, Growth } from '../measure.ts'
import {
  getRegistry,
  readDevices,
  readKeys,
  readLatest,
  readRejected,
  readRejectedById,
  scanRegistry,
} from './catalogue.ts'
import { Cluster } from './cluster.ts'
import { deleteRange } from './deletion.ts'
import { Directory } from './directory.ts'
import { DurabilityProbe, durabilitySentence, findingsOf } from './durability.ts'
import { faultOf } from './faults.ts'
import { isEmpty, sharedPart, type SharedBatch } from './journal.ts'
import { ClusterLeases } from './leases.ts'
import { LocalState, localFolder, type StateEntry } from './local.ts'
import { prepareSchema } from './migrate.ts'
import type { CassandraOptions } from './options.ts'
import { readSeries } from './query.ts'
import { prepareWork, runWork, workStored, type SharedWork } from './work.ts'
import { Sealer } from './sealer.ts'
import { RegistryWatch } from './registry-watch.ts'
import { WriteClock } from './write-clock.ts'
import { Writer } from './writer.ts'

/** Pause between attempts to reach the cluster at the start. */
const startRetryMs = 1_000

/** A batch between its first attempt and its last. */
interface Pending {
  ticket: number
  shared: SharedBatch
  local: Batch | undefined
  isLocal: boolean
  /** The writes that remain, once they have been worked out. */
  work: SharedWork | undefined
}

export class CassandraStore implements Store {
  readonly leases: ClusterLeases
  readonly #options: CassandraOptions
  readonly #cluster: Cluster
  readonly #local: LocalState
  readonly #directory: Directory
  readonly #writer: Writer
  readonly #probe: DurabilityProbe
  readonly #watch: RegistryWatch
  readonly #sealer: Sealer
  readonly #commitTimes = new CommitTimes()
  readonly #growth: Growth
  readonly #writeClock = new WriteClock()
  #pending: Pending | undefined
  #committing: Promise<unknown> = Promise.resolve()
  #isCommitting = false
  #lastTicket: number | undefined
  #lastCommit: Commit | undefined
  #fault: AckstoneError | undefined
  #isClosed = false

  private constructor(options: CassandraOptions, cluster: Cluster, local: LocalState) {
    this.#options = options
    this.#cluster = cluster
    this.#local = local
    this.leases = new ClusterLeases(cluster)
    this.#directory = new Directory(cluster, () => options.clock.monotonicMs())
    this.#writer = new Writer(cluster, options.inFlightMax)
    this.#probe = new DurabilityProbe(cluster, options, options.clock, options.log)
    this.#sealer = new Sealer(cluster, options.clock, options.log)
    this.#growth = new Growth(options.clock, async () => (await this.#probe.ask()).sizeBytes)
    this.#watch = new RegistryWatch(cluster, options.clock, (fault) => {
      // A batch that waits to be stored knows better.
      if (this.#pending === undefined) this.#fault = fault
    })
  }

  /** Waits for a cluster that does not answer yet: a hub may be started before it. Writes again what a crash
   *  left in the journal; only then may anything rely on the local state.
   *  @throws CLUSTER_LOGIN, CLUSTER_REFUSED, CLUSTER_SCHEMA, CLUSTER_CERTIFICATE, and what LevelDB throws. */
  static async open(options: CassandraOptions): Promise<CassandraStore> {
    const { clock, log } = options
    const local = await LocalState.open(join(options.folder, localFolder), clock, log)
    let cluster: Cluster | undefined
    try {
      cluster = await connectPatiently(options)
      const store = new CassandraStore(options, cluster, local)
      await store.#replay()
      await store.#watch.start()
      store.#sealer.start(await store.#probe.ask())
      store.#growth.start()
      return store
    } catch (error) {
      await cluster?.close()
      await local.close()
      throw error
    }
  }

  async commit(batch: Batch): Promise<Commit> {
    this.#refuseWhenClosed()
    if (batch.ticket === this.#lastTicket && this.#lastCommit !== undefined) return this.#lastCommit
    assert(!this.#isCommitting, 'one commit at a time')
    assert(
      this.#pending === undefined || this.#pending.ticket === batch.ticket,
      'an unknown outcome is retried first',
    )
    this.#isCommitting = true
    const began = this.#options.clock.monotonicMs()
    const commit = this.#write(batch)
    // The caller hears of a failure; `close` only waits for the end.
    this.#committing = commit.catch(() => undefined)
    try {
      const stored = await commit
      this.#commitTimes.add(this.#options.clock.monotonicMs() - began)
      return stored
    } catch (error) {
      if (error instanceof AckstoneError) this.#fault = error
      throw error
    } finally {
      this.#isCommitting = false
    }
  }

  /** First what other hubs must know of it, if anything; then the hub's own state and the journal, synced; then
   *  Cassandra; then the commit is stored. */
  async #write(batch: Batch): Promise<Commit> {
    // Before the journal too: it may be written again much later, and then nobody asks for the lease.
    if (this.#pending === undefined) await this.leases.enter(batch)
    const pending = (this.#pending ??= this.#begin(batch))
    if (pending.local !== undefined && !pending.isLocal) {
      await this.#local.commit(pending.local)
      pending.isLocal = true
    }
    let tallies: RunTally[] = []
    if (!isEmpty(pending.shared)) {
      tallies = await this.#share(pending)
      if (pending.local !== undefined) this.#local.confirmed(pending.shared)
      this.#fault = undefined
    }
    this.#pending = undefined
    this.#lastTicket = batch.ticket
    this.#lastCommit = { tallies: Promise.resolve(tallies) }
    return this.#lastCommit
  }

  #begin(batch: Batch): Pending {
    const shared = sharedPart(batch, this.#writeClock.next())
    const local = this.#local.prepare(batch, shared)
    return { ticket: batch.ticket, shared, local, isLocal: false, work: undefined }
  }

  async #share(pending: Pending): Promise<RunTally[]> {
    const { clock } = this.#options
    pending.work ??= await prepareWork(this.#cluster, this.#directory, pending.shared, true, clock.nowUs())
    await runWork(pending.work, this.#cluster, this.#writer, clock)
    workStored(pending.work, this.#options, this.#sealer)
    return pending.work.assembly.tallies
  }

  /** Writes to Cassandra what the journal has: it may be there in whole, in part or not at all. */
  async #replay(): Promise<void> {
    for await (const shared of this.#local.journal()) {
      this.#options.log.info('writing again what a crash left', { series: shared.runs.length })
      this.#writeClock.passed(shared.writeTs)
      await patiently(this.#options, async () => {
        const { clock } = this.#options
        const work = await prepareWork(this.#cluster, this.#directory, shared, false, clock.nowUs())
        await runWork(work, this.#cluster, this.#writer, clock)
        workStored(work, this.#options, this.#sealer)
      })
      this.#local.confirmed(shared)
    }
    await this.#local.trim()
  }

  query(query: SeriesQuery): AsyncIterable<SeriesChunk> {
    this.#refuseWhenClosed()
    const { device, key } = query
    const chunks = readSeries(this.#cluster, query, (listed) => this.#sealer.read(device, key, listed))
    return this.#refusing(chunks)
  }

  /** A reader that is under way when the store closes hears so. */
  async *#refusing<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
    this.#refuseWhenClosed()
    for await (const item of items) {
      yield item
      this.#refuseWhenClosed()
    }
  }

  latest(device: string): Promise<LatestReading[]> {
    return this.#whileOpen(() => readLatest(this.#cluster, device))
  }

  keys(device: string): Promise<string[]> {
    return this.#whileOpen(() => readKeys(this.#cluster, device))
  }

  device(id: string): Promise<DeviceRecord | undefined> {
    return this.#whileOpen(async () => {
      const record = await this.#directory.read(id)
      return record && this.#directory.withSeen(record)
    })
  }

  devices(query: DeviceQuery): Promise<DeviceRecord[]> {
    return this.#whileOpen(async () => {
      const records = await readDevices(this.#cluster, query)
      return records.map((record) => this.#directory.withSeen(record))
    })
  }

  deleteSeries(device: string, keys: string[] | undefined, startTs: number, endTs: number): Promise<number> {
    return this.#whileOpen(async () => {
      // A journal entry that is written again must not bring back what is deleted now.
      await this.#committing
      await this.#local.trim()
      const known = await readKeys(this.#cluster, device)
      const wanted = keys === undefined ? known : known.filter((key) => keys.includes(key))
      const writeTs = this.#writeClock.next()
      try {
        const deletion = { device, keys: wanted, startTs, endTs, writeTs }
        return await deleteRange(this.#cluster, this.#options.clock, deletion)
      } finally {
        this.#directory.forgetNewest(device, wanted)
      }
    })
  }

  /** Makes the blocks of a series that are due now, without waiting for their turn; resolves with how many. It is
   *  done in the background anyhow.
   *  @throws CLUSTER_* */
  seal(device: string, key: string): Promise<number> {
    return this.#whileOpen(() => this.#sealer.seal(device, key))
  }

  rejected(before: string, integration: string | undefined, limit: number): Promise<RejectedMessage[]> {
    return this.#whileOpen(() => readRejected(this.#cluster, before, integration, limit))
  }

  rejectedById(id: string): Promise<RejectedMessage | undefined> {
    return this.#whileOpen(() => readRejectedById(this.#cluster, id))
  }

  stateGet(space: StateSpace, key: string): Promise<Uint8Array | undefined> {
    return this.#whileOpen(() =>
      space === 'registry' ? getRegistry(this.#cluster, key) : this.#local.get(space, key),
    )
  }

  stateScan(space: StateSpace, prefix: string): AsyncIterable<StateEntry> {
    this.#refuseWhenClosed()
    return space === 'registry' ? scanRegistry(this.#cluster, prefix) : this.#local.scan(space, prefix)
  }

  watchRegistry(onChange: () => Promise<void>): void {
    this.#watch.onChange(onChange)
  }

  health(): StoreHealth {
    const known = this.#probe.known
    const durability = known === undefined ? 'Not known yet.' : durabilitySentence(known)
    if (this.#isClosed) {
      return { isWritable: false, code: 'STORE_CLOSED', sentence: 'The store is closed.', durability }
    }
    const local = this.#local.health()
    if (!local.isWritable) return { ...local, durability }
    const fault = this.#fault
    if (fault !== undefined) {
      return { isWritable: false, code: fault.code, sentence: `${fault.message} ${fault.hint}`, durability }
    }
    const sentence = known === undefined ? `Stored at ${this.#cluster.nodes}.` : durability
    return { isWritable: true, code: undefined, sentence, durability }
  }

  describe(): Promise<StoreDescription> {
    return this.#whileOpen(async () => {
      const durability = await this.#probe.ask()
      const local = await this.#local.describe()
      return {
        engine: 'cassandra',
        durability: durabilitySentence(durability),
        location: `keyspace ${this.#options.keyspace} at ${this.#cluster.nodes}; sessions in ${local.location}`,
        sizeBytes: durability.sizeBytes + local.sizeBytes,
        measured: {
          syncMs: local.measured.syncMs,
          commitMs: this.#commitTimes.times,
          freeBytes: local.measured.freeBytes,
          growthBytesPerDay: this.#growth.bytesPerDay,
          cluster: findingsOf(durability),
        },
      }
    })
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#watch.stop()
    this.#growth.stop()
    this.#writer.stop()
    await this.#sealer.stop()
    await this.#committing
    try {
      await this.#local.trim()
    } catch (error) {
      // What stays in the journal is written once more at the next start, to no effect.
      this.#options.log.warn('journal not trimmed', { cause: String(error) })
    }
    await this.#local.close()
    await this.#cluster.close()
  }

  async #whileOpen<T>(run: () => Promise<T>): Promise<T> {
    this.#refuseWhenClosed()
    try {
      return await run()
    } catch (error) {
      if (this.#isClosed) throw new AckstoneError('STORE_CLOSED')
      throw error
    }
  }

  #refuseWhenClosed(): void {
    if (this.#isClosed) throw new AckstoneError('STORE_CLOSED')
  }
}

async function connectPatiently(options: CassandraOptions): Promise<Cluster> {
  const owner = randomUUID()
  return patiently(options, async () => {
    await prepareSchema(options, options.clock, options.log, owner)
    return Cluster.connect(options, options.keyspace)
  })
}

/** Repeats what a cluster that does not answer, or not fully, keeps from succeeding. */
async function patiently<T>(options: CassandraOptions, run: () => Promise<T>): Promise<T> {
  const { clock, log } = options
  for (let attempt = 1; ; attempt++) {
    try {
      return await run()
    } catch (error) {
      const fault = faultOf(error, options.contactPoints.join(', '))
      if (fault.code !== 'CLUSTER_UNAVAILABLE' && fault.code !== 'CLUSTER_OVERLOADED') throw fault
      if (attempt % 10 === 1) log.warn('waiting for Cassandra', { code: fault.code, detail: fault.message })
      await new Promise<void>((resolve) => clock.after(startRetryMs, resolve))
    }
  }
}
