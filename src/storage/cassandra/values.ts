// Values as Cassandra keeps them: a kind, and one column for its type. Numbers are written as bytes here, since
// the driver's own encoding of a 64-bit integer costs several times as much.
import { assert } from '../../lib/assert.ts'
import { JsonText, type Value } from '../../model/reading.ts'
import { kinds } from './schema.ts'

const trueBytes = Buffer.from([1])
const falseBytes = Buffer.from([0])

export function kindOf(value: Value): number {
  if (typeof value === 'number') return kinds.double
  if (typeof value === 'bigint') return kinds.integer
  if (typeof value === 'boolean') return kinds.boolean
  return typeof value === 'string' ? kinds.text : kinds.json
}

/** A value as the bytes of its column. */
export function valueBytes(value: Value): Buffer {
  if (typeof value === 'number') {
    const bytes = Buffer.allocUnsafe(8)
    bytes.writeDoubleBE(value)
    return bytes
  }
  if (typeof value === 'bigint') {
    const bytes = Buffer.allocUnsafe(8)
    bytes.writeBigInt64BE(value)
    return bytes
  }
  if (typeof value === 'boolean') return value ? trueBytes : falseBytes
  return Buffer.from(typeof value === 'string' ? value : value.text)
}

/** An integer (microseconds, a width) as the bytes of a bigint. */
export function integerBytes(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(8)
  const high = Math.floor(value / 4_294_967_296)
  bytes.writeInt32BE(high)
  bytes.writeUInt32BE(value - high * 4_294_967_296, 4)
  return bytes
}

/** What the driver gives for a bigint column. */
export interface DriverLong {
  high: number
  low: number
  toString(): string
}

export function numberOf({ high, low }: DriverLong): number {
  return high * 4_294_967_296 + (low >>> 0)
}

/** The value columns of a row, as the driver gives them. */
export interface ValueRow {
  kind: number
  num?: number | null
  int?: DriverLong | null
  flag?: boolean | null
  str?: string | null
}

export function valueOf(row: ValueRow): Value {
  switch (row.kind) {
    case kinds.double:
      return row.num!
    case kinds.integer:
      return BigInt(row.int!.toString())
    case kinds.boolean:
      return row.flag!
    case kinds.text:
      return row.str!
    default:
      assert(row.kind === kinds.json, 'the schema knows this kind of value')
      return new JsonText(row.str!)
  }
}

/** The routing key of a partition key: what decides which nodes hold it. */
export function routingKey(parts: readonly Buffer[]): Buffer {
  if (parts.length === 1) return parts[0]!
  const pieces: Buffer[] = []
  for (const part of parts) {
    pieces.push(Buffer.from([part.length >> 8, part.length & 0xff]), part, falseBytes)
  }
  return Buffer.concat(pieces)
}
