// `$SYS/broker/…`: how the hub is doing, for whoever subscribes to it. Clients can't publish there.
import { matches } from '../mqtt/topic.ts'
import type { BrokerParts } from './broker.ts'
import { RoutedMessage } from './routed-message.ts'

const prefix = '$SYS/'

/** Whether only the hub itself may publish to it. */
export function isSysTopic(topic: string): boolean {
  return topic.startsWith(prefix)
}

export class SysTopics {
  readonly #parts: BrokerParts
  readonly #version: string
  readonly #startedMs: number

  constructor(parts: BrokerParts, version: string) {
    this.#parts = parts
    this.#version = version
    this.#startedMs = parts.clock.monotonicMs()
  }

  /** What a new subscription gets at once. */
  matching(filter: string): RoutedMessage[] {
    if (!filter.startsWith(prefix)) return []
    return [...this.#values()].filter(([topic]) => matches(filter, topic)).map(messageOf)
  }

  /** Tells everybody who subscribes. */
  publish(): void {
    for (const value of this.#values()) this.#parts.routing.announce(messageOf(value))
  }

  #values(): Map<string, string> {
    const { clock, links, sessions, subscriptions, retained } = this.#parts
    const uptimeS = Math.floor((clock.monotonicMs() - this.#startedMs) / 1000)
    return new Map([
      [`${prefix}broker/version`, `Ackstone ${this.#version}`],
      [`${prefix}broker/uptime`, `${uptimeS} seconds`],
      [`${prefix}broker/clients/connected`, `${links.size}`],
      [`${prefix}broker/clients/total`, `${sessions.count}`],
      [`${prefix}broker/subscriptions/count`, `${subscriptions.count}`],
      [`${prefix}broker/shared_subscriptions/count`, `${subscriptions.groupCount}`],
      [`${prefix}broker/retained messages/count`, `${retained.count}`],
    ])
  }
}

function messageOf([topic, text]: [string, string]): RoutedMessage {
  return new RoutedMessage(topic, Buffer.from(text), 0, undefined, 0)
}
