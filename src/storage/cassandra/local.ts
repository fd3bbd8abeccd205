// The part of a commit that belongs to this hub alone: its small state, and the journal of the batch that is on
// its way to Cassandra, in one synced LevelDB commit. Entries leave with a later one.
import type { Clock } from '../../lib/clock.ts'
import type { Log } from '../../lib/log.ts'
import { LevelStore } from '../leveldb/engine.ts'
import type { Batch, StateSpace, StateWrite, StoreHealth } from '../store.ts'
import {
  decodeShared,
  encodeShared,
  isEmpty,
  journalKey,
  journalPrefix,
  type SharedBatch,
} from './journal.ts'

/** The local store, in the data folder. */
export const localFolder = 'hub'

export interface StateEntry {
  key: string
  value: Uint8Array
}

export class LocalState {
  readonly #store: LevelStore
  #ticket = 0
  /** Keys of journal entries that Cassandra has confirmed. */
  #confirmed: string[] = []
  /** The end of the commits that wait for their turn. */
  #turn: Promise<unknown> = Promise.resolve()
  /** A commit with an unknown outcome, which is repeated before any other. */
  #unfinished: Batch | undefined

  private constructor(store: LevelStore) {
    this.#store = store
  }

  /** @param folder a folder of its own. @throws STORE_* */
  static async open(folder: string, clock: Clock, log: Log): Promise<LocalState> {
    return new LocalState(await LevelStore.open({ folder, clock, log }))
  }

  /** The local commit for a batch, to be given to `commit` until it resolves; undefined when there is nothing to
   *  remember. Without state that speaks of its messages, an unfinished batch is simply sent again by its
   *  publishers, and needs no journal. */
  prepare(batch: Batch, shared: SharedBatch): Batch | undefined {
    const state = batch.state.filter(({ space }) => space !== 'registry')
    if (state.length === 0) return undefined
    if (!isEmpty(shared)) {
      state.push({ type: 'put', space: 'hub', key: journalKey(shared.writeTs), value: encodeShared(shared) })
    }
    return this.#batchOf([...state, ...this.#removals()], batch.closedTs)
  }

  #batchOf(state: StateWrite[], closedTs: number): Batch {
    return { ticket: ++this.#ticket, runs: [], rejected: [], resolvedRejected: [], state, closedTs }
  }

  #removals(): StateWrite[] {
    return this.#confirmed.splice(0).map((key) => ({ type: 'delete', space: 'hub', key }))
  }

  /** @throws STORE_*: the outcome is unknown. */
  async commit(batch: Batch): Promise<void> {
    const turn = this.#turn.then(async () => {
      if (this.#unfinished !== undefined && this.#unfinished !== batch) await this.#write(this.#unfinished)
      await this.#write(batch)
    })
    // Whoever asked hears of the failure; the next one only waits for its end.
    this.#turn = turn.catch(() => undefined)
    await turn
  }

  async #write(batch: Batch): Promise<void> {
    this.#unfinished = batch
    await this.#store.commit(batch)
    this.#unfinished = undefined
  }

  /** Cassandra has a batch that may have been journaled. */
  confirmed(shared: SharedBatch): void {
    this.#confirmed.push(journalKey(shared.writeTs))
  }

  /** Takes confirmed entries out of the journal without waiting for the next batch. @throws STORE_* */
  async trim(): Promise<void> {
    if (this.#confirmed.length > 0) await this.commit(this.#batchOf(this.#removals(), 0))
  }

  /** What a crash left in the journal, oldest first. */
  async *journal(): AsyncGenerator<SharedBatch> {
    for await (const { value } of this.#store.stateScan('hub', journalPrefix)) yield decodeShared(value)
  }

  get(space: StateSpace, key: string): Promise<Uint8Array | undefined> {
    return this.#store.stateGet(space, key)
  }

  async *scan(space: StateSpace, prefix: string): AsyncGenerator<StateEntry> {
    for await (const entry of this.#store.stateScan(space, prefix)) {
      if (space !== 'hub' || !entry.key.startsWith(journalPrefix)) yield entry
    }
  }

  health(): StoreHealth {
    return this.#store.health()
  }

  describe(): ReturnType<LevelStore['describe']> {
    return this.#store.describe()
  }

  async close(): Promise<void> {
    await this.#store.close()
  }
}
