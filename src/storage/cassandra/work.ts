// Everything that one batch writes to Cassandra, ready to be sent and to be sent again.
import { randomUUID } from 'node:crypto'
import { figuresPrefix } from '../../model/registry.ts'
import { addDevices, addWrite, assemble, smallintBytes, stored, type Assembly } from './assembly.ts'
import { rejectedBucket } from './catalogue.ts'
import type { Cluster } from './cluster.ts'
import type { Device, Directory, Place } from './directory.ts'
import type { SharedBatch } from './journal.ts'
import type { CassandraOptions } from './options.ts'
import { countRows } from './rates.ts'
import { statements } from './statements.ts'
import { integerBytes } from './values.ts'
import { plan, type WriteJob } from './writer.ts'

export interface SharedWork {
  assembly: Assembly
  places: Place[]
  closedTs: number
  /** Devices whose rows the job writes. */
  devices: Device[]
  job: WriteJob
}

const registrySpace = Buffer.from('registry')

/** Works out the writes of a batch; reads what it must know for that.
 *  @throws CLUSTER_* */
export async function prepareWork(
  cluster: Cluster,
  directory: Directory,
  batch: SharedBatch,
  isCounted: boolean,
): Promise<SharedWork> {
  const { closedTs, writeTs } = batch
  const places = await directory.resolve(batch.runs, closedTs)
  const assembly = await assemble(cluster, batch.runs, places, isCounted)
  const devices = addDevices(assembly, places, closedTs, batch.devices)
  for (const record of batch.devices) directory.given(record)
  addRejected(assembly, batch)
  addRegistry(assembly, batch)
  const requests = plan(assembly.partitions.values(), (routingKey) => cluster.replicaOf(routingKey))
  const job = { writeTs, requests, conditions: assembly.conditions }
  return { assembly, places, closedTs, devices, job }
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

/** Changes of the registry carry a mark that other hubs look at. */
function addRegistry(assembly: Assembly, { registry }: SharedBatch): void {
  if (registry.length === 0) return
  // Of several writes of a key in one batch the last counts; in Cassandra they would have one timestamp.
  for (const write of new Map(registry.map((one) => [one.key, one])).values()) {
    if (write.type === 'put') {
      addWrite(assembly, [registrySpace], statements.putRegistry, [write.key, Buffer.from(write.value)])
    } else {
      addWrite(assembly, [registrySpace], statements.deleteRegistry, [write.key])
    }
  }
  // Figures change all the time; whoever wants them asks for them.
  if (registry.every(({ key }) => key.startsWith(figuresPrefix))) return
  addWrite(assembly, [registrySpace], statements.touchRegistry, [randomUUID()])
}

/** The job is done: what it listed is known to be there. */
export function workStored(work: SharedWork, options: CassandraOptions): void {
  stored(work.assembly)
  const nowUs = options.clock.nowUs()
  for (const { place, rowsOfBucket } of work.assembly.works) {
    countRows(place.series, rowsOfBucket, nowUs, options.clockAheadMaxMs * 1000)
  }
  for (const { device } of work.places) device.lastSeenTs = Math.max(device.lastSeenTs, work.closedTs)
  for (const device of work.devices) device.storedSeenTs = work.closedTs
}
