// All bridges of this hub: started, changed and ended as their integrations are, one change of a bridge at a
// time and in the background, because another broker may take its time.
import type { FlightKeeper } from '../../client/flights.ts'
import type { OutgoingMessage } from '../../client/outgoing-message.ts'
import type { PublishResult } from '../../client/outbound.ts'
import { AckstoneError } from '../../errors.ts'
import { Changes } from '../../lib/changes.ts'
import type { Timer } from '../../lib/clock.ts'
import type { Qos } from '../../model/message.ts'
import type { Properties } from '../../mqtt/packet.ts'
import type { Conversations } from '../conversations.ts'
import type { IntegrationRecord } from '../integration.ts'
import { Bridge, subscribedTopics, type BridgeParts } from './bridge.ts'
import { clientIdOf, isSameSession, sessionOf } from './connection.ts'
import { pausedHealth, type BridgeHealth } from './health.ts'

const tickMs = 1_000
/** When the store could not be asked what is remembered of a session. */
const retryMs = 5_000

export interface BridgesOptions extends BridgeParts {
  conversations: () => Pick<Conversations, 'of'>
}

/** What there is of one integration. */
interface Place {
  readonly changes: Changes
  /** As the integration is to be; undefined: removed. */
  wanted: IntegrationRecord | undefined
  /** The version before, until its session has been continued or ended. */
  before: IntegrationRecord | undefined
  bridge: Bridge | undefined
}

export class Bridges {
  readonly #options: BridgesOptions
  readonly #places = new Map<string, Place>()
  #timer: Timer | undefined
  #isClosed = false

  constructor(options: BridgesOptions) {
    this.#options = options
    this.#tick()
  }

  /** The integration is new, or has changed. What is no bridge has none. */
  apply(record: IntegrationRecord): void {
    this.#change(record.id, record.kind === 'bridge' ? record : undefined)
  }

  /** The integration is gone: the other broker is to keep nothing for it. */
  remove(id: string): void {
    this.#change(id, undefined)
  }

  /** Whether the integration is a bridge, switched off ones included. */
  has(id: string): boolean {
    return this.#places.get(id)?.wanted !== undefined
  }

  /** Undefined for what is no bridge. */
  health(id: string): BridgeHealth | undefined {
    const place = this.#places.get(id)
    if (place?.wanted === undefined) return undefined
    return place.bridge === undefined || !place.wanted.isEnabled
      ? pausedHealth(place.wanted.topics, place.wanted.connection?.cleanStart === true)
      : place.bridge.health()
  }

  /** Publishes at the broker of an integration, as `Bridge.publish` does.
   *  @throws BRIDGE_PAUSED for one that is switched off, and for what is no bridge. */
  publish(
    id: string,
    topic: string,
    payload: Uint8Array,
    qos: Qos,
    properties?: Properties,
  ): Promise<PublishResult> {
    const bridge = this.#places.get(id)?.bridge
    if (bridge === undefined) return Promise.reject(new AckstoneError('BRIDGE_PAUSED', { id }))
    return bridge.publish(topic, payload, qos, properties)
  }

  /** Sends a message that its keeper keeps until the broker has it.
   *  @returns what keeps it from leaving: no such bridge, switched off, not connected, or too much in flight.
   *  @throws TOPIC_INVALID, BROKER_LACKS: it can't be sent to this broker. */
  launch(
    id: string,
    message: OutgoingMessage,
    keeper: FlightKeeper,
  ): 'launched' | 'gone' | 'paused' | 'away' | 'full' {
    const place = this.#places.get(id)
    if (place?.wanted === undefined) return 'gone'
    if (!place.wanted.isEnabled) return 'paused'
    if (place.bridge?.isConnected !== true) return 'away'
    return place.bridge.launch(message, keeper) ? 'launched' : 'full'
  }

