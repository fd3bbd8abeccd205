// Turns the runs of a batch into writes: rows by partition, each row once, with what the directories need so
// that the rows can be found; and counts how the rows meet what is there.
import { isSameValue, type Value } from '../../model/reading.ts'
import type { DeviceRecord, RunTally, SeriesRun } from '../store.ts'
import type { Cluster } from './cluster.ts'
import { FirstRows, type FirstRow } from './first-rows.ts'
import { guardOf, markFor, markParams } from './guard.ts'
import { shardOf, type Device, type Place, type Series } from './directory.ts'
import { newestOf, valuesAt } from './lookup.ts'
import { statements } from './statements.ts'
import { integerBytes, kindOf, routingKey, valueBytes } from './values.ts'
import { forEachBounded, type Partition } from './writer.ts'

/** Questions about existing rows that one batch may ask; rows beyond are counted as new. */
const lookupsMax = 2_000
const lookupsAtOnce = 32
/** Times in one question. */
const timesPerLookup = 100
/** `lastSeenTs` in Cassandra is at most this much behind. */
const seenIntervalUs = 60_000_000
/** What a statement weighs besides its texts. */
const rowOverheadBytes = 32

/** A series of a batch with its runs. */
interface Work {
  place: Place
  /** Indices of its runs. */
  runs: number[]
  /** Values that are stored at times of this batch. */
  existing: Map<number, Value>
  /** Whether rows only go forward: then nothing has to be looked up or put in order. */
  isForward: boolean
  deviceBytes: Buffer
  keyBytes: Buffer
  rowsOfBucket: Map<number, number>
  /** Until when the rows of each of its buckets may be confirmed, as what is written says. */
  guards: Map<number, number>
  newestTs: number
}

export interface Assembly {
  tallies: RunTally[]
  partitions: Map<string, Partition>
  conditions: FirstRows[]
  works: Work[]
}

/** @param isCounted false when a journal is written again: who asks for counts has gone.
 *  @throws CLUSTER_* */
export async function assemble(
  cluster: Cluster,
  runs: readonly SeriesRun[],
  places: readonly Place[],
  isCounted: boolean,
  nowUs: number,
): Promise<Assembly> {
  const works = gather(runs, places)
  if (isCounted) await lookUp(cluster, works, runs)
  const assembly: Assembly = {
    tallies: runs.map(() => ({ fresh: 0, sameValue: 0, overwritten: 0, ignored: 0, late: 0 })),
    partitions: new Map(),
    conditions: [],
    works,
  }
  for (const work of works) {
    if (work.isForward) addForward(assembly, work, runs)
    else addInOrder(assembly, work, runs)
    addListings(assembly, work, nowUs)
  }
  return assembly
}

function gather(runs: readonly SeriesRun[], places: readonly Place[]): Work[] {
  const works = new Map<Series, Work>()
  for (const [i, place] of places.entries()) {
    const { series, device } = place
    let work = works.get(series)
    if (work === undefined) {
      const newestTs = series.newestTs ?? -Infinity
      work = {
        place,
        runs: [],
        existing: new Map(),
        isForward: true,
        deviceBytes: Buffer.from(device.id),
        keyBytes: Buffer.from(series.key),
        rowsOfBucket: new Map(),
        guards: new Map(),
        newestTs,
      }
      works.set(series, work)
    }
    work.runs.push(i)
  }
  for (const work of works.values()) work.isForward = isForward(work, runs)
  return [...works.values()]
}

function isForward(work: Work, runs: readonly SeriesRun[]): boolean {
  let newest = work.newestTs
  for (const i of work.runs) {
    const { ts, duplicates } = runs[i]!
    if (duplicates === 'ignore') return false
    for (const one of ts) {
      if (one <= newest) return false
      newest = one
    }
  }
  return true
}

