// Messages on their way to the broker: queued, in flight up to the broker's Receive Maximum, and, when a
// session continues on a new connection, sent again in their order with DUP set.
import { AckstoneError } from '../errors.ts'
import { assert } from '../lib/assert.ts'
import type {
  PubackPacket,
  PubcompPacket,
  PublishPacket,
  PubrecPacket,
  PubrelPacket,
} from '../mqtt/packet.ts'
import { reasonCode } from '../mqtt/reason.ts'
import type { PacketIds } from './packet-ids.ts'

/** How the broker answered a publish. */
export interface PublishResult {
  /** 0 at QoS 0 and in 3.1.1; from 0x80 up the broker did not take the message. */
  reasonCode: number
  reasonString: string | undefined
}

interface Delivery {
  packet: PublishPacket
  /** published: waits for PUBACK or PUBREC. released: PUBREC came, waits for PUBCOMP. */
  stage: 'queued' | 'published' | 'released'
  result: PublishResult
  resolve(result: PublishResult): void
  reject(error: AckstoneError): void
}

export interface OutboundSender {
  /** False: the connection's buffer is full; `drained` is called when it is empty again. */
  (packet: PublishPacket | PubrelPacket): boolean
}

export class Outbound {
  readonly #send: OutboundSender
  readonly #packetIds: PacketIds
  readonly #queueMax: number
  /** What else is in flight and counts against the broker's window. */
  readonly #inflightElsewhere: () => number
  /** QoS 1 and 2 without a final answer, in the order of their first sending. Outlives connections. */
  readonly #inflight = new Map<number, Delivery>()
  /** Not sent on any connection yet; `#queueStart` is the index of the first. */
  #queue: Delivery[] = []
  #queueStart = 0
  /** In flight before this connection and not sent on it yet, last first. */
  #resend: Delivery[] = []
  #isOpen = false
  #isBlocked = false
  #receiveMaximum = 0

  constructor(
    send: OutboundSender,
    packetIds: PacketIds,
    queueMax: number,
    inflightElsewhere: () => number = () => 0,
  ) {
    this.#send = send
    this.#packetIds = packetIds
    this.#queueMax = queueMax
    this.#inflightElsewhere = inflightElsewhere
  }

  /** Those at QoS 1 and 2 without a final answer. */
  get inflight(): number {
    return this.#inflight.size
  }

  /** What is in flight elsewhere has become less. */
  roomMade(): void {
    this.#pump()
  }

  /** Messages that have no final answer yet, queued ones included. */
  get pending(): number {
    return this.#inflight.size + this.#queue.length - this.#queueStart
  }

