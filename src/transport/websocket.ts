// MQTT over WebSocket: frames as a stream of bytes, and the rules for who may open one from a browser.
// Compression is never agreed on: a few bytes could become many megabytes.
import type { IncomingMessage, Server as HttpServer } from 'node:http'
import { isIP, type Socket } from 'node:net'
import { WebSocket, WebSocketServer, type ClientOptions, type RawData } from 'ws'
import { isLoopbackAddress } from '../lib/addresses.ts'
import type { Connection, ConnectionHandler, PeerCertificate } from './connection.ts'
import type { Entrance } from './entrance.ts'
import type { Gate } from './gate.ts'
import type { Refusals } from './refusals.ts'
import { formatAddress, type OnConnection, type SocketOrigin } from './tcp.ts'

export const webSocketPath = '/mqtt'
/** [MQTT-6.0.0-3] [MQTT-6.0.0-4]; the second is what clients of MQTT 3.1 say. */
const subprotocols = ['mqtt', 'mqttv3.1']
/** How long the other side may take to close after we have said the last word. */
const lingerMs = 2000
/** Answers to pings that the other side has not read; beyond it the connection ends. */
const pongsWaitingMax = 64
/** WebSocket's codes for the end of a connection, RFC 6455 section 7.4.1. */
const closeCodes = { normal: 1000, unsupportedData: 1003 }

export interface WebSocketAcceptOptions {
  /** What the HTTP connections have passed. */
  entrance: Entrance
  /** Where MQTT connections are counted. */
  gate: Gate
  refusals: Refusals
  /** The longest message, all its frames together; packets may span messages and share them. */
  messageBytesMax: number
  /** Origins of web pages that may connect besides those of this hub itself: "https://app.example.org". */
  origins: readonly string[]
  onConnection: OnConnection
}

/** Takes the WebSocket upgrades of an HTTP server at `/mqtt`. */
export function acceptWebSockets(server: HttpServer, options: WebSocketAcceptOptions): void {
  const { entrance, gate, refusals } = options
  const frames = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: options.messageBytesMax,
    skipUTF8Validation: true,
    handleProtocols: (offered) => subprotocols.find((name) => offered.has(name)) ?? false,
    ...({ closeTimeout: lingerMs, maxPendingAutoPongs: pongsWaitingMax } as object),
  })
  server.on('upgrade', (request, stream, head) => {
    const socket = stream as Socket
    socket.on('error', () => socket.destroy())
    const visitor = entrance.visitorOf(socket)
    const refuse = (status: string, detail: string): void => {
      refusals.count('webSocket', socket.remoteAddress ?? 'unknown', detail)
      const text = `${detail}\n`
      // Without this, whoever never closes its half would stay for ever.
      socket.once('finish', () => socket.destroy())
      const type = 'Content-Type: text/plain; charset=utf-8\r\nConnection: close'
      socket.end(`HTTP/1.1 ${status}\r\n${type}\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`)
    }
    if (visitor === undefined) return void socket.destroy()
    const fault = upgradeFault(request, options.origins)
    if (fault !== undefined) return refuse(...fault)
    // From here on it is an MQTT connection, and no HTTP one.
    visitor.entry.leave()
    const entry = gate.enter(socket.remoteAddress ?? 'unknown')
    if (entry === undefined) return refuse('503 Service Unavailable', 'There are too many connections.')
    socket.once('close', () => entry.leave())
    frames.handleUpgrade(request, socket, head, (webSocket) => {
      new WebSocketConnection(webSocket, socket, { ...visitor, entry }).own(options.onConnection)
    })
  })
}

type Fault = [status: string, detail: string]

function upgradeFault(request: IncomingMessage, origins: readonly string[]): Fault | undefined {
  const path = request.url?.split('?')[0]
  if (path !== webSocketPath) return ['404 Not Found', `MQTT over WebSocket is at ${webSocketPath}.`]
  const offered = request.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? []
  if (!subprotocols.some((name) => offered.includes(name))) {
    return ['400 Bad Request', 'The subprotocol mqtt must be offered in Sec-WebSocket-Protocol.']
  }
  if (!isOriginAllowed(request, origins)) {
    return [
      '403 Forbidden',
      'Web pages of this origin may not connect; webSocketOrigins lists those that may.',
    ]
  }
  return undefined
}

/** Programs send no Origin. A page may connect when it came from this hub, or from an origin that is listed:
 *  the browser tells whose page it is, and sends along what the browser alone can reach. */
