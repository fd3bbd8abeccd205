// What happens when somebody comes to a limit (I7): it is counted for the metrics, and said in the log with
// which limit, who and how much, without letting a flood of packets become a flood of lines.
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
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

/** Each limit is logged at most once in this time. */
const quietMs = 60_000

export class LimitsReached {
  /** How often each limit has been reached since the start. */
  readonly counts = new Map<ReachableLimit, number>(reachableLimits.map((limit) => [limit, 0]))
  readonly #limits: BrokerLimits
  readonly #clock: Clock
  readonly #log: Log
  readonly #loggedAtMs = new Map<ReachableLimit, number>()
  readonly #unlogged = new Map<ReachableLimit, number>()

  constructor(limits: BrokerLimits, clock: Clock, log: Log) {
    this.#limits = limits
    this.#clock = clock
    this.#log = log
  }

  /** @param who a client identifier, or an address where there is none yet.
   *  @param amount what was asked for; undefined where only the limit itself is known. */
  count(limit: ReachableLimit, who: string, amount?: number): void {
    this.counts.set(limit, (this.counts.get(limit) ?? 0) + 1)
    const times = (this.#unlogged.get(limit) ?? 0) + 1
    const nowMs = this.#clock.monotonicMs()
    const isQuiet = nowMs - (this.#loggedAtMs.get(limit) ?? -Infinity) < quietMs
    this.#unlogged.set(limit, isQuiet ? times : 0)
    if (isQuiet) return
    this.#loggedAtMs.set(limit, nowMs)
    this.#log.warn('limit reached', {
      limit: `limits.${limit}`,
      allowed: this.#limits[limit],
      who,
      amount,
      timesSinceLastLine: times,
    })
  }
}
