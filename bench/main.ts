// `npm run bench`: the same load on Ackstone and its peers, in one run, round by round in alternation, so
// that a busy machine slows all of them alike. Prints rates, ratios, answer times and what each server used.
import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { findTool } from '../test/tools.ts'
import { syncMs } from './disk.ts'
import { generate } from './generator.ts'
import { nameOf, parseLoads, type Load } from './load.ts'
import { compare, median, table, type Row } from './report.ts'
import { ackstoneTarget } from './targets/ackstone.ts'
import { mosquittoTarget } from './targets/mosquitto.ts'
import { nodeServerTarget } from './targets/node-server.ts'
import { cpuSeconds, residentBytes, type RunningTarget, type Target } from './targets/target.ts'

const usage = `npm run bench -- [options]
  --quick            one short round of each; for a first look
  --loads LIST       connections x in flight (default 50x100,50x1,1000x10)
  --qos LIST         default 1,2,0
  --peers LIST       default mosquitto,aedes,echo; echo is the generator's own ceiling; none: only Ackstone
  --no-hub           only the peers
  --seconds N        measured in each round (default 5)
  --rounds N         rounds of each target (default 3)
  --threads N        of the generator (default: half of the processors, at most 4)
  --bridge           instead: what one connection of a bridge takes in, and one message at a time
  --year             instead: a year of one series at 1 Hz in LevelDB reduced to 1,000 points, with and without
                     summaries; opening after kill -9, bytes a reading, the cost of a seal
  --days N           of --year (default 365)
  --profile FOLDER   CPU profiles of Ackstone
  --json             figures as JSON on standard output`

const { values: options } = parseArgs({
  options: {
    'quick': { type: 'boolean', default: false },
    'bridge': { type: 'boolean', default: false },
    'year': { type: 'boolean', default: false },
    'days': { type: 'string', default: '365' },
    'json': { type: 'boolean', default: false },
    'help': { type: 'boolean', default: false },
    'no-hub': { type: 'boolean', default: false },
    'loads': { type: 'string' },
    'qos': { type: 'string' },
    'peers': { type: 'string', default: 'mosquitto,aedes,echo' },
    'seconds': { type: 'string' },
    'rounds': { type: 'string' },
    'threads': { type: 'string' },
    'profile': { type: 'string' },
  },
})

const reference = 'mosquitto'
const quick = options.quick
const seconds = Number(options.seconds ?? (quick ? 2 : 5))
const rounds = Number(options.rounds ?? (quick ? 1 : 3))
const threads = Number(options.threads ?? Math.min(4, Math.max(1, availableParallelism() >> 1)))
const warmUpSeconds = quick ? 1 : 2
/** How long the count of stored readings may be behind. */
const countMsMax = 30_000

interface RoundFigures {
  rate: number
  storedRate: number | undefined
  p50Ms: number | undefined
  p99Ms: number | undefined
  cpuPerMillion: number | undefined
  residentBytes: number | undefined
  bytesPerReading: number | undefined
  shed: number | undefined
}

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

function chosenTargets(): Target[] {
  const targets: Target[] = options['no-hub'] ? [] : [ackstoneTarget(options.profile)]
  for (const peer of options.peers.split(',')) {
    if (peer === 'mosquitto') {
      const path = findTool('mosquitto')
      if (path === undefined) say('Mosquitto is not installed here, so there is nothing to compare with.')
      else targets.push(mosquittoTarget(path))
    } else if (peer === 'aedes') targets.push(nodeServerTarget('aedes', './aedes-server.ts'))
    else if (peer === 'echo') targets.push(nodeServerTarget('echo', './echo-server.ts'))
    else if (peer !== 'none') throw new Error(`--peers ${peer}: mosquitto, aedes, echo or none`)
  }
  return targets
}

async function playRound(target: Target, load: Load): Promise<RoundFigures> {
  const server = await target.start()
  const seen: { cpu: number | undefined; resident: number | undefined }[] = []
  const probe = (): void => {
    seen.push({ cpu: cpuSeconds(server.pid), resident: residentBytes(server.pid) })
  }
  let bytesPerReading: number | undefined
  try {
    const measured = await generate({ port: server.port, load, threads, warmUpSeconds, seconds }, probe)
    const shed = await server.shed()
    const stored = await untilStored(server, 2 * (measured.doneInAll - (shed ?? 0)))
    const [before, after] = seen
    const cpu = before?.cpu === undefined || after?.cpu === undefined ? undefined : after.cpu - before.cpu
    bytesPerReading = await server.stop()
    return {
      rate: measured.done / measured.seconds,
      storedRate: stored === undefined ? undefined : stored / 2 / measured.secondsInAll,
      p50Ms: measured.p50Ms,
      p99Ms: measured.p99Ms,
      cpuPerMillion: cpu === undefined ? undefined : (cpu / measured.done) * 1e6,
      residentBytes: after?.resident,
      bytesPerReading,
      shed: shed === undefined ? undefined : shed / measured.doneInAll,
    }
  } catch (error) {
    await server.stop()
    throw error
  }
}

