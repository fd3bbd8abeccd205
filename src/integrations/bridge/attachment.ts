// One session at another broker: connected as long as it is wanted, subscribed, its messages stored before
// they are acknowledged. Says how it is at any moment.
import { Client } from '../../client/client.ts'
import { explainFailure, type Explanation } from '../../client/explain.ts'
import { clientSettings } from '../../client/options.ts'
import type { FlightKeeper } from '../../client/flights.ts'
import type { OutgoingMessage, ResumedMessage } from '../../client/outgoing-message.ts'
import type { PublishResult } from '../../client/outbound.ts'
import { AckstoneError } from '../../errors.ts'
import { Inbound } from '../../inbound/inbound.ts'
import type { Ingest, OpenBatch, Router } from '../../ingest/contract.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Log } from '../../lib/log.ts'
import type { Message, Qos } from '../../model/message.ts'
import type { ConnackPacket, Properties } from '../../mqtt/packet.ts'
import type { LeasedEntry, Store } from '../../storage/store.ts'
import { addressOf, clientOptionsOf, sessionOf, type BridgeConnection } from './connection.ts'
import { BridgeReceiver, decidedMax, receiveMaximum } from './receiver.ts'
import { SharedTimes } from './shared-times.ts'

/** Waiting times between attempts to connect. */
const reconnectDelays = { minDelayMs: 500, maxDelayMs: 60_000, isPersistent: true }
/** The largest packet taken from the other broker. */
const packetBytesMax = 16 * 1024 * 1024
/** How long what was taken in may take to be stored and answered when the hub stops. */
const settleMsMax = 3_000
/** How long an attempt to end a session may take that has no connection. */
const endSessionMsMax = 5_000

/** What is subscribed to: the filter as the broker hears it. */
export interface BridgeTopic {
  filter: string
  qos: Qos
}

/** Who keeps messages until the broker has them, and looks for answers to them. */
export interface DownDesk {
  /** What is on its way within a session, in the order of its first sending. */
  underWay(session: string): ResumedMessage[]
  /** There is room for more. */
  roomMade(): void
  readonly mayBeAnswered: boolean
  /** @returns whether the message was an answer, and its effect joined the open batch. */
  received(message: Message, integration: string): boolean
}

export interface AttachmentOptions {
  integration: string
  connection: BridgeConnection
  clientId: string
  topics: readonly BridgeTopic[]
  /** Filters that an earlier version of the integration had and this one has not. */
  leftFilters: readonly string[]
  router: Router
  /** Undefined: nothing but telemetry. */
  desk?: DownDesk | undefined
  /** Whether this hub runs the bridge now; after the first no it is cut off. */
  mayRun: () => boolean
  /** Where another hub may go on with the session: in whose hands it is now. */
  held?: Pick<LeasedEntry, 'lease' | 'hub' | 'term'> | undefined
  store: Store
  ingest: Ingest
  clock: Clock
  log: Log
  onConnected: (sessionPresent: boolean) => void
  /** A broken assertion: the process must stop. */
  onFatal: (error: unknown) => void
}

export type AttachmentState = 'connecting' | 'connected' | 'waiting' | 'refused'

export interface Failure extends Explanation {
  code: string
  /** Integer microseconds. */
  ts: number
}

const noCounts = {
  messages: 0,
  acknowledged: 0,
  redelivered: 0,
  retainedLeftOut: 0,
  unwanted: 0,
  waiting: 0,
}

export class Attachment {
  readonly #options: AttachmentOptions
  readonly #inbound: Inbound
  #client: Client | undefined
  #receiver: BridgeReceiver | undefined
  #hasEnded = false
  /** When the next attempt begins; 0 while none is waited for. Integer microseconds. */
  #retryTs = 0
  #isRefused = false
  /** Of the broker's answer to SUBSCRIBE, by filter: 0-2 granted, from 0x80 up refused. */
  readonly #granted = new Map<string, number>()
  lastFailure: Failure | undefined
  /** How often it failed to connect, to stay connected or to subscribe, by code. */
  readonly failures = new Map<string, number>()
  /** Connections that stood, in all. */
  connects = 0
  /** Integer microseconds; 0 while not connected. */
  connectedTs = 0

  constructor(options: AttachmentOptions) {
    this.#options = options
    const { integration, connection, clientId } = options
    // Unlike every key of a device's session: those have an owner, or no such mark.
    const key = `\u0001bridge/${integration}/${addressOf(connection)}/${clientId}`
    this.#inbound = new Inbound(key, decidedMax, true)
  }

