// A worker thread that runs scripts. It takes a batch of calls of one script, stops beginning new ones when its slice
// is over, and says what it has done; the hub ends it when it does not come back.
import { isUtf8 } from 'node:buffer'
import { parentPort, workerData } from 'node:worker_threads'
import { ConversionError } from '../converters/converter.ts'
import { rejection } from '../converters/rejections.ts'
import { assert } from '../lib/assert.ts'
import { systemClock } from '../lib/clock.ts'
import { downlinkOf } from './script-downlink.ts'
import type { Batch, BatchDone, Failure, Job, Result, UplinkInput } from './protocol.ts'
import { Sandbox } from './sandbox.ts'
import { ScriptFailure, type ScriptFault } from './script-failure.ts'
import { readingsOf, warningsOf } from './script-readings.ts'

/** Engines kept, each with one script; the one used longest ago goes first. */
const sandboxesMax = 8
/** Time after which no further call of a batch is begun, milliseconds. */
const sliceMs = 10

const { progress } = workerData as { progress: Int32Array }
const sandboxes = new Map<string, Sandbox>()

// The engine asks the host for the zone of local times. A result must not depend on where the hub stands.
Date.prototype.getTimezoneOffset = () => 0

assert(parentPort !== null, 'this file runs in a worker thread')
const port = parentPort
// A promise that nobody handles ends the thread, which the hub then replaces.
port.on('message', (batch: Batch) => void answer(batch))

async function answer(batch: Batch): Promise<void> {
  port.postMessage(await run(batch))
}

async function run({ hash, source, jobs }: Batch): Promise<BatchDone> {
  const results: Result[] = []
  const startedMs = systemClock.monotonicMs()
  for (const [index, job] of jobs.entries()) {
    results.push(await resultOf(hash, source, job, index + 1))
    if (systemClock.monotonicMs() - startedMs >= sliceMs) break
  }
  Atomics.store(progress, 0, 0)
  return { results }
}

async function resultOf(hash: string, source: string, job: Job, number: number): Promise<Result> {
  const result: Result = { warnings: [], console: [], cpuMs: 0 }
  const startedMs = cpuMs()
  try {
    Atomics.store(progress, 0, -number)
    const sandbox = await sandboxOf(hash, source)
    Atomics.store(progress, 0, number)
    if (job.call === 'load') {
      result.functions = JSON.parse(sandbox.call('', '')) as string[]
      return result
    }
    const text = callIn(sandbox, hash, job)
    const answer = JSON.parse(text) as { missing?: string; result?: unknown; console?: string[] }
    result.console = answer.console ?? []
    if (answer.missing !== undefined) throw rejection('script_function', { name: answer.missing })
    result.warnings = warningsOf(answer.result)
    if (job.call === 'decodeUplink') result.readings = readingsOf(answer.result)
    else result.downlink = downlinkOf(answer.result)
  } catch (error) {
    result.failure = failureOf(error)
  }
  result.cpuMs = cpuMs() - startedMs
  return result
}

async function sandboxOf(hash: string, source: string): Promise<Sandbox> {
  const known = sandboxes.get(hash)
  const sandbox = known ?? (await Sandbox.load(source, cpuMs))
  sandboxes.delete(hash)
  sandboxes.set(hash, sandbox)
  if (sandboxes.size > sandboxesMax) {
    for (const oldest of sandboxes.keys()) {
      sandboxes.delete(oldest)
      break
    }
  }
  return sandbox
}

function callIn(sandbox: Sandbox, hash: string, job: Exclude<Job, { call: 'load' }>): string {
  const input = job.call === 'decodeUplink' ? uplinkText(job.input) : JSON.stringify(job.input)
  try {
    return sandbox.call(job.call, input)
  } finally {
    if (sandbox.isSpent) sandboxes.delete(hash)
  }
}

function uplinkText({ bytes, ...rest }: UplinkInput): string {
  const payload = isUtf8(bytes) ? Buffer.from(bytes).toString('utf8') : null
  return JSON.stringify({ ...rest, bytes: Array.from(bytes), payload })
}

const codes = {
  syntax: 'script_syntax',
  thrown: 'script_error',
  time: 'script_time',
  memory: 'script_memory',
  stack: 'script_stack',
  output: 'script_output',
} as const satisfies Record<ScriptFault, string>

function failureOf(error: unknown): Failure {
  if (error instanceof ConversionError) {
    return { code: error.code, reason: error.message, line: null, column: null }
  }
  if (!(error instanceof ScriptFailure)) throw error
  const { fault, details, place } = error
  const where = place === undefined ? '' : ` (line ${place.line}, column ${place.column})`
  const { code, message } = rejection(codes[fault], { ...details, where })
  return { code, reason: message, line: place?.line ?? null, column: place?.column ?? null }
}

/** Processor time of this thread: a busy machine makes no script slow. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}
