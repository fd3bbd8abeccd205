// `npm run bench:cassandra`: acknowledged messages of a hub that stores in Cassandra against the same rows written
// by the plain driver, on one node of this machine, round by round in alternation; and a month of one series at
// 1 Hz reduced to 1,000 points.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { systemClock } from '../src/lib/clock.ts'
import { silentLog } from '../src/lib/log.ts'
import { prepareSchema } from '../src/storage/cassandra/migrate.ts'
import { hubOptions } from '../test/cassandra/hubs.ts'
import type { SyncMode } from '../test/cassandra/cluster-file.ts'
import { processesOf, start, stop, type Contact } from '../test/cassandra/server.ts'
import { dropKeyspace, optionsFor } from '../test/cassandra/stores.ts'
import { HubProcess } from '../test/hub.ts'
import { readMonth } from './cassandra-month.ts'
import { generate } from './generator.ts'
import { parseLoads, nameOf, type Load } from './load.ts'
import type { PlainOrder, PlainReport } from './plain-driver.ts'
import { median } from './report.ts'
import { cpuSeconds } from './targets/target.ts'

const usage = `npm run bench:cassandra -- [options]
  --sync LIST      commit log modes, a server for each (default batch,periodic)
  --loads LIST     connections x in flight, QoS 1 (default 50x100)
  --plain LIST     statements of the plain driver, rows a request x requests in flight; the best counts
                   (default 50x64,100x32)
  --seconds N      measured in each round (default 6)
  --rounds N       rounds of each (default 3)
  --warm N         seconds before the first round: the server's code is compiled while it runs (default 20)
  --month          only the month of one series`

