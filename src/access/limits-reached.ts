// Who comes to a limit of access, or is banned: counted for the metrics, and said in the log with which limit, who and
// how often, once a minute at most for each.
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { QuietCounts } from '../lib/quiet-counts.ts'

const accessLimits = ['access.messagesPerSecondMax', 'access.connectsPerSecondMax', 'access.bans'] as const
export type AccessLimit = (typeof accessLimits)[number]

export class AccessLimitsReached {
  readonly #reached: QuietCounts<AccessLimit>
  readonly #log: Log

  constructor(clock: Clock, log: Log) {
    this.#reached = new QuietCounts(accessLimits, clock)
    this.#log = log
  }

  /** How often since the start. */
  get counts(): ReadonlyMap<AccessLimit, number> {
    return this.#reached.counts
  }

  /** @param who a device or account, or an address where there is none yet.
   *  @param allowed for each second; undefined where nothing is. */
  count(limit: AccessLimit, who: string, allowed?: number): void {
    const timesSinceLastLine = this.#reached.add(limit)
    if (timesSinceLastLine === undefined) return
    const message = limit === 'access.bans' ? 'somebody who is banned is turned away' : 'limit reached'
    this.#log.warn(message, { limit, allowed, who, timesSinceLastLine })
  }
}
