// Lines of a file to import as rows: a device, a moment and its values. CSV comes long (device, ts, key,
// value) or wide (a column for each key); NDJSON with `values` or with `key` and `value`.
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { parse } from 'csv-parse'
import { readCell } from './cells.ts'
import { parseExact } from './exact-json.ts'
import { usageFailure } from './exit-code.ts'

export interface Row {
  /** In the file, from 1. */
  line: number
  device: string
  /** Integer microseconds since the epoch. */
  tsUs: number
  values: Record<string, unknown>
}

export interface BadRow {
  line: number
  /** A full sentence. */
  reason: string
}

export type TsUnit = 's' | 'ms' | 'us' | 'ns'

export interface RowOptions {
  format: 'csv' | 'ndjson'
  /** For rows that name none. */
  device: string | undefined
  deviceColumn: string
  tsColumn: string
  tsUnit: TsUnit
}

/** Rows and what is wrong with the others, in the order of the file. Rows without a value are left out. */
export async function* readRows(input: Readable, options: RowOptions): AsyncGenerator<Row | BadRow> {
  const records = options.format === 'csv' ? readCsv(input, options) : readNdjson(input, options)
  for await (const record of records) {
    const row = 'reason' in record ? record : rowOf(record, options)
    if ('reason' in row || Object.keys(row.values).length > 0) yield row
  }
}

/** What a line says, before it is judged. */
interface Entry {
  line: number
  device: unknown
  ts: unknown
  values: unknown
}

function rowOf(record: Entry, options: RowOptions): Row | BadRow {
  const { line } = record
  const device = record.device ?? options.device
  if (typeof device !== 'string' || device === '') {
    return { line, reason: 'It names no device; name one for all rows with --device.' }
  }
  const tsUs = microseconds(record.ts, options.tsUnit)
  if (tsUs === undefined) {
    const given = record.ts === undefined ? 'nothing' : JSON.stringify(String(record.ts).slice(0, 40))
    return {
      line,
      reason: `Its time is ${given}, which is no moment; without one, a second run would double it.`,
    }
  }
  if (typeof record.values !== 'object' || record.values === null || Array.isArray(record.values)) {
    return { line, reason: 'It has no values.' }
  }
  const values = Object.entries(record.values).filter(([, value]) => value !== undefined && value !== null)
  return { line, device, tsUs, values: Object.fromEntries(values) }
}

const perMicrosecond = { s: 1_000_000, ms: 1000, us: 1, ns: 0.001 }

/** Integer microseconds of a number in `unit`, or of RFC 3339 text; text without a zone is UTC. */
export function microseconds(value: unknown, unit: TsUnit): number | undefined {
  const text = typeof value === 'string' ? value.trim() : String(value)
  if (/^-?\d+$/.test(text) && unit === 'ns') return Number(BigInt(text) / 1000n)
  if (/^-?\d+(\.\d+)?([eE]\+?\d+)?$/.test(text)) {
    const us = Math.round(Number(text) * perMicrosecond[unit])
    return Number.isSafeInteger(us) ? us : undefined
  }
  const parts =
    /^(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d(?::\d\d)?)(?:\.(\d+))?)?\s?([Zz]|[+-]\d\d:?\d\d)?$/.exec(text)
  if (parts === null) return undefined
  const [, date, time = '00:00:00', fraction = '', zone = 'Z'] = parts
  const ms = Date.parse(`${date}T${time.length === 5 ? `${time}:00` : time}${zone.toUpperCase()}`)
  return Number.isNaN(ms) ? undefined : ms * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6))
}

async function* readNdjson(input: Readable, options: RowOptions): AsyncGenerator<Entry | BadRow> {
  let line = 0
  for await (const text of createInterface({ input, crlfDelay: Infinity })) {
    line++
    const content = line === 1 ? text.replace(/^\ufeff/, '') : text
    if (content.trim() !== '') yield jsonRecord(line, content, options)
  }
}

function jsonRecord(line: number, text: string, options: RowOptions): Entry | BadRow {
  let value: unknown
  try {
    value = parseExact(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return { line, reason: `It is not JSON: ${error.message}.` }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { line, reason: 'It is not a JSON object.' }
  }
  const fields = value as Record<string, unknown>
  const { key } = fields
  const values = typeof key === 'string' ? { [key]: fields['value'] } : fields['values']
  return { line, device: fields[options.deviceColumn], ts: fields[options.tsColumn], values }
}

interface CsvRecord {
  record: string[]
  info: { lines: number }
}

async function* readCsv(input: Readable, options: RowOptions): AsyncGenerator<Entry | BadRow> {
  const damaged: BadRow[] = []
  const parser = parse({
    bom: true,
    info: true,
    record_delimiter: ['\r\n', '\n'],
    relax_column_count: true,
    // A stray quote spoils its own row, not all that follow.
    relax_quotes: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: 8 * 1024 * 1024,
    on_skip: (error) => {
      const line = Number(error?.['lines'] ?? 0)
      damaged.push({ line, reason: `It is not CSV: ${error?.message ?? 'unreadable'}.` })
      return undefined
    },
  })
  input.on('error', (error) => parser.destroy(error))
  input.pipe(parser)
  let columns: Columns | undefined
  for await (const { record, info } of parser as AsyncIterable<CsvRecord>) {
    yield* damaged.splice(0)
    if (columns === undefined) columns = columnsOf(record, options)
    else yield csvRecord(record, info.lines, columns)
  }
  yield* damaged
  if (columns === undefined)
    throw usageFailure('The file is empty: not even a line with the names of columns.')
}

interface Columns {
  device: number
  ts: number
  /** Of a long file; -1 in a wide one. */
  key: number
  value: number
  /** Of a wide file: name and place of each key. */
  keys: [name: string, at: number][]
  count: number
}

function columnsOf(header: string[], options: RowOptions): Columns {
  const names = header.map((name) => name.trim())
  const device = names.indexOf(options.deviceColumn)
  const ts = names.indexOf(options.tsColumn)
  const isLong = names.includes('key') && names.includes('value')
  const shown = names.map((name) => JSON.stringify(name)).join(', ')
  if (ts === -1) {
    throw usageFailure(
      `The file has no column "${options.tsColumn}" for the time; its columns are ${shown}.`,
      'Name the one that holds the time with --ts-column.',
    )
  }
  if (device === -1 && options.device === undefined) {
    throw usageFailure(
      `The file has no column "${options.deviceColumn}" for the device; its columns are ${shown}.`,
      'Name the one that holds it with --device-column, or one device for all rows with --device.',
    )
  }
  return {
    device,
    ts,
    key: isLong ? names.indexOf('key') : -1,
    value: isLong ? names.indexOf('value') : -1,
    keys: [...names.entries()].filter(([at]) => at !== ts && at !== device).map(([at, name]) => [name, at]),
    count: names.length,
  }
}

function csvRecord(cells: string[], line: number, columns: Columns): Entry | BadRow {
  if (cells.length !== columns.count) {
    return {
      line,
      reason: `It has ${cells.length} cells where the first line names ${columns.count} columns.`,
    }
  }
  const device = columns.device === -1 ? undefined : cells[columns.device]
  const ts = cells[columns.ts]
  if (columns.key !== -1) {
    const values = { [cells[columns.key]!]: readCell(cells[columns.value]!) }
    return { line, device, ts, values }
  }
  const values: Record<string, unknown> = {}
  for (const [name, at] of columns.keys) values[name] = readCell(cells[at]!)
  return { line, device, ts, values }
}
