// An MQTT client, 3.1.1 and 5: one session over as many connections as it takes. Made for those who care
// when a message is acknowledged: publishes resolve with the broker's answer, received messages are answered
// when the receiver says so.
import { AckstoneError } from '../errors.ts'
import { assert } from '../lib/assert.ts'
import type { Timer } from '../lib/clock.ts'
import type {
  ConnackPacket,
  Packet,
  PacketQos,
  Properties,
  PublishPacket,
  SubscriptionRequest,
} from '../mqtt/packet.ts'
import { reasonCode } from '../mqtt/reason.ts'
import { isTopicFilter, isTopicName } from '../mqtt/topic.ts'
import { Attempts } from './attempts.ts'
import { Flights, type FlightKeeper } from './flights.ts'
import { Inbound, type Receiver } from './inbound.ts'
import { Link } from './link.ts'
import { clientSettings, type ClientOptions, type ClientSettings } from './options.ts'
import { Outbound, type PublishResult } from './outbound.ts'
import { publishPacket, type OutgoingMessage, type PublishOptions } from './outgoing-message.ts'
import { PacketIds } from './packet-ids.ts'
import { Requests } from './requests.ts'
import { formatAddress } from './url.ts'

/** An orderly end that the other side doesn't finish is cut off after this time. */
const endGraceMs = 2000
/** In 3.1.1 a broker can't say how many it takes, and Mosquitto closes on the 21st at QoS 2. */
const inflightMaxOf = { 4: 20, 5: 1000 } as const

export type Subscription = string | (Partial<SubscriptionRequest> & { filter: string })

/** Connects; resolves when the broker has accepted.
 *  @throws URL_INVALID, CONNECT_FAILED, CONNECT_REFUSED (details `reasonCode`), PROTOCOL_VIOLATION. A first
 *  connection that fails is not tried again, also with `reconnect`: its caller may want to say so. */
export async function connectClient(options: ClientOptions): Promise<Client> {
  const client = new Client(clientSettings(options))
  await client.connected
  return client
}

export class Client {
  /** Resolves with the first connection; rejects when it fails. */
  readonly connected: Promise<void>
  /** Resolves once, when the client is over: with the error that ended it, or undefined after `end`. */
  readonly closed: Promise<AckstoneError | undefined>
  readonly #settings: ClientSettings
  readonly #outbound: Outbound
  readonly #flights: Flights
  readonly #receiver: Receiver
  readonly #attempts: Attempts
  readonly #requests: Requests
  /** What to subscribe to again when the broker has lost the session, by filter. */
  readonly #subscriptions = new Map<string, SubscriptionRequest>()
  /** idle: between two connections. */
  #state: 'opening' | 'open' | 'idle' | 'ending' | 'closed' = 'opening'
  #link: Link | undefined
  #timer: Timer | undefined
  #connack: ConnackPacket | undefined
  #clientId: string
  #isPaused = false
  /** Not read because the receiver has enough for now (I7). */
  #isThrottled = false
  readonly #connectedResolvers = Promise.withResolvers<void>()
  readonly #closedResolvers = Promise.withResolvers<AckstoneError | undefined>()

