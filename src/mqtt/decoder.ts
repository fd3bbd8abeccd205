// Bytes of one connection in, MQTT packets out, however the bytes are cut. Nothing is buffered but the
// packet that has begun, and that only when its fixed header says that it is within the limit.
import { checkFirstByte, decodePacket } from './decode/packet.ts'
import { FixedHeader } from './decode/fixed-header.ts'
import { recognisePublish } from './decode/publish.ts'
import { Reader } from './decode/reader.ts'
import { TopicCache, TopicSlots } from './decode/topic-cache.ts'
import { malformed, MalformedPacket } from './malformed-packet.ts'
import type { Packet, ProtocolVersion } from './packet.ts'
import { reasonCode, type Side } from './reason.ts'

/** What a packet that spans chunks gets at first; it doubles as more arrives, so that a packet which only
 *  claims to be large takes no memory. */
const heldBytesAtFirst = 4096
const topicSlots = new TopicSlots(8192)
// Decoding is synchronous: one cursor serves all decoders.
const body = new Reader()
const nothing = Buffer.alloc(0)

export interface DecoderOptions {
  /** The longest packet that is received, fixed header included. */
  packetBytesMax: number
  /** A server receives what clients send, and the other way round. */
  side: Side
  /** Of a client: the version that it asked for in CONNECT. A server that gives it does not insist on
   *  CONNECT as the first packet. Without it, 4 until CONNECT says otherwise. */
  protocolVersion?: ProtocolVersion
}

export class Decoder {
  /** Set when CONNECT is decoded (server), or by the owner (client). After an error in CONNECT it is the
   *  version in which the client understands the answer. */
  protocolVersion: ProtocolVersion
  readonly side: Side
  readonly #packetBytesMax: number
  readonly #topics = new TopicCache(topicSlots)
  readonly #header = new FixedHeader()
  /** Body of the packet that has begun in an earlier chunk: the first #heldBytes of #held. */
  #held: Buffer = nothing
  #heldBytes = 0
  /** On a server: whether CONNECT came. Undefined where the order is not this decoder's to check. */
  #hasConnected: boolean | undefined
  #failure: MalformedPacket | undefined
  #isHalted = false

  constructor(options: DecoderOptions) {
    this.side = options.side
    this.protocolVersion = options.protocolVersion ?? 4
    this.#packetBytesMax = options.packetBytesMax
    this.#hasConnected =
      options.side === 'server' && options.protocolVersion === undefined ? false : undefined
  }

  /** A packet has begun and is not whole. */
  get isWithinPacket(): boolean {
    return this.#header.first !== -1
  }

  /** Hands each packet that is complete to `receive`, in order. Payloads are views of `chunk`, or of a
   *  buffer of their own when the packet spans chunks; neither is used again.
   *  Returns where it ended: the length of the chunk, or less after `halt`.
   *  @throws MalformedPacket after the packets before it were delivered, and again at each later call. */
  push(chunk: Buffer, receive: (packet: Packet) => void): number {
    if (this.#failure !== undefined) throw this.#failure
    this.#isHalted = false
    try {
      return this.#read(chunk, receive)
    } catch (error) {
      if (error instanceof MalformedPacket) this.#failure = error
      throw error
    }
  }

  /** From within `receive`: what follows this packet is not read by the present `push`. */
  halt(): void {
    this.#isHalted = true
  }

  #read(chunk: Buffer, receive: (packet: Packet) => void): number {
    const end = chunk.length
    let at = 0
    while (at < end && !this.#isHalted) {
      if (chunk[at]! >> 4 === 3 && this.#header.first === -1 && this.#hasConnected !== false) {
        const publish = recognisePublish(chunk, at, this.protocolVersion, this.#packetBytesMax, this.#topics)
        if (publish !== undefined) {
          at = publish.payloadEnd
          receive(publish)
          continue
        }
      }
      at = this.#readPlain(chunk, at, receive)
    }
    return at
  }

  // Takes one packet, or what the chunk has of it; returns where the next begins.
  #readPlain(chunk: Buffer, start: number, receive: (packet: Packet) => void): number {
    const header = this.#header
    const at = this.#readHeader(chunk, start)
    if (!header.isWhole) return at
    const wanted = header.remaining - this.#heldBytes
    if (chunk.length - at < wanted) {
      this.#hold(chunk, at, chunk.length)
      return chunk.length
    }
    const next = at + wanted
    if (this.#heldBytes === 0) {
      receive(this.#decode(chunk, at, next))
      return next
    }
    this.#hold(chunk, at, next)
    receive(this.#decode(this.#held, 0, header.remaining))
    return next
  }

  #readHeader(chunk: Buffer, start: number): number {
    const header = this.#header
    let at = start
    if (header.first === -1 && at < chunk.length) {
      const first = chunk[at++]!
      checkFirstByte(first, this.side, this.protocolVersion, this.#hasConnected)
      header.begin(first)
    }
    while (!header.isWhole && at < chunk.length) {
      header.lengthByte(chunk[at++]!)
      if (header.isWhole) this.#checkLength()
    }
    return at
  }

  #checkLength(): void {
    const header = this.#header
    if (header.bytes + header.remaining <= this.#packetBytesMax) return
    // [MQTT-3.2.2-15] for what a server receives, [MQTT-3.1.2-24] for what a client does.
    throw new MalformedPacket(
      reasonCode.packetTooLarge,
      `A packet of ${header.bytes + header.remaining} bytes is over the limit of ${this.#packetBytesMax}.`,
      this.side === 'server' ? 'MQTT-3.2.2-15' : 'MQTT-3.1.2-24',
    )
  }

  #hold(chunk: Buffer, start: number, end: number): void {
    const bytes = this.#heldBytes + end - start
    if (bytes > this.#held.length) {
      const capacity = Math.min(this.#header.remaining, Math.max(heldBytesAtFirst, 2 * bytes))
      const larger = Buffer.allocUnsafeSlow(capacity)
      this.#held.copy(larger, 0, 0, this.#heldBytes)
      this.#held = larger
    }
    chunk.copy(this.#held, this.#heldBytes, start, end)
    this.#heldBytes = bytes
  }

  // The state is ready for the next packet before the owner sees this one.
  #decode(source: Buffer, start: number, end: number): Packet {
    const { first, isPadded } = this.#header
    this.#header.reset()
    this.#held = nothing
    this.#heldBytes = 0
    const packet = decodePacket(first, body, source, start, end, this, this.#topics)
    // [MQTT-1.5.5-1] 3.1.1 does not ask for the shortest form.
    if (isPadded && this.protocolVersion === 5) {
      throw malformed('The remaining length of a packet takes more bytes than it needs.', 'MQTT-1.5.5-1')
    }
    if (packet.type === 'connect' && this.#hasConnected !== undefined) this.#hasConnected = true
    return packet
  }
}
