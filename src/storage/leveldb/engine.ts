// The embedded engine: puts the parts together. A commit is one synced LevelDB batch; settling and sealing
// follow in the lane, off the acknowledgement path. docs/formats/leveldb.md draws what is written.
import { AckstoneError } from '../../errors.ts'
import { assert } from '../../lib/assert.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Log } from '../../lib/log.ts'
import type { Rows } from '../columns/rows.ts'
import type { Intervals } from '../intervals.ts'
import { CommitTimes, Growth, timesOf, type Times } from '../measure.ts'
import type {
  Batch,
  Commit,
  DeviceQuery,
  DeviceRecord,
  LatestReading,
  RejectedMessage,
  RunTally,
  SeriesChunk,
  SeriesPart,
  SeriesQuery,
  SeriesRange,
  StateSpace,
  Store,
  StoreDescription,
  StoreHealth,
} from '../store.ts'
import { Database, type DatabaseOptions, type LevelBatch, type LevelSnapshot } from './database.ts'
import { freeBytes, levelFolder, measureSync, sizeOf } from './folder.ts'
import { Journal, type JournalEntry } from './journal.ts'
import { lastCommitKey, nameKey, rejectedKey, stateKey } from './keys.ts'
import { Lane } from './lane.ts'
import { Names, type Resolution } from './names.ts'
import { readParts, readRange } from './query.ts'
import { decodeLastCommit, encodeLastCommit, encodeRejected, type LastCommit } from './records.ts'
import {
  readDevice,
  readDevices,
  readLatest,
  readNames,
  readRejected,
  readRejectedById,
  scanState,
} from './read.ts'
import { replay } from './replay.ts'
import { Sealer, sealLimits, type SealLimits } from './seal.ts'
import { SeriesTable } from './series.ts'
import { Settler, type SettleJob } from './settle.ts'

/** Commits that wait to be settled; the next one waits for them. */
const unsettledMax = 16

export interface LevelOptions extends DatabaseOptions {
  /** For tests that want to see many seals. */
  sealLimits?: Partial<SealLimits>
}

/** A batch whose outcome is unknown; its retry writes exactly the same. */
interface Pending {
  batch: Batch
  resolution: Resolution
}

/** A series at one moment. */
interface Seen {
  seriesId: number
  tail: Rows
  snapshot: LevelSnapshot
}

export class LevelStore implements Store {
  readonly #database: Database
  readonly #log: Log
  readonly #lane = new Lane()
  readonly #table = new SeriesTable()
  readonly #journal = new Journal()
  readonly #names: Names
  readonly #sealer: Sealer
  readonly #clock: Clock
  readonly #commitTimes = new CommitTimes()
  readonly #growth: Growth
  #syncMs: Times | undefined
  readonly #settler: Settler
  /** The number of the next commit. */
  #nextSeq: number
  #settledSeq: number
  #pending: Pending | undefined
  #isCommitting = false
  #lastBatch: Batch | undefined
  #lastCommit: Commit | undefined
  #isSealQueued = false
  /** Memory is behind the journal for good: reads would give less than what is stored. */
  #damage: AckstoneError | undefined
  #isClosed = false

  private constructor(database: Database, options: LevelOptions, last: LastCommit) {
    this.#database = database
    this.#log = options.log
    this.#clock = options.clock
    this.#growth = new Growth(options.clock, () => sizeOf(levelFolder(options.folder), ''))
    this.#names = new Names(database, last.nextSeriesId)
    const limits = { ...sealLimits, ...options.sealLimits }
    this.#sealer = new Sealer(database, this.#table, this.#journal, limits)
    this.#settler = new Settler(database, this.#table, this.#sealer, options.log)
    this.#nextSeq = last.nextSeq
    this.#settledSeq = last.nextSeq - 1
  }

