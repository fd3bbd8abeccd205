// TCP sockets as connections: listening for devices, and connecting to other brokers. TLS and WebSocket stand
// beside it in files of their own.
import { createConnection, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { AckstoneError } from '../errors.ts'
import type { Log } from '../lib/log.ts'
import type { Connection, ConnectionHandler, Listener, PeerCertificate } from './connection.ts'
import type { Entrance, Visitor } from './entrance.ts'

/** Makes the owner of a new connection. */
export type OnConnection = (connection: Connection) => ConnectionHandler

export interface TcpListenOptions {
  host: string
  /** 0 takes a free one. */
  port: number
  /** What each connection passes first. */
  entrance: Entrance
  onConnection: OnConnection
  log: Log
}

/** Connections that wait to be accepted; the system's own limit may be lower. */
const backlog = 4096
/** How long the other side may take to close after we have said the last word. */
const lingerMs = 2000

/** Listens for connections of TCP, or of TLS when that is what the entrance asks for. Closing the listener
 *  leaves its connections as they are.
 *  @throws ADDRESS_IN_USE, ADDRESS_UNUSABLE */
export function listenTcp(options: TcpListenOptions): Promise<Listener> {
  const { host, port, entrance, onConnection, log } = options
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    entrance.receive(socket, (visitor) => {
      new SocketConnection(visitor.socket, visitor).own(onConnection)
    })
  })
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => reject(listenError(error, host, port))
    server.once('error', failed)
    server.listen({ host, port, backlog }, () => {
      server.off('error', failed)
      server.on('error', (error) => log.error('listener failed', { host, port, cause: error.message }))
      resolve(new TcpListener(server))
    })
  })
}

/** What the system says about an address that can't be listened on, as an error that says what to do. */
export function listenError(error: NodeJS.ErrnoException, host: string, port: number): AckstoneError {
  if (error.code === 'EADDRINUSE') return new AckstoneError('ADDRESS_IN_USE', { host, port }, error)
  return new AckstoneError('ADDRESS_UNUSABLE', { host, port, cause: error.code ?? error.message }, error)
}

class TcpListener implements Listener {
  readonly address: string
  readonly #server: Server

  constructor(server: Server) {
    this.#server = server
    this.address = formatAddress(server.address() as AddressInfo)
  }

  close(): Promise<void> {
    this.#server.close()
    return Promise.resolve()
  }
}

/** "host:port", an IPv6 host in brackets. */
export function formatAddress({ address, port }: Pick<AddressInfo, 'address' | 'port'>): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/** Connects to host and port. The handler is made once the connection stands. Rejects with the system's
 *  error when it can't be made; what that means, the caller knows. */
export function connectTcp(host: string, port: number, onConnection: OnConnection): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host, port, noDelay: true, allowHalfOpen: true })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      const connection = new SocketConnection(socket, { isSecure: false })
      connection.own(onConnection)
      resolve(connection)
    })
  })
}

/** What is known of a socket when it becomes a connection. */
export type SocketOrigin = Pick<Visitor, 'isSecure'> & Partial<Pick<Visitor, 'peerCertificate' | 'entry'>>

/** A socket as the broker and the client know it. Also for sockets that TLS has wrapped. */
export class SocketConnection implements Connection {
  readonly remote: string
  readonly isSecure: boolean
  readonly peerCertificate?: PeerCertificate
  readonly refusal?: number
  readonly #socket: Socket
  #error: Error | undefined
  #linger: NodeJS.Timeout | undefined

  constructor(socket: Socket, { isSecure, peerCertificate, entry }: SocketOrigin) {
    this.#socket = socket
    this.isSecure = isSecure
    if (peerCertificate !== undefined) this.peerCertificate = peerCertificate
    if (entry?.refusal !== undefined) this.refusal = entry.refusal
    // A socket that was reset before we looked at it has no address any more.
    const { remoteAddress: address = 'unknown', remotePort: port = 0 } = socket
    this.remote = formatAddress({ address, port })
  }

  /** Hands the socket's events to its owner from now on. */
  own(onConnection: OnConnection): void {
    const socket = this.#socket
    socket.on('error', (error) => (this.#error = error))
    const handler = onConnection(this)
    socket.on('data', (chunk: Buffer) => handler.bytes(chunk))
    socket.on('drain', () => handler.drained())
    socket.on('end', () => {
      if (handler.ended === undefined) this.end()
      else handler.ended()
    })
    socket.once('close', () => {
      clearTimeout(this.#linger)
      handler.closed(this.#error)
    })
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength
  }

  write(bytes: Uint8Array): boolean {
    return this.#socket.writable ? this.#socket.write(bytes) : true
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  end(): void {
    const socket = this.#socket
    if (socket.destroyed || this.#linger !== undefined) return
    socket.end()
    // What still comes is read and dropped by the owner; otherwise the other side's end would not be seen.
    socket.resume()
    this.#linger = setTimeout(() => socket.destroy(), lingerMs)
    this.#linger.unref()
  }

  destroy(): void {
    this.#socket.destroy()
  }
}
