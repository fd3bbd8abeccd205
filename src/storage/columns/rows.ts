// Rows are readings of one series as two columns. This file writes and reads the encoding that the journals and
// the blocks of both engines share (docs/formats/leveldb.md, "Rows").
import { JsonText, type Value } from '../../model/reading.ts'
import { BytesEnded, type ByteReader, type ByteWriter } from './bytes.ts'
import { decimalScale, readDecimals, writeDecimals } from './decimals.ts'
import { readTimes, timeShape, writeTimes } from './times.ts'

/** Readings of one series. Sorted by ts, each ts once, wherever a block or a tail is meant. */
export interface Rows {
  /** Integer microseconds. */
  ts: Float64Array | number[]
  /** A Float64Array when every value is a double. */
  values: Float64Array | Value[]
  count: number
}

const kindMixed = 0
const kindDoubles = 1
const kindBooleans = 2
const kindDecimals = 4
const flagRegular = 0x40
const flagIgnore = 0x80

const tagDouble = 0
const tagFalse = 1
const tagTrue = 2
const tagInteger = 3
const tagString = 4
const tagJson = 5

/** Columns copied into typed arrays, so that the loops over them see one kind of array. */
let tsScratch = new Float64Array(4096)
let valueScratch = new Float64Array(4096)

/** Appends rows [from, to) of two columns. `base`: see the format page; 0 in a block. */
export function writeRows(
  out: ByteWriter,
  ts: ArrayLike<number>,
  values: ArrayLike<Value>,
  from: number,
  to: number,
  base: number,
  isIgnore: boolean,
): void {
  const count = to - from
  if (count > tsScratch.length) growScratch(count)
  const times = tsScratch
  for (let i = 0; i < count; i++) times[i] = ts[from + i]!
  const kind = kindOf(values, from, count)
  const shape = timeShape(times, count, base)

  // The widest row: a raw or ten-byte time and an eight-byte value; mixed values reserve their own.
  out.reserve(count * 18 + 32)
  const headAt = out.at++
  out.varint(count)
  const isRegular = writeTimes(out, times, count, shape, base)
  out.bytes[headAt] = kind | (shape << 4) | (isRegular ? flagRegular : 0) | (isIgnore ? flagIgnore : 0)

  if (kind >= kindDecimals) writeDecimals(out, valueScratch, count, kind - kindDecimals)
  else if (kind === kindDoubles) for (let i = 0; i < count; i++) out.f64(valueScratch[i]!)
  else if (kind === kindBooleans) writeBooleans(out, values, from, count)
  else for (let i = from; i < to; i++) writeValue(out, values[i]!)
}

/** Decides how values are written; leaves all-double columns in the scratch array. */
function kindOf(values: ArrayLike<Value>, from: number, count: number): number {
  const doubles = valueScratch
  const first = values[from]
  if (typeof first === 'number') {
    for (let i = 0; i < count; i++) {
      const value = values[from + i]
      if (typeof value !== 'number') return kindMixed
      doubles[i] = value
    }
    const scale = decimalScale(doubles, count)
    return scale < 0 ? kindDoubles : kindDecimals + scale
  }
  if (typeof first !== 'boolean') return kindMixed
  for (let i = 1; i < count; i++) if (typeof values[from + i] !== 'boolean') return kindMixed
  return kindBooleans
}

function growScratch(count: number): void {
  tsScratch = new Float64Array(count * 2)
  valueScratch = new Float64Array(count * 2)
}

function writeBooleans(out: ByteWriter, values: ArrayLike<Value>, from: number, count: number): void {
  for (let start = 0; start < count; start += 8) {
    let bits = 0
    for (let i = start; i < count && i < start + 8; i++)
      if (values[from + i] === true) bits |= 1 << (i - start)
    out.u8(bits)
  }
}

