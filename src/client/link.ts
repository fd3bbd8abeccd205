// One connection to a broker, from the first byte to the last: handshake, keep-alive, packets both ways.
// It knows nothing of sessions; the client holds those over many links.
import { AckstoneError } from '../errors.ts'
import type { Clock, Timer } from '../lib/clock.ts'
import { Decoder } from '../mqtt/decoder.ts'
import { encode } from '../mqtt/encoder.ts'
import type {
  ConnackPacket,
  ConnectPacket,
  DisconnectPacket,
  Packet,
  Properties,
  ProtocolVersion,
} from '../mqtt/packet.ts'
import { reasonNames, returnCodeNames } from '../mqtt/reason.ts'
import { MalformedPacket } from '../mqtt/malformed-packet.ts'
import type { Connection, ConnectionHandler } from '../transport/connection.ts'
import { connectTo } from '../transport/connect.ts'
import { causeText } from './explain.ts'
import type { Route } from './options.ts'
import { otherProtocol } from './other-protocol.ts'
import { formatAddress } from './url.ts'

/** The largest packet taken from a broker unless CONNECT says less, bytes. */
const packetBytesMaxDefault = 16 * 1024 * 1024
/** How long a broker that broke the protocol may take to close after our DISCONNECT. */
const violationGraceMs = 1000
/** From here on, packets of one turn don't wait for its end to be written. */
const writeBytesMin = 64 * 1024

/** What a link tells the client: `opened` first, `closed` once and last, also when it never opened.
 *  The calls come in the order of the bytes; packets that follow CONNACK at once come after `opened`. */
export interface LinkOwner {
  opened(connack: ConnackPacket): void
  packet(packet: Packet): void
  drained(): void
  closed(error: AckstoneError): void
}

export interface LinkTarget {
  host: string
  port: number
  route: Route
  /** For the connection and its CONNACK together. */
  connectTimeoutMs: number
  connect: ConnectPacket
  clock: Clock
  /** Whether CONNECT may leave, once the transport stands. */
  mayConnect: () => boolean
}

export class Link {
  readonly address: string
  readonly #connect: ConnectPacket
  readonly #clock: Clock
  readonly #owner: LinkOwner
  readonly #mayConnect: () => boolean
  readonly #decoder: Decoder
  #connection: Connection | undefined
  #state: 'opening' | 'open' | 'ending' | 'closed' = 'opening'
  #ending: AckstoneError | undefined
  #timer: Timer
  #keepAliveMs = 0
  #sentAtMs = 0
  #heardAtMs = 0
  /** When the PINGREQ without an answer was sent; 0 when there is none. */
  #pingedAtMs = 0
  #isPaused = false
  #unsent: Uint8Array[] = []
  #unsentBytes = 0
  #isFull = false
  /** Ends a connection that does not stand yet. */
  readonly #giveUp = new AbortController()

