// Reads what is stored of many devices and writes it as one file, in the form that import reads: CSV with the columns
// device, ts, key, value, or NDJSON with the same members.
import { request, addressOf, call } from '../../data/client.ts'
import { listOf } from '../../data/name-list.ts'
import { csvLine, writeCell } from './cells.ts'
import { parseExact, stringifyExact } from './exact-json.ts'

export interface ExportAsked {
  /** Named devices; empty for all whose identifier contains `search`. */
  devices: readonly string[]
  search: string
  /** Empty for all. */
  keys: readonly string[]
  startTs: number | undefined
  format: 'csv' | 'ndjson'
}

export interface ExportState {
  devices: number
  /** Devices there are; undefined while they are not all known. */
  devicesTotal: number | undefined
  readings: number
  bytes: number
}

const pageReadings = 10_000
const devicesPage = 1_000
const devicesMax = 100_000
/** Devices that an estimate looks at. */
const estimatedMax = 20
const encoder = new TextEncoder()

/** All devices that are asked for. */
export async function devicesOf(asked: ExportAsked, signal: AbortSignal): Promise<string[]> {
  if (asked.devices.length > 0) return [...asked.devices]
  const all: string[] = []
  let cursor: string | undefined
  do {
    const page = await call('listDevices', {
      query: { search: asked.search, limit: devicesPage, cursor },
      signal,
    })
    all.push(...page.items.map(({ id }) => id))
    cursor = page.nextCursor ?? undefined
  } while (cursor !== undefined && all.length < devicesMax)
  return all
}

/** Pieces of the file, as they come; `onState` hears how far it is. */
export async function* exported(
  asked: ExportAsked,
  onState: (state: ExportState) => void,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const state: ExportState = { devices: 0, devicesTotal: undefined, readings: 0, bytes: 0 }
  const devices = await devicesOf(asked, signal)
  state.devicesTotal = devices.length
  if (asked.format === 'csv') yield csvLine(['device', 'ts', 'key', 'value'])
  for (const device of devices) {
    for (const key of await keysOf(device, asked, signal)) {
      for await (const page of pagesOf(device, key, asked.startTs, signal)) {
        const text = textOf(asked.format, device, key, page)
        state.readings += page.ts.length
        state.bytes += encoder.encode(text).length
        onState({ ...state })
        yield text
      }
    }
    state.devices += 1
    onState({ ...state })
  }
}

async function keysOf(device: string, { keys }: ExportAsked, signal: AbortSignal): Promise<string[]> {
  const stored = Object.keys(await call('latest', { params: { device }, signal }))
  return keys.length === 0 ? stored : stored.filter((key) => keys.includes(key))
}

interface Columns {
  ts: number[]
  value: unknown[]
}

interface SeriesAnswer {
  series: Record<string, Columns>
  continues?: Record<string, number>
}

async function* pagesOf(device: string, key: string, startTs: number | undefined, signal: AbortSignal) {
  let from = startTs?.toFixed(3)
  for (;;) {
    const query = { keys: listOf([key]), startTs: from, limit: pageReadings, order: 'asc' }
    const response = await request('GET', addressOf('series', { device }, query), { signal })
    const answer = parseExact(await response.text()) as SeriesAnswer
    const page = answer.series[key]
    if (page === undefined || page.ts.length === 0) return
    yield page
    const continuesAt = answer.continues?.[key]
    if (page.ts.length < pageReadings && continuesAt === undefined) return
    // The next microsecond: the least moment after the last one.
    from = (continuesAt ?? (page.ts.at(-1) ?? 0) + 0.001).toFixed(3)
  }
}

function textOf(format: ExportAsked['format'], device: string, key: string, { ts, value }: Columns): string {
  const lines = ts.map((at, index) => {
    if (format === 'ndjson') return `${stringifyExact({ device, key, ts: at, value: value[index] })}\n`
    return csvLine([device, String(at), key, writeCell(value[index])])
  })
  return lines.join('')
}

export interface Estimate {
  devices: number
  readings: number
  bytes: number
  /** It was worked out from some of the devices. */
  isRough: boolean
}

const bytesPerReading = { csv: 40, ndjson: 75 }

/** How much it would be, before it is begun. */
export async function estimate(asked: ExportAsked, signal: AbortSignal): Promise<Estimate> {
  const devices = await devicesOf(asked, signal)
  const looked = devices.slice(0, estimatedMax)
  let readings = 0
  for (const device of looked) {
    const keys = await keysOf(device, asked, signal)
    if (keys.length === 0) continue
    const query = {
      keys: listOf(keys),
      startTs: asked.startTs,
      agg: 'count',
      interval: 'auto',
      maxPoints: 1,
    } as const
    const { series } = await call('series', { params: { device }, query, signal })
    for (const { value } of Object.values(series)) for (const count of value) readings += Number(count)
  }
  const isRough = devices.length > looked.length
  const all = Math.round((readings * devices.length) / Math.max(1, looked.length))
  return { devices: devices.length, readings: all, bytes: all * bytesPerReading[asked.format], isRough }
}