  /** Names the session at the broker. */
  get session(): string {
    return sessionOf(this.#options.connection, this.clientId)
  }

  get clientId(): string {
    return this.#options.clientId
  }

  /** Another hub has gone on with the session: what is remembered here is of messages that are over, and what that
   *  one has written takes its place.
   *  @throws what the store throws. @returns what writes that to a batch. */
  async takeOver(): Promise<(batch: OpenBatch) => void> {
    await this.#inbound.load(this.#options.store)
    const { known = [] } = (await this.#readShared()) ?? {}
    return (batch) => {
      this.#inbound.forgetHeld()
      this.#inbound.forgetDecided()
      for (const { packetId, fingerprint, decidedTs } of known) {
        this.#inbound.remember(packetId, fingerprint, decidedTs, 0)
      }
      this.#inbound.seal(batch)
    }
  }

  async #readShared() {
    const { held, store, integration } = this.#options
    if (held === undefined || store.leases === undefined) return undefined
    return SharedTimes.read(store.leases, { ...held, part: this.session, integration })
  }

  /** Reads what is remembered of the session, and connects; from then on it stays connected by itself. */
  async start(): Promise<void> {
    const { store, ingest, clock, router, connection, clientId, desk, integration, mayRun } = this.#options
    await this.#inbound.load(store)
    const { shared } = (await this.#readShared()) ?? {}
    const resumed = desk?.underWay(this.session) ?? []
    // What is sent again must be known to be under way after a crash as well.
    if (resumed.length > 0) await ingest.stored(ingest.open().ticket)
    if (this.#hasEnded || !mayRun()) return
    const isLasting = !connection.cleanStart && connection.sessionExpiry > 0
    const settings = clientSettings({
      ...clientOptionsOf(connection, clientId),
      receiveMaximum,
      // A broker of MQTT 5 keeps what is larger to itself; without being told it would be cut off for it.
      properties: { maximumPacketSize: packetBytesMax },
      reconnect: reconnectDelays,
      clock,
      resumed,
      onRoom: () => desk?.roomMade(),
      receiver: (line) => {
        this.#receiver = new BridgeReceiver({
          ...{ ingest, clock, router, clientId, isLasting, line, desk, integration, mayRun, shared },
          inbound: this.#inbound,
        })
        return this.#receiver
      },
      mayConnect: mayRun,
      onConnect: (sessionPresent) => this.#connected(sessionPresent),
      onDisconnect: (error, delayMs) => this.#disconnected(error, delayMs),
    })
    this.#client = new Client(settings)
    // Failures come through onDisconnect, each time.
    this.#client.connected.catch(() => undefined)
  }

  get state(): AttachmentState {
    if (this.connectedTs > 0) return 'connected'
    if (this.#retryTs <= this.#options.clock.nowUs()) return 'connecting'
    return this.#isRefused ? 'refused' : 'waiting'
  }

  /** When the next attempt begins, integer microseconds; undefined when none is waited for. */
  get retryTs(): number | undefined {
    const { state } = this
    return state === 'waiting' || state === 'refused' ? this.#retryTs : undefined
  }

  /** The broker's answer to CONNECT while connected. */
  get connack(): ConnackPacket | undefined {
    return this.connectedTs > 0 ? this.#client?.connack : undefined
  }

  get protocolVersion(): 4 | 5 | undefined {
    return this.connectedTs > 0 ? this.#client?.protocolVersion : undefined
  }

  /** How the broker answered the subscription; undefined before it did. */
  granted(filter: string): number | undefined {
    return this.#granted.get(filter)
  }

  get counts(): Pick<
    BridgeReceiver,
    'messages' | 'acknowledged' | 'redelivered' | 'retainedLeftOut' | 'unwanted' | 'waiting'
  > {
    return this.#receiver ?? noCounts
  }

  /** @throws as Client.publish does; CLIENT_ENDED before `start` and after the end. */
  publish(topic: string, payload: Uint8Array, qos: Qos, properties?: Properties): Promise<PublishResult> {
    if (this.#client === undefined) return Promise.reject(new AckstoneError('CLIENT_ENDED'))
    return this.#client.publish(topic, payload, { qos, ...(properties && { properties }) })
  }

  /** @throws as Client.launch does. @returns false: not connected, or no room. */
  launch(message: OutgoingMessage, keeper: FlightKeeper): boolean {
    return this.#client?.launch(message, keeper) ?? false
  }

  #connected(sessionPresent: boolean): void {
    const { clock, log, integration, topics } = this.#options
    this.connectedTs = clock.nowUs()
    this.connects++
    this.#retryTs = 0
    this.#options.onConnected(sessionPresent)
    this.#options.desk?.roomMade()
    log.info('bridge connected', {
      ...{ integration, clientId: this.clientId, address: addressOf(this.#options.connection) },
      ...{ sessionPresent, protocolVersion: this.protocolVersion },
    })
    // A session that is there has its subscriptions; asking again would bring retained messages again.
    const isKnown = topics.every(({ filter }) => (this.#granted.get(filter) ?? 0x80) < 0x80)
    if (sessionPresent && isKnown) return
    this.#subscribe(sessionPresent).catch((error: unknown) => {
      if (error instanceof AckstoneError) this.#failed(error)
      else this.#options.onFatal(error)
    })
  }

  async #subscribe(sessionPresent: boolean): Promise<void> {
    const client = this.#client!
    const { topics, leftFilters, log, integration } = this.#options
    if (sessionPresent && leftFilters.length > 0) await client.unsubscribe([...leftFilters])
    const asked = topics.map(({ filter, qos }) => ({ filter, qos, retainHandling: 1 as const }))
    const codes = await client.subscribe(asked)
    for (const [at, { filter, qos }] of topics.entries()) {
      const code = codes[at] ?? 0x80
      this.#granted.set(filter, code)
      if (code !== qos)
        log.warn('bridge was granted less', { integration, filter, selected: qos, granted: code })
    }
  }

  #disconnected(error: AckstoneError, delayMs: number | undefined): void {
    const { clock, log, integration } = this.#options
    this.connectedTs = 0
    if (this.#hasEnded) return
    this.#retryTs = delayMs === undefined ? 0 : clock.nowUs() + Math.round(delayMs * 1000)
    // The version of the protocol is still being found out.
    if (delayMs === 0) return
    this.#isRefused = error.code === 'CONNECT_REFUSED'
    this.#failed(error)
    log.warn('bridge not connected', {
      ...{ integration, clientId: this.clientId, code: error.code, detail: error.message },
      retryMs: delayMs === undefined ? null : Math.round(delayMs),
    })
  }

  #failed(error: AckstoneError): void {
    this.failures.set(error.code, (this.failures.get(error.code) ?? 0) + 1)
    this.lastFailure = { ...explainFailure(error), code: error.code, ts: this.#options.clock.nowUs() }
  }

  /** Leaves at once and answers nothing more: another hub may go on with the session. `stop` comes later. */
  cut(): void {
    this.#hasEnded = true
    this.connectedTs = 0
    // Whoever stops it waits for its end.
    this.#client?.end().catch((error: unknown) => this.#options.onFatal(error))
  }

  /** Takes no more, stores and answers what was taken in, and says goodbye. The broker keeps the session.
   *  @param isHubStopping it may not take long: what is not stored was not acknowledged either. */
  async stop(isHubStopping: boolean): Promise<void> {
    this.#hasEnded = true
    await this.#settle(isHubStopping)
    await this.#client?.end()
    this.connectedTs = 0
  }

  /** The same, and the session ends: the broker keeps nothing for it any more, and neither do we. */
  async stopForGood(): Promise<void> {
    this.#hasEnded = true
    await this.#settle(false)
    const { connection, ingest } = this.#options
    const client = this.#client
    const canSay = client?.isConnected === true && client.protocolVersion === 5
    await client?.end(0, canSay ? { sessionExpiryInterval: 0 } : undefined)
    this.connectedTs = 0
    if (!canSay && !connection.cleanStart && this.#options.mayRun()) await this.#endSession()
    const batch = ingest.open()
    this.#inbound.erase(batch)
    await ingest.stored(batch.ticket)
  }

  /** Who goes on with the session reads what is remembered of it from the store, so all of it must be there. */
  async #settle(isHubStopping: boolean): Promise<void> {
    this.#client?.pause()
    const settled = this.#receiver?.settled()
    if (!isHubStopping) return settled
    const timeUp = Promise.withResolvers<void>()
    const timer = this.#options.clock.after(settleMsMax, timeUp.resolve)
    await Promise.race([settled, timeUp.promise])
    timer.cancel()
  }

  /** A clean start ends the session before it; in 3.1.1, and without a connection, there is no other way. */
  async #endSession(): Promise<void> {
    const { connection, clientId, clock, log, integration } = this.#options
    const client = new Client(
      clientSettings({
        ...clientOptionsOf({ ...connection, cleanStart: true }, clientId),
        ...{ clock, connectTimeoutMs: endSessionMsMax },
      }),
    )
    try {
      await client.connected
      await client.end()
    } catch (error) {
      if (!(error instanceof AckstoneError)) throw error
      log.warn('a session may be left at the broker of a bridge that is gone', {
        ...{ integration, clientId, address: addressOf(connection), detail: explainFailure(error).sentence },
      })
    }
  }
}
