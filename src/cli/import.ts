// `ackstone import`: readings from a CSV or NDJSON file into a hub, read back and compared at the end. Running it
// twice changes nothing: rows carry their own times; and it goes on where an earlier run was interrupted.
import { createReadStream, statSync } from 'node:fs'
import { extname } from 'node:path'
import type { Readable } from 'node:stream'
import type { Command } from 'commander'
import { Api, addApiOptions, type ApiOptions } from './api-client.ts'
import { defineCommand, onRun, type Cli } from './command.ts'
import { CommandFailure, exitCode, exitCodeOf, usageFailure } from './exit-code.ts'
import { checkFile } from './file-sums.ts'
import { ImportMark } from './import-mark.ts'
import { oneOf, wholeNumber } from './option-values.ts'
import { Progress } from './progress.ts'
import { readRows, type BadRow, type Row, type RowOptions, type TsUnit } from './rows.ts'
import { StoredRows, type Difference } from './stored-rows.ts'
import { rfc3339 } from './time.ts'
import { isInterrupted, note, printJson, type Terminal } from './terminal.ts'
import { Uploader } from './uploader.ts'

interface ImportOptions extends ApiOptions {
  format?: 'csv' | 'ndjson'
  device?: string
  deviceColumn: string
  tsColumn: string
  tsUnit: TsUnit
  batchRows: number
  concurrency: number
  maxErrors: number
  dryRun?: boolean
}

/** Bad rows that are named on the terminal, and kept for the answer as JSON. */
const namedMax = 20
const keptMax = 1000

export function addImport(cli: Cli, parent: Command): void {
  const command = defineCommand(parent, 'import <file>', 'Store the readings of a CSV or NDJSON file.', [
    [
      'ackstone import readings.csv',
      'Columns device, ts, key, value; or device, ts and a column for each key.',
    ],
    [
      'ackstone import weather.csv --device seattle --ts-column date',
      'One device, the time in the column date.',
    ],
    [
      'ackstone import - --format ndjson < lines.ndjson',
      'Lines {"device":"d1","ts":1764000000000,"values":{"temp":21.5}}.',
    ],
  ])
  addApiOptions(command)
    .option(
      '--format <format>',
      'csv or ndjson (default: by the end of the file name)',
      oneOf('csv', 'ndjson'),
    )
    .option('--device <device>', 'device of rows that name none')
    .option('--device-column <name>', 'column or member that names the device', 'device')
    .option('--ts-column <name>', 'column or member that holds the time', 'ts')
    .option(
      '--ts-unit <unit>',
      'of times that are numbers: s, ms, us or ns',
      oneOf('s', 'ms', 'us', 'ns'),
      'ms',
    )
    .option('--batch-rows <count>', 'rows of one request', wholeNumber(1, 5000), 1000)
    .option('--concurrency <count>', 'requests at a time', wholeNumber(1, 32), 4)
    .option('--max-errors <count>', 'stop after so many bad rows', wholeNumber(1, 1_000_000_000), 1000)
    .option('--dry-run', 'read the file and store nothing')
  onRun<ImportOptions>(cli, command, (options, [file]) => importFile(cli.terminal, options, file!))
}

/** Bad rows as they come up: all counted, the first named. */
class BadRows {
  readonly #terminal: Terminal
  readonly kept: BadRow[] = []
  count = 0

  constructor(terminal: Terminal) {
    this.#terminal = terminal
  }