  constructor(settings: ClientSettings) {
    this.#settings = settings
    this.#clientId = settings.connects[0]!.clientId
    this.#attempts = new Attempts(settings)
    this.connected = this.#connectedResolvers.promise
    this.closed = this.#closedResolvers.promise
    const packetIds = new PacketIds(settings.random(65_536))
    this.#outbound = new Outbound(
      (packet) => this.#send(packet),
      packetIds,
      settings.queueMax,
      () => this.#flights.count,
    )
    this.#flights = new Flights({
      send: (packet) => void this.#send(packet),
      packetIds,
      inflightElsewhere: () => this.#outbound.inflight,
      onRoom: () => {
        this.#outbound.roomMade()
        settings.onRoom()
      },
    })
    for (const { message, state, keeper } of settings.resumed) {
      this.#flights.resume(publishPacket(message), state, keeper)
    }
    const line = {
      send: (packet: Packet): void => void this.#send(packet),
      write: (bytes: Uint8Array): void => this.#link!.write(bytes),
      throttle: (isThrottled: boolean): void => this.#throttle(isThrottled),
    }
    this.#receiver =
      settings.receiver?.(line) ?? new Inbound(line, settings.onMessage, settings.receiveMaximum)
    this.#requests = new Requests({
      ...{ packetIds, clock: settings.clock, isReading: () => !this.#isPaused && !this.#isThrottled },
      onSilence: (cause) => this.#fail(cause),
    })
    this.#open()
  }

  /** The identifier of the session; assigned by the broker where none was given (MQTT 5). */
  get clientId(): string {
    return this.#clientId
  }

  /** Of the connection that stands, or of the attempt under way. */
  get protocolVersion(): 4 | 5 {
    return this.#attempts.connect(this.#clientId).protocolVersion === 5 ? 5 : 4
  }

  get isConnected(): boolean {
    return this.#state === 'open'
  }

  /** The broker's last answer to CONNECT: session present, and what it can and can't do. */
  get connack(): ConnackPacket {
    assert(this.#connack !== undefined, 'the client has been connected')
    return this.#connack
  }

  /** Publishes without an answer yet. */
  get pending(): number {
    return this.#outbound.pending
  }

  /** Resolves with the broker's answer; at QoS 0 when the message is handed over. Many may be under way: they
   *  are sent in order, as many at a time as the broker's Receive Maximum allows. Without a connection they
   *  wait for the next one. A string or buffer given as payload must not be changed meanwhile.
   *  @throws TOPIC_INVALID, PUBLISH_QUEUE_FULL, BROKER_LACKS, CLIENT_ENDED, SESSION_LOST (QoS 2, outcome
   *  unknown), and with no `reconnect` CONNECTION_LOST (outcome unknown). */
  publish(topic: string, payload: string | Uint8Array, options: PublishOptions = {}): Promise<PublishResult> {
    const packet = publishPacket({ ...options, topic, payload })
    const lacking = this.#lacking(packet)
    return lacking === undefined ? this.#outbound.publish(packet) : Promise.reject(lacking)
  }

  /** Sends a message at QoS 1 or 2 that its keeper keeps durably, step by step, until the broker has it.
   *  @returns false: not connected, or too much is in flight; nothing has happened.
   *  @throws TOPIC_INVALID, BROKER_LACKS: it can't be sent to this broker. */
  launch(message: OutgoingMessage, keeper: FlightKeeper): boolean {
    if (this.#state !== 'open') return false
    const packet = publishPacket(message)
    const lacking = this.#lacking(packet)
    if (lacking !== undefined) throw lacking
    return this.#flights.launch(packet, keeper)
  }

  /** Subscribes; resolves with one reason code a filter, in order: 0-2 the granted QoS, from 0x80 up refused.
   *  What was granted is subscribed again when the broker has lost the session meanwhile.
   *  @throws TOPIC_INVALID, CONNECTION_LOST, CLIENT_ENDED */
  async subscribe(subscriptions: Subscription[], properties?: Properties): Promise<number[]> {
    const requests = subscriptions.map((subscription) => ({
      qos: 0 as PacketQos,
      noLocal: false,
      retainAsPublished: false,
      retainHandling: 0 as const,
      ...(typeof subscription === 'string' ? { filter: subscription } : subscription),
    }))
    const wrong = requests.find(({ filter }) => !isTopicFilter(filter))
    if (wrong !== undefined) throw topicInvalid(wrong.filter, 'it is no topic filter')
    const answer = await this.#ask('suback', (packetId) => {
      this.#send({ type: 'subscribe', packetId, subscriptions: requests, ...(properties && { properties }) })
    })
    for (const [at, request] of requests.entries()) {
      if ((answer.reasonCodes[at] ?? 0x80) < 0x80) this.#subscriptions.set(request.filter, request)
    }
    return answer.reasonCodes
  }

  /** Resolves with one reason code a filter; with none in 3.1.1, which has no such codes.
   *  @throws CONNECTION_LOST, CLIENT_ENDED */
  async unsubscribe(filters: string[]): Promise<number[]> {
    const answer = await this.#ask('unsuback', (packetId) => {
      this.#send({ type: 'unsubscribe', packetId, filters })
    })
    for (const filter of filters) this.#subscriptions.delete(filter)
    return answer.reasonCodes
  }

  /** Stops and continues reading from the broker, on this connection and the following ones. */
  pause(): void {
    this.#isPaused = true
    this.#link?.pause()
  }

  resume(): void {
    this.#isPaused = false
    if (!this.#isThrottled) this.#link?.resume()
  }

  /** Says goodbye and closes. What has no answer yet is rejected with CLIENT_ENDED, so wait for it before.
   *  @param code MQTT 5: 4 makes the broker publish the will.
   *  @param properties MQTT 5: `sessionExpiryInterval: 0` ends the session too. */
  async end(code: 0 | 4 = 0, properties?: Properties): Promise<void> {
    const link = this.#link
    const error = new AckstoneError('CLIENT_ENDED')
    if (this.#state === 'open' && link !== undefined) {
      this.#state = 'ending'
      link.disconnect(code, error, endGraceMs, properties)
    } else if (this.#state === 'opening' && link !== undefined) {
      this.#state = 'ending'
      link.fail(error)
    } else if (this.#state === 'idle') {
      this.#over(error)
    }
    await this.closed
  }

  /** Cuts the connection without DISCONNECT, as a crash or a broken cable would. With `reconnect`, the client
   *  then connects again; for tests and drills. */
  cut(): void {
    this.#fail('it was cut')
  }

  #fail(cause: string): void {
    this.#link?.fail(new AckstoneError('CONNECTION_LOST', { address: this.#link.address, cause }))
  }

  #open(): void {
    this.#state = 'opening'
    const connect = this.#attempts.connect(this.#clientId)
    const { host, port, route, connectTimeoutMs, clock, mayConnect } = this.#settings
    this.#link = new Link(
      { host, port, route, connectTimeoutMs, connect, clock, mayConnect },
      {
        opened: (connack) => this.#opened(connack),
        packet: (packet) => this.#receive(packet),
        drained: () => this.#outbound.drained(),
        closed: (error) => this.#lost(error),
      },
    )
  }

  #opened(connack: ConnackPacket): void {
    this.#state = 'open'
    this.#connack = connack
    this.#attempts.succeeded()
    this.#clientId = connack.properties?.assignedClientIdentifier ?? this.#clientId
    this.#isThrottled = false
    if (this.#isPaused) this.#link!.pause()
    const { sessionPresent, properties } = connack
    const { protocolVersion } = this
    const inflightMax = this.#settings.inflightMax ?? inflightMaxOf[protocolVersion]
    const receiveMaximum = Math.min(inflightMax, properties?.receiveMaximum ?? 65_535)
    this.#receiver.connected(sessionPresent, protocolVersion)
    if (!sessionPresent && this.#settings.receiver === undefined) this.#subscribeAgain()
    this.#outbound.connected(sessionPresent, receiveMaximum, this.#link!.address)
    this.#flights.connected(sessionPresent, receiveMaximum)
    this.#connectedResolvers.resolve()
    this.#settings.onConnect(sessionPresent)
  }

  #subscribeAgain(): void {
    const subscriptions = [...this.#subscriptions.values()]
    if (subscriptions.length === 0) return
    const asked = this.#ask('suback', (packetId) => {
      this.#send({ type: 'subscribe', packetId, subscriptions })
    })
    // The connection ended before the answer: the next one starts with the same question.
    asked.catch(() => undefined)
  }

  #lost(error: AckstoneError): void {
    this.#outbound.disconnected()
    this.#flights.disconnected()
    this.#receiver.disconnected()
    this.#requests.fail(error)
    const delayMs = this.#state === 'ending' ? undefined : this.#attempts.delayAfter(error)
    if (delayMs === undefined) {
      this.#over(error)
      return
    }
    this.#state = 'idle'
    this.#timer = this.#settings.clock.after(delayMs, () => this.#open())
    this.#settings.onDisconnect(error, delayMs)
  }

  #over(error: AckstoneError): void {
    const isAsked = this.#state === 'ending' || error.code === 'CLIENT_ENDED'
    this.#state = 'closed'
    this.#timer?.cancel()
    this.#outbound.fail(error)
    this.#flights.close()
    this.#requests.fail(error)
    // Whoever does not wait for `connected` hears of the failure through `closed`.
    this.connected.catch(() => undefined)
    this.#connectedResolvers.reject(error)
    if (!isAsked) this.#settings.onDisconnect(error, undefined)
    this.#closedResolvers.resolve(isAsked ? undefined : error)
  }

  #send(packet: Packet): boolean {
    assert(this.#link !== undefined, 'a packet is sent on a link')
    return this.#link.send(packet)
  }

  #ask<T extends 'suback' | 'unsuback'>(type: T, send: (packetId: number) => void) {
    if (this.#state === 'open') return this.#requests.ask(type, send)
    const { host, port } = this.#settings
    const code = this.#state === 'ending' || this.#state === 'closed' ? 'CLIENT_ENDED' : 'CONNECTION_LOST'
    const details = { address: formatAddress(host, port), cause: 'not connected' }
    return Promise.reject(new AckstoneError(code, details))
  }

  /** Why a publish can't be sent at all; undefined when it can. */
  #lacking({ topic, source, qos, retain }: PublishPacket): AckstoneError | undefined {
    if (!isTopicName(topic)) return topicInvalid(topic, 'it is no topic name')
    const sizeAtLeast = topic.length + source.length
    if (this.#state === 'ending' || this.#state === 'closed') return new AckstoneError('CLIENT_ENDED')
    const limits = this.#connack?.properties
    if (limits === undefined) return undefined
    const address = this.#link!.address
    if (qos > (limits.maximumQos ?? 2)) {
      return new AckstoneError('BROKER_LACKS', { address, what: `QoS ${qos}` })
    }
    if (retain && limits.retainAvailable === 0) {
      return new AckstoneError('BROKER_LACKS', { address, what: 'retained messages' })
    }
    const sizeMax = limits.maximumPacketSize ?? Infinity
    if (sizeAtLeast > sizeMax) {
      return new AckstoneError('BROKER_LACKS', { address, what: `packets over ${sizeMax} bytes` })
    }
    return undefined
  }

  #receive(packet: Packet): void {
    const link = this.#link!
    switch (packet.type) {
      case 'publish':
        if (!this.#receiver.publish(packet)) {
          link.violated(
            'it sent more messages at once than Receive Maximum allows',
            reasonCode.receiveMaximumExceeded,
          )
        }
        return
      case 'pubrel':
        this.#receiver.pubrel(packet)
        return
      case 'puback':
        return this.#expect(this.#sender(packet).puback(packet), packet)
      case 'pubrec':
        return this.#expect(this.#sender(packet).pubrec(packet), packet)
      case 'pubcomp':
        return this.#expect(this.#sender(packet).pubcomp(packet), packet)
      case 'suback':
      case 'unsuback':
        return this.#expect(this.#requests.answer(packet), packet)
      case 'disconnect':
        return link.dismissed(packet)
      default:
        this.#expect(false, packet)
    }
  }

  /** Whose message the broker answers. */
  #sender({ packetId }: { packetId: number }): Flights | Outbound {
    return this.#flights.has(packetId) ? this.#flights : this.#outbound
  }

  #throttle(isThrottled: boolean): void {
    if (this.#isThrottled === isThrottled) return
    this.#isThrottled = isThrottled
    if (isThrottled) this.#link!.pause()
    else if (!this.#isPaused) this.#link!.resume()
  }

  #expect(isExpected: boolean, packet: Packet): void {
    if (!isExpected)
      this.#link!.violated(
        `it sent a ${packet.type.toUpperCase()} that answers nothing`,
        reasonCode.protocolError,
      )
  }
}

function topicInvalid(topic: string, cause: string): AckstoneError {
  return new AckstoneError('TOPIC_INVALID', { topic: JSON.stringify(topic.slice(0, 100)), cause })
}
