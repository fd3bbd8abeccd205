// Who comes to a limit of access, or is banned: counted for the metrics, and said in the log with which limit, who and
// how often, once a minute at most for each.
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'

const accessLimits = ['access.messagesPerSecondMax', 'access.connectsPerSecondMax', 'access.bans'] as const
export type AccessLimit = (typeof accessLimits)[number]

/** Each is logged at most once in this time. */
const quietMs = 60_000

export class AccessLimitsReached {
  /** How often since the start. */
  readonly counts = new Map<AccessLimit, number>(accessLimits.map((limit) => [limit, 0]))
  readonly #clock: Clock
  readonly #log: Log
  readonly #loggedAtMs = new Map<AccessLimit, number>()
  readonly #unlogged = new Map<AccessLimit, number>()

  constructor(clock: Clock, log: Log) {
    this.#clock = clock
    this.#log = log
  }

  /** @param who a device or account, or an address where there is none yet.
   *  @param allowed for each second; undefined where nothing is. */
  count(limit: AccessLimit, who: string, allowed?: number): void {
    this.counts.set(limit, this.counts.get(limit)! + 1)
    const times = (this.#unlogged.get(limit) ?? 0) + 1
    const nowMs = this.#clock.monotonicMs()
    const isQuiet = nowMs - (this.#loggedAtMs.get(limit) ?? -Infinity) < quietMs
    this.#unlogged.set(limit, isQuiet ? times : 0)
    if (isQuiet) return
    this.#loggedAtMs.set(limit, nowMs)
    const message = limit === 'access.bans' ? 'somebody who is banned is turned away' : 'limit reached'
    this.#log.warn(message, { limit, allowed, who, timesSinceLastLine: times })
  }
}
