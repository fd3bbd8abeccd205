// The store in plain maps: obviously right, forgotten at exit. Tests run on it, and the other engines are
// compared with it.
import { assert } from '../lib/assert.ts'
import { isSameValue, type Value } from '../model/reading.ts'
import { AckstoneError } from '../errors.ts'
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
  SeriesRun,
  StateSpace,
  Store,
  StoreDescription,
  StoreHealth,
} from './store.ts'

const chunkRowsMax = 4096

const durability = 'In memory only: everything is gone when Ackstone stops.'

export function createMemoryStore(): Store {
  return new MemoryStore()
}

class MemoryStore implements Store {
  readonly #devices = new Map<string, DeviceRecord>()
  /** device → key → ts → value */
  readonly #series = new Map<string, Map<string, Map<number, Value>>>()
  readonly #rejected = new Map<string, RejectedMessage>()
  readonly #state = new Map<string, Uint8Array>()
  #lastBatch: Batch | undefined
  #lastCommit: Commit | undefined
  #isClosed = false

  async commit(batch: Batch): Promise<Commit> {
    this.#refuseWhenClosed()
    if (batch === this.#lastBatch && this.#lastCommit !== undefined) return this.#lastCommit
    const tallies = batch.runs.map((run) => this.#apply(run, batch.closedTs))
    for (const record of batch.devices ?? []) {
      this.#devices.set(record.id, { ...record })
      if (!this.#series.has(record.id)) this.#series.set(record.id, new Map())
    }
    for (const message of batch.rejected) {
      this.#rejected.set(message.id, { ...message, payload: Buffer.from(message.payload) })
    }
    for (const id of batch.resolvedRejected) this.#rejected.delete(id)
    for (const write of batch.state) {
      const key = stateKey(write.space, write.key)
      if (write.type === 'put') this.#state.set(key, Buffer.from(write.value))
      else this.#state.delete(key)
    }
    this.#lastBatch = batch
    this.#lastCommit = { tallies: Promise.resolve(tallies) }
    return this.#lastCommit
  }

  #apply(run: SeriesRun, closedTs: number): RunTally {
    assert(run.ts.length > 0 && run.ts.length === run.values.length, 'a run has as many times as values')
    const device = this.#devices.get(run.device)
    if (device === undefined) {
      this.#devices.set(run.device, { id: run.device, createdTs: closedTs, lastSeenTs: closedTs })
      this.#series.set(run.device, new Map())
    } else {
      device.lastSeenTs = closedTs
    }
    const keys = this.#series.get(run.device)!
    let rows = keys.get(run.key)
    if (rows === undefined) keys.set(run.key, (rows = new Map<number, Value>()))
    let newest = maxOf(rows.keys())
    const tally: RunTally = { fresh: 0, sameValue: 0, overwritten: 0, ignored: 0, late: 0 }
    for (const [i, ts] of run.ts.entries()) {
      const value = run.values[i]!
      const stored = rows.get(ts)
      if (stored === undefined) {
        tally.fresh++
        if (ts < newest) tally.late++
      } else if (isSameValue(stored, value)) {
        tally.sameValue++
      } else if (run.duplicates === 'ignore') {
        tally.ignored++
        continue
      } else {
        tally.overwritten++
      }
      rows.set(ts, value)
      newest = Math.max(newest, ts)
    }
    return tally
  }

  async *query({ device, key, startTs, endTs, order }: SeriesQuery): AsyncGenerator<SeriesChunk> {
    this.#refuseWhenClosed()
    const rows = this.#series.get(device)?.get(key)
    if (rows === undefined) return
    const found = [...rows].filter(([ts]) => ts >= startTs && ts < endTs).sort(([a], [b]) => a - b)
    if (order === 'desc') found.reverse()
    for (let from = 0; from < found.length; from += chunkRowsMax) {
      const part = found.slice(from, from + chunkRowsMax)
      const values = part.map(([, value]) => value)
      const isDouble = values.every((value) => typeof value === 'number')
      yield {
        ts: Float64Array.from(part, ([ts]) => ts),
        values: isDouble ? Float64Array.from(values) : values,
        count: part.length,
      }
    }
  }

  async latest(device: string): Promise<LatestReading[]> {
    this.#refuseWhenClosed()
    const found: LatestReading[] = []
    for (const key of await this.keys(device)) {
      const rows = this.#series.get(device)!.get(key)!
      if (rows.size === 0) continue
      const ts = maxOf(rows.keys())
      found.push({ key, ts, value: rows.get(ts)! })
    }
    return found
  }

  async keys(device: string): Promise<string[]> {
    this.#refuseWhenClosed()
    return [...(this.#series.get(device)?.keys() ?? [])].sort(compareUtf8)
  }

  async device(id: string): Promise<DeviceRecord | undefined> {
    this.#refuseWhenClosed()
    const record = this.#devices.get(id)
    return record && { ...record }
  }

  async devices({ search, after, limit }: DeviceQuery): Promise<DeviceRecord[]> {
    this.#refuseWhenClosed()
    return [...this.#devices.values()]
      .filter(({ id }) => id.includes(search) && (after === '' || compareUtf8(id, after) > 0))
      .sort((a, b) => compareUtf8(a.id, b.id))
      .slice(0, limit)
      .map((record) => ({ ...record }))
  }

  async deleteSeries(
    device: string,
    keys: string[] | undefined,
    startTs: number,
    endTs: number,
  ): Promise<number> {
    this.#refuseWhenClosed()
    let deleted = 0
    for (const key of new Set(keys ?? (await this.keys(device)))) {
      const rows = this.#series.get(device)?.get(key)
      for (const ts of rows?.keys() ?? []) {
        if (ts >= startTs && ts < endTs && rows!.delete(ts)) deleted++
      }
    }
    return deleted
  }

  async rejected(before: string, integration: string | undefined, limit: number): Promise<RejectedMessage[]> {
    this.#refuseWhenClosed()
    return [...this.#rejected.values()]
      .filter(({ id }) => before === '' || id < before)
      .filter((message) => integration === undefined || message.integration === integration)
      .sort((a, b) => (a.id < b.id ? 1 : -1))
      .slice(0, limit)
  }

  async rejectedById(id: string): Promise<RejectedMessage | undefined> {
    this.#refuseWhenClosed()
    return this.#rejected.get(id)
  }

  async stateGet(space: StateSpace, key: string): Promise<Uint8Array | undefined> {
    this.#refuseWhenClosed()
    return this.#state.get(stateKey(space, key))
  }

  async *stateScan(space: StateSpace, prefix: string): AsyncGenerator<{ key: string; value: Uint8Array }> {
    this.#refuseWhenClosed()
    const start = stateKey(space, prefix)
    const found = [...this.#state].filter(([key]) => key.startsWith(start))
    found.sort(([a], [b]) => compareUtf8(a, b))
    for (const [key, value] of found) yield { key: key.slice(stateKey(space, '').length), value }
  }

  health(): StoreHealth {
    if (!this.#isClosed) return { isWritable: true, code: undefined, sentence: 'Kept in memory.', durability }
    return { isWritable: false, code: 'STORE_CLOSED', sentence: 'The store is closed.', durability }
  }

  async describe(): Promise<StoreDescription> {
    return {
      engine: 'memory',
      durability,
      location: 'memory',
      sizeBytes: 0,
      measured: {
        syncMs: undefined,
        commitMs: undefined,
        freeBytes: undefined,
        growthBytesPerDay: undefined,
        cluster: undefined,
      },
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
  }

  #refuseWhenClosed(): void {
    if (this.#isClosed) throw new AckstoneError('STORE_CLOSED')
  }
}

function stateKey(space: StateSpace, key: string): string {
  return `${space} ${key}`
}

function maxOf(numbers: Iterable<number>): number {
  let max = -Infinity
  for (const number of numbers) if (number > max) max = number
  return max
}

function compareUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
