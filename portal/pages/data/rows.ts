// Lines of a file as rows to store: a device, a moment, values; or what is wrong with the line. CSV comes long (one
// value a row) or wide (a column for each key), NDJSON with `values` or with `key` and `value`.
import { readCell } from './cells.ts'
import { parseExact } from './exact-json.ts'

export interface Row {
  /** In the file, from 1. */
  line: number
  device: string
  /** Milliseconds since the epoch, to the microsecond. */
  ts: number
  values: Record<string, unknown>
}

export interface BadRow {
  line: number
  /** A full sentence. */
  reason: string
}

export const tsUnits = ['ms', 's', 'us', 'ns'] as const
export type TsUnit = (typeof tsUnits)[number]

/** How the columns of a file are meant. Columns by their names. */
export interface Mapping {
  format: 'csv' | 'ndjson'
  layout: 'long' | 'wide'
  /** Empty: all rows are of `device`. */
  deviceColumn: string
  device: string
  tsColumn: string
  tsUnit: TsUnit
  keyColumn: string
  valueColumn: string
  /** Of a wide file: the columns that are keys. */
  keys: readonly string[]
}

const deviceNames = ['device', 'deviceid', 'device_id', 'devicename', 'node', 'sensor']
const tsNames = ['ts', 'timestamp', 'time', 'date', 'datetime', '_time']
const keyNames = ['key', 'name', 'metric', 'field', '_field']
const valueNames = ['value', '_value']

/** What the names of the columns and the first row suggest. */
export function guess(columns: readonly string[], first: readonly string[]): Mapping {
  const find = (names: readonly string[]) =>
    columns.find((column) => names.includes(column.trim().toLowerCase())) ?? ''
  const [deviceColumn, tsColumn, keyColumn, valueColumn] = [deviceNames, tsNames, keyNames, valueNames].map(
    find,
  )
  const layout = keyColumn !== '' && valueColumn !== '' ? 'long' : 'wide'
  const time = first[columns.indexOf(tsColumn ?? '')] ?? ''
  const keys = columns.filter((column) => column !== deviceColumn && column !== tsColumn)
  return {
    ...{ format: 'csv', layout, device: '', keys },
    ...{ deviceColumn: deviceColumn ?? '', tsColumn: tsColumn ?? '', tsUnit: unitOf(time) },
    ...{ keyColumn: keyColumn ?? '', valueColumn: valueColumn ?? '' },
  }
}

/** The unit that makes of a number a moment of our time. */
export function unitOf(text: string): TsUnit {
  const size = Math.abs(Number(text))
  if (!(size > 0)) return 'ms'
  return size < 1e11 ? 's' : size < 1e14 ? 'ms' : size < 1e17 ? 'us' : 'ns'
}

/** Why a file can't be read with a mapping yet; undefined when it can. */
export function lacking(mapping: Mapping): string | undefined {
  if (mapping.format === 'ndjson') return undefined
  if (mapping.tsColumn === '') return 'Choose the column with the time first.'
  if (mapping.deviceColumn === '' && mapping.device === '') return 'Say first whose readings these are.'
  if (mapping.layout === 'wide')
    return mapping.keys.length === 0 ? 'Choose a column with values first.' : undefined
  return mapping.keyColumn === '' || mapping.valueColumn === ''
    ? 'Choose the columns of key and value first.'
    : undefined
}

export function rowOfCells(
  line: number,
  columns: readonly string[],
  cells: readonly string[],
  mapping: Mapping,
): Row | BadRow {
  const at = (column: string) => cells[columns.indexOf(column)] ?? ''
  const values: Record<string, unknown> = {}
  const names = mapping.layout === 'wide' ? mapping.keys : [at(mapping.keyColumn)]
  for (const name of names) {
    const value = readCell(at(mapping.layout === 'wide' ? name : mapping.valueColumn))
    if (value !== undefined) values[name] = value
  }
  const device = mapping.deviceColumn === '' ? mapping.device : at(mapping.deviceColumn)
  return checked(line, device, at(mapping.tsColumn), values, mapping.tsUnit)
}

export function rowOfJson(line: number, text: string, mapping: Mapping): Row | BadRow {
  let parsed: unknown
  try {
    parsed = parseExact(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return { line, reason: `It is not JSON: ${error.message}.` }
  }
  if (typeof parsed !== 'object' || parsed === null) return { line, reason: 'It is not a JSON object.' }
  const { device, ts, key, value, values } = parsed as Record<string, unknown>
  const given = typeof key === 'string' ? { [key]: value } : values
  if (typeof given !== 'object' || given === null) {
    return { line, reason: 'It has neither "values" nor "key" and "value".' }
  }
  const whose = typeof device === 'string' ? device : mapping.device
  const kept = Object.entries(given).filter(([, each]) => each !== null && each !== undefined)
  return checked(line, whose, textOf(ts), Object.fromEntries(kept), mapping.tsUnit)
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint'
    ? String(value)
    : ''
}

function checked(
  line: number,
  device: string,
  time: string,
  values: Record<string, unknown>,
  unit: TsUnit,
): Row | BadRow {
  if (device === '') return { line, reason: 'It names no device.' }
  const ts = millisecondsOf(time, unit)
  if (ts === undefined)
    return { line, reason: `Its time is ${JSON.stringify(time.slice(0, 40))}, which is no moment.` }
  if (Object.keys(values).length === 0) return { line, reason: 'It has no value.' }
  return { line, device, ts, values }
}

const perMicrosecond = { s: 1_000_000, ms: 1_000, us: 1, ns: 0.001 }

/** Milliseconds of a number in `unit` or of RFC 3339 text, which without a zone is UTC; cut to microseconds. */
export function millisecondsOf(time: string, unit: TsUnit): number | undefined {
  const text = time.trim()
  if (/^-?\d+$/.test(text) && unit === 'ns') return Number(BigInt(text) / 1_000n) / 1_000
  if (/^-?\d+(\.\d+)?([eE]\+?\d+)?$/.test(text)) {
    const us = Math.round(Number(text) * perMicrosecond[unit])
    return Number.isSafeInteger(us) ? us / 1_000 : undefined
  }
  const parts =
    /^(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d(?::\d\d)?)(?:\.(\d+))?)?\s?([Zz]|[+-]\d\d:?\d\d)?$/.exec(text)
  if (parts === null) return undefined
  const [, date, clock = '00:00:00', fraction = '', zone = 'Z'] = parts
  const ms = Date.parse(`${date}T${clock.length === 5 ? `${clock}:00` : clock}${zone.toUpperCase()}`)
  return Number.isNaN(ms) ? undefined : ms + Number(fraction.padEnd(6, '0').slice(0, 6)) / 1_000
}
