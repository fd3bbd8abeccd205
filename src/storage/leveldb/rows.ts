// Rows are readings of one series as two columns. This file writes and reads the encoding that journal
// entries and blocks share (docs/formats/leveldb.md, "Rows").
import type { JsonText, Value } from '../../model/reading.ts'
import { JsonText as Json } from '../../model/reading.ts'
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
  const shape = timeShape(times, count)

  // The widest row: a raw or ten-byte time and an eight-byte value; mixed values reserve their own.
  out.reserve(count * 18 + 32)
  const headAt = out.at++
  out.varint(count)
  const isRegular = writeTimes(out, times, count, shape, base)
  out.bytes[headAt] = kind | (shape << 4) | (isRegular ? flagRegular : 0) | (isIgnore ? flagIgnore : 0)

  if (kind >= kindDecimals) writeDecimals(out, valueScratch, count, kind - kindDecimals)
  else if (kind === kindDoubles) for (let i = 0; i < count; i++) out.f64(valueScratch[i]!)
  else if (kind === kindBooleans) writeBooleans(out, values, from, count)
  else for (let i = from; i < to; i++) writeTagged(out, values[i]!)
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
    for (let i = start; i < count && i < start + 8; i++) if (values[from + i] === true) bits |= 1 << (i - start)
    out.u8(bits)
  }
}

function writeTagged(out: ByteWriter, value: Value): void {
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

/** Rows as they were written, and whether they were marked "ignore". */
export interface DecodedRows extends Rows {
  ts: Float64Array
  isIgnore: boolean
}

/** Reads what `writeRows` wrote.
 *  @throws BytesEnded when the bytes are not that. */
export function readRows(input: ByteReader, base: number): DecodedRows {
  const head = input.u8()
  const kind = head & 15
  const count = input.varint()
  // A row takes at least one bit of one byte; more rows than that is damage, not a reason to allocate.
  if (count === 0 || count > 8 * input.bytes.length + 8 * regularRowsMax) throw new BytesEnded(`${count} rows`)
  const ts = readTimes(input, count, (head >> 4) & 3, (head & flagRegular) !== 0, base)
  const values = readValues(input, kind, count)
  return { ts, values, count, isIgnore: (head & flagIgnore) !== 0 }
}

/** Regular times of booleans take an eighth of a byte a row; a run is never longer than a batch. */
const regularRowsMax = 1 << 20

function readValues(input: ByteReader, kind: number, count: number): Float64Array | Value[] {
  if (kind >= kindDecimals) return readDecimals(input, count, kind - kindDecimals)
  if (kind === kindDoubles) {
    const doubles = new Float64Array(count)
    const at = input.take(count * 8)
    const view = new DataView(input.bytes.buffer, input.bytes.byteOffset + at, count * 8)
    for (let i = 0; i < count; i++) doubles[i] = view.getFloat64(i * 8, true)
    return doubles
  }
  const values: Value[] = []
  if (kind === kindBooleans) {
    const at = input.take((count + 7) >> 3)
    for (let i = 0; i < count; i++) values.push((input.bytes[at + (i >> 3)]! & (1 << (i & 7))) !== 0)
    return values
  }
  if (kind !== kindMixed) throw new BytesEnded(`kind ${kind}`)
  for (let i = 0; i < count; i++) values.push(readTagged(input))
  return values
}

function readTagged(input: ByteReader): Value {
  const tag = input.u8()
  if (tag === tagDouble) return input.f64()
  if (tag === tagFalse) return false
  if (tag === tagTrue) return true
  if (tag === tagInteger) return input.i64()
  if (tag === tagString) return input.text()
  if (tag === tagJson) return jsonText(input.text())
  throw new BytesEnded(`tag ${tag}`)
}

function jsonText(text: string): JsonText {
  return new Json(text)
}
