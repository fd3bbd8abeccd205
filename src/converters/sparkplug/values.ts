// What the numbers and bytes of a Sparkplug metric mean, by its datatype: signed integers travel as their two's
// complement in unsigned fields, arrays as packed bytes, tables and templates as messages of their own.
import { JsonText, type Value } from '../../model/reading.ts'
import { quoted, reject } from '../rejections.ts'
import type { DataSet, Metric, Raw, Template } from './payload.ts'

/** Section 6.4.16 of the specification, as far as values go. */
export const dataType = {
  int8: 1,
  int16: 2,
  int32: 3,
  int64: 4,
  uint8: 5,
  uint16: 6,
  uint32: 7,
  uint64: 8,
  float: 9,
  double: 10,
  boolean: 11,
  dateTime: 13,
} as const

const signedBits: ReadonlyMap<number, number> = new Map([
  [dataType.int8, 8],
  [dataType.int16, 16],
  [dataType.int32, 32],
  [dataType.int64, 64],
])

interface Elements {
  bytes: number
  read: (view: Buffer, at: number) => number | bigint
}

/** Arrays of numbers, packed least significant byte first. */
const arrays: ReadonlyMap<number, Elements> = new Map([
  [22, { bytes: 1, read: (view, at) => view.readInt8(at) }],
  [23, { bytes: 2, read: (view, at) => view.readInt16LE(at) }],
  [24, { bytes: 4, read: (view, at) => view.readInt32LE(at) }],
  [25, { bytes: 8, read: (view, at) => view.readBigInt64LE(at) }],
  [26, { bytes: 1, read: (view, at) => view.readUInt8(at) }],
  [27, { bytes: 2, read: (view, at) => view.readUInt16LE(at) }],
  [28, { bytes: 4, read: (view, at) => view.readUInt32LE(at) }],
  [29, { bytes: 8, read: (view, at) => view.readBigUInt64LE(at) }],
  [30, { bytes: 4, read: (view, at) => view.readFloatLE(at) }],
  [31, { bytes: 8, read: (view, at) => view.readDoubleLE(at) }],
  [34, { bytes: 8, read: (view, at) => view.readBigInt64LE(at) }],
])
const booleanArray = 32
const stringArray = 33

/** @throws ConversionError when a value is beyond what can be stored. */
export function valueOf(name: string, raw: Raw, type: number): Value | undefined {
  if (raw === undefined) return undefined
  if (typeof raw === 'object') return raw instanceof Uint8Array ? bytesValue(name, raw, type) : jsonOf(raw)
  if (typeof raw === 'number' || typeof raw === 'bigint') return numberValue(name, raw, type)
  return raw
}

function numberValue(name: string, raw: number | bigint, type: number): Value {
  if (type === dataType.boolean) return raw !== 0
  if (type === dataType.float || type === dataType.double) return Number(raw)
  const bits = type === dataType.dateTime ? 64 : signedBits.get(type)
  if (bits === undefined) return exact(name, raw)
  // Most are small and positive, and need no more than themselves.
  return typeof raw === 'number' && raw < 128 ? raw : exact(name, BigInt.asIntN(bits, BigInt(raw)))
}

function exact(name: string, value: number | bigint): number | bigint {
  if (typeof value === 'number') return value
  if (value !== BigInt.asIntN(64, value)) reject('number_range', { number: `${value} of ${quoted(name)}` })
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

function bytesValue(name: string, bytes: Uint8Array, type: number): Value {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const elements = arrays.get(type)
  if (elements !== undefined) {
    if (view.length % elements.bytes !== 0) {
      const expected = `a multiple of ${elements.bytes} bytes`
      reject('path_shape', { path: quoted(name), expected, found: `${view.length} bytes` })
    }
    const values: (number | bigint)[] = []
    for (let at = 0; at < view.length; at += elements.bytes) values.push(elements.read(view, at))
    return new JsonText(`[${values.map((value) => numberText(name, value)).join(',')}]`)
  }
  if (type === booleanArray) return new JsonText(`[${booleansOf(name, view).join(',')}]`)
  if (type === stringArray) return new JsonText(JSON.stringify(stringsOf(view)))
  return view.toString('base64')
}

/** A count of four bytes, then the bits, highest first. */
function booleansOf(name: string, view: Buffer): boolean[] {
  const count = view.length < 4 ? -1 : view.readUInt32LE(0)
  if (count < 0 || Math.ceil(count / 8) > view.length - 4) {
    reject('path_shape', {
      path: quoted(name),
      expected: 'a count and as many bits',
      found: `${view.length} bytes`,
    })
  }
  return Array.from({ length: count }, (_, i) => (view[4 + (i >> 3)] & (0x80 >> (i & 7))) !== 0)
}

/** Each text ends with a zero byte. */
function stringsOf(view: Buffer): string[] {
  const texts = view.toString('utf8').split('\0')
  if (texts.at(-1) === '') texts.pop()
  return texts
}

function jsonOf(value: DataSet | Template): JsonText {
  return new JsonText(value.kind === 'dataset' ? dataSetText(value) : templateText(value))
}

/** {"columns": [name, …], "rows": [[value, …], …]} */
function dataSetText({ columns, types, rows }: DataSet): string {
  const texts = rows.map((row) =>
    row.map((raw, i) => rawText(columns[i] ?? '', raw, types[i] ?? 0)).join(','),
  )
  return `{"columns":${JSON.stringify(columns)},"rows":[${texts.map((text) => `[${text}]`).join(',')}]}`
}

/** {"template": reference, "metrics": {name: value}, "parameters": {name: value}} */
function templateText({ version, reference, isDefinition, metrics, parameters }: Template): string {
  const members = [
    ...(reference === '' ? [] : [`"template":${JSON.stringify(reference)}`]),
    ...(version === '' ? [] : [`"version":${JSON.stringify(version)}`]),
    ...(isDefinition ? ['"isDefinition":true'] : []),
    `"metrics":{${metrics.map((metric) => memberText(metric.name, metric.value, metric)).join(',')}}`,
  ]
  if (parameters.length > 0) {
    const texts = parameters.map(({ name, type, value }) =>
      memberText(name, value, { datatype: type, isNull: false }),
    )
    members.push(`"parameters":{${texts.join(',')}}`)
  }
  return `{${members.join(',')}}`
}

function memberText(
  name: string,
  raw: Raw,
  { datatype, isNull }: Pick<Metric, 'datatype' | 'isNull'>,
): string {
  return `${JSON.stringify(name)}:${isNull ? 'null' : rawText(name, raw, datatype)}`
}

function rawText(name: string, raw: Raw, type: number): string {
  const value = valueOf(name, raw, type)
  if (value === undefined) return 'null'
  if (value instanceof JsonText) return value.text
  if (typeof value === 'number' || typeof value === 'bigint') return numberText(name, value)
  return JSON.stringify(value)
}

function numberText(name: string, value: number | bigint): string {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    reject('not_finite', { what: `A number in ${quoted(name)}` })
  }
  return String(value)
}
