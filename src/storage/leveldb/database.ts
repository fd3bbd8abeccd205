// The one LevelDB of a store: opened, written one synced batch at a time, and reopened in place after a
// failed write. After a failure LevelDB may have left half a record in its log, behind which whatever is
// written next would be unreadable; so nothing is written until it has been closed and opened again (I5).
import { ClassicLevel } from 'classic-level'
import { AckstoneError } from '../../errors.ts'
import { assert } from '../../lib/assert.ts'
import type { Clock, Timer } from '../../lib/clock.ts'
import type { Log } from '../../lib/log.ts'
import { faultOf } from './faults.ts'
import { checkFolder, levelFolder, probeDisk } from './folder.ts'
import { formatKey, type KeyRange } from './keys.ts'
import { encodeFormat, formatBeforeSummaries, formatVersion } from './records.ts'

export type Level = ClassicLevel<Buffer, Buffer>
export type LevelBatch = ReturnType<Level['batch']>
export type LevelSnapshot = ReturnType<Level['snapshot']>

export interface DatabaseOptions {
  /** The data folder. */
  folder: string
  clock: Clock
  log: Log
}

export interface ScanOptions extends KeyRange {
  reverse?: boolean
  limit?: number
  snapshot?: LevelSnapshot
  /** Whether values are wanted; true unless said. */
  values?: boolean
}

const recoveryDelayMs = 1000
/** Bytes that one step of a scan takes out of LevelDB. */
const scanBytes = 512 * 1024

export class Database {
  readonly #options: DatabaseOptions
  #level: Level | undefined
  /** Why nothing can be written now; undefined when all is well. */
  #fault: AckstoneError | undefined
  #recoveryTimer: Timer | undefined
  /** The end of the writes that wait for their turn. */
  #writing: Promise<unknown> = Promise.resolve()
  #generation = 0
  #isClosing = false
  #isClosed = false

  private constructor(options: DatabaseOptions) {
    this.#options = options
  }

