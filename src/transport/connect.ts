// Connecting to a broker over any transport: TCP, TLS, WebSocket, or WebSocket over TLS.
import { isIP } from 'node:net'
import { connect as connectSecurely, type ConnectionOptions } from 'node:tls'
import type { Connection } from './connection.ts'
import { connectTcp, SocketConnection, type OnConnection } from './tcp.ts'
import { connectWebSocket } from './websocket.ts'

/** Certificates for connections that we make. */
export interface ClientTls {
  /** Authorities that may have signed the broker's certificate, PEM; by default those that Node knows. */
  ca?: string | undefined
  /** Our own certificate and its key, PEM, for brokers that ask for one. */
  cert?: string | undefined
  key?: string | undefined
  /** Takes any certificate of the broker: anybody in between can read and change everything. */
  isInsecure?: boolean | undefined
}

export interface ConnectTarget {
  transport: 'tcp' | 'tls' | 'ws' | 'wss'
  host: string
  port: number
  /** For WebSocket; without the leading slash. */
  path: string
  tls?: ClientTls | undefined
  /** For WebSocket: the longest message taken. */
  messageBytesMax: number
  /** Gives up an attempt that is under way. */
  signal: AbortSignal
}

/** Connects. The handler is made once the connection stands. Rejects with the system's error, or that of TLS,
 *  when it can't be made; what that means, the caller knows. */
export function connectTo(target: ConnectTarget, onConnection: OnConnection): Promise<Connection> {
  const { transport, host, port, path, signal } = target
  if (transport === 'tcp') return connectTcp(host, port, onConnection)
  if (transport === 'tls') return connectTls(target, onConnection)
  const literal = host.includes(':') ? `[${host}]` : host
  const url = `${transport}://${literal}:${port}/${path}`
  return connectWebSocket(url, tlsOptions(target), target.messageBytesMax, signal, onConnection)
}

function connectTls(target: ConnectTarget, onConnection: OnConnection): Promise<Connection> {
  const { host, port, signal } = target
  return new Promise((resolve, reject) => {
    const options: ConnectionOptions = { ...tlsOptions(target), host, port }
    const socket = connectSecurely(options)
    const giveUp = (): void => void socket.destroy(new Error('it was given up'))
    signal.addEventListener('abort', giveUp, { once: true })
    socket.once('error', reject)
    socket.once('secureConnect', () => {
      socket.off('error', reject)
      signal.removeEventListener('abort', giveUp)
      socket.setNoDelay(true)
      const connection = new SocketConnection(socket, { isSecure: true })
      connection.own(onConnection)
      resolve(connection)
    })
  })
}

type TlsOptions = Pick<
  ConnectionOptions,
  'ca' | 'cert' | 'key' | 'servername' | 'minVersion' | 'rejectUnauthorized'
>

/** How a connection over TLS is made to this host. */
export function tlsOptions({ host, tls = {} }: Pick<ConnectTarget, 'host' | 'tls'>): TlsOptions {
  return {
    ...(tls.ca !== undefined && { ca: tls.ca }),
    ...(tls.cert !== undefined && { cert: tls.cert }),
    ...(tls.key !== undefined && { key: tls.key }),
    // An address is no name that could be asked for.
    ...(isIP(host) === 0 && { servername: host }),
    minVersion: 'TLSv1.2',
    rejectUnauthorized: tls.isInsecure !== true,
  }
}
