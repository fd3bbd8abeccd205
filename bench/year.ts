// `npm run bench -- --year`: a year of one series at 1 Hz in LevelDB, reduced to 1,000 points, with the summaries
// of its blocks and without, in alternation. The process that wrote it is killed first, so opening is measured too.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../src/lib/clock.ts'
import { silentLog } from '../src/lib/log.ts'
import { aggregate, type Reduction } from '../src/storage/aggregate.ts'
import { encodeBlock } from '../src/storage/leveldb/blocks.ts'
import { LevelStore } from '../src/storage/leveldb/engine.ts'
import { blockKey, summaryKey } from '../src/storage/leveldb/keys.ts'
import { sealLimits } from '../src/storage/leveldb/seal.ts'
import { encodeSummary } from '../src/storage/leveldb/summaries.ts'
import { HubProcess } from '../test/hub.ts'
import { median } from './report.ts'
import { batchesOf, secondUs, startTs } from './year-rows.ts'

const points = 1_000
const sealsMeasured = 4_000

interface Spent {
  ms: number
  cpuMs: number
}

async function spent(work: () => unknown): Promise<Spent> {
  const cpu = process.cpuUsage()
  const began = performance.now()
  await work()
  const { user, system } = process.cpuUsage(cpu)
  return { ms: performance.now() - began, cpuMs: (user + system) / 1000 }
}

function textOf(all: readonly Spent[]): string {
  const ms = median(all.map((one) => one.ms))
  const cpuMs = median(all.map((one) => one.cpuMs))
  return `${ms.toFixed(0)} ms, ${cpuMs.toFixed(0)} ms of CPU`
}

/** @returns lines to print. */
export async function benchYear(days: number, rounds: number): Promise<string[]> {
  const rows = days * 86_400
  const folder = mkdtempSync(join(tmpdir(), 'ackstone-year-'))
  try {
    const writing = await spent(() => writeAndKill(folder, rows))
    let store: LevelStore | undefined
    const opening = await spent(async () => {
      store = await LevelStore.open({ folder, clock: systemClock, log: silentLog })
    })
    const lines = [
      `${rows} readings of one series, ${days} days at 1 Hz, to ${points} points; medians of ${rounds} rounds`,
      `  written                  ${Math.round(rows / (writing.ms / 1000)).toLocaleString('en')} rows/s`,
      `  opened after kill -9     ${opening.ms.toFixed(0)} ms`,
    ]
    try {
      lines.push(...(await reducedBothWays(store!, rows, rounds)))
      const { sizeBytes } = await store!.describe()
      lines.push(`  on disk                  ${(sizeBytes / rows).toFixed(2)} bytes a reading`)
    } finally {
      await store?.close()
    }
    return [...lines, await reducedByHub(folder, rows, rounds), ...sealCost(rounds)]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function writeAndKill(folder: string, rows: number): Promise<void> {
  const program = join(import.meta.dirname, 'year-writer.ts')
  const writer = spawn(process.execPath, [program, folder, String(rows)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(writer, 'close')
  await Promise.race([once(writer.stdout, 'data'), ended])
  writer.kill('SIGKILL')
  const [code] = (await ended) as [number | null]
  if (code !== null) throw new Error(`the writer ended with ${code}`)
}

async function reducedBothWays(store: LevelStore, rows: number, rounds: number): Promise<string[]> {
  const lines: string[] = []
  for (const [name, parts] of [
    ['all of it', 1],
    ['a twelfth', 12],
    ['a 365th', 365],
  ] as const) {
    const length = Math.floor(rows / parts) * secondUs
    const asked: Reduction = {
      ...{ device: 'd', key: 'k', agg: 'avg' },
      startTs: startTs + 1,
      endTs: startTs + length,
      intervalUs: Math.floor(length / points),
    }
    const summarised: Spent[] = []
    const plain: Spent[] = []
    // An engine without the ability: the readings themselves.
    const plainStore = { query: store.query.bind(store) }
    for (let round = 0; round < rounds; round++) {
      plain.push(await spent(() => aggregate(plainStore, asked)))
      summarised.push(await spent(() => aggregate(store, asked)))
    }
    const ratio = median(plain.map(({ ms }) => ms)) / median(summarised.map(({ ms }) => ms))
    lines.push(
      `  ${name.padEnd(10)} readings ${textOf(plain)}`,
      `  ${name.padEnd(10)} summaries ${textOf(summarised)}: ${ratio.toFixed(1)} times as fast`,
    )
  }
  return lines
}

/** The same question, asked of a hub over HTTP. */
async function reducedByHub(folder: string, rows: number, rounds: number): Promise<string> {
  const hub = await HubProcess.start({ folder })
  try {
    const startMs = startTs / 1000
    const range = `startTs=${startMs}&endTs=${startMs + rows * 1000}&interval=${(rows * 1000) / points}`
    const all: Spent[] = []
    for (let round = 0; round < rounds; round++)
      all.push(await spent(() => hub.get(`/devices/d/series?keys=k&agg=avg&${range}`)))
    return `  all of it  over HTTP ${median(all.map(({ ms }) => ms)).toFixed(0)} ms`
  } finally {
    await hub.stop()
  }
}

/** What a summary adds to the encoding of a full block. */
function sealCost(rounds: number): string[] {
  const { blockRowsMax, summaryRowsMin } = sealLimits
  const [batch] = batchesOf(blockRowsMax)
  const { ts, values } = batch!.runs[0]!
  const rows = { ts: Float64Array.from(ts), values: Float64Array.from(values as number[]), count: ts.length }
  const key = blockKey(1, startTs)
  const beside = summaryKey(key)
  const timed = (work: () => { length: number }): { us: number; bytes: number } => {
    const began = performance.now()
    let bytes = 0
    for (let i = 0; i < sealsMeasured; i++) bytes = work().length
    return { us: ((performance.now() - began) * 1000) / sealsMeasured, bytes }
  }
  const block = (): Buffer => encodeBlock(key, rows.ts, rows.values, 0, rows.count)
  const summary = (): Buffer => encodeSummary(beside, rows, 0, rows.count, summaryRowsMin)
  const measured = Array.from({ length: rounds + 1 }, () => [timed(block), timed(summary)] as const).slice(1)
  const blockUs = median(measured.map(([one]) => one.us))
  const summaryUs = median(measured.map(([, one]) => one.us))
  const [blocks, summaries] = measured[0]!
  return [
    `  sealing ${rows.count} readings    block ${blockUs.toFixed(0)} µs, ${blocks.bytes} bytes; ` +
      `summary ${summaryUs.toFixed(0)} µs, ${summaries.bytes} bytes: ` +
      `${((blockUs + summaryUs) / blockUs).toFixed(2)} times the time, ` +
      `${((blocks.bytes + summaries.bytes) / blocks.bytes).toFixed(3)} times the bytes`,
  ]
}
