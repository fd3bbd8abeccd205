// A network that breaks at a chosen packet: stands between a client and a broker, reads the frames of MQTT in
// both directions, and cuts the connection before or after one of them. It shares no code with ours.
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/** Numbers of the packet types, section 2.1.2. */
export const packetTypes = {
  connect: 1,
  connack: 2,
  publish: 3,
  puback: 4,
  pubrec: 5,
  pubrel: 6,
  pubcomp: 7,
  subscribe: 8,
  suback: 9,
} as const
export type PacketName = keyof typeof packetTypes

export interface CutRule {
  /** `up`: what the client sends to the broker. */
  direction: 'up' | 'down'
  packet: PacketName
  /** At QoS 1 or 2, for a PUBLISH. */
  qos?: 1 | 2
  /** Packets of this kind that pass before. */
  skip: number
  /** Before it arrives, or right after: then the answer to it is what gets lost. */
  when: 'before' | 'after'
}

export class PacketProxy {
  readonly port: number
  readonly #server: Server
  readonly #targetPort: number
  readonly #sockets = new Set<Socket>()
  #rule: { rule: CutRule; left: number; done: () => void } | undefined

  private constructor(server: Server, targetPort: number) {
    this.#server = server
    this.#targetPort = targetPort
    this.port = (server.address() as AddressInfo).port
    server.on('connection', (socket) => this.#join(socket))
  }

  static async start(targetPort: number): Promise<PacketProxy> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new PacketProxy(server, targetPort)
  }

  /** Cuts once by this rule; resolves when it has. A rule before it that has not been met is dropped. */
  cutAt(rule: CutRule): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#rule = { rule, left: rule.skip, done: resolve }
    return promise
  }

  /** Cuts all connections now. */
  cut(): void {
    this.#rule = undefined
    for (const socket of this.#sockets) socket.destroy()
  }

  async stop(): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #join(client: Socket): void {
    const broker = connect(this.#targetPort, '127.0.0.1')
    const end = (): void => {
      client.destroy()
      broker.destroy()
    }
    for (const socket of [client, broker]) {
      this.#sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', end)
      socket.on('close', () => {
        this.#sockets.delete(socket)
        end()
      })
    }
    this.#carry(client, broker, 'up', end)
    this.#carry(broker, client, 'down', end)
  }

  /** Whole packets go over; what follows the cut does not. */
  #carry(from: Socket, to: Socket, direction: CutRule['direction'], end: () => void): void {
    let rest: Buffer = Buffer.alloc(0)
    let isCut = false
    from.on('data', (chunk: Buffer) => {
      if (isCut) return
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      let at = 0
      for (let length = frameLength(rest, at); length > 0; length = frameLength(rest, at)) {
        const when = this.#meets(rest[at]!, direction)
        if (when === undefined) {
          at += length
          continue
        }
        isCut = true
        to.write(rest.subarray(0, when === 'after' ? at + length : at), end)
        return
      }
      // A side that reads slowly slows the other down, as a network does.
      if (at > 0 && !to.write(rest.subarray(0, at))) {
        from.pause()
        to.once('drain', () => from.resume())
      }
      rest = rest.subarray(at)
    })
  }

  #meets(head: number, direction: CutRule['direction']): CutRule['when'] | undefined {
    const waiting = this.#rule
    if (waiting === undefined || waiting.rule.direction !== direction) return undefined
    if (head >> 4 !== packetTypes[waiting.rule.packet]) return undefined
    if (waiting.rule.qos !== undefined && ((head >> 1) & 3) !== waiting.rule.qos) return undefined
    if (waiting.left-- > 0) return undefined
    this.#rule = undefined
    waiting.done()
    return waiting.rule.when
  }
}

/** Bytes of the packet that begins there; 0 while it is not whole. */
function frameLength(bytes: Buffer, at: number): number {
  let remaining = 0
  for (let i = 0; i < 4; i++) {
    const byte = bytes[at + 1 + i]
    if (byte === undefined) return 0
    remaining += (byte & 0x7f) << (7 * i)
    if (byte < 0x80) {
      const length = 2 + i + remaining
      return at + length <= bytes.length ? length : 0
    }
  }
  throw new Error('a packet has a length of more than four bytes')
}
