// Pages of the list of devices: by identifier as the store has them, or by when they were last seen, for which all are
// read and sorted. That is kept for some seconds, so that paging through 100,000 devices reads them once.
import { AckstoneError } from '../errors.ts'
import { proofDevice } from '../model/proof-device.ts'
import type { DeviceRecord } from '../storage/store.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import type { ApiParts } from './parts.ts'

/** Devices that can be sorted by when they were last seen. */
export const sortableDevicesMax = 250_000
const keptMs = 3_000
const readAtOnce = 5_000
/** Pieces of the store's list that one page may look through for devices that are not connected. */
const piecesMax = 20

export interface DevicesAsked {
  search: string
  sort: 'id' | 'lastSeenAt'
  order: 'asc' | 'desc'
  state: 'connected' | 'disconnected' | undefined
  limit: number
  cursor: string | undefined
}

export interface DevicesFound {
  records: DeviceRecord[]
  nextCursor: string | null
}

interface Sorted {
  search: string
  readMs: number
  /** Seen last first. */
  records: Promise<DeviceRecord[]>
}

export class DeviceList {
  readonly #parts: Pick<ApiParts, 'store' | 'watching' | 'clock'>
  #sorted: Sorted | undefined

  constructor(parts: Pick<ApiParts, 'store' | 'watching' | 'clock'>) {
    this.#parts = parts
  }

  /** @throws CURSOR_INVALID, QUERY_INVALID */
  page(asked: DevicesAsked): Promise<DevicesFound> {
    const { sort, order, state } = asked
    if (sort === 'lastSeenAt') return this.#bySeen(asked)
    if (order === 'desc') fail('/order', 'Devices in the order of their identifiers go upwards only.')
    return state === 'connected' ? this.#connected(asked) : this.#byId(asked)
  }

  async #byId(asked: DevicesAsked): Promise<DevicesFound> {
    const { search, limit, state } = asked
    const filter = filterText(asked)
    let after = decodeCursor(asked.cursor, 'devices', filter)
    const records: DeviceRecord[] = []
    for (let piece = 0; piece < piecesMax; piece++) {
      const some = await this.#parts.store.devices({ search, after, limit: limit + 1 })
      for (const record of some) {
        if (records.length === limit) return { records, nextCursor: encodeCursor('devices', filter, after) }
        after = record.id
        if (this.#isShown(record.id, state)) records.push(record)
      }
      if (some.length <= limit) return { records, nextCursor: null }
    }
    return { records, nextCursor: encodeCursor('devices', filter, after) }
  }

  #isShown(id: string, state: DevicesAsked['state']): boolean {
    if (id === proofDevice) return false
    return (
      state === undefined || (this.#parts.watching.presence.of(id) !== undefined) === (state === 'connected')
    )
  }

  /** Of those that are connected, those that have stored something. */
  async #connected(asked: DevicesAsked): Promise<DevicesFound> {
    const { search, limit } = asked
    const { store, watching } = this.#parts
    const filter = filterText(asked)
    const after = decodeCursor(asked.cursor, 'devices', filter)
    const ids = [...watching.presence.devices()].filter(
      (id) => id.includes(search) && this.#isShown(id, undefined),
    )
    const behind = ids.filter((id) => Buffer.compare(Buffer.from(id), Buffer.from(after)) > 0)
    const sorted = behind.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    const records: DeviceRecord[] = []
    for (const id of sorted) {
      const record = await store.device(id)
      if (record === undefined) continue
      if (records.length === limit) {
        return { records, nextCursor: encodeCursor('devices', filter, records.at(-1)!.id) }
      }
      records.push(record)
    }
    return { records, nextCursor: null }
  }

  async #bySeen(asked: DevicesAsked): Promise<DevicesFound> {
    const { search, limit, state, order } = asked
    const filter = filterText(asked)
    const after = placeIn(decodeCursor(asked.cursor, 'devices', filter))
    const sorted = await this.#allBySeen(search)
    const inOrder = order === 'desc' ? sorted : sorted.toReversed()
    const records: DeviceRecord[] = []
    for (const record of inOrder) {
      if (after !== undefined && compareSeen(record, after) * (order === 'desc' ? 1 : -1) <= 0) continue
      if (!this.#isShown(record.id, state)) continue
      if (records.length === limit) {
        const { lastSeenTs, id } = records.at(-1)!
        return { records, nextCursor: encodeCursor('devices', filter, `${lastSeenTs} ${id}`) }
      }
      records.push(record)
    }
    return { records, nextCursor: null }
  }

  #allBySeen(search: string): Promise<DeviceRecord[]> {
    const nowMs = this.#parts.clock.monotonicMs()
    const kept = this.#sorted
    if (kept?.search === search && nowMs - kept.readMs < keptMs) return kept.records
    const sorted = { search, readMs: nowMs, records: this.#readBySeen(search) }
    this.#sorted = sorted
    sorted.records.catch(() => {
      // Whoever asked gets the error; the next one reads again.
      if (this.#sorted === sorted) this.#sorted = undefined
    })
    return sorted.records
  }

  async #readBySeen(search: string): Promise<DeviceRecord[]> {
    const all: DeviceRecord[] = []
    for (let after = ''; ; after = all.at(-1)!.id) {
      const some = await this.#parts.store.devices({ search, after, limit: readAtOnce })
      all.push(...some)
      if (some.length < readAtOnce) return all.toSorted(compareSeen)
      if (all.length > sortableDevicesMax) {
        const detail = `More than ${sortableDevicesMax} devices can’t be sorted by when they were last seen; search.`
        fail('/sort', detail)
      }
    }
  }
}

/** Seen last first. */
function compareSeen(
  a: Pick<DeviceRecord, 'id' | 'lastSeenTs'>,
  b: Pick<DeviceRecord, 'id' | 'lastSeenTs'>,
): number {
  return b.lastSeenTs - a.lastSeenTs || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
}

function placeIn(after: string): { lastSeenTs: number; id: string } | undefined {
  if (after === '') return undefined
  const space = after.indexOf(' ')
  const lastSeenTs = Number(after.slice(0, space))
  if (space < 0 || !Number.isFinite(lastSeenTs)) throw new AckstoneError('CURSOR_INVALID')
  return { lastSeenTs, id: after.slice(space + 1) }
}

function filterText({ search, sort, order, state }: DevicesAsked): string {
  return JSON.stringify([search, sort, order, state ?? null])
}

function fail(pointer: string, detail: string): never {
  throw new AckstoneError('QUERY_INVALID', {}, undefined, [{ pointer, detail }])
}
