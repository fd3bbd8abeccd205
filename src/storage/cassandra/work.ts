// Everything that one batch writes to Cassandra, ready to be sent and to be sent again.
import { randomBytes } from 'node:crypto'
import type { Clock } from '../../lib/clock.ts'
import { isNoNews } from '../../model/registry.ts'
import {
  addDevices,
  addWrite,
  assemble,
  lateMarks,
  smallintBytes,
  stored,
  type Assembly,
} from './assembly.ts'
import { rejectedBucket } from './catalogue.ts'
import type { Cluster, Statement } from './cluster.ts'
import type { Device, Directory, Place } from './directory.ts'
import type { SharedBatch } from './journal.ts'
import type { CassandraOptions } from './options.ts'
import { countRows } from './rates.ts'
import { statements } from './statements.ts'
import { integerBytes } from './values.ts'
import type { Sealer } from './sealer.ts'
import { plan, type WriteJob, type Writer } from './writer.ts'

export interface SharedWork {
  assembly: Assembly
  places: Place[]
  closedTs: number
  /** Devices whose rows the job writes. */
  devices: Device[]
  job: WriteJob
}

const registrySpace = Buffer.from('registry')
const changesSpace = Buffer.from('changes')
const markBytes = 8

/** Works out the writes of a batch; reads what it must know for that.
 *  @throws CLUSTER_* */
export async function prepareWork(
  cluster: Cluster,
  directory: Directory,
  batch: SharedBatch,
  isCounted: boolean,
  nowUs: number,
): Promise<SharedWork> {
  const { closedTs, writeTs } = batch
  const places = await directory.resolve(batch.runs, closedTs)
  const assembly = await assemble(cluster, batch.runs, places, isCounted, nowUs)
  const devices = addDevices(assembly, places, closedTs, batch.devices)
  for (const record of batch.devices) directory.given(record)
  addRejected(assembly, batch)
  const isNews = addRegistry(assembly, batch)
  const requests = plan(assembly.partitions.values(), (routingKey) => cluster.replicaOf(routingKey))
  const marks = isNews ? [{ routingKey: changesSpace, statements: [changeMark(cluster.hub)] }] : []
  const job = { writeTs, requests, conditions: assembly.conditions, marks }
  return { assembly, places, closedTs, devices, job }
}

/** Writes the job, and then what must be said of rows that took long: blocks may have been made meanwhile, and
 *  nothing is acknowledged that a reader would not see (I8).
 *  @throws CLUSTER_*, STORE_CLOSED: what was confirmed is not written again. */
export async function runWork(
  work: SharedWork,
  cluster: Cluster,
  writer: Writer,
  clock: Clock,
): Promise<void> {
  for (;;) {
    await writer.run(work.job)
    const marks = lateMarks(work.assembly, clock.nowUs())
    if (marks.size === 0) return
    work.job.requests.push(...plan(marks.values(), (routingKey) => cluster.replicaOf(routingKey)))
  }
}

function addRejected(assembly: Assembly, { rejected, resolvedRejected }: SharedBatch): void {
  for (const message of rejected) {
    const bucket = Buffer.from(rejectedBucket(message.id))
    addWrite(assembly, [bucket], statements.insertRejected, [
      bucket,
      message.id,
      message.integration,
      message.device,
      message.clientId,
      message.topic,
      Buffer.from(message.payload),
      Buffer.from([message.qos]),
      integerBytes(message.receivedTs),
      integerBytes(message.decidedTs),
      message.code,
      message.reason,
    ])
    addWrite(assembly, [smallintBytes(0)], statements.insertRejectedBucket, [bucket])
  }
  for (const id of resolvedRejected) {
    const bucket = Buffer.from(rejectedBucket(id))
    addWrite(assembly, [bucket], statements.deleteRejected, [bucket, id])
  }
}

/** @returns whether other hubs have to look. */
function addRegistry(assembly: Assembly, { registry }: SharedBatch): boolean {
  // Of several writes of a key in one batch the last counts; in Cassandra they would have one timestamp.
  for (const write of new Map(registry.map((one) => [one.key, one])).values()) {
    if (write.type === 'put') {
      addWrite(assembly, [registrySpace], statements.putRegistry, [write.key, Buffer.from(write.value)])
    } else {
      addWrite(assembly, [registrySpace], statements.deleteRegistry, [write.key])
    }
  }
  // Figures change all the time; whoever wants them asks for them.
  return !registry.every(({ key }) => isNoNews(key))
}

/** What other hubs look at. Each hub has a mark of its own: of two that change something at the same time, none takes
 *  the other's away. */
function changeMark(hub: string): Statement {
  return { query: statements.touchRegistry, params: [hub, randomBytes(markBytes)] }
}

/** The job is done: what it listed is known to be there. */
export function workStored(work: SharedWork, options: CassandraOptions, sealer: Sealer): void {
  stored(work.assembly)
  const nowUs = options.clock.nowUs()
  for (const { place, rowsOfBucket, guards } of work.assembly.works) {
    const { device, series } = place
    countRows(series, rowsOfBucket, nowUs, options.clockAheadMaxMs * 1000)
    const guard = Math.min(...guards.values())
    // What is planned already and not over comes first.
    if (series.sealDueUs > nowUs && series.sealDueUs <= guard) continue
    series.sealDueUs = sealer.written(device.id, series.key, guard)
  }
  for (const { device } of work.places) device.lastSeenTs = Math.max(device.lastSeenTs, work.closedTs)
  for (const device of work.devices) device.storedSeenTs = work.closedTs
}