  static async open(options: LevelOptions): Promise<LevelStore> {
    const database = await Database.open(options)
    try {
      const stored = await database.get(lastCommitKey)
      const last = stored === undefined ? { nextSeq: 1, nextSeriesId: 1 } : decodeLastCommit(stored)
      const store = new LevelStore(database, options, last)
      await replay(database, store.#journal, store.#settler)
      const { folder, clock } = options
      store.#syncMs = timesOf(await measureSync(folder, () => clock.monotonicMs()))
      store.#growth.start()
      return store
    } catch (error) {
      await database.close()
      throw error
    }
  }

  async commit(batch: Batch): Promise<Commit> {
    if (this.#isClosed) throw new AckstoneError('STORE_CLOSED')
    if (batch === this.#lastBatch && this.#lastCommit !== undefined) return this.#lastCommit
    assert(!this.#isCommitting, 'one commit at a time')
    assert(
      this.#pending === undefined || this.#pending.batch === batch,
      'an unknown outcome is retried first',
    )
    this.#isCommitting = true
    try {
      // While the store refuses writes nothing is settled that waits for it; the write below says why.
      if (this.#lane.depth > unsettledMax && this.#database.fault === undefined)
        await this.#lane.drained(unsettledMax)
      return await this.#write(batch)
    } finally {
      this.#isCommitting = false
    }
  }

  async #write(batch: Batch): Promise<Commit> {
    const seq = this.#nextSeq
    this.#pending ??= {
      batch,
      resolution: await this.#names.resolve(batch.runs, batch.closedTs),
    }
    const { resolution } = this.#pending
    let entry: JournalEntry | undefined
    const began = this.#clock.monotonicMs()
    await this.#database.write((level) => {
      entry = this.#fill(level, batch, seq, resolution)
    })
    this.#commitTimes.add(this.#clock.monotonicMs() - began)
    this.#pending = undefined
    this.#nextSeq = seq + 1
    this.#names.stored(resolution, batch.devices ?? [])
    if (entry !== undefined && entry.parts > 0) this.#journal.add(entry)
    const newIds = new Set(resolution.newNames.map(({ id }) => id))
    const tallies = this.#settle({ seq, runs: batch.runs, ids: resolution.ids, newIds })
    this.#lastBatch = batch
    this.#lastCommit = { tallies }
    return this.#lastCommit
  }

  #fill(level: LevelBatch, batch: Batch, seq: number, resolution: Resolution): JournalEntry {
    const entry = this.#journal.put(level, seq, batch.runs, resolution.ids)
    this.#names.put(level, resolution, batch.devices ?? [])
    for (const message of batch.rejected) level.put(rejectedKey(message.id), encodeRejected(message))
    for (const id of batch.resolvedRejected) level.del(rejectedKey(id))
    for (const write of batch.state) {
      const key = stateKey(write.space, write.key)
      if (write.type === 'put') level.put(key, asBuffer(write.value))
      else level.del(key)
    }
    level.put(lastCommitKey, encodeLastCommit({ nextSeq: seq + 1, nextSeriesId: resolution.nextSeriesId }))
    return entry
  }

