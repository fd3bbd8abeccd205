// `ackstone export`: stored readings as CSV or NDJSON, in the form that `ackstone import` reads. Into a file it goes
// on after an interruption.
import { once } from 'node:events'
import type { Command } from 'commander'
import type { z } from 'zod'
import { operations } from '../api/contract.ts'
import type * as shape from '../api/shapes.ts'
import { Api, addApiOptions, type ApiOptions } from './api-client.ts'
import { csvLine, writeCell } from './cells.ts'
import { defineCommand, onRun, type Cli } from './command.ts'
import { stringifyExact } from './exact-json.ts'
import { CommandFailure, exitCode } from './exit-code.ts'
import { ExportFile, type Place } from './export-file.ts'
import { collected, oneOf } from './option-values.ts'
import { Progress } from './progress.ts'
import { pagesOf, type Columns, type Range } from './series-pages.ts'
import { momentText } from './time.ts'
import { note, printJson, type Terminal } from './terminal.ts'

interface ExportOptions extends ApiOptions {
  device?: string[]
  search?: string
  key?: string[]
  start?: string
  end?: string
  format: 'csv' | 'ndjson'
  output?: string
}

const devicesPerPage = 1000

export function addExport(cli: Cli, parent: Command): void {
  const command = defineCommand(parent, 'export', 'Write stored readings as CSV or NDJSON.', [
    ['ackstone export -o readings.csv', 'Everything; columns device, ts, key, value.'],
    ['ackstone export --device d1 --key temp --start 7d', 'A week of one series, to the standard output.'],
    ['ackstone export --format ndjson | gzip > readings.ndjson.gz', 'One JSON object a reading, packed.'],
  ])
  addApiOptions(command)
    .option('--device <device>', 'device; may be given several times (default: all)', collected)
    .option('--search <text>', 'only devices that contain this in their identifier')
    .option('--key <key>', 'telemetry key; may be given several times (default: all)', collected)
    .option('--start <moment>', 'from this moment on: RFC 3339, milliseconds, or 2h, 7d before now')
    .option('--end <moment>', 'up to this moment, exclusive')
    .option('--format <format>', 'csv or ndjson', oneOf('csv', 'ndjson'), 'csv')
    .option(
      '-o, --output <file>',
      'write to a file; it has its name only once it is whole, and the same command goes on',
    )
  onRun<ExportOptions>(cli, command, (options) => exportReadings(cli.terminal, options))
}

async function exportReadings(terminal: Terminal, options: ExportOptions): Promise<number> {
  const api = new Api(terminal, options)
  const { device, search, key, start, end, format, output } = options
  const range = {
    startTs: start === undefined ? undefined : momentText(start, '--start'),
    endTs: end === undefined ? undefined : momentText(end, '--end'),
  }
  const question = JSON.stringify({ url: api.url, device, search, key, start, end, format })
  const file = output === undefined ? undefined : new ExportFile(output, question)
  const counts = file ?? { devices: 0, readings: 0 }
  if (file?.resumed !== undefined) {
    note(terminal, `Going on behind ${counts.readings} readings that are in ${output}.part already.`)
  }
  const progress = new Progress(terminal, options.json === true, () => {
    return { unit: 'readings', count: counts.readings, bad: 0, bytes: undefined, bytesTotal: undefined }
  })
  try {
    if (format === 'csv' && file?.resumed === undefined) {
      await writeText(terminal, file, csvLine(['device', 'ts', 'key', 'value']), undefined)
    }
    await writeAll(terminal, api, { ...options, ...range }, file, counts)
    await file?.finish()
  } catch (error) {
    if (!(error instanceof CommandFailure) || counts.readings === 0 || terminal.signal.aborted) throw error
    const again = file === undefined ? '' : ' The same command goes on behind them.'
    throw new CommandFailure(
      exitCode.partlyDone,
      `${error.message} ${counts.readings} readings were written before that.${again}`,
      error.hint,
      error,
    )
  } finally {
    progress.end()
  }
  const { devices, readings } = counts
  if (options.json === true && output !== undefined) await printJson(terminal, { devices, readings })
  else note(terminal, `${readings} readings of ${devices} devices are written.`)
  return exitCode.ok
}

interface Counts {
  devices: number
  readings: number
}

async function writeAll(
  terminal: Terminal,
  api: Api,
  options: ExportOptions & Range,
  file: ExportFile | undefined,
  counts: Counts,
): Promise<void> {
  const { startTs: from, endTs } = options
  let resumed = file?.resumed
  for await (const device of devices(api, options)) {
    if (resumed !== undefined && isBefore(options, device, resumed.device)) continue
    if (device !== resumed?.device) resumed = undefined
    const keys = await keysOf(api, device)
    if (keys.length === 0 && options.device !== undefined) {
      note(terminal, `The device ${device} has stored nothing on ${api.url}.`)
      continue
    }
    for (const key of keys.filter((each) => options.key?.includes(each) ?? true)) {
      const order = resumed === undefined ? 1 : Buffer.compare(Buffer.from(key), Buffer.from(resumed.key))
      if (order < 0 || (order === 0 && resumed?.next === undefined)) continue
      const startTs = order === 0 ? resumed?.next : from
      for await (const page of pagesOf(api, device, key, { startTs, endTs })) {
        counts.readings += page.ts.length
        const text = render(options.format, device, key, page)
        await writeText(terminal, file, text, { device, key, next: page.next })
      }
    }
    counts.devices++
  }
}

/** Whether a device comes before the one at which an interrupted export had come. */
function isBefore({ device: given }: ExportOptions, device: string, reached: string): boolean {
  if (given !== undefined) return given.indexOf(device) < given.indexOf(reached)
  return Buffer.compare(Buffer.from(device), Buffer.from(reached)) < 0
}

async function* devices(api: Api, options: ExportOptions): AsyncGenerator<string> {
  if (options.device !== undefined) {
    yield* options.device
    return
  }
  let cursor: string | undefined
  do {
    const page = await api.call<z.output<typeof shape.devicesPage>>(operations.listDevices, {
      query: { search: options.search, limit: devicesPerPage, cursor },
    })
    for (const { id } of page.items) yield id
    cursor = page.nextCursor ?? undefined
  } while (cursor !== undefined)
}

async function keysOf(api: Api, device: string): Promise<string[]> {
  const latest = await api.call<z.output<typeof shape.latest>>(operations.latest, { params: { device } })
  // In an order that is the same each time: an export that was interrupted goes on by it.
  return Object.keys(latest).toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}

function render(format: 'csv' | 'ndjson', device: string, key: string, page: Columns): string {
  const lines = page.ts.map((ts, at) => {
    const value = page.value[at]
    if (format === 'csv') return csvLine([device, String(ts), key, writeCell(value)])
    return `${stringifyExact({ device, key, ts, value })}\n`
  })
  return lines.join('')
}

async function writeText(
  terminal: Terminal,
  file: ExportFile | undefined,
  text: string,
  place: Place | undefined,
): Promise<void> {
  if (file !== undefined) file.write(text, place)
  else if (!terminal.stdout.write(text)) await once(terminal.stdout, 'drain')
}
