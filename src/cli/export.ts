// `ackstone export`: stored readings as CSV or NDJSON, in the form that `ackstone import` reads.
import { createWriteStream, renameSync } from 'node:fs'
import { finished } from 'node:stream/promises'
import type { Writable } from 'node:stream'
import type { Command } from 'commander'
import type { z } from 'zod'
import { operations } from '../api/contract.ts'
import type * as shape from '../api/shapes.ts'
import { Api, addApiOptions, type ApiOptions } from './api-client.ts'
import { csvLine, writeCell } from './cells.ts'
import { defineCommand, onRun, type Cli } from './command.ts'
import { keysText, type Series } from './device.ts'
import { stringifyExact } from './exact-json.ts'
import { CommandFailure, exitCode } from './exit-code.ts'
import { collected, oneOf } from './option-values.ts'
import { Progress } from './progress.ts'
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

/** Readings of one request. */
const pageReadings = 10_000
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
    .option('-o, --output <file>', 'write to a file; it has its name only once it is whole')
  onRun<ExportOptions>(cli, command, (options) => exportReadings(cli.terminal, options))
}

async function exportReadings(terminal: Terminal, options: ExportOptions): Promise<number> {
  const api = new Api(terminal, options)
  const range = {
    startTs: options.start === undefined ? undefined : momentText(options.start, '--start'),
    endTs: options.end === undefined ? undefined : momentText(options.end, '--end'),
  }
  const sink = openSink(terminal, options.output)
  const counts = { devices: 0, readings: 0 }
  const progress = new Progress(terminal, options.json === true, () => {
    return { unit: 'readings', count: counts.readings, bad: 0, bytes: undefined, bytesTotal: undefined }
  })
  try {
    if (options.format === 'csv') await sink.write(csvLine(['device', 'ts', 'key', 'value']))
    for await (const device of devices(api, options)) {
      for (const key of await keysOf(api, device, options.key)) {
        for await (const page of pages(api, device, key, range)) {
          await sink.write(render(options.format, device, key, page))
          counts.readings += page.ts.length
        }
      }
      counts.devices++
    }
    await sink.close()
  } catch (error) {
    if (!(error instanceof CommandFailure) || counts.readings === 0 || terminal.signal.aborted) throw error
    throw new CommandFailure(
      exitCode.partlyDone,
      `${error.message} ${counts.readings} readings were written before that.`,
      error.hint,
      error,
    )
  } finally {
    progress.end()
  }
  if (options.json === true && options.output !== undefined) await printJson(terminal, counts)
  else note(terminal, `${counts.readings} readings of ${counts.devices} devices are written.`)
  return exitCode.ok
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

async function keysOf(api: Api, device: string, wanted: string[] | undefined): Promise<string[]> {
  const latest = await api.call<z.output<typeof shape.latest>>(operations.latest, { params: { device } })
  const keys = Object.keys(latest)
  return wanted === undefined ? keys : keys.filter((key) => wanted.includes(key))
}

interface Columns {
  ts: number[]
  value: unknown[]
}

/** The readings of one series, page by page, oldest first. */
async function* pages(
  api: Api,
  device: string,
  key: string,
  range: { startTs: string | undefined; endTs: string | undefined },
): AsyncGenerator<Columns> {
  let { startTs } = range
  for (;;) {
    const answer = await api.call<Series>(operations.series, {
      params: { device },
      query: { keys: keysText([key]), startTs, endTs: range.endTs, limit: pageReadings, order: 'asc' },
    })
    const page = answer.series[key]
    if (page === undefined || page.ts.length === 0) return
    yield page
    const continuesAt = answer.continues?.[key]
    if (page.ts.length < pageReadings && continuesAt === undefined) return
    // The next microsecond: the least moment after the last one.
    startTs = (continuesAt ?? page.ts.at(-1)! + 0.001).toFixed(3)
  }
}

function render(format: 'csv' | 'ndjson', device: string, key: string, page: Columns): string {
  const lines = page.ts.map((ts, at) => {
    const value = page.value[at]
    if (format === 'csv') return csvLine([device, String(ts), key, writeCell(value)])
    return `${stringifyExact({ device, key, ts, value })}\n`
  })
  return lines.join('')
}

interface Sink {
  write(text: string): Promise<void>
  close(): Promise<void>
}

function openSink(terminal: Terminal, path: string | undefined): Sink {
  if (path === undefined) {
    return { write: (text) => writeTo(terminal.stdout, text), close: () => Promise.resolve() }
  }
  const partPath = `${path}.part`
  const stream = createWriteStream(partPath)
  const failed = finished(stream).catch((error: Error) => {
    throw new CommandFailure(
      exitCode.failure,
      `The file ${partPath} can’t be written: ${error.message}.`,
      'Check the folder, its permissions and the space on its disk.',
      error,
    )
  })
  // Whoever writes next hears of it; until then it is not unhandled.
  failed.catch(() => undefined)
  return {
    write: (text) => Promise.race([writeTo(stream, text), failed]),
    async close() {
      stream.end()
      await failed
      renameSync(partPath, path)
    },
  }
}

function writeTo(stream: Writable, text: string): Promise<void> {
  return new Promise((resolve) => {
    if (stream.write(text)) resolve()
    else stream.once('drain', resolve)
  })
}
