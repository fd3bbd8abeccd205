// From what decodeUplink returned to readings in columns. The result comes from a script and is believed in nothing:
// shape, depth, names and numbers are looked at before the hub sees them.
import { refusedKeys } from '../converters/json-reader.ts'
import { tsFromNumber, tsFromText } from '../converters/reading-time.ts'
import { quoted, reject } from '../converters/rejections.ts'
import { readingsPerMessageMax } from '../converters/readings.ts'
import { integerMark, numberMark } from './prelude.ts'
import type { ScriptReadings } from './protocol.ts'

type Members = Record<string, unknown>

/** Objects inside objects whose names are joined by dots. */
const depthMax = 16
const warningsMax = 20
const warningCharactersMax = 200

/** @throws ConversionError */
export function readingsOf(result: unknown): ScriptReadings {
  if (!isObject(result)) return refuse('an object with data or readings', result)
  const errors = sentences(result['errors'])
  if (errors.length > 0) reject('script_errors', { errors: errors.join('; ').slice(0, 400) })
  const out: ScriptReadings = { devices: [], keys: [], ts: [], values: [], json: [] }
  const { data, readings } = result
  const device = deviceOf(result['device'])
  if (Array.isArray(readings)) for (const each of readings) addReading(out, each, device)
  else if (readings !== undefined) refuse('a list of readings', readings)
  if (Array.isArray(data)) addEach(out, data, device)
  else if (data !== undefined && data !== null) addData(out, data, device)
  else if (readings === undefined) refuse('an object with data or readings', result)
  return out
}

export function warningsOf(result: unknown): string[] {
  return isObject(result) ? sentences(result['warnings']) : []
}

function sentences(list: unknown): string[] {
  if (!Array.isArray(list)) return list === undefined || list === null ? [] : [wordsOf(list)]
  return list.slice(0, warningsMax).map(wordsOf)
}

function wordsOf(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined')
  return text.slice(0, warningCharactersMax)
}

/** One reading: {key, value, ts?, device?}. */
function addReading(out: ScriptReadings, reading: unknown, device: string | null): void {
  if (!isObject(reading)) return refuse('a reading with key and value', reading)
  const { key, value, ts } = reading
  if (typeof key !== 'string') return refuse('a key that is text', key)
  const own = reading['device'] === undefined ? device : deviceOf(reading['device'])
  addValue(out, own, key, ts === undefined ? Number.NaN : tsOf(ts), value, 0)
}

/** Measurements in a row. Several of one kind at one time are told apart by a number, as in the-things-stack.ts. */
function addEach(out: ScriptReadings, data: unknown[], device: string | null): void {
  const seen = new Set<string>()
  for (const each of data) {
    const start = out.keys.length
    addData(out, each, device)
    const added = out.keys.slice(start)
    const at = `${out.ts[start] ?? ''} `
    let suffix = ''
    for (let n = 2; added.some((key) => seen.has(`${at}${key}${suffix}`)); n++) suffix = `_${n}`
    for (const [i, key] of added.entries()) {
      out.keys[start + i] = key + suffix
      seen.add(`${at}${key}${suffix}`)
    }
  }
}

/** An object of keys; a time in `ts`, or in `time` where that can be nothing else. */
function addData(out: ScriptReadings, data: unknown, device: string | null): void {
  if (!isObject(data) || integerMark in data || numberMark in data) {
    return refuse('data that is an object of keys', data)
  }
  const { ts, time, ...rest } = data
  const isTime = ts === undefined && typeof time === 'string' && rfc3339.test(time)
  const decided = ts !== undefined ? tsOf(ts) : isTime ? tsOf(time) : Number.NaN
  if (time !== undefined && !isTime) addValue(out, device, 'time', decided, time, 0)
  for (const [key, value] of Object.entries(rest)) addValue(out, device, key, decided, value, 0)
}

const rfc3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/

function tsOf(ts: unknown): number {
  if (typeof ts === 'number') return tsFromNumber(ts, 'auto')
  if (typeof ts === 'string') return tsFromText(ts, 'auto')
  return refuse('a time that is a Date, a number or RFC 3339 text', ts)
}

function deviceOf(device: unknown): string | null {
  if (device === undefined || device === null) return null
  return typeof device === 'string' ? device : refuse('a device that is text', device)
}

function addValue(
  out: ScriptReadings,
  device: string | null,
  key: string,
  ts: number,
  value: unknown,
  depth: number,
): void {
  if (value === null) return
  if (refusedKeys.has(key) || key.includes('\0')) refuse('keys that are allowed', key)
  if (Array.isArray(value)) {
    out.json.push(out.keys.length)
    return add(out, device, key, ts, JSON.stringify(value, plainNumbers))
  }
  if (!isObject(value)) return add(out, device, key, ts, scalarOf(value))
  const integer = value[integerMark]
  if (typeof integer === 'string') return add(out, device, key, ts, integerOf(integer))
  if (numberMark in value) reject('not_finite', { what: `The value of ${quoted(key)}` })
  if (depth >= depthMax) refuse(`objects nested ${depthMax} deep at most`, value)
  for (const [inner, each] of Object.entries(value)) {
    addValue(out, device, `${key}.${inner}`, ts, each, depth + 1)
  }
}

function add(
  out: ScriptReadings,
  device: string | null,
  key: string,
  ts: number,
  value: string | number | bigint | boolean,
): void {
  if (out.keys.length === readingsPerMessageMax) reject('too_many_readings', { most: readingsPerMessageMax })
  out.devices.push(device)
  out.keys.push(key)
  out.ts.push(ts)
  out.values.push(value)
}

function scalarOf(value: unknown): string | number | boolean {
  // No interface can show the sign of zero, and two zeros would count as two different values.
  if (typeof value === 'number') return value + 0
  if (typeof value === 'string' || typeof value === 'boolean') return value
  return refuse('values that are numbers, texts, true or false', value)
}

function integerOf(text: string): number | bigint {
  const exact = BigInt(text)
  if (exact !== BigInt.asIntN(64, exact)) reject('number_range', { number: text.slice(0, 64) })
  const value = Number(exact)
  return Number.isSafeInteger(value) ? value : exact
}

// Part of the language since 2025; the compiler's library does not have it yet.
const { rawJSON: rawJson } = JSON as unknown as { rawJSON: (text: string) => unknown }

/** In JSON that is kept as it is, integers are digits again, and what is not finite is null. */
function plainNumbers(_key: string, value: unknown): unknown {
  if (!isObject(value)) return value
  const integer = value[integerMark]
  if (typeof integer === 'string') return rawJson(String(BigInt(integer)))
  return numberMark in value ? null : value
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function refuse(expected: string, found: unknown): never {
  return reject('script_result', {
    expected,
    found: quoted(JSON.stringify(found)?.slice(0, 100) ?? 'undefined'),
  })
}