  /** Resolves with the broker's answer; at QoS 0 as soon as the connection has taken it.
   *  The payload is the client's until then. */
  publish(packet: PublishPacket): Promise<PublishResult> {
    if (this.#queue.length - this.#queueStart >= this.#queueMax) {
      return Promise.reject(new AckstoneError('PUBLISH_QUEUE_FULL', { count: this.#queueMax }))
    }
    return new Promise((resolve, reject) => {
      const result = { reasonCode: 0, reasonString: undefined }
      this.#queue.push({ packet, stage: 'queued', result, resolve, reject })
      this.#pump()
    })
  }

  /** A connection is open. With the session gone at the broker, a QoS 1 message starts anew; one at QoS 2
   *  whose PUBREC is missing may have arrived, so only its sender can decide. */
  connected(sessionPresent: boolean, receiveMaximum: number, address: string): void {
    assert(!this.#isOpen, 'the connection before this one was closed')
    this.#isOpen = true
    this.#isBlocked = false
    this.#receiveMaximum = receiveMaximum
    if (!sessionPresent) this.#forgetSession(address)
    this.#resend = [...this.#inflight.values()].toReversed()
    this.#pump()
  }

  disconnected(): void {
    this.#isOpen = false
    this.#resend = []
  }

  /** Nothing more will be sent: everything pending is rejected. */
  fail(error: AckstoneError): void {
    this.disconnected()
    const pending = [...this.#inflight.values(), ...this.#queue.slice(this.#queueStart)]
    this.#inflight.clear()
    this.#queue = []
    this.#queueStart = 0
    for (const delivery of pending) delivery.reject(error)
  }

  drained(): void {
    this.#isBlocked = false
    this.#pump()
  }

  /** @returns false when the answer doesn't fit the message: a protocol error. An answer for an unknown
   *  identifier is ignored: its message already has one. */
  puback(packet: PubackPacket): boolean {
    const delivery = this.#inflight.get(packet.packetId)
    if (delivery === undefined) return true
    if (delivery.packet.qos !== 1) return false
    this.#finish(delivery, packet)
    return true
  }

  pubrec(packet: PubrecPacket): boolean {
    const delivery = this.#inflight.get(packet.packetId)
    if (delivery === undefined) {
      this.#write({
        type: 'pubrel',
        packetId: packet.packetId,
        reasonCode: reasonCode.packetIdentifierNotFound,
      })
      return true
    }
    if (delivery.packet.qos !== 2) return false
    if (packet.reasonCode >= 0x80) {
      this.#finish(delivery, packet)
      return true
    }
    if (delivery.stage === 'published') delivery.result = resultOf(packet)
    delivery.stage = 'released'
    this.#write({ type: 'pubrel', packetId: packet.packetId, reasonCode: 0 })
    return true
  }

  pubcomp(packet: PubcompPacket): boolean {
    const delivery = this.#inflight.get(packet.packetId)
    if (delivery === undefined) return true
    if (delivery.stage !== 'released') return false
    this.#finish(delivery, undefined)
    return true
  }

  #finish(delivery: Delivery, answer: PubackPacket | PubrecPacket | undefined): void {
    const { packetId } = delivery.packet
    assert(this.#inflight.delete(packetId), 'an answered message was in flight')
    this.#packetIds.release(packetId)
    delivery.resolve(answer === undefined ? delivery.result : resultOf(answer))
    this.#pump()
  }

  #forgetSession(address: string): void {
    for (const [packetId, delivery] of this.#inflight) {
      if (delivery.packet.qos === 1) {
        // A new delivery, not a repeated one.
        delivery.stage = 'queued'
        continue
      }
      this.#inflight.delete(packetId)
      this.#packetIds.release(packetId)
      if (delivery.stage === 'released') delivery.resolve(delivery.result)
      else delivery.reject(new AckstoneError('SESSION_LOST', { address }))
    }
  }

  get #taken(): number {
    return this.#inflight.size + this.#inflightElsewhere()
  }

  #pump(): void {
    while (this.#isOpen && !this.#isBlocked && this.#resend.length > 0) {
      // What is in flight and not waiting to be sent again counts against the broker's window.
      if (this.#taken - this.#resend.length >= this.#receiveMaximum) return
      this.#sendAgain(this.#resend.pop()!)
    }
    while (this.#isOpen && !this.#isBlocked && this.#queueStart < this.#queue.length) {
      const delivery = this.#queue[this.#queueStart]!
      if (delivery.packet.qos > 0 && !this.#enterFlight(delivery)) return
      this.#dequeue()
      this.#write(delivery.packet)
      if (delivery.packet.qos === 0) delivery.resolve(delivery.result)
    }
  }

  #sendAgain(delivery: Delivery): void {
    // Answered or started anew by a reentrant call meanwhile: nothing to send.
    if (this.#inflight.get(delivery.packet.packetId) !== delivery) return
    if (delivery.stage === 'released') {
      this.#write({ type: 'pubrel', packetId: delivery.packet.packetId, reasonCode: 0 })
      return
    }
    // [MQTT-3.3.1-1]: DUP is set when, and only when, it was sent before in this session.
    const dup = delivery.stage === 'published'
    delivery.stage = 'published'
    this.#write({ ...delivery.packet, dup })
  }

  #enterFlight(delivery: Delivery): boolean {
    if (this.#taken >= this.#receiveMaximum) return false
    const packetId = this.#packetIds.take()
    if (packetId === 0) return false
    delivery.packet.packetId = packetId
    delivery.stage = 'published'
    this.#inflight.set(packetId, delivery)
    return true
  }

  #dequeue(): void {
    this.#queueStart++
    // Compacting when half is spent keeps both the memory and the cost per message constant.
    if (this.#queueStart > 1024 && this.#queueStart * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#queueStart)
      this.#queueStart = 0
    }
  }

  #write(packet: PublishPacket | PubrelPacket): void {
    if (!this.#send(packet)) this.#isBlocked = true
  }
}

function resultOf(packet: PubackPacket | PubrecPacket): PublishResult {
  return { reasonCode: packet.reasonCode, reasonString: packet.properties?.reasonString }
}
