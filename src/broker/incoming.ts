// What a client has sent and the hub has not dealt with. Packets are read from a chunk until one has to wait, for
// CONNACK or for a turn with room for the work it makes; that packet and the bytes behind it are kept in order, and so
// is a chunk that comes while the open batch is full.
import { Decoder } from '../mqtt/decoder.ts'
import type { Packet, ProtocolVersion } from '../mqtt/packet.ts'

export class Incoming {
  readonly #decoder: Decoder
  readonly #receive: (packet: Packet) => void
  /** The packet that waits, and what came behind it: the rest of its chunk, and chunks that came although the
   *  connection is not read, which are few. */
  #waiting: Packet | undefined
  #rest: Buffer[] = []
  /** Bytes wait for `goOn` although no packet does. */
  #isKept = false
  #begunMs = 0

  constructor(packetBytesMax: number, receive: (packet: Packet) => void) {
    this.#decoder = new Decoder({ packetBytesMax, side: 'server' })
    this.#receive = receive
  }

  get protocolVersion(): ProtocolVersion {
    return this.#decoder.protocolVersion
  }

  /** When the packet began that is not whole yet, monotonic milliseconds; 0 when there is none. */
  get begunMs(): number {
    return this.#begunMs
  }

  /** Bytes have been taken: a packet that is not whole began with them, or earlier.
   *  @param lastPacketMs when the last whole one came. */
  timeBegun(receivedMs: number, lastPacketMs: number): void {
    if (!this.#decoder.isWithinPacket) this.#begunMs = 0
    else if (this.#begunMs === 0 || lastPacketMs === receivedMs) this.#begunMs = receivedMs
  }

  /** What was not read could not come: the time of a packet that has begun counts from now. */
  timeAnew(nowMs: number): void {
    if (this.#begunMs !== 0) this.#begunMs = nowMs
  }

  /** A packet, or bytes that were kept, wait for `goOn`. */
  get isWaiting(): boolean {
    return this.#isKept || this.#waiting !== undefined
  }

  /** Takes bytes.
   *  @throws MalformedPacket after the packets before it were received. */
  push(chunk: Buffer): void {
    if (this.isWaiting) this.#rest.push(chunk)
    else this.#read(chunk)
  }

  /** Keeps bytes until `goOn`. */
  keep(chunk: Buffer): void {
    this.#isKept = true
    this.#rest.push(chunk)
  }

  /** From within `receive`: this packet is to come again with `goOn`, before all others. */
  postpone(packet: Packet): void {
    this.#waiting = packet
    this.#decoder.halt()
  }

  /** Receives what waits, until a packet has to wait again.
   *  @throws MalformedPacket */
  goOn(): void {
    const packet = this.#waiting
    this.#isKept = false
    this.#waiting = undefined
    if (packet !== undefined) this.#receive(packet)
    while (this.#waiting === undefined) {
      const chunk = this.#rest.shift()
      if (chunk === undefined) return
      this.#read(chunk)
    }
  }

  /** Nothing more is received. */
  clear(): void {
    this.#isKept = false
    this.#waiting = undefined
    this.#rest = []
  }

  #read(chunk: Buffer): void {
    const end = this.#decoder.push(chunk, this.#receive)
    if (end < chunk.length) this.#rest.unshift(chunk.subarray(end))
  }
}
