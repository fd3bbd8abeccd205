// The small values of the store: device, series head, last commit, rejected message.
import type { DeviceRecord, RejectedMessage } from '../store.ts'
import { ByteReader, ByteWriter } from '../columns/bytes.ts'

export const formatVersion = 2
/** Without summaries; it is read, and written on in the present format. */
export const formatBeforeSummaries = 1

export function encodeFormat(version: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(version)
  return bytes
}

export interface LastCommit {
  /** The number of the next commit. */
  nextSeq: number
  nextSeriesId: number
}

export function encodeLastCommit({ nextSeq, nextSeriesId }: LastCommit): Buffer {
  const out = new ByteWriter(12)
  out.f64(nextSeq)
  out.u32(nextSeriesId)
  return out.copied()
}

export function decodeLastCommit(bytes: Buffer): LastCommit {
  const input = new ByteReader(bytes)
  return { nextSeq: input.f64(), nextSeriesId: input.u32() }
}

export function encodeDevice(createdTs: number, lastSeenTs: number): Buffer {
  const out = new ByteWriter(16)
  out.f64(createdTs)
  out.f64(lastSeenTs)
  return out.copied()
}

export function decodeDevice(id: string, bytes: Buffer): DeviceRecord {
  const input = new ByteReader(bytes)
  return { id, createdTs: input.f64(), lastSeenTs: input.f64() }
}

export function encodeSeriesId(id: number): Buffer {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeUInt32LE(id)
  return bytes
}

/** How far a series is sealed. */
export interface SeriesHead {
  /** Every row of commits up to this one is in the blocks (or was deleted since). */
  sealedSeq: number
  /** The newest time in the blocks; −∞ when there are none. */
  sealedMaxTs: number
  /** How many blocks at the end are small, and how many rows they hold together. */
  smallBlocks: number
  smallRows: number
  /** Every block that begins at this time or later has its summary; ∞ when none need have one. */
  summarisedFrom: number
}

export const emptyHead: Readonly<SeriesHead> = {
  sealedSeq: 0,
  sealedMaxTs: -Infinity,
  smallBlocks: 0,
  smallRows: 0,
  summarisedFrom: -Infinity,
}

const headBytes = 28

export function encodeHead(head: SeriesHead): Buffer {
  const bytes = Buffer.allocUnsafe(headBytes)
  bytes.writeDoubleLE(head.sealedSeq, 0)
  bytes.writeDoubleLE(head.sealedMaxTs, 8)
  bytes.writeUInt16LE(head.smallBlocks, 16)
  bytes.writeUInt16LE(head.smallRows, 18)
  bytes.writeDoubleLE(head.summarisedFrom, 20)
  return bytes
}

export function decodeHead(bytes: Buffer): SeriesHead {
  const sealedMaxTs = bytes.readDoubleLE(8)
  return {
    sealedSeq: bytes.readDoubleLE(0),
    sealedMaxTs,
    smallBlocks: bytes.readUInt16LE(16),
    smallRows: bytes.readUInt16LE(18),
    summarisedFrom: bytes.length < headBytes ? fromBefore(sealedMaxTs) : bytes.readDoubleLE(20),
  }
}

/** A head of the format before summaries: the blocks it speaks of have none. */
function fromBefore(sealedMaxTs: number): number {
  return sealedMaxTs === -Infinity ? -Infinity : Infinity
}

export function encodeRejected(message: RejectedMessage): Buffer {
  const { id: _id, payload, ...fields } = message
  const out = new ByteWriter(512 + payload.length)
  out.text(JSON.stringify(fields))
  out.raw(payload)
  return out.copied()
}

export function decodeRejected(id: string, bytes: Buffer): RejectedMessage {
  const input = new ByteReader(bytes)
  const fields = JSON.parse(input.text()) as Omit<RejectedMessage, 'id' | 'payload'>
  return { id, ...fields, payload: Buffer.from(input.raw(input.end - input.at)) }
}
