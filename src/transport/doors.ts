// The ways into a hub: MQTT over TCP, TLS and WebSocket, and HTTP with or without TLS, with the limits,
// certificates and balancers that they share.
import type { Server as HttpServer } from 'node:http'
import type { AddressList } from '../lib/addresses.ts'
import type { Log } from '../lib/log.ts'
import { Certificates, type CertificateFiles, type CertificateFacts } from './certificates.ts'
import type { Listener } from './connection.ts'
import { Entrance, Handshakes, type ClientCertificates } from './entrance.ts'
import { Gate } from './gate.ts'
import { Refusals, type RefusalReason } from './refusals.ts'
import { listenTcp, type OnConnection } from './tcp.ts'
import { acceptWebSockets } from './websocket.ts'

export type DoorName = 'mqtt' | 'mqtts' | 'http'

export interface DoorLimits {
  connectionsMax: number
  connectionsPerAddressMax: number
  httpConnectionsMax: number
  handshakesMax: number
  handshakeTimeoutMs: number
  packetBytesMax: number
}

export interface DoorsOptions {
  limits: DoorLimits
  /** Whether connectionsPerAddressMax holds for loopback too. */
  countsLoopback: boolean
  /** Undefined: no TLS. */
  certificates: CertificateFiles | undefined
  /** On the MQTT port; a browser would ask its user for one on the HTTP port. */
  clientCertificates: ClientCertificates
  /** Doors behind a balancer that speaks the PROXY protocol, and the balancers. */
  behindBalancer: readonly DoorName[]
  balancers: AddressList
  webSocketOrigins: readonly string[]
  log: Log
}

/** Connections above the limits that may wait to be told so in CONNACK. */
const toldMax = 256
/** A WebSocket message may hold a packet of any allowed size, or many small ones. */
const messageBytesMin = 1024 * 1024

export class Doors {
  readonly #options: DoorsOptions
  readonly #refusals: Refusals
  readonly #handshakes: Handshakes
  readonly #gate: Gate
  readonly #httpGate: Gate
  readonly #certificates: Certificates | undefined
  readonly #stopWatching: () => void

  /** @throws TLS_INVALID */
  constructor(options: DoorsOptions) {
    const { limits, log, certificates, countsLoopback } = options
    this.#options = options
    this.#refusals = new Refusals(log)
    const refusals = this.#refusals
    this.#handshakes = new Handshakes(limits.handshakesMax, limits.handshakeTimeoutMs, refusals)
    this.#gate = new Gate({
      connectionsMax: limits.connectionsMax,
      perAddressMax: limits.connectionsPerAddressMax,
      countsLoopback,
      toldMax,
      names: { connections: 'limits.connectionsMax', perAddress: 'limits.connectionsPerAddressMax' },
      refusals,
    })
    this.#httpGate = new Gate({
      connectionsMax: limits.httpConnectionsMax,
      perAddressMax: limits.httpConnectionsMax,
      countsLoopback,
      toldMax: 0,
      names: { connections: 'limits.httpConnectionsMax', perAddress: 'limits.httpConnectionsMax' },
      refusals,
    })
    this.#certificates = certificates === undefined ? undefined : new Certificates(certificates, log)
    this.#stopWatching = this.#certificates?.watch() ?? (() => undefined)
  }

  /** Connections refused since the start, by reason. */
  get refused(): ReadonlyMap<RefusalReason, number> {
    return this.#refusals.counts
  }

  /** Listens for MQTT; `mqtts` needs certificates.
   *  @throws ADDRESS_IN_USE, ADDRESS_UNUSABLE */
  /** Of the certificates in use; none without TLS. @param nowMs milliseconds since the epoch. */
  certificateFacts(nowMs: number): CertificateFacts[] {
    return this.#certificates?.facts(nowMs) ?? []
  }

  listen(door: 'mqtt' | 'mqtts', host: string, port: number, onConnection: OnConnection): Promise<Listener> {
    const entrance = this.#entrance(door, this.#gate, door === 'mqtts' ? { kind: 'mqtt' } : undefined)
    return listenTcp({ host, port, entrance, onConnection, log: this.#options.log })
  }

  /** Guards an HTTP server that does not listen yet, and takes MQTT over WebSocket from it. */
  guardHttp(server: HttpServer, isSecure: boolean, onConnection: OnConnection): void {
    const { limits, webSocketOrigins: origins } = this.#options
    const entrance = this.#entrance('http', this.#httpGate, isSecure ? { kind: 'http' } : undefined)
    entrance.guard(server)
    acceptWebSockets(server, {
      entrance,
      gate: this.#gate,
      refusals: this.#refusals,
      messageBytesMax: Math.max(limits.packetBytesMax, messageBytesMin),
      origins,
      onConnection,
    })
  }

  /** Reads the certificates anew. */
  reload(): void {
    this.#certificates?.reload()
  }

  close(): void {
    this.#stopWatching()
  }

  #entrance(door: DoorName, gate: Gate, secure: { kind: 'mqtt' | 'http' } | undefined): Entrance {
    const { behindBalancer, balancers, clientCertificates } = this.#options
    const certificates = secure === undefined ? undefined : this.#certificates
    const tls =
      certificates === undefined
        ? undefined
        : secure!.kind === 'http'
          ? { certificates, clientCertificates: 'none' as const, alpn: ['http/1.1'] }
          : { certificates, clientCertificates }
    return new Entrance({
      gate,
      refusals: this.#refusals,
      handshakes: this.#handshakes,
      balancers: behindBalancer.includes(door) ? balancers : undefined,
      tls,
    })
  }
}