const { values: given } = parseArgs({
  options: {
    sync: { type: 'string', default: 'batch,periodic' },
    loads: { type: 'string', default: '50x100' },
    plain: { type: 'string', default: '50x64,100x32' },
    seconds: { type: 'string', default: '6' },
    rounds: { type: 'string', default: '3' },
    warm: { type: 'string', default: '20' },
    month: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const seconds = Number(given.seconds)
const rounds = Number(given.rounds)
const warmUpSeconds = 2
const keysPerMessage = 2
const run = promisify(execFile)

interface Figures {
  /** Rows per second that were confirmed, or whose message was answered. */
  rate: number
  p50Ms: number
  p99Ms: number
  /** Microseconds of processor time a row: of the hub or the driver, and of the server. */
  ownUs: number
  serverUs: number
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

async function withKeyspace<T>(contact: Contact, work: (keyspace: string) => Promise<T>): Promise<T> {
  const keyspace = `bench_${Math.round(performance.now())}`
  const options = optionsFor(contact, keyspace)
  await prepareSchema(options, systemClock, silentLog, keyspace)
  try {
    return await work(keyspace)
  } finally {
    await dropKeyspace(options)
  }
}

function serverCpu(folder: string): number {
  return processesOf(folder).reduce((sum, pid) => sum + (cpuSeconds(pid) ?? 0), 0)
}

async function hubRound(folder: string, contact: Contact, load: Load): Promise<Figures> {
  const data = mkdtempSync(join(tmpdir(), 'ackstone-bench-'))
  try {
    return await withKeyspace(contact, async (keyspace) => {
      const hub = await HubProcess.start(hubOptions(contact, keyspace, { folder: data }))
      const seen: [own: number, server: number][] = []
      const probe = (): void => void seen.push([cpuSeconds(hub.pid) ?? 0, serverCpu(folder)])
      const measured = await generate({ port: hub.mqttPort, load, threads: 1, warmUpSeconds, seconds }, probe)
      await hub.stop()
      const rows = measured.done * keysPerMessage
      const [[ownBefore, serverBefore], [ownAfter, serverAfter]] = seen as [
        [number, number],
        [number, number],
      ]
      return {
        rate: rows / measured.seconds,
        p50Ms: measured.p50Ms ?? Number.NaN,
        p99Ms: measured.p99Ms ?? Number.NaN,
        ownUs: ((ownAfter - ownBefore) / rows) * 1e6,
        serverUs: ((serverAfter - serverBefore) / rows) * 1e6,
      }
    })
  } finally {
    rmSync(data, { recursive: true, force: true })
  }
}

async function plainRound(
  folder: string,
  contact: Contact,
  devices: number,
  shape: [rows: number, inFlight: number],
  length = seconds,
): Promise<Figures> {
  return withKeyspace(contact, async (keyspace) => {
    const [rowsPerRequest, inFlight] = shape
    const { contactPoints, localDataCenter } = contact
    const order: PlainOrder = {
      contactPoints,
      localDataCenter,
      keyspace,
      devices,
      rowsPerRequest,
      inFlight,
      warmUpSeconds,
      seconds: length,
    }
    const program = join(import.meta.dirname, 'plain-driver.ts')
    const before = serverCpu(folder)
    const { stdout } = await run(process.execPath, [program, JSON.stringify(order)])
    const report = JSON.parse(stdout) as PlainReport
    const rows = report.rate * length
    const inAll = report.rate * (length + warmUpSeconds)
    return {
      rate: report.rate,
      p50Ms: report.p50Ms,
      p99Ms: report.p99Ms,
      ownUs: (report.cpuSeconds / rows) * 1e6,
      serverUs: ((serverCpu(folder) - before) / inAll) * 1e6,
    }
  })
}

function line(name: string, all: readonly Figures[], best: number | undefined): string {
  const of = (pick: (one: Figures) => number): number => median(all.map(pick))
  const rate = of(({ rate: one }) => one)
  const ratio = best === undefined ? '' : `  ÷ plain ${(rate / best).toFixed(2)}`
  return (
    `  ${name.padEnd(26)} ${Math.round(rate).toLocaleString('en').padStart(9)} rows/s` +
    `  p50 ${of(({ p50Ms }) => p50Ms)
      .toFixed(0)
      .padStart(4)} ms  p99 ${of(({ p99Ms }) => p99Ms)
      .toFixed(0)
      .padStart(4)} ms` +
    `  CPU ${of(({ ownUs }) => ownUs).toFixed(1)} + server ${of(({ serverUs }) => serverUs).toFixed(1)} µs a row${ratio}`
  )
}

async function compareOn(folder: string, contact: Contact, sync: string): Promise<void> {
  const shapes = given.plain.split(',').map((text) => text.split('x').map(Number) as [number, number])
  const loads = parseLoads(given.loads, '1')
  await plainRound(folder, contact, 50, shapes[0]!, Number(given.warm))
  for (const load of loads) {
    const plain = shapes.map((): Figures[] => [])
    const hub: Figures[] = []
    for (let round = 0; round < rounds; round++) {
      for (const [i, shape] of shapes.entries()) {
        plain[i]!.push(await plainRound(folder, contact, load.connections, shape))
      }
      hub.push(await hubRound(folder, contact, load))
    }
    const rates = plain.map((figures) => median(figures.map(({ rate }) => rate)))
    say(
      `commitlog_sync ${sync}, ${nameOf(load)}, two rows a message, medians of ${rounds} rounds of ${seconds} s`,
    )
    for (const [i, [rows, inFlight]] of shapes.entries()) {
      say(line(`plain driver, ${rows} × ${inFlight}`, plain[i]!, undefined))
    }
    say(line('hub, acknowledged', hub, Math.max(...rates)))
  }
}

if (given.help) {
  say(usage)
} else {
  for (const sync of given.month ? ['batch'] : given.sync.split(',')) {
    const folder = mkdtempSync(join(tmpdir(), 'ackstone-bench-cassandra-'))
    const contact = await start(folder, { port: 'auto', commitlogSync: sync as SyncMode })
    try {
      if (given.month)
        for (const text of await withKeyspace(contact, (name) => readMonth(contact, name))) say(text)
      else await compareOn(folder, contact, sync)
    } finally {
      await stop(folder, { kill: true, delete: true })
      rmSync(folder, { recursive: true, force: true })
    }
  }
}
