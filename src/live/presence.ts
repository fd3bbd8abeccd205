// Which devices are connected, and what went wrong lately for those that tried: what a person who connects a device
// wants to hear at once. Kept in memory, since it is about this moment.
import type { Clock } from '../lib/clock.ts'

/** Refused connections and publishes that are remembered. */
export const refusalsMax = 500

interface Client {
  readonly device: string
  readonly clientId: string
}

export interface Connected {
  clientId: string
  /** Since when, integer microseconds. */
  sinceTs: number
  /** Connections of the device; several clients may log in as one. */
  count: number
}

/** A connection that was refused, or a publish without the right to the topic. */
export interface Refusal {
  atTs: number
  clientId: string
  username: string | undefined
  remote: string
  /** As in MQTT 5. */
  reasonCode: number
  /** What it wanted to publish to; undefined for a refused connection. */
  topic: string | undefined
}

export class Presence {
  readonly #clock: Clock
  readonly #connected = new Map<string, Connected>()
  /** Oldest first. */
  readonly #refusals: Refusal[] = []
  readonly #watchers = new Set<(device: string) => void>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  connected({ device, clientId }: Client): void {
    if (device === '') return
    const known = this.#connected.get(device)
    const sinceTs = this.#clock.nowUs()
    if (known === undefined) this.#connected.set(device, { clientId, sinceTs, count: 1 })
    else Object.assign(known, { clientId, sinceTs, count: known.count + 1 })
    this.#tell(device)
  }

  disconnected({ device }: Client): void {
    const known = this.#connected.get(device)
    if (known === undefined) return
    if (--known.count === 0) this.#connected.delete(device)
    this.#tell(device)
  }

  refused(client: Omit<Refusal, 'atTs' | 'topic'>): void {
    this.#remember({ ...client, atTs: this.#clock.nowUs(), topic: undefined })
  }

  /** @param client that has no right to the topic. */
  forbidden({ device, clientId }: Client, topic: string): void {
    const atTs = this.#clock.nowUs()
    this.#remember({ atTs, clientId, username: device, remote: '', reasonCode: notAuthorized, topic })
  }

  #remember(refusal: Refusal): void {
    this.#refusals.push(refusal)
    if (this.#refusals.length > refusalsMax) this.#refusals.shift()
  }

  #tell(device: string): void {
    for (const watcher of this.#watchers) watcher(device)
  }

  /** The connection of a device; undefined when it has none. */
  of(device: string): Connected | undefined {
    return this.#connected.get(device)
  }

  /** Devices that are connected. */
  devices(): IterableIterator<string> {
    return this.#connected.keys()
  }

  /** Newest first. */
  refusals(): Refusal[] {
    return this.#refusals.toReversed()
  }

  /** Calls back with each device that connects or leaves, until the returned function is called. */
  watch(onChange: (device: string) => void): () => void {
    this.#watchers.add(onChange)
    return () => this.#watchers.delete(onChange)
  }
}

const notAuthorized = 0x87