/** Asks for the newest time of series that come up for the first time, then for the rows that may be there. */
async function lookUp(cluster: Cluster, works: readonly Work[], runs: readonly SeriesRun[]): Promise<void> {
  const unknown = works.filter(({ place }) => place.series.newestTs === undefined).slice(0, lookupsMax)
  await forEachBounded(unknown, lookupsAtOnce, async (work) => {
    const { device, series } = work.place
    const newest = await newestOf(cluster, device.id, series.key)
    series.newestTs = newest?.ts ?? -Infinity
    work.newestTs = series.newestTs
    work.isForward = isForward(work, runs)
  })
  const questions: { work: Work; bucket: number; times: number[] }[] = []
  for (const work of works) {
    if (work.isForward) continue
    const byBucket = new Map<number, Set<number>>()
    for (const i of work.runs) {
      for (const ts of runs[i]!.ts) {
        if (ts > work.newestTs) continue
        const { start } = work.place.series.bucketOf(ts)
        const times = byBucket.get(start)
        if (times === undefined) byBucket.set(start, new Set([ts]))
        else times.add(ts)
      }
    }
    for (const [bucket, unique] of byBucket) {
      const times = [...unique]
      for (let from = 0; from < times.length; from += timesPerLookup) {
        questions.push({ work, bucket, times: times.slice(from, from + timesPerLookup) })
      }
    }
  }
  await forEachBounded(questions.slice(0, lookupsMax), lookupsAtOnce, async ({ work, bucket, times }) => {
    const found = await valuesAt(cluster, partitionKey(work, bucket), times.map(integerBytes))
    for (const [ts, value] of found) work.existing.set(ts, value)
  })
}

function partitionKey({ deviceBytes, keyBytes }: Work, bucket: number): Buffer[] {
  return [deviceBytes, keyBytes, integerBytes(bucket)]
}

function addForward(assembly: Assembly, work: Work, runs: readonly SeriesRun[]): void {
  let newest = work.newestTs
  for (const i of work.runs) {
    const { ts, values } = runs[i]!
    assembly.tallies[i]!.fresh += ts.length
    newest = ts[ts.length - 1]!
    addRows(assembly, work, ts, values)
  }
  work.newestTs = newest
}

/** Rows that may meet others, of this batch or stored: each is counted, and each time is written once. */
function addInOrder(assembly: Assembly, work: Work, runs: readonly SeriesRun[]): void {
  const { existing } = work
  const wanted = new Map<number, Value>()
  const firsts = new Map<number, FirstRow>()
  for (const i of work.runs) {
    const { ts, values, duplicates } = runs[i]!
    const tally = assembly.tallies[i]!
    for (let at = 0; at < ts.length; at++) {
      const one = ts[at]!
      const value = values[at]!
      const stored = wanted.get(one) ?? firsts.get(one)?.value ?? existing.get(one)
      const isIgnore = duplicates === 'ignore'
      if (stored === undefined) {
        const isLate = one < work.newestTs
        tally.fresh++
        if (isLate) tally.late++
        if (isIgnore) firsts.set(one, { ts: one, value, tally, isLate })
        if (one > work.newestTs) work.newestTs = one
      } else if (isSameValue(stored, value)) {
        tally.sameValue++
      } else if (isIgnore) {
        tally.ignored++
      } else {
        tally.overwritten++
      }
      if (!isIgnore) {
        // An overwrite needs no condition: it stays whatever was there.
        firsts.delete(one)
        wanted.set(one, value)
      }
    }
  }
  addRows(assembly, work, [...wanted.keys()], [...wanted.values()])
  addFirstRows(assembly, work, firsts.values())
}

/** Rows whose first value stays, by partition. */
function addFirstRows(assembly: Assembly, work: Work, firsts: Iterable<FirstRow>): void {
  const byBucket = new Map<number, FirstRows>()
  for (const row of firsts) {
    const { start } = work.place.series.bucketOf(row.ts)
    countRow(work, start)
    let rows = byBucket.get(start)
    if (rows === undefined) byBucket.set(start, (rows = new FirstRows(partitionKey(work, start))))
    rows.add(row)
  }
  assembly.conditions.push(...byBucket.values())
}

function addRows(assembly: Assembly, work: Work, ts: readonly number[], values: readonly Value[]): void {
  const { series } = work.place
  let bucket = { start: 0, end: -Infinity }
  let partition: Partition | undefined
  let key: Buffer[] = []
  for (let i = 0; i < ts.length; i++) {
    const one = ts[i]!
    if (partition === undefined || one < bucket.start || one >= bucket.end) {
      bucket = series.bucketOf(one)
      key = partitionKey(work, bucket.start)
      partition = partitionOf(assembly, key)
    }
    const value = values[i]!
    const kind = kindOf(value)
    const bytes = valueBytes(value)
    partition.statements.push({
      query: statements.insert[kind]!,
      params: [...key, integerBytes(one), bytes],
    })
    partition.bytes += work.deviceBytes.length + work.keyBytes.length + bytes.length + rowOverheadBytes
    countRow(work, bucket.start)
  }
}

function countRow({ rowsOfBucket }: Work, bucket: number): void {
  rowsOfBucket.set(bucket, (rowsOfBucket.get(bucket) ?? 0) + 1)
}

