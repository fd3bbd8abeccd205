// The calls that wait for one script, what became of its calls, and whether it may run: a script that keeps exceeding
// its limits is suspended, so that its messages are rejected at once instead of costing their time again and again.
import { createHash } from 'node:crypto'
import { rejection, type RejectionCode, type RejectionDetails } from '../converters/rejections.ts'
import { LatencyHistogram } from '../delivery/latency-histogram.ts'
import type { Clock } from '../lib/clock.ts'
import type { Job, Result } from './protocol.ts'

/** Calls that wait, and their payloads' bytes, from which on senders are not read; and the most there can be. */
const crowdedCalls = 1_000
const crowdedBytes = 8 * 1024 * 1024
const callsMax = 50_000
/** Times in a row that a script may exceed its limits before it is suspended, and for how long: at first, at most. */
export const strikesMax = 5
const suspensionFirstMs = 1_000
const suspensionMaxMs = 60_000
/** Calls handed to a worker at a time. */
const batchCalls = 64
const batchBytes = 1024 * 1024

/** What makes a script be suspended: these cost time that others would have had. */
const strikes: ReadonlySet<string> = new Set(['script_time', 'script_memory', 'script_stack', 'script_ended'])

export interface Call {
  readonly job: Job
  readonly bytes: number
  readonly settle: (result: Result) => void
  /** Threads that ended with it in hand. */
  losses: number
}

export interface ScriptFigures {
  runs: number
  warnings: number
  /** By code. */
  failures: ReadonlyMap<string, number>
  cpuMs: { p50: number | null; p99: number | null }
  waiting: number
  /** Milliseconds since the epoch; null when it may run. */
  suspendedUntil: number | null
}

export class ScriptQueue {
  readonly #clock: Clock
  #source: string
  #hash: string
  #calls: Call[] = []
  #bytes = 0
  #strikes = 0
  #suspensionMs = 0
  #suspendedUntilMs = 0
  /** Time of workers used, for fairness. */
  usedMs = 0
  /** Workers that have calls of it. */
  running = 0
  #runs = 0
  #warnings = 0
  readonly #failures = new Map<string, number>()
  readonly #cpu = new LatencyHistogram()

  constructor(source: string, clock: Clock) {
    this.#clock = clock
    this.#source = source
    this.#hash = hashOf(source)
  }

  get source(): string {
    return this.#source
  }

  get hash(): string {
    return this.#hash
  }

  get waiting(): number {
    return this.#calls.length
  }

  get isCrowded(): boolean {
    return this.#calls.length >= crowdedCalls || this.#bytes >= crowdedBytes
  }

  /** A script under suspicion has one worker at most, so that it can't take all of them. */
  get mayStart(): boolean {
    return this.#calls.length > 0 && (this.running === 0 || this.#strikes === 0)
  }

  /** Another version: it begins with a clean record. */
  renew(source: string): void {
    this.#source = source
    this.#hash = hashOf(source)
    this.#strikes = 0
    this.#suspensionMs = 0
    this.#suspendedUntilMs = 0
  }

  /** @returns false when the call has been settled at once. */
  add(call: Call): boolean {
    const refused = this.#refused()
    if (refused !== undefined) {
      this.settle(call, refused)
      return false
    }
    this.#calls.push(call)
    this.#bytes += call.bytes
    return true
  }

  #refused(): Result | undefined {
    if (this.#suspendedUntilMs > this.#clock.monotonicMs()) {
      const until = new Date(this.#suspendedUntil).toISOString()
      return failed('script_suspended', { count: this.#strikes, until })
    }
    return this.#calls.length >= callsMax ? failed('script_busy') : undefined
  }

  get #suspendedUntil(): number {
    const leftMs = this.#suspendedUntilMs - this.#clock.monotonicMs()
    return Math.round(this.#clock.nowUs() / 1000 + leftMs)
  }

  /** Calls for one worker. */
  take(): Call[] {
    let count = 0
    let bytes = 0
    for (const call of this.#calls) {
      if (count > 0 && (count === batchCalls || bytes + call.bytes > batchBytes)) break
      count++
      bytes += call.bytes
    }
    this.#bytes -= bytes
    this.running++
    return this.#calls.splice(0, count)
  }

  /** Calls come back that were not begun. */
  giveBack(calls: readonly Call[]): void {
    for (const call of calls) this.#bytes += call.bytes
    this.#calls.unshift(...calls)
  }

  /** The call is over. */
  settle(call: Call, result: Result): void {
    this.#runs++
    this.#warnings += result.warnings.length
    if (result.cpuMs > 0) this.#cpu.record(result.cpuMs, 1)
    const code = result.failure?.code
    if (code !== undefined) this.#failures.set(code, (this.#failures.get(code) ?? 0) + 1)
    if (code !== 'script_suspended' && code !== 'script_busy') this.#judge(code)
    call.settle(result)
  }

  #judge(code: string | undefined): void {
    if (code === undefined || !strikes.has(code)) {
      this.#strikes = 0
      this.#suspensionMs = 0
      return
    }
    if (++this.#strikes < strikesMax) return
    this.#suspensionMs = Math.min(suspensionMaxMs, Math.max(suspensionFirstMs, this.#suspensionMs * 2))
    this.#suspendedUntilMs = this.#clock.monotonicMs() + this.#suspensionMs
    const waiting = this.#calls.splice(0)
    this.#bytes = 0
    for (const call of waiting) this.add(call)
  }

  figures(): ScriptFigures {
    const isSuspended = this.#suspendedUntilMs > this.#clock.monotonicMs()
    return {
      runs: this.#runs,
      warnings: this.#warnings,
      failures: this.#failures,
      cpuMs: { p50: this.#cpu.percentileMs(0.5), p99: this.#cpu.percentileMs(0.99) },
      waiting: this.#calls.length,
      suspendedUntil: isSuspended ? this.#suspendedUntil : null,
    }
  }
}

export function failed(code: RejectionCode, details: RejectionDetails = {}): Result {
  const { message } = rejection(code, details)
  return { failure: { code, reason: message, line: null, column: null }, warnings: [], console: [], cpuMs: 0 }
}

function hashOf(source: string): string {
  return createHash('sha256').update(source).digest('base64')
}
