// What is known in memory of devices and their series: which are in Cassandra, how their buckets are cut, and
// the newest time of each. Other hubs write too, so what they could have changed is read again now and then.
import type { DeviceRecord, SeriesRun } from '../store.ts'
import { bucketOf, epochsFrom, firstEpochs, type Bucket, type Epochs } from './buckets.ts'
import type { Cluster } from './cluster.ts'
import { deviceShards } from './schema.ts'
import { statements } from './statements.ts'
import { numberOf, type DriverLong } from './values.ts'
import { forEachBounded } from './writer.ts'

/** Bucket widths of other hubs are known after this long; they begin to count two hours after they were set. */
const refreshMs = 10 * 60_000
/** Series kept in memory, in each of two generations. */
const seriesMax = 200_000
/** Buckets of a series that are known to be listed. */
const bucketsKnownMax = 32
const loadsAtOnce = 64

export class Series {
  readonly key: string
  /** Whether Cassandra lists it among its device's keys. */
  isListed: boolean
  epochs: Epochs = firstEpochs
  /** The newest time stored, as far as this hub knows; −∞ for none, undefined while it has not been looked up. */
  newestTs: number | undefined
  /** Buckets that Cassandra lists, by start: until when their rows may change without another mark. */
  readonly guards = new Map<number, number>()
  /** When its blocks are looked after next, as this hub has planned it. */
  sealDueUs = Infinity
  /** Beginnings of epochs that Cassandra does not have yet. */
  readonly newWidths = new Set<number>()
  /** The bucket whose rows are counted, to learn the rate. */
  countedBucket = -Infinity
  countedRows = 0
  /** Whether all rows of that bucket were counted. */
  isWhole = false

  constructor(key: string, isListed: boolean) {
    this.key = key
    this.isListed = isListed
    this.newestTs = isListed ? undefined : -Infinity
  }

  bucketOf(ts: number): Bucket {
    return bucketOf(this.epochs, ts)
  }

  listed(bucket: number, guardUs: number): void {
    if (this.guards.size >= bucketsKnownMax) this.guards.clear()
    this.guards.set(bucket, guardUs)
  }
}

export class Device {
  readonly id: string
  createdTs: number
  lastSeenTs: number
  /** `lastSeenTs` as Cassandra has it; −∞ when the device is not there yet. */
  storedSeenTs: number
  loadedMs = -Infinity
  readonly series = new Map<string, Series>()

  constructor(id: string, createdTs: number, seenTs: number, storedSeenTs: number) {
    this.id = id
    this.createdTs = createdTs
    this.lastSeenTs = seenTs
    this.storedSeenTs = storedSeenTs
  }
}

/** Where the rows of a run belong. */
export interface Place {
  device: Device
  series: Series
}

export function shardOf(device: string): number {
  let hash = 0
  for (const byte of Buffer.from(device)) hash = (Math.imul(hash, 31) + byte) >>> 0
  return hash % deviceShards
}

export class Directory {
  readonly #cluster: Cluster
  readonly #nowMs: () => number
  #young = new Map<string, Device>()
  #old = new Map<string, Device>()
  #youngSeries = 0

  constructor(cluster: Cluster, nowMs: () => number) {
    this.#cluster = cluster
    this.#nowMs = nowMs
  }

  /** The place of each run, reading what is not known. Names are kept well-formed: as UTF-8 all lone
   *  surrogates look alike.
   *  @throws CLUSTER_* when it can't be read. */
  async resolve(runs: readonly SeriesRun[], closedTs: number): Promise<Place[]> {
    const now = this.#nowMs()
    const devices = new Map<string, Device>()
    const unread: Device[] = []
    for (const run of runs) {
      const id = run.device.toWellFormed()
      if (devices.has(id)) continue
      const device = this.#remembered(id) ?? new Device(id, closedTs, closedTs, -Infinity)
      devices.set(id, device)
      if (now - device.loadedMs > refreshMs) unread.push(device)
    }
    await forEachBounded(unread, loadsAtOnce, (device) => this.#load(device, now))
    return runs.map((run) => {
      const device = devices.get(run.device.toWellFormed())!
      const key = run.key.toWellFormed()
      let series = device.series.get(key)
      if (series === undefined) {
        series = new Series(key, false)
        device.series.set(key, series)
        this.#youngSeries++
      }
      return { device, series }
    })
  }

  async #load(device: Device, nowMs: number): Promise<void> {
    interface SeriesRow {
      key: string
      widths: Record<string, DriverLong> | null
    }
    const [rows, record] = await Promise.all([
      this.#cluster.rows<SeriesRow>(statements.seriesOf, [device.id]),
      this.read(device.id),
    ])
    if (record !== undefined) {
      device.createdTs = record.createdTs
      device.storedSeenTs = record.lastSeenTs
      device.lastSeenTs = Math.max(device.lastSeenTs, record.lastSeenTs)
    }
    for (const { key, widths } of rows) {
      let series = device.series.get(key)
      if (series === undefined) {
        series = new Series(key, true)
        device.series.set(key, series)
        this.#youngSeries++
      }
      // What was decided here and not written yet counts more than what is stored.
      if (series.newWidths.size > 0) continue
      const stored = Object.entries(widths ?? {})
      series.epochs = epochsFrom(
        stored.map(([from, width]) => ({ from: Number(from), width: numberOf(width) })),
      )
    }
    device.loadedMs = nowMs
    this.#keep(device)
  }

  #remembered(id: string): Device | undefined {
    const young = this.#young.get(id)
    if (young !== undefined) return young
    const old = this.#old.get(id)
    if (old !== undefined) this.#keep(old)
    return old
  }

  #keep(device: Device): void {
    if (this.#youngSeries >= seriesMax) {
      this.#old = this.#young
      this.#young = new Map()
      this.#youngSeries = 0
    }
    if (!this.#young.has(device.id)) this.#youngSeries += device.series.size + 1
    this.#old.delete(device.id)
    this.#young.set(device.id, device)
  }

  /** A device as Cassandra has it. @throws CLUSTER_* */
  async read(id: string): Promise<DeviceRecord | undefined> {
    interface Row {
      created: DriverLong
      seen: DriverLong
    }
    const [row] = await this.#cluster.rows<Row>(statements.device, [shardOf(id), id])
    if (row === undefined) return undefined
    return { id, createdTs: numberOf(row.created), lastSeenTs: numberOf(row.seen) }
  }

  /** A record with the newest `lastSeenTs`, which reaches Cassandra a little later. */
  withSeen(record: DeviceRecord): DeviceRecord {
    const device = this.#young.get(record.id) ?? this.#old.get(record.id)
    if (device === undefined) return record
    return { ...record, lastSeenTs: Math.max(record.lastSeenTs, device.lastSeenTs) }
  }

  /** A record that is written as it was given counts more than what was learnt from readings. */
  given({ id, createdTs }: DeviceRecord): void {
    const device = this.#young.get(id) ?? this.#old.get(id)
    if (device !== undefined) device.createdTs = createdTs
  }

  /** Rows of these keys were deleted: their newest time has to be looked up again. */
  forgetNewest(deviceId: string, keys: readonly string[]): void {
    const device = this.#young.get(deviceId) ?? this.#old.get(deviceId)
    for (const key of keys) {
      const series = device?.series.get(key)
      if (series?.isListed === true) series.newestTs = undefined
    }
  }
}
