// Messages from the broker. Who takes them says when each is acknowledged, in any order; the answers leave in
// the order of arrival (I4, [MQTT-4.6.0-2]). Kept in memory; who stores first brings a receiver of their own.
import type {
  ProtocolVersion,
  PubackPacket,
  PubcompPacket,
  PublishPacket,
  PubrecPacket,
  PubrelPacket,
} from '../mqtt/packet.ts'
import { reasonCode } from '../mqtt/reason.ts'

/** Says that a message is taken care of, once; later calls do nothing. At QoS 0 it has no effect.
 *  @param reasonCode MQTT 5: from 0x80 up, the message was not taken. 3.1.1 can't say that. */
export interface Acknowledge {
  (reasonCode?: number, reasonString?: string): void
}

/** The payload is a view into the chunk it came in: it may be kept, and then keeps the whole chunk. */
export interface OnMessage {
  (packet: PublishPacket, acknowledge: Acknowledge): void
}

/** The way back to the broker, over whatever connection there is. */
export interface AnswerLine {
  send(packet: PubackPacket | PubrecPacket | PubcompPacket): void
  /** Encoded packets, in one piece. */
  write(bytes: Uint8Array): void
  /** Stops and continues reading from the broker (I7). Each new connection is read. */
  throttle(isThrottled: boolean): void
}

/** Takes what a broker sends within one session, which outlives connections. */
export interface Receiver {
  connected(sessionPresent: boolean, version: ProtocolVersion): void
  disconnected(): void
  /** @returns false when the broker sends more than Receive Maximum allows: in MQTT 5 a protocol error. */
  publish(packet: PublishPacket): boolean
  pubrel(packet: PubrelPacket): void
}

interface Arrival {
  packetId: number
  qos: 1 | 2
  isAcknowledged: boolean
  /** Waits for its answer on the connection of now, not on one before it. */
  isInOrder: boolean
  reasonCode: number
  reasonString: string | undefined
}

export class Inbound implements Receiver {
  readonly #line: AnswerLine
  readonly #onMessage: OnMessage
  #version: ProtocolVersion = 5
  readonly #receiveMaximum: number
  /** Given to the receiver and not answered yet, by packet identifier. Outlives connections. */
  readonly #unanswered = new Map<number, Arrival>()
  /** QoS 2: PUBREC sent, PUBREL not seen yet. Outlives connections, which is what makes it exactly once. */
  readonly #received = new Set<number>()
  /** The order in which this connection's answers leave. */
  #order: Arrival[] = []

  constructor(line: AnswerLine, onMessage: OnMessage, receiveMaximum: number) {
    this.#line = line
    this.#onMessage = onMessage
    this.#receiveMaximum = receiveMaximum
  }

  connected(sessionPresent: boolean, version: ProtocolVersion): void {
    this.disconnected()
    this.#version = version
    if (sessionPresent) return
    this.#unanswered.clear()
    this.#received.clear()
  }

  disconnected(): void {
    for (const arrival of this.#order) arrival.isInOrder = false
    this.#order = []
  }

  publish(packet: PublishPacket): boolean {
    if (packet.qos === 0) {
      this.#onMessage(packet, () => undefined)
      return true
    }
    if (packet.qos === 2 && this.#received.has(packet.packetId)) {
      this.#line.send({ type: 'pubrec', packetId: packet.packetId, reasonCode: 0 })
      return true
    }
    const known = this.#unanswered.get(packet.packetId)
    if (known !== undefined && packet.dup && known.qos === packet.qos) {
      // The receiver already has it and has not answered: one answer serves both.
      if (!known.isInOrder) this.#enqueue(known)
      this.#flush()
      return true
    }
    const unfinished = this.#order.length + this.#received.size
    if (this.#version === 5 && unfinished >= this.#receiveMaximum) return false
    const arrival: Arrival = {
      packetId: packet.packetId,
      qos: packet.qos,
      isAcknowledged: false,
      isInOrder: false,
      reasonCode: 0,
      reasonString: undefined,
    }
    this.#unanswered.set(packet.packetId, arrival)
    this.#enqueue(arrival)
    this.#onMessage(packet, (reasonCode = 0, reasonString) => {
      this.#acknowledge(arrival, reasonCode, reasonString)
    })
    return true
  }

  pubrel(packet: PubrelPacket): void {
    const isKnown = this.#received.delete(packet.packetId)
    const code = isKnown || this.#version < 5 ? 0 : reasonCode.packetIdentifierNotFound
    this.#line.send({ type: 'pubcomp', packetId: packet.packetId, reasonCode: code })
  }

  #enqueue(arrival: Arrival): void {
    arrival.isInOrder = true
    this.#order.push(arrival)
    this.#throttle()
  }

  /** As many messages wait as were asked for. A broker of 3.1.1 can't be told how many it may send, so then
   *  it is not read. */
  #throttle(): void {
    if (this.#version < 5) this.#line.throttle(this.#order.length >= this.#receiveMaximum)
  }

  #acknowledge(arrival: Arrival, reasonCode: number, reasonString: string | undefined): void {
    if (arrival.isAcknowledged) return
    arrival.isAcknowledged = true
    arrival.reasonCode = reasonCode
    arrival.reasonString = reasonString
    if (arrival === this.#order[0]) this.#flush()
  }

  #flush(): void {
    let count = 0
    while (count < this.#order.length && this.#order[count]!.isAcknowledged) count++
    if (count === 0) return
    for (const arrival of this.#order.splice(0, count)) this.#answer(arrival)
    this.#throttle()
  }

  #answer(arrival: Arrival): void {
    const { packetId, reasonCode, reasonString } = arrival
    arrival.isInOrder = false
    this.#unanswered.delete(packetId)
    const isRefused = this.#version === 5 && reasonCode >= 0x80
    if (arrival.qos === 2 && !isRefused) this.#received.add(packetId)
    this.#line.send({
      type: arrival.qos === 1 ? 'puback' : 'pubrec',
      packetId,
      reasonCode: this.#version === 5 ? reasonCode : 0,
      ...(reasonString === undefined || this.#version < 5 ? {} : { properties: { reasonString } }),
    })
  }
}
