// `ackstone device …`: what devices have stored.
import type { Command } from 'commander'
import type { z } from 'zod'
import { operations } from '../api/contract.ts'
import type * as shape from '../api/shapes.ts'
import { Api, addApiOptions, readPages, type ApiOptions } from './api-client.ts'
import { defineCommand, onRun, type Cli } from './command.ts'
import { confirm } from './confirm.ts'
import { addCredentials } from './credentials.ts'
import { addDeviceCommand } from './device-command.ts'
import { stringifyExact } from './exact-json.ts'
import { CommandFailure, exitCode, usageFailure } from './exit-code.ts'
import { collected, oneOf, wholeNumber } from './option-values.ts'
import { printFacts, printTable } from './table.ts'
import { momentText, showMoment } from './time.ts'
import { note, printJson, printLine, type Terminal } from './terminal.ts'

type DevicesPage = z.output<typeof shape.devicesPage>
type Latest = z.output<typeof shape.latest>
export type Series = z.output<typeof shape.series>

interface ListOptions extends ApiOptions {
  search?: string
  limit: number
}

interface SeriesOptions extends ApiOptions {
  key?: string[]
  start?: string
  end?: string
  order?: 'asc' | 'desc'
  limit: number
  agg?: string
  interval?: string
  maxPoints?: number
}

interface DeleteOptions extends ApiOptions {
  key?: string[]
  start?: string
  end?: string
  all?: boolean
  yes?: boolean
}

const pageLimit = 1000

export function addDevice(cli: Cli, parent: Command): void {
  const { terminal } = cli
  const group = defineCommand(
    parent,
    'device',
    'Look at what devices have stored; set up how they log in.',
    [],
  )
  const list = addApiOptions(
    defineCommand(group, 'list', 'List devices.', [
      ['ackstone device list --search pump', 'Those with pump in their identifier.'],
    ]),
  )
    .option('--search <text>', 'only identifiers that contain this')
    .option('--limit <count>', 'devices at most', wholeNumber(1, 10_000_000), 1000)
  onRun<ListOptions>(cli, list, (options) => listDevices(terminal, options))

  const show = addApiOptions(
    defineCommand(group, 'show <device>', 'Show one device: when it was seen, and its delivery figures.', [
      ['ackstone device show d1', 'Received, acknowledged, stored, duplicates.'],
    ]),
  )
  onRun<ApiOptions>(cli, show, (options, [device]) => showDevice(terminal, options, device!))

  const latest = addApiOptions(
    defineCommand(group, 'latest <device>', 'Print the newest reading of each key.', [
      ['ackstone device latest d1', 'Key, time, value.'],
    ]),
  )
  onRun<ApiOptions>(cli, latest, (options, [device]) => printLatest(terminal, options, device!))
  addSeries(cli, group)
  addDeleteData(cli, group)
  addCredentials(cli, group)
  addDeviceCommand(cli, group)
}

function addRange(command: Command): Command {
  return command
    .option('--key <key>', 'telemetry key; may be given several times (default: all)', collected)
    .option('--start <moment>', 'from this moment on: RFC 3339, milliseconds, or 2h, 7d before now')
    .option('--end <moment>', 'up to this moment, exclusive')
}

function addSeries(cli: Cli, group: Command): void {
  const command = defineCommand(group, 'series <device>', 'Print readings, as they are or by intervals.', [
    ['ackstone device series d1 --key temp --start 1h', 'The last hour of one key.'],
    ['ackstone device series d1 --key temp --start 7d --agg avg --interval 3600000', 'Hourly averages.'],
  ])
  addRange(addApiOptions(command))
    .option('--order <order>', 'asc or desc, by time', oneOf('asc', 'desc'))
    .option('--limit <count>', 'readings of each key at most', wholeNumber(1, 1_000_000), 1000)
    .option('--agg <function>', 'avg, min, max, sum, count, first or last of each interval')
    .option('--interval <ms>', 'its length in milliseconds, or auto')
    .option(
      '--max-points <count>',
      'points of each key at most, with --interval auto',
      wholeNumber(1, 100_000),
    )
  onRun<SeriesOptions>(cli, command, (options, [device]) => printSeries(cli.terminal, options, device!))
}

function addDeleteData(cli: Cli, group: Command): void {
  const command = defineCommand(group, 'delete-data <device>', 'Delete readings, for good.', [
    ['ackstone device delete-data d1 --key temp --end 2026-01-01T00:00:00Z', 'One key, up to a moment.'],
    ['ackstone device delete-data d1 --all --yes', 'Everything the device has stored, without being asked.'],
  ])
  addRange(addApiOptions(command))
    .option('--all', 'all readings of the device')
    .option('-y, --yes', 'do not ask')
  onRun<DeleteOptions>(cli, command, (options, [device]) => deleteData(cli.terminal, options, device!))
}

