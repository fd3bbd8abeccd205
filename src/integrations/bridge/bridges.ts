// All bridges of this hub: started, changed and ended as their integrations are, one change of a bridge at a
// time and in the background, because another broker may take its time. Where hubs share a store, each bridge is run
// by the one that has its lease; the others stand by.
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
import { awayHealth, type BridgeHealth, type RunsOn } from './health.ts'
import { Lease } from './lease.ts'

const tickMs = 1_000
/** When the store could not be asked what is remembered of a session. */
const retryMs = 5_000

export interface BridgesOptions extends BridgeParts {
  conversations: () => Pick<Conversations, 'of'>
  /** Identifier of this hub, where several share the store. */
  hub?: string | undefined
}

/** What there is of one integration. */
interface Place {
  readonly changes: Changes
  /** As the integration is to be; undefined: removed. */
  wanted: IntegrationRecord | undefined
  /** The version before, until its session has been continued or ended. */
  before: IntegrationRecord | undefined
  bridge: Bridge | undefined
  /** It stores and answers what it has taken in. */
  leaving: Bridge | undefined
  /** Undefined where no other hub may run it. */
  lease: Lease | undefined
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
    const { wanted, bridge } = place
    const runsOn = this.#runsOn(place)
    const isElsewhere = runsOn?.isThis === false
    if (bridge !== undefined && !bridge.isCut && wanted.isEnabled) return { ...bridge.health(), runsOn }
    const state = !wanted.isEnabled ? 'paused' : isElsewhere ? 'standby' : 'connecting'
    return { ...awayHealth(state, wanted.topics, wanted.connection?.cleanStart === true, runsOn) }
  }

  #runsOn({ lease }: Place): RunsOn | null {
    const { hub } = lease ?? {}
    return hub === undefined ? null : { hub, isThis: hub === this.#options.hub }
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
   *  @returns what keeps it from leaving: no such bridge, switched off, run by another hub, not connected, or too
   *  much in flight.
   *  @throws TOPIC_INVALID, BROKER_LACKS: it can't be sent to this broker. */
  launch(
    id: string,
    message: OutgoingMessage,
    keeper: FlightKeeper,
  ): 'launched' | 'gone' | 'paused' | 'elsewhere' | 'away' | 'full' {
    const place = this.#places.get(id)
    if (place?.wanted === undefined) return 'gone'
    if (!place.wanted.isEnabled) return 'paused'
    if (this.#runsOn(place)?.isThis === false) return 'elsewhere'
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
          await this.#leave(place, (bridge) => bridge.stop(true))
          await place.lease?.end()
        }),
      ),
    )
  }

  #change(id: string, wanted: IntegrationRecord | undefined): void {
    let place = this.#places.get(id)
    if (place === undefined) {
      if (wanted === undefined) return
      const nothing = { before: undefined, bridge: undefined, leaving: undefined, lease: undefined }
      place = { changes: new Changes(), wanted, ...nothing }
      this.#places.set(id, place)
      if (!wanted!.isManaged) place.lease = this.#lease(id, place)
    }
    place.wanted = wanted
    this.#catchUp(id, place)
  }

  /** Whoever declares a bridge in the file of a hub has chosen that hub. */
  #lease(id: string, place: Place): Lease | undefined {
    const { store, hub, clock, log, onFatal } = this.#options
    if (store.leases === undefined || hub === undefined) return undefined
    return new Lease({
      ...{ name: `bridge/${id}`, hub, leases: store.leases, clock, log, onFatal },
      onHeld: () => this.#catchUp(id, place),
      onLost: () => {
        place.bridge?.cut()
        place.leaving?.cut()
        this.#catchUp(id, place)
      },
    })
  }

  /** Makes the place what it is to be, after the changes before this one. */
  #catchUp(id: string, own: Place): void {
    const { wanted } = own
    own.changes
      .inTurn(() => this.#follow(id, own, wanted))
      .catch((error: unknown) => {
        if (!(error instanceof AckstoneError)) return this.#options.onFatal(error)
        const { code, message } = error
        this.#options.log.error('a bridge could not be changed; it is tried again', {
          ...{ integration: id, code, detail: message },
        })
        this.#options.clock.after(retryMs, () => {
          if (own.wanted === wanted && !this.#isClosed) this.#catchUp(id, own)
        })
      })
  }

  /** Ends what was there, and begins what is wanted, if this hub may. */
  async #follow(id: string, place: Place, wanted: IntegrationRecord | undefined): Promise<void> {
    if (this.#isClosed) return
    if (place.lease?.holds() === false) return this.#standBy(id, place, wanted)
    const { before, bridge } = place
    // The lease was lost and is here again, and this is the second to hear of it.
    if (bridge?.isRunning === true && before === wanted) return
    const isForGood = before !== undefined && !continues(before, wanted)
    // A paused bridge whose session is to end needs a moment of its own to say so.
    if (isForGood) place.bridge ??= this.#make(before, [], place.lease)
    await this.#leave(place, (leaving) => (isForGood ? leaving.stopForGood() : leaving.stop(false)))
    place.before = wanted
    if (wanted === undefined) return this.#end(id, place)
    if (!wanted.isEnabled || place.wanted !== wanted) {
      // What it was subscribed to is still subscribed to when it goes on.
      if (before !== undefined && !isForGood) place.before = withTopicsOf(wanted, before)
      return
    }
    // It may have been lost while the one before was leaving; who hears of that comes next.
    if (place.lease?.holds() === false) return
    const left = before === undefined || isForGood ? [] : leftFilters(before, wanted)
    place.bridge = this.#make(wanted, left, place.lease)
    await place.bridge.start()
  }

  /** Another hub runs it, or none does yet: that one goes on with its sessions, or ends them. */
  async #standBy(id: string, place: Place, wanted: IntegrationRecord | undefined): Promise<void> {
    // It has been cut off; what it has taken in is stored before anybody here goes on with its sessions.
    await this.#leave(place, (leaving) => leaving.stop(false))
    place.before = wanted
    if (wanted === undefined) await this.#end(id, place)
  }

  async #leave(place: Place, stop: (bridge: Bridge) => Promise<void>): Promise<void> {
    place.leaving = place.bridge ?? place.leaving
    place.bridge = undefined
    if (place.leaving !== undefined) await stop(place.leaving)
    place.leaving = undefined
  }

  /** The integration is gone, unless it has come back meanwhile. */
  async #end(id: string, place: Place): Promise<void> {
    if (place.wanted !== undefined) return
    this.#places.delete(id)
    await place.lease?.end()
  }

  #make(record: IntegrationRecord, left: readonly string[], lease: Lease | undefined): Bridge {
    const conversation = this.#options.conversations().of(record.id)
    return new Bridge(record, conversation, left, this.#options, lease)
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
