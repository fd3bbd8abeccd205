// The part of a batch that goes to Cassandra, as it stands in the journal of this hub until Cassandra has
// confirmed it (docs/formats/cassandra.md, "The journal").
import type { Batch, DeviceRecord, RejectedMessage, SeriesRun, StateWrite } from '../store.ts'
import { ByteReader, ByteWriter } from '../columns/bytes.ts'
import { decodeRejected, encodeRejected } from '../leveldb/records.ts'
import { readColumns, readHead, writeRows } from '../columns/rows.ts'

/** Keys of journal entries in the space `hub` of the local store; behind it the write timestamp. */
export const journalPrefix = 'cassandra-journal/'

export function journalKey(writeTs: number): string {
  return journalPrefix + String(writeTs).padStart(16, '0')
}

/** What of a batch is shared by all hubs. */
export interface SharedBatch {
  /** Write timestamp of all its rows, microseconds. */
  writeTs: number
  closedTs: number
  runs: SeriesRun[]
  rejected: RejectedMessage[]
  resolvedRejected: string[]
  /** Writes of the space `registry`. */
  registry: StateWrite[]
  /** Records of devices of a store that is moved here. */
  devices: DeviceRecord[]
}

export function sharedPart(batch: Batch, writeTs: number): SharedBatch {
  const { closedTs, runs, rejected, resolvedRejected, state, devices = [] } = batch
  const registry = state.filter(({ space }) => space === 'registry')
  return { writeTs, closedTs, runs, rejected, resolvedRejected, registry, devices }
}

export function isEmpty({ runs, rejected, resolvedRejected, registry, devices }: SharedBatch): boolean {
  return runs.length + rejected.length + resolvedRejected.length + registry.length + devices.length === 0
}

export function encodeShared(batch: SharedBatch): Buffer {
  const out = new ByteWriter(64 * 1024)
  out.f64(batch.writeTs)
  out.f64(batch.closedTs)
  out.varint(batch.runs.length)
  for (const run of batch.runs) {
    out.text(run.device)
    out.text(run.key)
    writeRows(out, run.ts, run.values, 0, run.ts.length, 0, run.duplicates === 'ignore')
  }
  out.varint(batch.rejected.length)
  for (const message of batch.rejected) {
    const bytes = encodeRejected(message)
    out.text(message.id)
    out.varint(bytes.length)
    out.raw(bytes)
  }
  out.varint(batch.resolvedRejected.length)
  for (const id of batch.resolvedRejected) out.text(id)
  out.varint(batch.registry.length)
  for (const write of batch.registry) {
    out.text(write.key)
    out.u8(write.type === 'put' ? 1 : 0)
    if (write.type === 'delete') continue
    out.varint(write.value.length)
    out.raw(write.value)
  }
  out.varint(batch.devices.length)
  for (const { id, createdTs, lastSeenTs } of batch.devices) {
    out.text(id)
    out.f64(createdTs)
    out.f64(lastSeenTs)
  }
  return out.copied()
}

/** @throws BytesEnded when it is damaged. */
export function decodeShared(bytes: Uint8Array): SharedBatch {
  const input = new ByteReader(bytes)
  const writeTs = input.f64()
  const closedTs = input.f64()
  const runs = list(input, () => readRun(input))
  const rejected = list(input, () => decodeRejected(input.text(), Buffer.from(input.raw(input.varint()))))
  const resolvedRejected = list(input, () => input.text())
  const registry = list(input, (): StateWrite => {
    const key = input.text()
    if (input.u8() === 0) return { type: 'delete', space: 'registry', key }
    return { type: 'put', space: 'registry', key, value: Buffer.from(input.raw(input.varint())) }
  })
  const devices = list(input, () => ({
    id: input.text(),
    createdTs: input.f64(),
    lastSeenTs: input.f64(),
  }))
  return { writeTs, closedTs, runs, rejected, resolvedRejected, registry, devices }
}

function list<T>(input: ByteReader, read: () => T): T[] {
  return Array.from({ length: input.varint() }, read)
}

function readRun(input: ByteReader): SeriesRun {
  const device = input.text()
  const key = input.text()
  const head = readHead(input)
  const columns = { ts: new Float64Array(head.count), numbers: new Float64Array(head.count), at: 0 }
  const mixed = readColumns(input, head, 0, columns)
  return {
    device,
    key,
    // Counts are not kept over a crash, and the integration is only for them.
    integration: '',
    duplicates: head.isIgnore ? 'ignore' : 'overwrite',
    ts: [...columns.ts],
    values: mixed ?? [...columns.numbers],
  }
}
