// What happens when somebody comes to a limit (I7): it is counted for the metrics, and said in the log with
// which limit, who and how much, without letting a flood of packets become a flood of lines.
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { QuietCounts } from '../lib/quiet-counts.ts'
import type { BrokerLimits } from './limits.ts'

/** The limits that others can make the broker come to. */
export const reachableLimits = [
  'packetBytesMax',
  'connectTimeoutMs',
  'packetTimeoutMs',
  'clientIdBytesMax',
  'willBytesMax',
  'topicBytesMax',
  'topicLevelsMax',
  'receiveMaximum',
  'messagesPerSecondMax',
  'sessionsMax',
  'subscriptionsPerSessionMax',
  'filtersPerPacketMax',
  'queueMessagesMax',
  'queueBytesMax',
  'queuedMessagesTotalMax',
  'queuedBytesTotalMax',
  'heldMessagesMax',
  'outgoingBytesMax',
  'retainedMessagesMax',
  'retainedBytesMax',
] as const satisfies readonly (keyof BrokerLimits)[]
export type ReachableLimit = (typeof reachableLimits)[number]

export class LimitsReached {
  readonly #limits: BrokerLimits
  readonly #reached: QuietCounts<ReachableLimit>
  readonly #log: Log

  constructor(limits: BrokerLimits, clock: Clock, log: Log) {
    this.#limits = limits
    this.#reached = new QuietCounts(reachableLimits, clock)
    this.#log = log
  }

  /** How often each limit has been reached since the start. */
  get counts(): ReadonlyMap<ReachableLimit, number> {
    return this.#reached.counts
  }

  /** @param who a client identifier, or an address where there is none yet.
   *  @param amount what was asked for; undefined where only the limit itself is known. */
  count(limit: ReachableLimit, who: string, amount?: number): void {
    const timesSinceLastLine = this.#reached.add(limit)
    if (timesSinceLastLine === undefined) return
    const allowed = this.#limits[limit]
    this.#log.warn('limit reached', { limit: `limits.${limit}`, allowed, who, amount, timesSinceLastLine })
  }
}