/** Everything was answered, so it is stored, but counted a little later. Resolves with the count. */
async function untilStored(server: RunningTarget, readings: number): Promise<number | undefined> {
  const deadline = performance.now() + countMsMax
  for (;;) {
    const stored = await server.readingsStored()
    if (stored === undefined || stored >= readings) return stored
    if (performance.now() > deadline) throw new Error(`only ${stored} of ${readings} readings are stored`)
    await sleep(20)
  }
}

function summarise(load: Load, target: string, figures: RoundFigures[]): Row {
  const middle = (pick: (round: RoundFigures) => number | undefined): number | undefined => {
    const numbers = figures.map(pick).filter((value) => value !== undefined)
    return numbers.length === 0 ? undefined : median(numbers)
  }
  return {
    load,
    target,
    rate: median(figures.map((round) => round.rate)),
    storedRate: middle((round) => round.storedRate),
    p50Ms: middle((round) => round.p50Ms),
    p99Ms: middle((round) => round.p99Ms),
    cpuPerMillion: middle((round) => round.cpuPerMillion),
    residentBytes: middle((round) => round.residentBytes),
    bytesPerReading: middle((round) => round.bytesPerReading),
    shed: middle((round) => round.shed),
    ratio: undefined,
    rounds: figures.map((round) => Math.round(round.rate)),
    isNearCeiling: false,
  }
}

async function playLoad(targets: Target[], load: Load): Promise<Row[]> {
  const figures = new Map<string, RoundFigures[]>()
  for (let round = 0; round < rounds; round++) {
    for (const target of targets) {
      const result = await playRound(target, load)
      figures.set(target.name, [...(figures.get(target.name) ?? []), result])
      say(`${nameOf(load)}  round ${round + 1}  ${target.name}  ${Math.round(result.rate)} msg/s`)
    }
  }
  const rows = targets.map(({ name }) => summarise(load, name, figures.get(name) ?? []))
  compare(rows, reference)
  return rows
}

async function main(): Promise<void> {
  const loads = parseLoads(
    options.loads ?? (quick ? '50x100' : '50x100,50x1,1000x10'),
    options.qos ?? '1,2,0',
  )
  const targets = chosenTargets()
  const rows: Row[] = []
  const syncsMs = [syncMs()]
  for (const load of loads) {
    // At QoS 0 the window plays no part: the first load of a number of connections stands for the others.
    const isRepeat =
      load.qos === 0 && rows.some((row) => row.load.qos === 0 && row.load.connections === load.connections)
    if (!isRepeat) rows.push(...(await playLoad(targets, load)))
  }
  syncsMs.push(syncMs())
  if (options.json) {
    console.log(JSON.stringify({ seconds, rounds, threads, cpus: availableParallelism(), syncsMs, rows }))
  } else console.log(`${table(rows)}\n${legend(syncsMs)}`)
}

function legend(syncsMs: number[]): string {
  return [
    `Median of ${rounds} rounds of ${seconds} s in alternation; generator: ${threads} thread(s) here.`,
    'Ackstone answers QoS 1 and 2 after the synced commit; the others answer from memory. echo is no broker:',
    'it shows what the generator itself can do; a rate marked * comes near to that, and the server might do',
    'more. At QoS 0 the ratio is of what Ackstone stored.',
    `A synced write of 2 KiB takes this disk ${syncsMs.map((ms) => ms.toFixed(2)).join(' ms before, ')} ms after.`,
  ].join('\n')
}

if (options.help) console.log(usage)
else if (options.year) {
  const { benchYear } = await import('./year.ts')
  for (const line of await benchYear(Number(options.days), rounds)) console.log(line)
} else if (options.bridge) {
  const { benchBridge } = await import('./bridge.ts')
  const { json, profile } = options
  await benchBridge({ seconds, rounds, warmUpSeconds, json, profile })
} else await main()
