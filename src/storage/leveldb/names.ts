// Which number a series has, and when its device was last seen. Commits ask for every run, so the answers
// are kept in memory; what was not asked for in a while is read again from the store.
import type { DeviceRecord, SeriesRun } from '../store.ts'
import type { Database, LevelBatch } from './database.ts'
import { deviceKey, nameKey } from './keys.ts'
import { decodeDevice, encodeDevice, encodeSeriesId } from './records.ts'

interface Device {
  readonly id: string
  createdTs: number
  lastSeenTs: number
  /** What the store says; −∞ when it has no record yet. */
  storedSeenTs: number
  keys: Map<string, number>
}

/** The series of a batch, and what has to be written so that they stay known. */
export interface Resolution {
  /** The series of each run. */
  ids: number[]
  newNames: { device: string; key: string; id: number }[]
  /** Devices whose record is to be written. */
  devices: Set<Device>
  closedTs: number
  nextSeriesId: number
}

/** How many names are kept at least; twice as many at most. */
const namesMax = 250_000
/** Names of one device that are kept. */
const namesPerDeviceMax = 50_000
/** A device that goes on reporting is written again this often. */
const seenIntervalUs = 10_000_000

export class Names {
  readonly #database: Database
  #young = new Map<string, Device>()
  #old = new Map<string, Device>()
  #youngNames = 0
  #nextSeriesId: number

  constructor(database: Database, nextSeriesId: number) {
    this.#database = database
    this.#nextSeriesId = nextSeriesId
  }

  /** Finds or gives the numbers of a batch's series. Nothing has to be read while all are in memory. */
  async resolve(runs: readonly SeriesRun[], closedTs: number): Promise<Resolution> {
    const ids: number[] = []
    const devices = new Set<Device>()
    const missing: number[] = []
    let device: Device | undefined
    for (let i = 0; i < runs.length; i++) {
      const run = runs[i]!
      if (device?.id !== run.device) device = this.#device(run.device)
      const id = device?.keys.get(run.key)
      ids.push(id ?? 0)
      if (device === undefined || id === undefined) {
        missing.push(i)
        continue
      }
      if (device.lastSeenTs === closedTs) continue
      device.lastSeenTs = closedTs
      if (closedTs - device.storedSeenTs >= seenIntervalUs) devices.add(device)
    }
    const resolution = { ids, newNames: [], devices, closedTs, nextSeriesId: 0 }
    if (missing.length > 0) await this.#readMissing(runs, missing, resolution)
    resolution.nextSeriesId = this.#nextSeriesId
    return resolution
  }

  /** A device in memory. */
  #device(id: string): Device | undefined {
    const young = this.#young.get(id)
    if (young !== undefined) return young
    const old = this.#old.get(id)
    if (old === undefined) return undefined
    this.#old.delete(id)
    this.#keep(old)
    return old
  }

  #keep(device: Device): void {
    if (this.#youngNames + device.keys.size >= namesMax) {
      this.#old = this.#young
      this.#young = new Map()
      this.#youngNames = 0
    }
    this.#young.set(device.id, device)
    this.#youngNames += device.keys.size + 1
  }

  /** Reads or creates what is not in memory. Names reach the store as UTF-8, where lone surrogates all look
   *  alike; so the well-formed text is the name, and two spellings of it are one series. */
  async #readMissing(runs: readonly SeriesRun[], missing: number[], resolution: Resolution): Promise<void> {
    const wanted = missing.map((i) => ({
      i,
      device: runs[i]!.device.toWellFormed(),
      key: runs[i]!.key.toWellFormed(),
    }))
    const known = new Map<string, Device>()
    const unknown = new Set<string>()
    for (const { device: id } of wanted) {
      const device = this.#device(id)
      if (device === undefined) unknown.add(id)
      else known.set(id, device)
    }
    const found = await this.#database.getMany([
      ...[...unknown].map(deviceKey),
      ...wanted.map((one) => nameKey(one.device, one.key)),
    ])
    const { closedTs, devices } = resolution
    for (const [at, id] of [...unknown].entries()) {
      const device = deviceOf(id, found[at], closedTs)
      known.set(id, device)
      this.#keep(device)
    }
    for (const [at, { i, device: deviceId, key }] of wanted.entries()) {
      const device = known.get(deviceId)!
      let id = device.keys.get(key) ?? found[unknown.size + at]?.readUInt32LE()
      if (id === undefined) {
        id = this.#nextSeriesId++
        resolution.newNames.push({ device: deviceId, key, id })
      }
      if (!device.keys.has(key)) this.#addKey(device, key, id)
      resolution.ids[i] = id
      device.lastSeenTs = closedTs
      if (closedTs - device.storedSeenTs >= seenIntervalUs) devices.add(device)
    }
  }

  #addKey(device: Device, key: string, id: number): void {
    if (device.keys.size >= namesPerDeviceMax) device.keys = new Map()
    device.keys.set(key, id)
    this.#youngNames++
  }

  /** Puts into a batch what a resolution found to be new. */
  put(batch: LevelBatch, resolution: Resolution, given: readonly DeviceRecord[]): void {
    for (const { device, key, id } of resolution.newNames) batch.put(nameKey(device, key), encodeSeriesId(id))
    for (const { id, createdTs } of resolution.devices) {
      batch.put(deviceKey(id), encodeDevice(createdTs, resolution.closedTs))
    }
    // The last of two writes of a key in a batch stays.
    for (const { id, createdTs, lastSeenTs } of given) {
      batch.put(deviceKey(id.toWellFormed()), encodeDevice(createdTs, lastSeenTs))
    }
  }

  /** The batch is stored. */
  stored(resolution: Resolution, given: readonly DeviceRecord[]): void {
    for (const device of resolution.devices) device.storedSeenTs = resolution.closedTs
    for (const { id, createdTs, lastSeenTs } of given) {
      const device = this.#device(id.toWellFormed())
      if (device !== undefined) Object.assign(device, { createdTs, lastSeenTs, storedSeenTs: lastSeenTs })
    }
  }

  /** A device record with the latest `lastSeenTs`, which reaches the store a little later. */
  withSeen(record: DeviceRecord): DeviceRecord {
    const device = this.#young.get(record.id) ?? this.#old.get(record.id)
    return device === undefined ? record : { ...record, lastSeenTs: device.lastSeenTs }
  }
}

function deviceOf(id: string, stored: Buffer | undefined, closedTs: number): Device {
  const record = stored === undefined ? undefined : decodeDevice(id, stored)
  return {
    id,
    createdTs: record?.createdTs ?? closedTs,
    lastSeenTs: record?.lastSeenTs ?? closedTs,
    storedSeenTs: record?.lastSeenTs ?? -Infinity,
    keys: new Map(),
  }
}
