// Listening to what is published to this hub, whether an integration takes it or not, for somebody who is about to set
// one up. Nothing is stored; it ends when nobody asks for what came.
import type { Tap, Traces } from '../delivery/traces.ts'
import type { Clock, Timer } from '../lib/clock.ts'
import {
  Listening,
  type ListenedConversion,
  type ListenedMessage,
  type ListeningResult,
} from '../lib/listening.ts'
import type { Message } from '../model/message.ts'
import { assert } from '../lib/assert.ts'
import { matches, parseNamedFilter } from '../mqtt/topic.ts'
import { PayloadFacts, type PayloadShares } from './payload-facts.ts'

/** Who listens at a time. */
export const listeningsMax = 10
const idleMs = 30_000
/** Published to us, the level is told as it came. */
const qosSeenMax = 2

export interface Listened {
  secondsLeft: number
  listening: ListeningResult
  facts: PayloadShares
}

interface Session {
  listening: Listening
  facts: PayloadFacts
  beganMs: number
  end: () => void
  timer: Timer
}

export class Listenings {
  readonly #traces: Traces
  readonly #clock: Clock
  readonly #newId: () => string
  readonly #sessions = new Map<string, Session>()

  /** @param newId an identifier that nobody guesses. */
  constructor(traces: Traces, clock: Clock, newId: () => string) {
    this.#traces = traces
    this.#clock = clock
    this.#newId = newId
  }

  /** Begins; undefined when too many listen already.
   *  @param topics topic filters that have been checked, with or without names.
   *  @param convert what a converter makes of a message. */
  start(
    topics: readonly string[],
    convert: ((message: ListenedMessage) => ListenedConversion | null) | undefined,
  ): string | undefined {
    if (this.#sessions.size >= listeningsMax) return undefined
    const filters = topics.map(plainFilter)
    const listening = new Listening(convert)
    const facts = new PayloadFacts()
    const tap: Tap = {
      sees(message) {
        if (!isPublished(message) || !filters.some((filter) => matches(filter, message.topic))) return false
        listening.add(message, message.receivedTs)
        facts.add(message.topic, message.source.subarray(message.payloadStart, message.payloadEnd))
        return false
      },
    }
    const end = this.#traces.tap(tap)
    if (end === undefined) return undefined
    const id = this.#newId()
    const timer = this.#idleTimer(id)
    this.#sessions.set(id, { listening, facts, beganMs: this.#clock.monotonicMs(), end, timer })
    return id
  }

  /** What came so far; undefined when it has ended. */
  of(id: string): Listened | undefined {
    const session = this.#sessions.get(id)
    if (session === undefined) return undefined
    session.timer.cancel()
    session.timer = this.#idleTimer(id)
    const seconds = (this.#clock.monotonicMs() - session.beganMs) / 1000
    return {
      secondsLeft: idleMs / 1000,
      listening: session.listening.result(Math.round(seconds * 10) / 10, qosSeenMax),
      facts: session.facts.shares(),
    }
  }

  /** @returns whether it was there. */
  end(id: string): boolean {
    const session = this.#sessions.get(id)
    if (session === undefined) return false
    session.timer.cancel()
    session.end()
    return this.#sessions.delete(id)
  }

  #idleTimer(id: string): Timer {
    return this.#clock.after(idleMs, () => void this.end(id))
  }
}

function plainFilter(topic: string): string {
  const named = parseNamedFilter(topic)
  assert(!('error' in named), `the filter ${topic} has been checked`)
  return named.filter
}

/** Published to this hub over MQTT: what comes from another broker or over HTTP is not. */
function isPublished({ clientId, isOldCopy }: Message): boolean {
  return clientId !== 'http' && isOldCopy === undefined
}
