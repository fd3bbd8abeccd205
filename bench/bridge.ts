// `npm run bench -- --bridge`: what one connection of a bridge takes in, acknowledged and synced. Fed by a
// broker that is nothing but a feeder, for the ceiling; by one that sends one message at a time, which is what
// acknowledging one by one comes to; and by a real Mosquitto, which has to be fed itself on the same machine.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { HubProcess } from '../test/hub.ts'
import { startMosquitto } from '../test/mosquitto-broker.ts'
import { findTool } from '../test/tools.ts'
import { syncMs } from './disk.ts'
import type { FeederOrder } from './feeder-thread.ts'
import { generate } from './generator.ts'
import { median } from './report.ts'
import { cpuSeconds } from './targets/target.ts'

export interface BridgeBench {
  seconds: number
  rounds: number
  warmUpSeconds: number
  json: boolean
  profile: string | undefined
}

interface Figures {
  rate: number
  cpuPerMillion: number | undefined
}

interface Source {
  name: string
  qos: 1 | 2
  play(hub: HubProcess, bench: BridgeBench): Promise<Figures>
}

const firstTsAgoMs = 60 * 24 * 3_600_000
const attachMsMax = 10_000

export async function benchBridge(bench: BridgeBench): Promise<void> {
  const sources: Source[] = [
    { name: 'feeder, whole window', qos: 1, play: feederRound(4_096, 1) },
    { name: 'feeder, one at a time', qos: 1, play: feederRound(1, 1) },
    { name: 'feeder, whole window', qos: 2, play: feederRound(4_096, 2) },
  ]
  const mosquitto = findTool('mosquitto')
  if (mosquitto !== undefined) sources.push({ name: 'mosquitto', qos: 1, play: mosquittoRound(mosquitto) })
  const figures = sources.map((): Figures[] => [])
  for (let round = 0; round < bench.rounds; round++) {
    for (const [at, source] of sources.entries()) {
      const result = await onFreshHub(bench, (hub) => source.play(hub, bench))
      figures[at]!.push(result)
      process.stderr.write(
        `round ${round + 1}  QoS ${source.qos}  ${source.name}  ${Math.round(result.rate)} msg/s\n`,
      )
    }
  }
  const rows = sources.map(({ name, qos }, at) => {
    const rates = figures[at]!.map(({ rate }) => rate)
    const cpu = figures[at]!.map(({ cpuPerMillion }) => cpuPerMillion ?? Number.NaN)
    return { name, qos, rate: median(rates), cpuPerMillion: median(cpu), rounds: rates.map(Math.round) }
  })
  const ratio = rows[0]!.rate / rows[1]!.rate
  if (bench.json)
    return console.log(JSON.stringify({ seconds: bench.seconds, syncMs: syncMs(), ratio, rows }))
  for (const { name, qos, rate, cpuPerMillion } of rows) {
    console.log(
      `QoS ${qos}  ${name.padEnd(24)} ${String(Math.round(rate)).padStart(9)} msg/s  ${cpuPerMillion.toFixed(1).padStart(6)} s processor time for a million`,
    )
  }
  console.log(`The whole window brings ${ratio.toFixed(1)} times what one at a time does.`)
  console.log(
    `One connection, two readings a message. A synced write of 2 KiB takes ${syncMs().toFixed(2)} ms here.`,
  )
}

async function onFreshHub(
  { profile }: BridgeBench,
  play: (hub: HubProcess) => Promise<Figures>,
): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), 'ackstone-bench-bridge-'))
  const nodeArgs = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]
  const hub = await HubProcess.start({ folder, nodeArgs })
  try {
    return await play(hub)
  } finally {
    await hub.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

function feederRound(window: number, qos: 1 | 2): Source['play'] {
  return async (hub, bench) => {
    const order: FeederOrder = {
      ...{ window, qos, firstTs: Date.now() - firstTsAgoMs },
      done: new SharedArrayBuffer(8),
    }
    const worker = new Worker(new URL('./feeder-thread.ts', import.meta.url), { workerData: order })
    try {
      const port = await new Promise<number>((resolve, reject) => {
        worker.once('message', resolve)
        worker.once('error', reject)
      })
      await attach(hub, port, qos)
      const done = new BigInt64Array(order.done)
      return await measure(hub, bench, async () => Number(Atomics.load(done, 0)))
    } finally {
      await worker.terminate()
    }
  }
}

function mosquittoRound(path: string): Source['play'] {
  return async (hub, bench) => {
    const broker = await startMosquitto(path, ['max_queued_messages 0', 'max_inflight_messages 0'])
    try {
      await attach(hub, broker.port, 1)
      const load = { connections: 10, window: 20, qos: 1 } as const
      const { warmUpSeconds, seconds } = bench
      const publishing = generate(
        { port: broker.port, load, threads: 1, warmUpSeconds: 0, seconds: warmUpSeconds + seconds + 1 },
        () => undefined,
      )
      const measured = measure(hub, bench, async () => {
        const { acknowledged } = await hub.get<{ acknowledged: number }>('/integrations/bench/delivery')
        return acknowledged
      })
      const [figures] = await Promise.all([measured, publishing])
      return figures
    } finally {
      await broker.stop()
    }
  }
}

async function attach(hub: HubProcess, port: number, qos: 1 | 2): Promise<void> {
  await hub.request('POST', '/integrations', {
    name: 'Bench',
    kind: 'bridge',
    topics: [
      { filter: 'plant/{device}/telemetry', qos },
      { filter: 'v1/devices/{device}/telemetry', qos },
    ],
    converter: { type: 'json' },
    connection: { url: `mqtt://127.0.0.1:${port}` },
  })
  const deadline = performance.now() + attachMsMax
  for (;;) {
    const { state } = await hub.get<{ state: string }>('/integrations/bench/health')
    if (state === 'connected' || state === 'catching up') return
    if (performance.now() > deadline) throw new Error(`the bridge is ${state}`)
    await sleep(20)
  }
}

async function measure(hub: HubProcess, bench: BridgeBench, count: () => Promise<number>): Promise<Figures> {
  await sleep(bench.warmUpSeconds * 1000)
  const [before, cpuBefore, started] = [await count(), cpuSeconds(hub.pid), performance.now()]
  await sleep(bench.seconds * 1000)
  const [after, cpuAfter, ended] = [await count(), cpuSeconds(hub.pid), performance.now()]
  const cpu = cpuBefore === undefined || cpuAfter === undefined ? undefined : cpuAfter - cpuBefore
  return {
    rate: ((after - before) * 1000) / (ended - started),
    cpuPerMillion: cpu === undefined ? undefined : (cpu / (after - before)) * 1e6,
  }
}
