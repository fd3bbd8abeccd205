// What every connection passes between being accepted and having an owner: the PROXY header where a load
// balancer stands in front, the limits on connections, and the TLS handshake. The same for MQTT and HTTP.
import type { Server as NetServer, Socket } from 'node:net'
import type { Server as TlsServer, TLSSocket } from 'node:tls'
import { plainAddress, type AddressList } from '../lib/addresses.ts'
import type { Certificates } from './certificates.ts'
import type { PeerCertificate } from './connection.ts'
import type { Entry, Gate } from './gate.ts'
import { takeProxyHeader, type ProxySource } from './proxy-protocol.ts'
import type { Refusals } from './refusals.ts'

/** none: not asked for. optional: one that is shown must be good. required: no connection without one. */
export type ClientCertificates = 'none' | 'optional' | 'required'

export interface EntranceOptions {
  gate: Gate
  refusals: Refusals
  /** PROXY headers and TLS handshakes that are not finished, shared by all entrances. */
  handshakes: Handshakes
  /** Balancers whose PROXY header is required and believed; undefined where none stands in front. */
  balancers?: AddressList | undefined
  tls?: TlsEntrance | undefined
}

export interface TlsEntrance {
  certificates: Certificates
  clientCertificates: ClientCertificates
  /** Protocols to agree on; none by default. */
  alpn?: string[]
}

/** A connection whose owner may have it now. */
export interface Visitor {
  /** Its `remoteAddress` and `remotePort` are the client's, also behind a balancer. */
  socket: Socket
  isSecure: boolean
  entry: Entry
  peerCertificate: PeerCertificate | undefined
}

export type OnVisitor = (visitor: Visitor) => void

/** Handshakes under way, and how long each may take. */
export class Handshakes {
  readonly timeoutMs: number
  readonly #max: number
  readonly #refusals: Refusals
  readonly #sockets = new Set<Socket>()

  constructor(max: number, timeoutMs: number, refusals: Refusals) {
    this.#max = max
    this.timeoutMs = timeoutMs
    this.#refusals = refusals
  }

  /** False: there are too many; the socket is closed. It is counted until `end`, or until it closes. */
  begin(socket: Socket): boolean {
    if (this.#sockets.size >= this.#max) {
      this.#refusals.count('handshakes', nameOf(socket), `limits.handshakesMax is ${this.#max}`)
      socket.destroy()
      return false
    }
    this.#sockets.add(socket)
    socket.once('close', () => this.end(socket))
    return true
  }

  end(socket: Socket): void {
    this.#sockets.delete(socket)
  }
}

interface Waiting {
  socket: Socket
  source: ProxySource
  entry: Entry
  welcome: OnVisitor
}

export class Entrance {
  readonly #options: EntranceOptions
  readonly #tlsServer: TlsServer | undefined
  /** Handshakes under way, by the addresses of both ends. */
  readonly #waiting = new Map<string, Waiting>()
  /** Those that a guarded server has, as long as they are open. */
  readonly #visitors = new WeakMap<Socket, Visitor>()

  constructor(options: EntranceOptions) {
    this.#options = options
    if (options.tls !== undefined) this.#tlsServer = this.#createTlsServer(options.tls)
  }

  /** Lets a server's connections in: what it did with them on arrival happens once they are welcome. */
  guard(server: NetServer): void {
    const listeners = server.listeners('connection') as ((socket: Socket) => void)[]
    server.removeAllListeners('connection')
    server.on('connection', (socket: Socket) => {
      this.receive(socket, (visitor) => {
        this.#visitors.set(visitor.socket, visitor)
        for (const listener of listeners) listener.call(server, visitor.socket)
      })
    })
  }

  /** Who is behind a connection of a guarded server. */
  visitorOf(socket: Socket): Visitor | undefined {
    return this.#visitors.get(socket)
  }

