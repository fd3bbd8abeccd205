// A month of one series at 1 Hz in Cassandra, reduced to 1,000 points: from rows, and from blocks once they are made.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../src/lib/clock.ts'
import { silentLog } from '../src/lib/log.ts'
import { aggregate } from '../src/storage/aggregate.ts'
import { CassandraStore } from '../src/storage/cassandra/engine.ts'
import type { Contact } from '../test/cassandra/server.ts'
import { optionsFor } from '../test/cassandra/stores.ts'

const rows = 30 * 86_400
const points = 1_000
const batchRows = 20_000
const startTs = 1_700_000_000_000_000
const secondUs = 1_000_000
/** Blocks are made when a bucket has been left alone for a while. */
const laterUs = 3_600 * secondUs

/** @returns lines to print. */
export async function readMonth(contact: Contact, keyspace: string): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'ackstone-month-'))
  let aheadUs = 0
  const clock = { ...systemClock, nowUs: () => systemClock.nowUs() + aheadUs }
  const options = {
    ...optionsFor(contact, keyspace),
    folder,
    clockAheadMaxMs: 86_400_000,
    clock,
    log: silentLog,
  }
  const store = await CassandraStore.open(options)
  try {
    const lines: string[] = []
    const imported = performance.now()
    for (let from = 0; from < rows; from += batchRows) await store.commit(batchFrom(from))
    lines.push(
      `  written                    ${Math.round((rows / (performance.now() - imported)) * 1000)} rows/s`,
    )
    lines.push(`  from rows                  ${await reduced(store)}`)
    aheadUs = laterUs
    const sealed = performance.now()
    const made = await store.seal('d', 'k')
    lines.push(`  ${made} blocks made in      ${((performance.now() - sealed) / 1000).toFixed(1)} s`)
    for (let round = 0; round < 4; round++) lines.push(`  from blocks                ${await reduced(store)}`)
    return [`${rows} readings of one series to ${points} points`, ...lines]
  } finally {
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

function batchFrom(from: number): Parameters<CassandraStore['commit']>[0] {
  const ts: number[] = []
  const values: number[] = []
  for (let i = from; i < Math.min(rows, from + batchRows); i++) {
    ts.push(startTs + i * secondUs)
    values.push(Math.round(200 + 50 * Math.sin(i / 9_000) + ((i * 7_919) % 13)) / 10)
  }
  const run = { device: 'd', key: 'k', integration: 'bench', duplicates: 'overwrite' as const, ts, values }
  return { ticket: from + 1, runs: [run], rejected: [], resolvedRejected: [], state: [], closedTs: startTs }
}

async function reduced(store: CassandraStore): Promise<string> {
  const endTs = startTs + rows * secondUs
  const began = performance.now()
  const cpu = process.cpuUsage()
  const intervalUs = (rows * secondUs) / points
  const { count } = await aggregate(store, { device: 'd', key: 'k', startTs, endTs, intervalUs, agg: 'avg' })
  const { user, system } = process.cpuUsage(cpu)
  return `${Math.round(performance.now() - began)} ms for ${count} points, ${Math.round((user + system) / 1000)} ms of CPU`
}
