// The load generator as the main thread sees it: starts the threads, lets them warm up, measures between two
// moments, and waits until every message has its answer.
import { Worker } from 'node:worker_threads'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ThreadOrder, ThreadReport } from './generator-thread.ts'
import type { Load } from './load.ts'
import { between, quantileMs, Tally } from './tally.ts'

/** The rows of a benchmark lie in the past: a load of a minute moves a device on by days. */
const firstTsAgoMs = 60 * 24 * 3_600_000
const drainMsMax = 60_000

export interface Measured {
  seconds: number
  /** Messages with their last answer, within the measured time. */
  done: number
  p50Ms: number | undefined
  p99Ms: number | undefined
  /** Messages of the whole round, warm-up and rest included; each got its last answer. */
  doneInAll: number
  /** From the first message of the round to the last answer. */
  secondsInAll: number
}

export interface Round {
  port: number
  load: Load
  threads: number
  warmUpSeconds: number
  seconds: number
}

/** @param probe called at both ends of the measured time. */
export async function generate(round: Round, probe: () => void): Promise<Measured> {
  const tallies: Tally[] = []
  const threads = Array.from({ length: round.threads }, (_, first) => {
    const tally = new Tally()
    tallies.push(tally)
    return startThread({
      port: round.port,
      load: round.load,
      first,
      step: round.threads,
      firstTs: Date.now() - firstTsAgoMs,
      memory: tally.memory,
    })
  })
  try {
    const failed = Promise.race(threads.map((thread) => thread.failed))
    await Promise.race([failed, Promise.all(threads.map((thread) => thread.connected))])
    for (const thread of threads) thread.worker.postMessage('start')
    const startedAll = performance.now()
    await Promise.race([failed, sleep(round.warmUpSeconds * 1000)])
    probe()
    const before = tallies.map((tally) => tally.snapshot())
    const started = performance.now()
    await Promise.race([failed, sleep(round.seconds * 1000)])
    const after = tallies.map((tally) => tally.snapshot())
    const seconds = (performance.now() - started) / 1000
    probe()
    for (const tally of tallies) tally.stop()
    const tooLate = sleep(drainMsMax, undefined, { ref: false }).then(() => {
      throw new Error(`not every message was answered within ${drainMsMax / 1000} s`)
    })
    const ends = await Promise.race([failed, tooLate, Promise.all(threads.map((thread) => thread.ended))])
    const secondsInAll = (performance.now() - startedAll) / 1000
    const { done, histogram } = between(before, after)
    return {
      seconds,
      done,
      p50Ms: quantileMs(histogram, 0.5),
      p99Ms: quantileMs(histogram, 0.99),
      secondsInAll,
      doneInAll: ends.reduce((sum, end) => sum + end.done, 0),
    }
  } finally {
    await Promise.all(threads.map((thread) => thread.worker.terminate()))
  }
}

interface Thread {
  worker: Worker
  connected: Promise<undefined>
  ended: Promise<{ done: number }>
  failed: Promise<never>
}

function startThread(order: ThreadOrder): Thread {
  const worker = new Worker(new URL('./generator-thread.ts', import.meta.url), { workerData: order })
  const connected = Promise.withResolvers<undefined>()
  const ended = Promise.withResolvers<{ done: number }>()
  const failed = Promise.withResolvers<never>()
  worker.on('message', (report: ThreadReport) => {
    if (report.type === 'connected') connected.resolve(undefined)
    else if (report.type === 'ended') ended.resolve(report)
    else failed.reject(new Error(report.message))
  })
  worker.on('error', (error: Error) => failed.reject(error))
  return { worker, connected: connected.promise, ended: ended.promise, failed: failed.promise }
}