function isOriginAllowed(request: IncomingMessage, origins: readonly string[]): boolean {
  const { origin, host } = request.headers
  if (origin === undefined || origins.includes(origin)) return true
  const url = URL.parse(origin)
  if (url === null || host === undefined || url.host === '') return false
  const own = URL.parse(`${url.protocol}//${host}`)
  if (own === null || own.host !== url.host) return false
  // A name that somebody let point to this machine would be the page's own name as well. So where the hub is
  // reached over loopback, only the names of loopback count.
  const isLocal = isLoopbackAddress(request.socket.localAddress ?? '')
  return !isLocal || own.hostname === 'localhost' || isIP(own.hostname.replace(/^\[|\]$/g, '')) !== 0
}

/** Connects to a WebSocket endpoint.
 *  @param options of the connection below it: authorities, certificate, key.
 *  @param messageBytesMax the longest message taken.
 *  @param signal gives up an attempt that is under way. */
export function connectWebSocket(
  url: string,
  options: ClientOptions,
  messageBytesMax: number,
  signal: AbortSignal,
  onConnection: OnConnection,
): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const webSocket = new WebSocket(url, subprotocols.slice(0, 1), {
      ...options,
      perMessageDeflate: false,
      maxPayload: messageBytesMax,
      skipUTF8Validation: true,
      ...({ closeTimeout: lingerMs, maxPendingAutoPongs: pongsWaitingMax } as object),
    })
    let stream: Socket | undefined
    const giveUp = (): void => webSocket.terminate()
    signal.addEventListener('abort', giveUp, { once: true })
    webSocket.once('error', reject)
    webSocket.once('upgrade', (response: IncomingMessage) => (stream = response.socket))
    webSocket.once('open', () => {
      webSocket.off('error', reject)
      signal.removeEventListener('abort', giveUp)
      const connection = new WebSocketConnection(webSocket, stream!, { isSecure: url.startsWith('wss:') })
      connection.own(onConnection)
      resolve(connection)
    })
  })
}

/** A WebSocket as the broker and the client know it: bytes, wherever frames begin and end. */
export class WebSocketConnection implements Connection {
  readonly remote: string
  readonly isSecure: boolean
  readonly peerCertificate?: PeerCertificate
  readonly refusal?: number
  readonly #webSocket: WebSocket
  /** The socket below the frames. */
  readonly #stream: Socket
  #error: Error | undefined
  #hasRefusedText = false

  constructor(webSocket: WebSocket, stream: Socket, origin: SocketOrigin) {
    this.#webSocket = webSocket
    this.#stream = stream
    this.isSecure = origin.isSecure
    if (origin.peerCertificate !== undefined) this.peerCertificate = origin.peerCertificate
    if (origin.entry?.refusal !== undefined) this.refusal = origin.entry.refusal
    const { remoteAddress: address = 'unknown', remotePort: port = 0 } = stream
    this.remote = formatAddress({ address, port })
  }

  /** Hands what comes to its owner from now on. */
  own(onConnection: OnConnection): void {
    const webSocket = this.#webSocket
    // Frames of one message are handed on without being joined.
    webSocket.binaryType = 'fragments'
    webSocket.on('error', (error) => (this.#error = error))
    const handler = onConnection(this)
    webSocket.on('message', (data: RawData, isBinary) => {
      if (this.#hasRefusedText) return
      if (isBinary) deliver(data as Buffer[], handler)
      else this.#refuseText()
    })
    this.#stream.on('drain', () => handler.drained())
    webSocket.once('close', () => handler.closed(this.#error))
  }

  /** [MQTT-6.0.0-1] */
  #refuseText(): void {
    this.#hasRefusedText = true
    this.#error = new Error('a text frame came; MQTT travels in binary frames')
    this.#webSocket.close(closeCodes.unsupportedData, 'MQTT travels in binary frames')
  }

  get bufferedBytes(): number {
    return this.#webSocket.bufferedAmount
  }

  write(bytes: Uint8Array): boolean {
    if (this.#webSocket.readyState !== WebSocket.OPEN) return true
    this.#webSocket.send(bytes)
    return !this.#stream.writableNeedDrain
  }

  pause(): void {
    this.#webSocket.pause()
  }

  resume(): void {
    this.#webSocket.resume()
  }

  end(): void {
    this.#webSocket.close(closeCodes.normal)
    // What still comes is read and dropped by the owner; otherwise the other side's end would not be seen.
    this.#webSocket.resume()
  }

  destroy(): void {
    this.#webSocket.terminate()
  }
}

function deliver(frames: Buffer[], handler: ConnectionHandler): void {
  for (const bytes of frames) if (bytes.length > 0) handler.bytes(bytes)
}