  /** Connects, sends CONNECT and waits for the broker's answer. The owner hears CONNECT_FAILED,
   *  CONNECT_REFUSED (details `reasonCode`) or PROTOCOL_VIOLATION when that doesn't work out. */
  constructor(target: LinkTarget, owner: LinkOwner) {
    this.address = formatAddress(target.host, target.port)
    this.#connect = target.connect
    this.#clock = target.clock
    this.#owner = owner
    this.#mayConnect = target.mayConnect
    const { protocolVersion, properties } = target.connect
    const packetBytesMax = properties?.maximumPacketSize ?? packetBytesMaxDefault
    this.#decoder = new Decoder({ side: 'client', protocolVersion, packetBytesMax })
    this.#timer = target.clock.after(target.connectTimeoutMs, () => {
      const cause = `no answer within ${target.connectTimeoutMs / 1000} s`
      // What is connected and silent is no broker, or can't reach one.
      const stage = this.#connection === undefined ? 'network' : 'silence'
      this.fail(new AckstoneError('CONNECT_FAILED', { address: this.address, cause, stage }))
    })
    const { host, port, route } = target
    const address = { ...route, host, port, messageBytesMax: packetBytesMax, signal: this.#giveUp.signal }
    const connecting = connectTo(address, (connection) => this.#connected(connection))
    connecting.catch((error: unknown) => {
      const details = { address: this.address, cause: causeText(error) }
      this.fail(new AckstoneError('CONNECT_FAILED', details, error))
    })
  }

  /** The transport is connected; CONNECT goes first. */
  #connected(connection: Connection): ConnectionHandler {
    this.#connection = connection
    if (this.#state !== 'closed' && !this.#mayConnect()) this.fail(new AckstoneError('CLIENT_ENDED'))
    if (this.#state === 'closed') connection.destroy()
    else connection.write(encode(this.#connect, this.#connect.protocolVersion))
    return {
      bytes: (chunk) => this.#bytes(chunk),
      drained: () => {
        this.#isFull = false
        if (this.#state === 'open') this.#owner.drained()
      },
      closed: (error) => this.fail(this.#ending ?? this.#lost(error?.message ?? 'the other side closed it')),
    }
  }

  /** Packets of one turn leave in one write.
   *  @returns false when the connection's buffer is full; `drained` is called when it is empty again. */
  send(packet: Packet): boolean {
    if (this.#state !== 'open') return true
    this.write(encode(packet, this.#connect.protocolVersion))
    return !this.#isFull
  }

  /** Packets that are encoded already; like `send`. */
  write(bytes: Uint8Array): void {
    if (this.#state !== 'open') return
    if (this.#unsent.length === 0) queueMicrotask(() => this.#flush())
    this.#unsent.push(bytes)
    this.#unsentBytes += bytes.length
    if (this.#unsentBytes >= writeBytesMin) this.#flush()
  }

  #flush(): void {
    if (this.#unsent.length === 0 || this.#state === 'closed') return
    const bytes = this.#unsent.length === 1 ? this.#unsent[0]! : Buffer.concat(this.#unsent)
    this.#unsent = []
    this.#unsentBytes = 0
    this.#sentAtMs = this.#clock.monotonicMs()
    this.#isFull = !this.#connection!.write(bytes)
  }

  /** Stops and continues reading: back-pressure on the broker. */
  pause(): void {
    this.#isPaused = true
    this.#connection?.pause()
  }

  resume(): void {
    this.#isPaused = false
    this.#heardAtMs = this.#clock.monotonicMs()
    this.#connection?.resume()
  }

  /** Sends DISCONNECT and closes. The owner hears `error` when the other side has closed too, so that
   *  everything sent has arrived, or after `graceMs`. */
  disconnect(reasonCode: number, error: AckstoneError, graceMs: number, properties?: Properties): void {
    if (this.#state !== 'open') return
    // 3.1.1 knows DISCONNECT as a good end only; a bad one is said by closing.
    if (reasonCode === 0 || this.#connect.protocolVersion === 5) {
      this.send({ type: 'disconnect', reasonCode, ...(properties && { properties }) })
    }
    this.#flush()
    this.#state = 'ending'
    this.#ending = error
    this.#timer.cancel()
    this.#timer = this.#clock.after(graceMs, () => this.fail(error))
    this.#connection!.end()
    // What comes now is not looked at, but the end can only be read behind it.
    this.#connection!.resume()
  }

  /** The broker sent DISCONNECT: the connection is over. */
  dismissed(packet: DisconnectPacket): void {
    const { reasonCode, properties } = packet
    const name = reasonName(reasonCode, this.#connect.protocolVersion)
    const said = properties?.reasonString === undefined ? '' : `: ${properties.reasonString}`
    const cause = `the broker ended it, ${name}${said}`
    this.fail(new AckstoneError('CONNECTION_LOST', { address: this.address, cause, reasonCode }))
  }

  /** Ends the connection now, with this error for whoever waits. */
  fail(error: AckstoneError): void {
    if (this.#state === 'closed') return
    this.#connection?.destroy()
    this.#close(error)
  }

  #close(error: AckstoneError): void {
    this.#state = 'closed'
    this.#giveUp.abort()
    this.#timer.cancel()
    this.#owner.closed(error)
  }

  #bytes(chunk: Buffer): void {
    if (this.#state === 'closed' || this.#state === 'ending') return
    this.#heardAtMs = this.#clock.monotonicMs()
    try {
      this.#decoder.push(chunk, (packet) => this.#receive(packet))
    } catch (error) {
      if (!(error instanceof MalformedPacket)) throw error
      const other = this.#state === 'opening' ? otherProtocol(chunk) : undefined
      if (other === undefined) return this.violated(causeText(error), error.reasonCode, error)
      const details = { address: this.address, cause: `what answers there speaks ${other}`, other }
      this.fail(new AckstoneError('CONNECT_FAILED', details, error))
    }
  }

  /** The broker broke the protocol: the connection ends. */
  violated(cause: string, reasonCode: number, error?: unknown): void {
    const violation = new AckstoneError('PROTOCOL_VIOLATION', { address: this.address, cause }, error)
    if (this.#state === 'open') this.disconnect(reasonCode, violation, violationGraceMs)
    else this.fail(violation)
  }

  #receive(packet: Packet): void {
    if (this.#state === 'closed' || this.#state === 'ending') return
    if (this.#state === 'opening') {
      if (packet.type === 'connack') this.#answered(packet)
      else this.violated(`it sent ${packet.type.toUpperCase()} before CONNACK`, 0x82)
      return
    }
    if (packet.type === 'pingresp') this.#pingedAtMs = 0
    else if (packet.type === 'connack') this.violated('it sent a second CONNACK', 0x82)
    else this.#owner.packet(packet)
  }

  #answered(connack: ConnackPacket): void {
    if (connack.reasonCode !== 0) {
      this.fail(this.#refused(connack))
      return
    }
    this.#state = 'open'
    this.#timer.cancel()
    const keepAlive = connack.properties?.serverKeepAlive ?? this.#connect.keepAlive
    this.#keepAliveMs = keepAlive * 1000
    this.#sentAtMs = this.#clock.monotonicMs()
    if (this.#keepAliveMs > 0) this.#watch()
    this.#owner.opened(connack)
  }

  #refused(connack: ConnackPacket): AckstoneError {
    const { reasonCode, properties } = connack
    const name = reasonName(reasonCode, this.#connect.protocolVersion)
    const said = properties?.reasonString === undefined ? '' : ` It says: ${properties.reasonString}`
    return new AckstoneError('CONNECT_REFUSED', { address: this.address, reasonCode, name, said })
  }

  #lost(cause: string): AckstoneError {
    if (this.#state === 'open') return new AckstoneError('CONNECTION_LOST', { address: this.address, cause })
    // What stood and was closed without a CONNACK may not know this version of the protocol.
    return new AckstoneError('CONNECT_FAILED', { address: this.address, cause, stage: 'handshake' })
  }

  /** PINGREQ when nothing was sent for half the keep-alive time; lost when a whole one passes unanswered. */
  #watch(): void {
    this.#timer = this.#clock.after(this.#keepAliveMs / 4, () => {
      const nowMs = this.#clock.monotonicMs()
      const waitedSinceMs = Math.max(this.#pingedAtMs, this.#heardAtMs)
      if (this.#pingedAtMs > 0 && !this.#isPaused && nowMs - waitedSinceMs >= this.#keepAliveMs) {
        this.fail(this.#lost(`no answer to PINGREQ for ${this.#keepAliveMs / 1000} s`))
        return
      }
      if (nowMs - this.#sentAtMs >= this.#keepAliveMs / 2) {
        this.send({ type: 'pingreq' })
        if (this.#pingedAtMs === 0) this.#pingedAtMs = nowMs
      }
      this.#watch()
    })
  }
}

/** The specification's name of a code. Some brokers answer a version they don't speak in the other's form. */
function reasonName(code: number, version: ProtocolVersion): string {
  const [first, second] = version === 5 ? [reasonNames, returnCodeNames] : [returnCodeNames, reasonNames]
  return first.get(code) ?? second.get(code) ?? 'unknown reason'
}