  add(row: BadRow): void {
    this.count++
    if (this.kept.length < keptMax) this.kept.push(row)
    if (this.count > namedMax) return
    note(this.#terminal, `Line ${row.line}: ${row.reason}`)
    if (this.count === namedMax) note(this.#terminal, 'Further bad lines are counted, not named.')
  }
}

async function importFile(terminal: Terminal, options: ImportOptions, file: string): Promise<number> {
  const rowOptions = rowOptionsOf(options, file)
  const bad = new BadRows(terminal)
  const api = new Api(terminal, options)
  const stored = new StoredRows(api)
  const uploader = new Uploader(api, terminal, options, (row) => {
    bad.add(row)
    stored.bad(row)
  })
  const isReal = options.dryRun !== true
  const { input, bytesTotal } = openInput(terminal, file)
  if (file !== '-' && isReal) await checkFile(file)
  const mark = file === '-' || !isReal ? undefined : new ImportMark(terminal, file, api.url, rowOptions)
  let bytes = 0
  let rowsRead = 0
  input.on('data', (chunk: Buffer) => (bytes += chunk.length))
  const progress = new Progress(terminal, options.json === true, () => {
    const count = isReal ? uploader.rows : rowsRead
    const figures = { unit: 'rows', count, bad: bad.count, bytes, bytesTotal }
    if (stored.compared === 0) return figures
    return { ...figures, phase: 'comparing', share: stored.compared / Math.max(1, stored.seriesCount) }
  })
  const result: Result = {
    file,
    rowsRead,
    bad,
    uploader,
    isStopped: false,
    skipped: 0,
    differences: undefined,
  }
  try {
    for await (const row of readRows(input, rowOptions)) {
      rowsRead++
      if ('reason' in row) bad.add(row)
      else if (isReal) {
        stored.add(row)
        if (row.line <= (mark?.line ?? 0)) result.skipped++
        else await uploader.add(row)
        mark?.reached(() => uploader.storedLine)
      }
      result.isStopped = bad.count >= options.maxErrors
      if (result.isStopped || uploader.failure !== undefined || isInterrupted(terminal)) break
    }
    await uploader.finish()
    result.rowsRead = rowsRead
    const isWhole = !result.isStopped && uploader.failure === undefined && !isInterrupted(terminal)
    if (isReal && isWhole) await compare(result, stored, file, rowOptions)
    if (result.differences === undefined) mark?.write(uploader.storedLine)
    else mark?.delete()
  } finally {
    progress.end()
    input.destroy()
  }
  return outcome(terminal, options, result)
}

/** Reads back what was stored; a hub that goes away meanwhile leaves it uncompared. */
async function compare(result: Result, stored: StoredRows, file: string, options: RowOptions): Promise<void> {
  const again = (): AsyncIterable<Row | BadRow> => readRows(createReadStream(file), options)
  try {
    result.differences = await stored.compare(file === '-' ? undefined : again)
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error
    result.uploader.failure = error
  }
}

function rowOptionsOf(options: ImportOptions, file: string): RowOptions {
  const { device, deviceColumn, tsColumn, tsUnit } = options
  const byName = { '.csv': 'csv', '.ndjson': 'ndjson', '.jsonl': 'ndjson' } as const
  const format = options.format ?? byName[extname(file).toLowerCase() as keyof typeof byName]
  if (format === undefined) {
    throw usageFailure(`The name ${file} does not tell the format.`, 'Give --format csv or --format ndjson.')
  }
  return { format, device, deviceColumn, tsColumn, tsUnit }
}

function openInput(terminal: Terminal, file: string): { input: Readable; bytesTotal: number | undefined } {
  if (file === '-') return { input: terminal.stdin, bytesTotal: undefined }
  const stats = statSync(file, { throwIfNoEntry: false })
  if (stats?.isFile() !== true) {
    throw usageFailure(`There is no file ${file} to import.`, 'Check its name; - is the standard input.')
  }
  return { input: createReadStream(file, { highWaterMark: 256 * 1024 }), bytesTotal: stats.size }
}

interface Result {
  file: string
  rowsRead: number
  bad: BadRows
  uploader: Uploader
  isStopped: boolean
  /** Rows that an earlier run had stored. */
  skipped: number
  /** What the hub does not give back as it was sent; undefined where it was not asked. */
  differences: Difference[] | undefined
}

async function outcome(terminal: Terminal, options: ImportOptions, result: Result): Promise<number> {
  const { file, rowsRead, bad, uploader, isStopped, skipped, differences } = result
  const { failure, rows, readings } = uploader
  if (options.json === true) {
    const counts = {
      file,
      rowsRead,
      rowsStored: rows + skipped,
      readingsStored: readings,
      rowsBad: bad.count,
    }
    await printJson(terminal, {
      ...counts,
      badRows: bad.kept,
      isVerified: differences?.length === 0,
      differences: differences?.length ?? 0,
      isComplete: failure === undefined && bad.count === 0 && (differences ?? []).length === 0,
    })
  } else if (options.dryRun === true) {
    note(terminal, `${rowsRead - bad.count} of ${rowsRead} rows of ${file} can be read; nothing was stored.`)
  } else {
    note(
      terminal,
      `${rows + skipped} of ${rowsRead} rows of ${file} are stored, ${readings} readings; ${bad.count} rows are bad.`,
    )
    if (skipped > 0) note(terminal, `${skipped} of them an earlier run had stored.`)
  }
  if (failure !== undefined) {
    if (rows === 0 || !(failure instanceof CommandFailure)) throw failure
    note(terminal, failure.message)
    note(terminal, `Run the same command again when this is put right: ${again}`)
    return exitCodeOf(failure) === exitCode.usage ? exitCode.usage : exitCode.partlyDone
  }
  if (differences?.length === 0 && options.json !== true)
    note(terminal, 'Verified: the hub gives back every row as it stands in the file.')
  if (differences !== undefined && differences.length > 0) {
    nameDifferences(terminal, differences)
    return exitCode.partlyDone
  }
  if (isStopped) note(terminal, `It stopped after ${bad.count} bad rows; --max-errors allows more.`)
  if (bad.count === 0) return exitCode.ok
  const good = options.dryRun === true ? rowsRead - bad.count : rows
  return good > 0 ? exitCode.partlyDone : exitCode.failure
}

function nameDifferences(terminal: Terminal, differences: readonly Difference[]): void {
  for (const { device, key, tsUs, stored } of differences.slice(0, namedMax)) {
    const found = stored === undefined ? 'nothing' : stored.slice(0, 60)
    note(terminal, `${device} ${key} at ${rfc3339(tsUs)}: the hub has ${found}.`)
  }
  note(
    terminal,
    `${differences.length} readings differ from the file. Run the same command again to store all rows anew.`,
  )
}

const again = 'rows that are stored already stay as they are.'