  #settle(job: SettleJob): Promise<RunTally[]> {
    const tallies = this.#lane.add(async () => {
      try {
        const result = await this.#settler.settle(job)
        this.#settledSeq = job.seq
        return result
      } catch (error) {
        this.#stopOn(error)
        throw error
      } finally {
        this.#sealSoon()
      }
    })
    // Whoever asked for the commit may not care for its tallies.
    tallies.catch(() => undefined)
    return tallies
  }

  #sealSoon(): void {
    if (this.#isSealQueued || this.#isClosed || this.#damage !== undefined || !this.#sealer.isDue) return
    this.#isSealQueued = true
    const sealed = this.#lane.add(async () => {
      this.#isSealQueued = false
      await this.#sealer.sealDue(this.#settledSeq)
      this.#sealSoon()
    })
    sealed.catch((error: unknown) => {
      this.#log.warn('seal failed', { cause: String(error) })
      if (error instanceof AckstoneError && error.code === 'STORE_CORRUPT') this.#database.stopWriting(error)
    })
  }

  /** A stored commit could not be taken into memory: say so, rather than give less than what is stored. */
  #stopOn(error: unknown): void {
    if (error instanceof AckstoneError && error.code === 'STORE_CLOSED') return
    const fault =
      error instanceof AckstoneError
        ? error
        : new AckstoneError('STORE_CORRUPT', { folder: this.#database.folder, cause: String(error) }, error)
    this.#damage = fault
    this.#database.stopWriting(fault)
    this.#log.error('commit could not be settled', { cause: fault.message })
  }

  #refuseWhenUnreadable(): void {
    if (this.#isClosed) throw new AckstoneError('STORE_CLOSED')
    if (this.#damage !== undefined) throw this.#damage
  }

  async *query(query: SeriesQuery): AsyncGenerator<SeriesChunk> {
    const seen = await this.#look(query)
    if (seen !== undefined) yield* readRange(this.#database, seen.snapshot, { ...query, ...seen })
  }

  async *parts(range: SeriesRange, intervals: Intervals): AsyncGenerator<SeriesPart> {
    const seen = await this.#look(range)
    if (seen === undefined) return
    yield* readParts(this.#database, seen.snapshot, { ...range, ...seen, order: 'asc' }, intervals)
  }

  /** What a range is read from: everything that was stored at this moment. */
  async #look({ device, key, startTs, endTs }: SeriesRange): Promise<Seen | undefined> {
    this.#refuseWhenUnreadable()
    const id = await this.#database.get(nameKey(device.toWellFormed(), key.toWellFormed()))
    if (id === undefined || !(startTs < endTs)) return undefined
    const seriesId = id.readUInt32LE()
    // In the lane every stored commit is settled, and tail and blocks tell one story.
    return this.#lane.add(() => {
      this.#refuseWhenUnreadable()
      const series = this.#table.peek(seriesId)
      const tail = series?.tail.copy(series.tail.lowerBound(startTs), series.tail.lowerBound(endTs))
      return { seriesId, tail: tail ?? { ts: [], values: [], count: 0 }, snapshot: this.#database.snapshot() }
    })
  }

  async latest(device: string): Promise<LatestReading[]> {
    this.#refuseWhenUnreadable()
    const names = await readNames(this.#database, device)
    const seen = await this.#lane.add(() => {
      this.#refuseWhenUnreadable()
      return { snapshot: this.#database.snapshot(), known: names.map(({ id }) => this.#table.newestOf(id)) }
    })
    return readLatest(this.#database, seen.snapshot, names, seen.known)
  }

  async keys(device: string): Promise<string[]> {
    return (await readNames(this.#database, device)).map(({ key }) => key)
  }

  async device(id: string): Promise<DeviceRecord | undefined> {
    return readDevice(this.#database, this.#names, id)
  }

  async devices(query: DeviceQuery): Promise<DeviceRecord[]> {
    return readDevices(this.#database, this.#names, query)
  }

  async deleteSeries(
    device: string,
    keys: string[] | undefined,
    startTs: number,
    endTs: number,
  ): Promise<number> {
    this.#refuseWhenUnreadable()
    const names = await readNames(this.#database, device)
    let deleted = 0
    for (const { key, id } of names) {
      if (keys !== undefined && !keys.includes(key)) continue
      deleted += await this.#lane.add(() => {
        this.#refuseWhenUnreadable()
        return this.#sealer.deleteRange(this.#table.get(id), startTs, endTs, this.#settledSeq)
      })
    }
    return deleted
  }

  async rejected(before: string, integration: string | undefined, limit: number): Promise<RejectedMessage[]> {
    return readRejected(this.#database, before, integration, limit)
  }

  async rejectedById(id: string): Promise<RejectedMessage | undefined> {
    return readRejectedById(this.#database, id)
  }

  async stateGet(space: StateSpace, key: string): Promise<Uint8Array | undefined> {
    return this.#database.get(stateKey(space, key))
  }

  stateScan(space: StateSpace, prefix: string): AsyncIterable<{ key: string; value: Uint8Array }> {
    return scanState(this.#database, space, prefix)
  }

  health(): StoreHealth {
    const fault = this.#isClosed ? new AckstoneError('STORE_CLOSED') : this.#database.fault
    if (fault === undefined) {
      const sentence = `Stored in ${this.#database.folder}.`
      return { isWritable: true, code: undefined, sentence, durability }
    }
    return { isWritable: false, code: fault.code, sentence: `${fault.message} ${fault.hint}`, durability }
  }

  async describe(): Promise<StoreDescription> {
    const { folder } = this.#database
    return {
      engine: 'leveldb',
      durability,
      location: folder,
      sizeBytes: await sizeOf(levelFolder(folder), ''),
      measured: {
        syncMs: this.#syncMs,
        commitMs: this.#commitTimes.times,
        freeBytes: await freeBytes(folder),
        growthBytesPerDay: this.#growth.bytesPerDay,
        cluster: undefined,
      },
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#growth.stop()
    this.#database.stopWaiting()
    await this.#lane.drained(0)
    await this.#database.close()
  }
}

const durability =
  'Synced to disk: each commit is in the write-ahead log and synced before it is acknowledged.'

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
