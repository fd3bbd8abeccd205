// What a client is asked to be, and the limits that hold when nothing else is said.
import { randomInt } from 'node:crypto'
import type { AckstoneError } from '../errors.ts'
import { systemClock, type Clock } from '../lib/clock.ts'
import { sessionNeverExpires, type ConnectPacket, type Properties, type Will } from '../mqtt/packet.ts'
import type { AnswerLine, OnMessage, Receiver } from './inbound.ts'
import type { ClientTls } from '../transport/connect.ts'
import type { ResumedMessage } from './outgoing-message.ts'
import { defaultPorts, parseMqttUrl, type MqttAddress } from './url.ts'

const receiveMaximumDefault = 1000
/** Where nearly all brokers have their WebSocket endpoint. */
const webSocketPathDefault = 'mqtt'

/** Waiting times between attempts to connect again: the first about `minDelayMs`, then twice as long each
 *  time up to `maxDelayMs`, each cut by up to half at random so that many clients don't come as one. */
export interface ReconnectDelays {
  minDelayMs: number
  maxDelayMs: number
  /** Also when the first connection fails, and after the longest time when another client has taken the
   *  session over. Default false: the caller of the first may want to say so, and two don't fight. */
  isPersistent?: boolean
}

export interface ClientOptions {
  /** mqtt://user:password@host:port, or mqtts, ws, wss; `host` and the rest, when given, win. */
  url?: string
  /** Default: what the URL says, else `tls` when there is `tls`, else `tcp`. */
  transport?: MqttAddress['transport']
  tls?: ClientTls
  host?: string
  port?: number
  /** Default 5. `auto`: 5, and 4 where the broker doesn't know 5. */
  protocolVersion?: 4 | 5 | 'auto'
  /** Default: empty, the broker assigns one. */
  clientId?: string
  username?: string
  password?: string | Uint8Array
  /** Default true. In 3.1.1 this is Clean Session: the session ends with the connection. */
  cleanStart?: boolean
  /** Seconds, MQTT 5. Default: 0 with `cleanStart`, never without. */
  sessionExpiryInterval?: number
  /** Seconds, 0 for none. Default 60. */
  keepAlive?: number
  will?: Will
  /** Messages at QoS 1 and 2 given to `onMessage` and not acknowledged, at most. Default 1,000. */
  receiveMaximum?: number
  /** Publishes in flight at most; in MQTT 5 the broker's Receive Maximum may be lower. Default 1,000, in
   *  3.1.1 only 20: there a broker can't say how many it takes, and Mosquitto closes on the 21st at QoS 2. */
  inflightMax?: number
  /** Publishes that wait for a place in flight, at most. Default 10,000. */
  queueMax?: number
  /** For the connection and its CONNACK. Default 10,000. */
  connectTimeoutMs?: number
  /** Default: none; the client ends with its connection. */
  reconnect?: ReconnectDelays
  /** Default: acknowledge and forget. */
  onMessage?: OnMessage
  /** Takes what the broker sends in place of `onMessage`: for who keeps the session's state, and subscribes
   *  again where the broker has lost it. */
  receiver?: (line: AnswerLine) => Receiver
  /** Messages that go on where an earlier client of this session has left them. */
  resumed?: readonly ResumedMessage[]
  /** A message that was launched has its final answer: there is room for another. */
  onRoom?: () => void
  /** Each time the session is connected, the first time included. */
  onConnect?: (sessionPresent: boolean) => void
  /** Each time the connection ends; also when an attempt to connect again fails.
   *  @param delayMs until the next attempt; undefined: there is none. */
  onDisconnect?: (error: AckstoneError, delayMs: number | undefined) => void
  /** Asked when the transport stands: whether CONNECT may still leave. The client ends where it may not. */
  mayConnect?: () => boolean
  /** Further properties of CONNECT, MQTT 5. */
  properties?: Properties
  clock?: Clock
  /** A number of [0, below). */
  random?: (below: number) => number
}

/** How the broker is reached, besides its host and port. */
export interface Route {
  transport: MqttAddress['transport']
  /** Path of the WebSocket endpoint, without the leading slash. */
  path: string
  tls: ClientTls | undefined
}

/** The options with every default filled in. */
export interface ClientSettings {
  host: string
  port: number
  route: Route
  /** In the order in which they are tried. */
  connects: readonly [ConnectPacket, ...ConnectPacket[]]
  receiveMaximum: number
  inflightMax: number | undefined
  queueMax: number
  connectTimeoutMs: number
  reconnect: ReconnectDelays | undefined
  onMessage: OnMessage
  receiver: ((line: AnswerLine) => Receiver) | undefined
  resumed: readonly ResumedMessage[]
  onRoom: () => void
  onConnect: (sessionPresent: boolean) => void
  onDisconnect: (error: AckstoneError, delayMs: number | undefined) => void
  mayConnect: () => boolean
  clock: Clock
  random: (below: number) => number
}

/** Fills in the defaults.
 *  @throws URL_INVALID */
export function clientSettings(options: ClientOptions): ClientSettings {
  const address = options.url === undefined ? undefined : parseMqttUrl(options.url)
  const transport = options.transport ?? address?.transport ?? (options.tls === undefined ? 'tcp' : 'tls')
  const username = options.username ?? address?.username
  const password = options.password ?? address?.password
  return {
    host: options.host ?? address?.host ?? '127.0.0.1',
    port: options.port ?? address?.port ?? defaultPorts[transport],
    route: { transport, path: address?.path || webSocketPathDefault, tls: options.tls },
    connects: connectPackets(options, username, password),
    receiveMaximum: options.receiveMaximum ?? receiveMaximumDefault,
    inflightMax: options.inflightMax,
    queueMax: options.queueMax ?? 10_000,
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    reconnect: options.reconnect,
    onMessage: options.onMessage ?? ((_packet, acknowledge) => acknowledge()),
    receiver: options.receiver,
    resumed: options.resumed ?? [],
    onRoom: options.onRoom ?? (() => undefined),
    onConnect: options.onConnect ?? (() => undefined),
    onDisconnect: options.onDisconnect ?? (() => undefined),
    mayConnect: options.mayConnect ?? (() => true),
    clock: options.clock ?? systemClock,
    random: options.random ?? ((below) => randomInt(below)),
  }
}

function connectPackets(
  options: ClientOptions,
  username: string | undefined,
  password: string | Uint8Array | undefined,
): [ConnectPacket, ...ConnectPacket[]] {
  const { protocolVersion = 5 } = options
  const make = (version: 4 | 5): ConnectPacket => connectPacket(options, version, username, password)
  return protocolVersion === 'auto' ? [make(5), make(4)] : [make(protocolVersion)]
}

function connectPacket(
  options: ClientOptions,
  protocolVersion: 4 | 5,
  username: string | undefined,
  password: string | Uint8Array | undefined,
): ConnectPacket {
  const cleanStart = options.cleanStart ?? true
  const packet: ConnectPacket = {
    type: 'connect',
    protocolVersion,
    cleanStart,
    keepAlive: options.keepAlive ?? 60,
    clientId: options.clientId ?? '',
  }
  if (options.will !== undefined) packet.will = options.will
  if (username !== undefined) packet.username = username
  if (password !== undefined) packet.password = Buffer.from(password)
  if (protocolVersion === 5) {
    packet.properties = {
      ...options.properties,
      sessionExpiryInterval: options.sessionExpiryInterval ?? (cleanStart ? 0 : sessionNeverExpires),
      receiveMaximum: options.receiveMaximum ?? receiveMaximumDefault,
    }
  }
  return packet
}
