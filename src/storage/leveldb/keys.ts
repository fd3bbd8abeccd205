// The key spaces of docs/formats/leveldb.md. Numbers in keys are big-endian: byte order is their order.
import type { StateSpace } from '../store.ts'

export const spaceMeta = 0x00
export const spaceDevice = 0x10
export const spaceName = 0x11
export const spaceJournal = 0x20
export const spaceBlock = 0x21
export const spaceHead = 0x22
export const spaceSummary = 0x23
export const spaceRejected = 0x30

const stateSpaces: Record<StateSpace, number> = {
  session: 0x40,
  inbound: 0x41,
  queue: 0x42,
  retained: 0x43,
  registry: 0x44,
  hub: 0x45,
}

export const formatKey = Buffer.from([spaceMeta, 'f'.charCodeAt(0)])
export const lastCommitKey = Buffer.from([spaceMeta, 'c'.charCodeAt(0)])

/** All keys that start with `prefix`. */
export interface KeyRange {
  gte: Buffer
  lt: Buffer
}

/** The keys that start with `prefix`: a space byte, or one with a UTF-8 text behind it. Neither ends with
 *  255, so the last byte has a successor. */
export function prefixRange(prefix: Buffer): KeyRange {
  const lt = Buffer.from(prefix)
  lt[lt.length - 1]! += 1
  return { gte: prefix, lt }
}

export function spaceRange(space: number): KeyRange {
  return prefixRange(Buffer.from([space]))
}

function textKey(space: number, text: string): Buffer {
  const key = Buffer.allocUnsafe(1 + Buffer.byteLength(text))
  key[0] = space
  key.write(text, 1, 'utf8')
  return key
}

export function deviceKey(device: string): Buffer {
  return textKey(spaceDevice, device)
}

export function rejectedKey(id: string): Buffer {
  return textKey(spaceRejected, id)
}

export function stateKey(space: StateSpace, key: string): Buffer {
  return textKey(stateSpaces[space], key)
}

/** What stands behind the space byte of a device, rejected or state key. */
export function textOf(key: Buffer): string {
  return key.toString('utf8', 1)
}

/** The entries of a device come together, its keys in byte order. */
export function nameKey(device: string, key: string): Buffer {
  const deviceBytes = Buffer.byteLength(device)
  const name = Buffer.allocUnsafe(3 + deviceBytes + Buffer.byteLength(key))
  name[0] = spaceName
  name.writeUInt16BE(deviceBytes, 1)
  name.write(device, 3, 'utf8')
  name.write(key, 3 + deviceBytes, 'utf8')
  return name
}

export function nameRange(device: string): KeyRange {
  return prefixRange(nameKey(device, ''))
}

/** The telemetry key in a name key. */
export function keyOfName(name: Buffer): string {
  return name.toString('utf8', 3 + name.readUInt16BE(1))
}

export function journalKey(seq: number, part: number): Buffer {
  const key = Buffer.allocUnsafe(9)
  key[0] = spaceJournal
  key.writeUIntBE(seq, 1, 6)
  key.writeUInt16BE(part, 7)
  return key
}

export function journalSeq(key: Buffer): number {
  return key.readUIntBE(1, 6)
}

export function journalPart(key: Buffer): number {
  return key.readUInt16BE(7)
}

export function headKey(seriesId: number): Buffer {
  const key = Buffer.allocUnsafe(5)
  key[0] = spaceHead
  key.writeUInt32BE(seriesId, 1)
  return key
}

export function seriesIdOf(key: Buffer): number {
  return key.readUInt32BE(1)
}

/** Two's complement with the sign bit flipped, as two 32-bit halves. */
function writeTs(key: Buffer, ts: number): void {
  const high = Math.floor(ts / 0x1_0000_0000)
  key.writeUInt32BE((high ^ 0x8000_0000) >>> 0, 5)
  key.writeUInt32BE(ts - high * 0x1_0000_0000, 9)
}

export function blockKey(seriesId: number, firstTs: number): Buffer {
  const key = Buffer.allocUnsafe(13)
  key[0] = spaceBlock
  key.writeUInt32BE(seriesId, 1)
  writeTs(key, firstTs)
  return key
}

/** The key of the summary of the block under this key. */
export function summaryKey(block: Buffer): Buffer {
  const key = Buffer.from(block)
  key[0] = spaceSummary
  return key
}

/** The key of the block of the summary under this key. */
export function summarisedKey(summary: Buffer): Buffer {
  const key = Buffer.from(summary)
  key[0] = spaceBlock
  return key
}

/** Of the key of a block or a summary. */
export function blockFirstTs(key: Buffer): number {
  return ((key.readUInt32BE(5) ^ 0x8000_0000) | 0) * 0x1_0000_0000 + key.readUInt32BE(9)
}

/** Below and above every block of a series. */
export const firstTsMin = -(2 ** 62)
export const firstTsMax = 2 ** 62