  /** Hands a message over at QoS 0, which nobody answers. @returns false: not connected. */
  hand(id: string, { topic, payload, properties }: OutgoingMessage): boolean {
    if (this.#places.get(id)?.bridge?.isConnected !== true) return false
    this.publish(id, topic, Buffer.from(payload), 0, properties).catch((error: unknown) => {
      // At QoS 0 a message may be lost, and this one was.
      if (!(error instanceof AckstoneError)) throw error
    })
    return true
  }

  /** Names the session that messages of an integration go through; undefined for what is no bridge. */
  sessionOf(id: string): string | undefined {
    const { connection, connections = 1 } = this.#places.get(id)?.wanted ?? {}
    return connection && sessionOf(connection, clientIdOf(connection, connections, 1))
  }

  /** Stores and answers what was taken in, and leaves; the sessions stay at their brokers. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#timer?.cancel()
    await Promise.all(
      [...this.#places.values()].map((place) =>
        place.changes.inTurn(async () => {
          const { bridge } = place
          place.bridge = undefined
          await bridge?.stop(true)
        }),
      ),
    )
  }

  #change(id: string, wanted: IntegrationRecord | undefined): void {
    let place = this.#places.get(id)
    if (place === undefined) {
      if (wanted === undefined) return
      place = { changes: new Changes(), wanted, before: undefined, bridge: undefined }
      this.#places.set(id, place)
    }
    place.wanted = wanted
    const own = place
    own.changes
      .inTurn(() => this.#follow(id, own, wanted))
      .catch((error: unknown) => {
        if (!(error instanceof AckstoneError)) return this.#options.onFatal(error)
        const { code, message } = error
        this.#options.log.error('a bridge could not be changed; it is tried again', {
          ...{ integration: id, code, detail: message },
        })
        this.#options.clock.after(retryMs, () => {
          if (own.wanted === wanted && !this.#isClosed) this.#change(id, wanted)
        })
      })
  }

  /** Ends what was there, and begins what is wanted. */
  async #follow(id: string, place: Place, wanted: IntegrationRecord | undefined): Promise<void> {
    if (this.#isClosed) return
    const { before } = place
    const isForGood = before !== undefined && !continues(before, wanted)
    // A paused bridge whose session is to end needs a moment of its own to say so.
    const leaving = place.bridge ?? (isForGood ? this.#make(before, []) : undefined)
    place.bridge = undefined
    await (isForGood ? leaving?.stopForGood() : leaving?.stop(false))
    place.before = wanted
    if (wanted === undefined) {
      if (place.wanted === undefined) this.#places.delete(id)
      return
    }
    if (!wanted.isEnabled || place.wanted !== wanted) {
      // What it was subscribed to is still subscribed to when it goes on.
      if (before !== undefined && !isForGood) place.before = withTopicsOf(wanted, before)
      return
    }
    const left = before === undefined || isForGood ? [] : leftFilters(before, wanted)
    place.bridge = this.#make(wanted, left)
    await place.bridge.start()
  }

  #make(record: IntegrationRecord, left: readonly string[]): Bridge {
    const conversation = this.#options.conversations().of(record.id)
    return new Bridge(record, conversation, left, this.#options)
  }

  #tick(): void {
    this.#timer = this.#options.clock.after(tickMs, () => {
      for (const { bridge } of this.#places.values()) bridge?.tick()
      this.#tick()
    })
  }
}

/** Whether the new version goes on with the sessions of the old one. */
function continues(before: IntegrationRecord, wanted: IntegrationRecord | undefined): boolean {
  if (before.connection === undefined || wanted?.connection === undefined) return false
  return (
    isSameSession(before.connection, wanted.connection) &&
    (before.connections ?? 1) === (wanted.connections ?? 1)
  )
}

function leftFilters(before: IntegrationRecord, wanted: IntegrationRecord): string[] {
  const kept = new Set(subscribedTopics(wanted).map(({ filter }) => filter))
  return subscribedTopics(before)
    .map(({ filter }) => filter)
    .filter((filter) => !kept.has(filter))
}

/** The record with the topics of both: all that the session may be subscribed to. */
function withTopicsOf(record: IntegrationRecord, before: IntegrationRecord): IntegrationRecord {
  const own = new Set(record.topics.map(({ filter }) => filter))
  return { ...record, topics: [...record.topics, ...before.topics.filter(({ filter }) => !own.has(filter))] }
}