/** Appends one value of any type, as in mixed rows. */
export function writeValue(out: ByteWriter, value: Value): void {
  if (typeof value === 'number') {
    out.u8(tagDouble)
    out.f64(value)
  } else if (typeof value === 'boolean') {
    out.u8(value ? tagTrue : tagFalse)
  } else if (typeof value === 'bigint') {
    out.u8(tagInteger)
    out.i64(value)
  } else if (typeof value === 'string') {
    out.u8(tagString)
    out.text(value)
  } else {
    out.u8(tagJson)
    out.text(value.text)
  }
}

/** Columns that rows are read into. Times stand in `ts`, doubles in `numbers`, both from `at` on. */
export interface Columns {
  ts: Float64Array
  numbers: Float64Array
  at: number
}

/** What `readHead` finds: the rest of the rows is read with it. */
export interface RowsHead {
  count: number
  isIgnore: boolean
  kind: number
  shape: number
  isRegular: boolean
}

/** @throws BytesEnded when the bytes are no rows. */
export function readHead(input: ByteReader): RowsHead {
  const head = input.u8()
  const count = input.varint()
  // Regular times of booleans take an eighth of a byte a row; more rows than a batch has are damage.
  if (count === 0 || count > 8 * input.bytes.length + rowsMax) throw new BytesEnded(`${count} rows`)
  return {
    count,
    kind: head & 15,
    shape: (head >> 4) & 3,
    isRegular: (head & flagRegular) !== 0,
    isIgnore: (head & flagIgnore) !== 0,
  }
}

const rowsMax = 1 << 20

/** Reads the rows behind a head into columns that have room for them; the values as an array when they are
 *  not all doubles.
 *  @throws BytesEnded when the bytes are no rows. */
export function readColumns(
  input: ByteReader,
  head: RowsHead,
  base: number,
  columns: Columns,
): Value[] | undefined {
  const { count, kind } = head
  readTimes(input, columns.ts, columns.at, count, head.shape, head.isRegular, base)
  if (kind >= kindDecimals) readDecimals(input, columns.numbers, columns.at, count, kind - kindDecimals)
  else if (kind === kindDoubles) readDoubles(input, columns.numbers, columns.at, count)
  else if (kind === kindBooleans) return readBooleans(input, count)
  else if (kind === kindMixed) return readMixed(input, count)
  else throw new BytesEnded(`kind ${kind}`)
  return undefined
}

/** Reads what `writeRows` wrote with base 0.
 *  @throws BytesEnded when the bytes are no rows. */
export function readRows(input: ByteReader): Rows {
  const head = readHead(input)
  const columns = { ts: new Float64Array(head.count), numbers: new Float64Array(head.count), at: 0 }
  const mixed = readColumns(input, head, 0, columns)
  return { ts: columns.ts, values: mixed ?? columns.numbers, count: head.count }
}

function readDoubles(input: ByteReader, numbers: Float64Array, at: number, count: number): void {
  const from = input.take(count * 8)
  const view = new DataView(input.bytes.buffer, input.bytes.byteOffset + from, count * 8)
  for (let i = 0; i < count; i++) numbers[at + i] = view.getFloat64(i * 8, true)
}

function readBooleans(input: ByteReader, count: number): Value[] {
  const from = input.take((count + 7) >> 3)
  const values: Value[] = []
  for (let i = 0; i < count; i++) values.push((input.bytes[from + (i >> 3)]! & (1 << (i & 7))) !== 0)
  return values
}

function readMixed(input: ByteReader, count: number): Value[] {
  const values: Value[] = []
  for (let i = 0; i < count; i++) values.push(readValue(input))
  return values
}

/** Reads what `writeValue` wrote.
 *  @throws BytesEnded when the bytes are no value. */
export function readValue(input: ByteReader): Value {
  const tag = input.u8()
  if (tag === tagDouble) return input.f64()
  if (tag === tagFalse) return false
  if (tag === tagTrue) return true
  if (tag === tagInteger) return input.i64()
  if (tag === tagString) return input.text()
  if (tag === tagJson) return new JsonText(input.text())
  throw new BytesEnded(`tag ${tag}`)
}