function partitionOf({ partitions }: Assembly, key: readonly Buffer[]): Partition {
  const routing = routingKey(key)
  const name = `readings ${routing.toString('latin1')}`
  let partition = partitions.get(name)
  if (partition === undefined) {
    partition = { routingKey: routing, statements: [], bytes: 0 }
    partitions.set(name, partition)
  }
  return partition
}

/** The entries by which a series and its buckets are found. */
function addListings(assembly: Assembly, work: Work, nowUs: number): void {
  const { series } = work.place
  const { deviceBytes, keyBytes } = work
  if (!series.isListed) {
    addWrite(assembly, [deviceBytes, smallintBytes(0)], statements.insertSeries, [deviceBytes, keyBytes])
  }
  for (const bucket of work.rowsOfBucket.keys()) {
    const { start, end } = series.bucketOf(bucket)
    const known = series.guards.get(start)
    const guard = known ?? guardOf(end, undefined)
    const mark = markFor(guard, nowUs)
    work.guards.set(start, mark ?? guard)
    if (mark !== undefined) {
      addMark(assembly, work, start, mark)
    } else if (known === undefined) {
      const params = [deviceBytes, keyBytes, integerBytes(start), integerBytes(end - start)]
      addWrite(assembly, [deviceBytes, keyBytes], statements.insertBucket, params)
    }
  }
  for (const { from, width } of series.epochs) {
    if (!series.newWidths.has(from)) continue
    const params = [integerBytes(from), integerBytes(width), deviceBytes, keyBytes]
    addWrite(assembly, [deviceBytes, smallintBytes(0)], statements.addWidth, params)
  }
}

function addMark(
  assembly: Pick<Assembly, 'partitions'>,
  { place, deviceBytes, keyBytes }: Work,
  start: number,
  mark: number,
): void {
  const params = markParams(deviceBytes, keyBytes, place.series.bucketOf(start), mark)
  addWrite(assembly, [deviceBytes, keyBytes], statements.markBucket, params)
}

/** Marks for rows that were confirmed so late that a block may have been made without them; none as a rule. */
export function lateMarks({ works }: Assembly, nowUs: number): Map<string, Partition> {
  const marks: Pick<Assembly, 'partitions'> = { partitions: new Map() }
  for (const work of works) {
    for (const [start, guard] of work.guards) {
      if (nowUs <= guard) continue
      const mark = markFor(guard, nowUs)!
      addMark(marks, work, start, mark)
      work.guards.set(start, mark)
    }
  }
  return marks.partitions
}

/** Device rows that have to be written with a batch that closed at `closedTs`. */
export function addDevices(
  assembly: Pick<Assembly, 'partitions'>,
  places: readonly Place[],
  closedTs: number,
  given: readonly DeviceRecord[],
): Device[] {
  const due = new Set<Device>()
  const records = new Map<string, DeviceRecord>()
  for (const { device } of places) {
    if (closedTs - device.storedSeenTs < seenIntervalUs) continue
    due.add(device)
    records.set(device.id, { id: device.id, createdTs: device.createdTs, lastSeenTs: closedTs })
  }
  // One write of each: two of a batch would have one timestamp.
  for (const record of given) records.set(record.id.toWellFormed(), record)
  for (const [id, { createdTs, lastSeenTs }] of records) {
    const shard = smallintBytes(shardOf(id))
    const params = [shard, id, integerBytes(createdTs), integerBytes(lastSeenTs)]
    addWrite(assembly, [shard], statements.insertDevice, params)
  }
  return [...due]
}

/** Adds a single small write. */
export function addWrite(
  { partitions }: Pick<Assembly, 'partitions'>,
  key: readonly Buffer[],
  query: string,
  params: unknown[],
): void {
  const routing = routingKey(key)
  const name = `${query} ${routing.toString('latin1')}`
  const bytes = params.reduce<number>((sum, one) => sum + (Buffer.isBuffer(one) ? one.length : 64), 16)
  const partition = partitions.get(name)
  if (partition === undefined) {
    partitions.set(name, { routingKey: routing, statements: [{ query, params }], bytes })
  } else {
    partition.statements.push({ query, params })
    partition.bytes += bytes
  }
}

export function smallintBytes(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff])
}

/** The assembly is stored: what it listed is known to be listed. */
export function stored(assembly: Assembly): void {
  for (const { place, guards, newestTs } of assembly.works) {
    const { series } = place
    series.isListed = true
    series.newWidths.clear()
    if (series.newestTs !== undefined) series.newestTs = newestTs
    for (const [bucket, guard] of guards) series.listed(bucket, guard)
  }
}
