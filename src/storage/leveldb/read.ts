// The reads that change nothing: names, devices, rejected messages, small state, the latest of a device.
import type { Value } from '../../model/reading.ts'
import type { DeviceQuery, DeviceRecord, LatestReading, RejectedMessage, StateSpace } from '../store.ts'
import { lastBlocks } from './blocks.ts'
import type { Database, LevelSnapshot } from './database.ts'
import {
  deviceKey,
  keyOfName,
  nameRange,
  prefixRange,
  rejectedKey,
  spaceDevice,
  spaceRange,
  spaceRejected,
  stateKey,
  textOf,
} from './keys.ts'
import type { Names } from './names.ts'
import { decodeDevice, decodeRejected } from './records.ts'

/** Entries taken out of the store at once. */
const piece = 256
/** Series whose last block is read at the same time. */
const readsAtOnce = 32

export interface SeriesName {
  key: string
  id: number
}

/** The series of a device, keys in byte order. */
export async function readNames(database: Database, device: string): Promise<SeriesName[]> {
  const entries = await database.entries(nameRange(device.toWellFormed()))
  return entries.map(([name, id]) => ({ key: keyOfName(name), id: id.readUInt32LE() }))
}

/** What memory knows of the newest reading of a series. */
export interface Newest {
  ts: number
  value: Value | undefined
  /** Whether a block could hold a newer one, or the value has to be read. */
  isInBlocks: boolean
}

/** The newest reading of each series, with what has to be read for it. Closes the snapshot. */
export async function readLatest(
  database: Database,
  snapshot: LevelSnapshot,
  names: readonly SeriesName[],
  known: readonly Newest[],
): Promise<LatestReading[]> {
  const found: LatestReading[] = []
  try {
    for (let from = 0; from < names.length; from += readsAtOnce) {
      const some = names.slice(from, from + readsAtOnce)
      const readings = await Promise.all(
        some.map(({ key, id }, i) => newestReading(database, snapshot, key, id, known[from + i]!)),
      )
      found.push(...readings.filter((one) => one !== undefined))
    }
  } finally {
    await snapshot.close()
  }
  return found
}

async function newestReading(
  database: Database,
  snapshot: LevelSnapshot,
  key: string,
  id: number,
  known: Newest,
): Promise<LatestReading | undefined> {
  if (known.isInBlocks) {
    const [block] = await lastBlocks(database, id, 1, undefined, snapshot)
    const ts = block?.rows.ts[block.rows.count - 1] ?? -Infinity
    if (ts > known.ts) return { key, ts, value: block!.rows.values[block!.rows.count - 1]! }
  }
  return known.value === undefined ? undefined : { key, ts: known.ts, value: known.value }
}

export async function readDevice(
  database: Database,
  names: Names,
  id: string,
): Promise<DeviceRecord | undefined> {
  const bytes = await database.get(deviceKey(id))
  return bytes && names.withSeen(decodeDevice(id, bytes))
}

export async function readDevices(
  database: Database,
  names: Names,
  { search, after, limit }: DeviceQuery,
): Promise<DeviceRecord[]> {
  const found: DeviceRecord[] = []
  const { gte, lt } = spaceRange(spaceDevice)
  const from = after === '' ? gte : Buffer.concat([deviceKey(after), Buffer.of(0)])
  for await (const entries of database.scan({ gte: from, lt }, () => piece)) {
    for (const [key, value] of entries) {
      if (found.length >= limit) return found
      const id = textOf(key)
      if (id.includes(search)) found.push(names.withSeen(decodeDevice(id, value)))
    }
  }
  return found
}

export async function readRejected(
  database: Database,
  before: string,
  integration: string | undefined,
  limit: number,
): Promise<RejectedMessage[]> {
  const found: RejectedMessage[] = []
  const range = spaceRange(spaceRejected)
  if (before !== '') range.lt = rejectedKey(before)
  for await (const entries of database.scan({ ...range, reverse: true }, () => Math.min(limit + 1, piece))) {
    for (const [key, value] of entries) {
      if (found.length >= limit) return found
      const message = decodeRejected(textOf(key), value)
      if (integration === undefined || message.integration === integration) found.push(message)
    }
  }
  return found
}

export async function readRejectedById(database: Database, id: string): Promise<RejectedMessage | undefined> {
  const bytes = await database.get(rejectedKey(id))
  return bytes && decodeRejected(id, bytes)
}

export async function* scanState(
  database: Database,
  space: StateSpace,
  prefix: string,
): AsyncGenerator<{ key: string; value: Uint8Array }> {
  for await (const entries of database.scan(prefixRange(stateKey(space, prefix)), () => piece)) {
    for (const [key, value] of entries) yield { key: textOf(key), value }
  }
}
