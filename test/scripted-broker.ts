// A broker that does what a test tells it, packet by packet: refuses, keeps silent, vanishes, resumes.
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { Decoder } from '../src/mqtt/decoder.ts'
import { encode } from '../src/mqtt/encoder.ts'
import type { ConnackPacket, ConnectPacket, Packet } from '../src/mqtt/packet.ts'

/** Things that arrive and those who wait for them, first come first served. */
class Arrivals<T> {
  readonly #things: T[] = []
  readonly #waiting: ((thing: T) => void)[] = []

  add(thing: T): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#things.push(thing)
    else next(thing)
  }

  take(): Promise<T> {
    if (this.#things.length > 0) return Promise.resolve(this.#things.shift() as T)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  get count(): number {
    return this.#things.length
  }
}

/** The broker's end of one connection. */
export class Peer {
  readonly #socket: Socket
  readonly #packets = new Arrivals<Packet | undefined>()
  readonly #decoder = new Decoder({ side: 'server', packetBytesMax: 1_000_000 })

  constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk) => this.#decoder.push(chunk as Buffer, (packet) => this.#packets.add(packet)))
    socket.on('error', () => undefined)
    socket.on('close', () => this.#packets.add(undefined))
  }

  /** The next packet, which must be of this type. */
  async expect<T extends Packet['type']>(type: T): Promise<Extract<Packet, { type: T }>> {
    const packet = await this.#packets.take()
    if (packet?.type !== type) throw new Error(`expected ${type}, got ${packet?.type ?? 'the end'}`)
    return packet as Extract<Packet, { type: T }>
  }

  /** Resolves when the client has closed, whatever it sent before. */
  async expectEnd(): Promise<void> {
    while ((await this.#packets.take()) !== undefined);
  }

  /** Packets that have arrived and were not taken yet. */
  get waiting(): number {
    return this.#packets.count
  }

  send(...packets: Packet[]): void {
    this.#socket.write(Buffer.concat(packets.map((packet) => encode(packet, this.#decoder.protocolVersion))))
  }

  sendBytes(bytes: Buffer): void {
    this.#socket.write(bytes)
  }

  destroy(): void {
    this.#socket.destroy()
  }
}

export class ScriptedBroker {
  readonly port: number
  readonly #server: Server
  readonly #peers: Arrivals<Peer>
  readonly #sockets: Set<Socket>

  private constructor(server: Server, peers: Arrivals<Peer>, sockets: Set<Socket>) {
    this.#server = server
    this.#peers = peers
    this.#sockets = sockets
    this.port = (server.address() as AddressInfo).port
  }

  static async start(): Promise<ScriptedBroker> {
    const peers = new Arrivals<Peer>()
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
      peers.add(new Peer(socket))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new ScriptedBroker(server, peers, sockets)
  }

  accept(): Promise<Peer> {
    return this.#peers.take()
  }

  /** Accepts a connection and answers its CONNECT. */
  async connected(connack: Partial<ConnackPacket> = {}): Promise<{ peer: Peer; connect: ConnectPacket }> {
    const peer = await this.accept()
    const connect = await peer.expect('connect')
    peer.send({ type: 'connack', sessionPresent: false, reasonCode: 0, ...connack })
    return { peer, connect }
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