  receive(socket: Socket, welcome: OnVisitor): void {
    // Whoever owns the socket later hears of errors from its own listener; until then, `close` says enough.
    socket.on('error', () => undefined)
    const { balancers, refusals, handshakes } = this.#options
    const { remoteAddress, remotePort = 0 } = socket
    // It was reset before we looked at it.
    if (remoteAddress === undefined) return void socket.destroy()
    const isHandshake = balancers !== undefined || this.#tlsServer !== undefined
    if (isHandshake && !handshakes.begin(socket)) return
    const own = { address: plainAddress(remoteAddress), port: remotePort }
    if (balancers === undefined) return this.#enter(socket, own, welcome)
    if (!balancers.includes(remoteAddress)) {
      refusals.count('proxy', remoteAddress, 'it is none of proxyProtocol.trustedAddresses')
      return void socket.destroy()
    }
    takeProxyHeader(socket, handshakes.timeoutMs, (result) => {
      if ('source' in result) return this.#enter(socket, result.source ?? own, welcome)
      refusals.count('proxy', remoteAddress, result.error.message)
      socket.destroy()
    })
  }

  #enter(socket: Socket, source: ProxySource, welcome: OnVisitor): void {
    const entry = this.#options.gate.enter(source.address)
    if (entry === undefined || socket.destroyed) {
      entry?.leave()
      return void socket.destroy()
    }
    socket.once('close', () => entry.leave())
    if (this.#tlsServer === undefined) {
      this.#options.handshakes.end(socket)
      setRemote(socket, source)
      return welcome({ socket, isSecure: false, entry, peerCertificate: undefined })
    }
    const key = endsOf(socket)
    this.#waiting.set(key, { socket, source, entry, welcome })
    socket.once('close', () => this.#waiting.delete(key))
    this.#tlsServer.emit('connection', socket)
  }

  #createTlsServer({ certificates, clientCertificates, alpn }: TlsEntrance): TlsServer {
    const { refusals, handshakes } = this.#options
    const server = certificates.createServer({
      handshakeTimeout: handshakes.timeoutMs,
      requestCert: clientCertificates !== 'none',
      rejectUnauthorized: clientCertificates === 'required',
      ...(alpn !== undefined && { ALPNProtocols: alpn }),
    })
    server.on('secureConnection', (secure) => this.#secured(secure))
    server.on('tlsClientError', (error, secure) => {
      refusals.count('tls', nameOf(secure), error.message)
      secure.destroy()
    })
    return server
  }

  #secured(secure: TLSSocket): void {
    const waiting = this.#waiting.get(endsOf(secure))
    if (waiting === undefined) return void secure.destroy()
    const { socket, source, entry, welcome } = waiting
    this.#waiting.delete(endsOf(secure))
    this.#options.handshakes.end(socket)
    const shown = secure.getPeerCertificate()
    // Without a certificate the object is empty.
    const isShown = (shown as typeof shown | undefined)?.fingerprint256 !== undefined
    if (isShown && !secure.authorized && this.#options.tls!.clientCertificates !== 'none') {
      const detail = `its certificate is not good: ${String(secure.authorizationError)}`
      this.#options.refusals.count('tls', source.address, detail)
      return void secure.destroy()
    }
    setRemote(secure, source)
    const { CN } = isShown ? shown.subject : { CN: undefined }
    const peerCertificate =
      isShown && secure.authorized
        ? { commonName: typeof CN === 'string' ? CN : '', fingerprint256: shown.fingerprint256 }
        : undefined
    welcome({ socket: secure, isSecure: true, entry, peerCertificate })
  }
}

/** Both ends of a connection: no other open one has the same. */
function endsOf(socket: Socket): string {
  const { localAddress, localPort, remoteAddress, remotePort } = socket
  return `${localAddress} ${localPort} ${remoteAddress} ${remotePort}`
}

function nameOf(socket: Socket): string {
  return plainAddress(socket.remoteAddress ?? 'unknown')
}

/** Whoever asks the socket for its address hears the client's, not the balancer's. */
function setRemote(socket: Socket, { address, port }: ProxySource): void {
  if (socket.remoteAddress === address && socket.remotePort === port) return
  Object.defineProperty(socket, 'remoteAddress', { value: address })
  Object.defineProperty(socket, 'remotePort', { value: port })
}