async function listDevices(terminal: Terminal, options: ListOptions): Promise<number> {
  const api = new Api(terminal, options)
  const items = await readPages(options.limit, pageLimit, (limit, cursor) =>
    api.call<DevicesPage>(operations.listDevices, { query: { search: options.search, limit, cursor } }),
  )
  if (options.json === true) {
    await printJson(terminal, items)
    return exitCode.ok
  }
  const rows = items.map(({ id, createdAt, lastSeenAt }) => [id, lastSeenAt, createdAt])
  await printTable(terminal, ['DEVICE', 'LAST SEEN', 'FIRST SEEN'], rows)
  if (items.length === options.limit) note(terminal, `The first ${items.length}; raise --limit for more.`)
  return exitCode.ok
}

async function showDevice(terminal: Terminal, options: ApiOptions, device: string): Promise<number> {
  const api = new Api(terminal, options)
  const found = await findDevice(api, device)
  const delivery = await api.call<z.output<typeof shape.delivery>>(operations.deviceDelivery, {
    params: { device },
  })
  if (options.json === true) {
    await printJson(terminal, { ...found, delivery })
    return exitCode.ok
  }
  await printFacts(terminal, [
    ['device', found.id],
    ['first seen', found.createdAt],
    ['last seen', found.lastSeenAt],
    ['received', String(delivery.received.qos0 + delivery.received.qos1 + delivery.received.qos2)],
    ['acknowledged', String(delivery.acknowledged)],
    ['readings stored', String(delivery.readingsStored)],
    ['rejected', String(delivery.rejected)],
  ])
  return exitCode.ok
}

async function findDevice(api: Api, device: string): Promise<DevicesPage['items'][number]> {
  let cursor: string | undefined
  do {
    const page: DevicesPage = await api.call(operations.listDevices, {
      query: { search: device, limit: pageLimit, cursor },
    })
    const found = page.items.find(({ id }) => id === device)
    if (found !== undefined) return found
    cursor = page.nextCursor ?? undefined
  } while (cursor !== undefined)
  throw new CommandFailure(
    exitCode.failure,
    `There is no device "${device}" on ${api.url}; it has stored nothing.`,
    '`ackstone device list --search TEXT` shows those with a text in their identifier.',
  )
}

async function printLatest(terminal: Terminal, options: ApiOptions, device: string): Promise<number> {
  const api = new Api(terminal, options)
  const latest = await api.call<Latest>(operations.latest, { params: { device } })
  if (options.json === true) {
    await printLine(terminal, stringifyExact(latest))
    return exitCode.ok
  }
  const rows = Object.entries(latest).map(([key, { ts, value }]) => [key, showMoment(ts), showValue(value)])
  await printTable(terminal, ['KEY', 'TIME', 'VALUE'], rows)
  if (rows.length === 0) note(terminal, `The device ${device} has stored nothing on ${api.url}.`)
  return exitCode.ok
}

async function printSeries(terminal: Terminal, options: SeriesOptions, device: string): Promise<number> {
  const api = new Api(terminal, options)
  const { series } = await api.call<Series>(operations.series, {
    params: { device },
    query: {
      ...rangeQuery(options),
      order: options.order,
      limit: options.agg === undefined ? options.limit : undefined,
      agg: options.agg,
      interval: options.interval,
      maxPoints: options.maxPoints,
    },
  })
  if (options.json === true) {
    await printLine(terminal, stringifyExact({ series }))
    return exitCode.ok
  }
  const rows = Object.entries(series).flatMap(([key, { ts, value }]) =>
    ts.map((moment, at) => [key, showMoment(moment), showValue(value[at])]),
  )
  await printTable(terminal, ['KEY', 'TIME', 'VALUE'], rows)
  const isCut = Object.values(series).some(({ ts }) => ts.length === options.limit)
  if (isCut) note(terminal, `At most ${options.limit} readings of a key are shown; raise --limit for more.`)
  return exitCode.ok
}

async function deleteData(terminal: Terminal, options: DeleteOptions, device: string): Promise<number> {
  const isRanged = options.key !== undefined || options.start !== undefined || options.end !== undefined
  if (isRanged === (options.all === true)) {
    throw usageFailure(
      'It is not said which readings to delete.',
      'Give --all, or else at least one of --key, --start and --end.',
    )
  }
  const api = new Api(terminal, options)
  const what = isRanged ? 'the chosen readings' : 'all readings'
  await confirm(terminal, options.yes === true, `Delete ${what} of ${device} for good?`)
  const { deleted } = await api.call<{ deleted: number }>(operations.deleteSeries, {
    params: { device },
    query: rangeQuery(options),
  })
  if (options.json === true) await printJson(terminal, { deleted })
  else note(terminal, `${deleted} readings of ${device} are deleted.`)
  return exitCode.ok
}

function rangeQuery(options: { key?: string[]; start?: string; end?: string }) {
  return {
    keys: options.key === undefined ? undefined : keysText(options.key),
    startTs: options.start === undefined ? undefined : momentText(options.start, '--start'),
    endTs: options.end === undefined ? undefined : momentText(options.end, '--end'),
  }
}

/** Keys in a query are separated by commas; a comma within one is escaped. */
export function keysText(keys: readonly string[]): string {
  return keys.map((key) => key.replaceAll(',', '\\,')).join(',')
}

function showValue(value: unknown): string {
  return typeof value === 'string' ? value : stringifyExact(value)
}