  static async open(options: DatabaseOptions): Promise<Database> {
    const database = new Database(options)
    await checkFolder(options.folder)
    database.#level = await openLevel(options.folder)
    try {
      await checkFormat(database.#level, options.folder)
    } catch (error) {
      await database.#level.close()
      throw faultOf(error, options.folder)
    }
    return database
  }

  /** The data folder. */
  get folder(): string {
    return this.#options.folder
  }

  /** How often LevelDB has been opened again: what was read before may have changed since. */
  get generation(): number {
    return this.#generation
  }

  /** Why nothing can be written at the moment. */
  get fault(): AckstoneError | undefined {
    return this.#fault
  }

  /** Writes one atomic, synced batch; `fill` runs when its turn has come.
   *  @throws STORE_FULL, STORE_UNAVAILABLE, STORE_READ_ONLY: whether it was written is unknown. */
  async write(fill: (batch: LevelBatch) => void): Promise<void> {
    const turn = this.#writing.then(() => this.#writeNow(fill))
    // Whoever asked for the write hears of its failure; the next one only waits for its end.
    this.#writing = turn.catch(() => undefined)
    return turn
  }

  async #writeNow(fill: (batch: LevelBatch) => void): Promise<void> {
    if (this.#fault !== undefined) await this.#reopen()
    const level = this.#opened()
    const batch = level.batch()
    try {
      fill(batch)
      await batch.write({ sync: true })
    } catch (error) {
      throw this.#fail(error)
    }
  }

  /** Resolves when nothing is known that would keep a write from succeeding. What a failed write left is
   *  visible to reads from then on, and not before.
   *  @throws as `write` does. */
  async writable(): Promise<void> {
    if (this.#fault !== undefined) await this.write(() => undefined)
  }

  #fail(error: unknown): AckstoneError {
    const fault = this.#isClosed ? new AckstoneError('STORE_CLOSED') : faultOf(error, this.#options.folder)
    this.#fault = fault
    this.#options.log.error('store write failed', { code: fault.code, cause: String(error) })
    this.#scheduleRecovery()
    return fault
  }

  /** Without traffic nobody would ask; the hub should become ready again all the same. */
  #scheduleRecovery(): void {
    if (this.#isClosing) return
    this.#recoveryTimer?.cancel()
    this.#recoveryTimer = this.#options.clock.after(recoveryDelayMs, () => {
      this.#writing = this.#writing
        .then(() => (this.#fault === undefined ? undefined : this.#reopen()))
        // It has scheduled the next attempt.
        .catch(() => undefined)
    })
  }

  /** Closes and opens LevelDB again, in place. Reads go on with the old one until the disk takes writes.
   *  @throws the reason why it can't be done yet. */
  async #reopen(): Promise<void> {
    const { folder, log } = this.#options
    if (this.#fault?.code === 'STORE_CORRUPT') throw this.#fault
    try {
      if (this.#isClosed) throw new AckstoneError('STORE_CLOSED')
      await probeDisk(folder)
      const old = this.#level
      this.#level = undefined
      await old?.close()
      await checkFolder(folder)
      this.#level = await openLevel(folder)
    } catch (error) {
      this.#fault = faultOf(error, folder)
      this.#scheduleRecovery()
      throw this.#fault
    }
    this.#fault = undefined
    this.#generation++
    log.info('store reopened', { folder })
  }

  /** Resolves when the store may work again; whoever waits tries again then.
   *  @throws STORE_CLOSED when it never will. */
  async recovered(): Promise<void> {
    do {
      if (this.#isClosing) throw new AckstoneError('STORE_CLOSED')
      await new Promise<void>((resolve) => this.#options.clock.after(recoveryDelayMs / 10, resolve))
    } while (this.#level === undefined || this.#fault?.isRetryable === true)
  }

  /** Damage was found where something had to be written: nothing is written until it is repaired. */
  stopWriting(fault: AckstoneError): void {
    this.#fault = fault
    this.#recoveryTimer?.cancel()
  }

  #opened(): Level {
    if (this.#isClosed) throw new AckstoneError('STORE_CLOSED')
    if (this.#level === undefined) {
      throw (
        this.#fault ??
        new AckstoneError('STORE_UNAVAILABLE', {
          folder: this.#options.folder,
          cause: 'it is being reopened',
        })
      )
    }
    return this.#level
  }

  snapshot(): LevelSnapshot {
    return this.#opened().snapshot()
  }

  get(key: Buffer, snapshot?: LevelSnapshot): Promise<Buffer | undefined> {
    return this.#read((level) => level.get(key, { snapshot }))
  }

  getMany(keys: Buffer[], snapshot?: LevelSnapshot): Promise<(Buffer | undefined)[]> {
    return this.#read((level) => level.getMany(keys, { snapshot }))
  }

  /** The entries of a range, all at once: for ranges that are known to be small, or limited. */
  entries(options: ScanOptions): Promise<[key: Buffer, value: Buffer][]> {
    return this.#read((level) => level.iterator({ ...options, highWaterMarkBytes: scanBytes }).all())
  }

  /** The entries of a range in pieces; `piece` says how many entries the next may have. */
  async *scan(options: ScanOptions, piece: () => number): AsyncGenerator<[key: Buffer, value: Buffer][]> {
    const iterator = this.#opened().iterator({ ...options, highWaterMarkBytes: scanBytes })
    try {
      for (;;) {
        const entries = await this.#read(() => iterator.nextv(piece()))
        if (entries.length === 0) return
        yield entries
      }
    } finally {
      await iterator.close()
    }
  }

  async #read<T>(run: (level: Level) => Promise<T>): Promise<T> {
    const level = this.#opened()
    try {
      return await run(level)
    } catch (error) {
      if (this.#isClosed) throw new AckstoneError('STORE_CLOSED')
      throw faultOf(error, this.#options.folder)
    }
  }

  /** What waits for the store to recover gives up from now on; everything else still works. */
  stopWaiting(): void {
    this.#isClosing = true
    this.#recoveryTimer?.cancel()
  }

  /** Waits for the writes under way, then releases the folder. */
  async close(): Promise<void> {
    assert(!this.#isClosed, 'a database is closed once')
    this.stopWaiting()
    await this.#writing
    this.#isClosed = true
    await this.#level?.close()
    this.#level = undefined
  }
}

async function openLevel(folder: string): Promise<Level> {
  const level: Level = new ClassicLevel(levelFolder(folder), {
    keyEncoding: 'buffer',
    valueEncoding: 'buffer',
    writeBufferSize: 16 * 1024 * 1024,
    maxFileSize: 8 * 1024 * 1024,
    cacheSize: 16 * 1024 * 1024,
  })
  try {
    await level.open()
  } catch (error) {
    throw faultOf(error, folder)
  }
  return level
}

/** A new store gets its format, and one from before summaries the present one. Any other format, or another
 *  program's LevelDB, is left alone. */
async function checkFormat(level: Level, folder: string): Promise<void> {
  const format = await level.get(formatKey)
  if (format !== undefined) {
    const version = format.length === 4 ? format.readUInt32LE() : NaN
    if (version === formatVersion) return
    if (version === formatBeforeSummaries) return putFormat(level)
    throw new AckstoneError('STORE_FORMAT', { folder, found: `format ${version}`, known: formatVersion })
  }
  const [anything] = await level.keys({ limit: 1 }).all()
  if (anything !== undefined) {
    const found = 'a LevelDB of another program'
    throw new AckstoneError('STORE_FORMAT', { folder, found, known: formatVersion })
  }
  await putFormat(level)
}

async function putFormat(level: Level): Promise<void> {
  await level.put(formatKey, encodeFormat(formatVersion), { sync: true })
}
