// Connections that were turned away, by what turned them away: counted for the metrics, and said in the log
// without letting a flood of connections become a flood of lines.
import type { Log } from '../lib/log.ts'

/** connections, connectionsPerAddress, handshakes: limits. proxy: a PROXY header that was not acceptable, or
 *  came from an address that is not trusted. tls: a handshake that failed. webSocket: an upgrade refused. */
export const refusalReasons = [
  'connections',
  'connectionsPerAddress',
  'handshakes',
  'proxy',
  'tls',
  'webSocket',
] as const
export type RefusalReason = (typeof refusalReasons)[number]

/** A reason is logged at most once in this time. */
const quietMs = 10_000

export class Refusals {
  readonly counts = new Map<RefusalReason, number>(refusalReasons.map((reason) => [reason, 0]))
  readonly #log: Log
  readonly #loggedAtMs = new Map<RefusalReason, number>()
  readonly #unlogged = new Map<RefusalReason, number>()

  constructor(log: Log) {
    this.#log = log
  }

  /** @param remote who it was.
   *  @param detail which limit and how much, or what was wrong. */
  count(reason: RefusalReason, remote: string, detail: string): void {
    this.counts.set(reason, (this.counts.get(reason) ?? 0) + 1)
    const unlogged = (this.#unlogged.get(reason) ?? 0) + 1
    const nowMs = performance.now()
    const isQuiet = nowMs - (this.#loggedAtMs.get(reason) ?? -Infinity) < quietMs
    this.#unlogged.set(reason, isQuiet ? unlogged : 0)
    if (isQuiet) return
    this.#loggedAtMs.set(reason, nowMs)
    this.#log.warn('connection refused', { reason, remote, detail, refusedSinceLastLine: unlogged })
  }
}
