// Messages on their way to the broker that somebody keeps durably: packet identifier and stage of each are stored
// before the packet that depends on them leaves. So a session goes on with them in another process, and at QoS 2 each
// message arrives there exactly once, whoever is killed in between.
import { assert } from '../lib/assert.ts'
import type {
  PubackPacket,
  PubcompPacket,
  PublishPacket,
  PubrecPacket,
  PubrelPacket,
} from '../mqtt/packet.ts'
import { reasonCode } from '../mqtt/reason.ts'
import type { PublishResult } from './outbound.ts'
import type { PacketIds } from './packet-ids.ts'

/** Messages in flight at most, whatever the broker would take: payloads wait in memory meanwhile. */
export const flightsMax = 100

/** What of a message on its way has to outlive the process. */
export interface FlightState {
  packetId: number
  /** published: waits for PUBACK or PUBREC. released: PUBREC came, waits for PUBCOMP. */
  stage: 'published' | 'released'
}

/** taken: PUBACK, or PUBCOMP. refused: the broker has answered that it does not take it. lost: at QoS 2, the broker
 *  knows the session no more, so that nobody knows whether it had the message. */
export type FlightEnd = ({ kind: 'taken' | 'refused' } & PublishResult) | { kind: 'lost' }

/** Who keeps one message. Both are called in the turn in which it happens. */
export interface FlightKeeper {
  /** Keeps the state, and calls `kept` once it is durable: only then goes on what depends on it. */
  keep(state: FlightState, kept: () => void): void
  /** The last that is heard of it. Its packet identifier is given out again once `kept` was called. */
  ended(end: FlightEnd, kept: () => void): void
}

interface Flight {
  /** With its packet identifier. */
  packet: PublishPacket
  stage: FlightState['stage']
  keeper: FlightKeeper
  result: PublishResult
  /** The stage is durable. */
  isKept: boolean
  /** Sent on the connection of now; or perhaps on any. */
  isOnWire: boolean
  mayHaveBeenSent: boolean
  hasEnded: boolean
}

export interface FlightsOptions {
  send: (packet: PublishPacket | PubrelPacket) => void
  packetIds: PacketIds
  /** What else is in flight and counts against the broker's window. */
  inflightElsewhere: () => number
  onRoom: () => void
}

export class Flights {
  readonly #options: FlightsOptions
  /** In the order of their first sending. Outlives connections. */
  readonly #flights = new Map<number, Flight>()
  #isOpen = false
  #receiveMaximum = 0

  constructor(options: FlightsOptions) {
    this.#options = options
  }

  get count(): number {
    return this.#flights.size
  }

  has(packetId: number): boolean {
    return this.#flights.has(packetId)
  }

  /** Before the first connection: a message that the session before this one has left at that stage. */
  resume(packet: PublishPacket, { packetId, stage }: FlightState, keeper: FlightKeeper): void {
    assert(!this.#isOpen && !this.#flights.has(packetId), 'what is resumed has an identifier of its own')
    this.#options.packetIds.reserve(packetId)
    const flight = this.#enter({ ...packet, packetId }, keeper)
    Object.assign(flight, { stage, isKept: true, mayHaveBeenSent: true })
  }

  /** @returns false when there is no connection, or no room. */
  launch(packet: PublishPacket, keeper: FlightKeeper): boolean {
    assert(packet.qos > 0, 'nobody answers QoS 0')
    const { packetIds, inflightElsewhere } = this.#options
    const most = Math.min(flightsMax, this.#receiveMaximum - inflightElsewhere())
    if (!this.#isOpen || this.#flights.size >= most) return false
    const packetId = packetIds.take()
    if (packetId === 0) return false
    const flight = this.#enter({ ...packet, packetId }, keeper)
    keeper.keep({ packetId, stage: 'published' }, () => this.#kept(flight))
    return true
  }

  #enter(packet: PublishPacket, keeper: FlightKeeper): Flight {
    const flight: Flight = {
      ...{ packet, keeper, stage: 'published', result: { reasonCode: 0, reasonString: undefined } },
      ...{ isKept: false, isOnWire: false, mayHaveBeenSent: false, hasEnded: false },
    }
    this.#flights.set(packet.packetId, flight)
    return flight
  }

  connected(sessionPresent: boolean, receiveMaximum: number): void {
    this.#isOpen = true
    this.#receiveMaximum = receiveMaximum
    for (const flight of this.#flights.values()) {
      flight.isOnWire = false
      if (!sessionPresent && !flight.hasEnded) this.#sessionLost(flight)
    }
    this.#pump()
  }

  /** At QoS 1 the message starts anew. At QoS 2 it may have arrived, so only its keeper can decide. */
  #sessionLost(flight: Flight): void {
    if (flight.packet.qos === 2 && flight.mayHaveBeenSent) this.#end(flight, { kind: 'lost' })
    // A new delivery, not a repeated one. [MQTT-3.3.1-1]
    flight.mayHaveBeenSent = false
  }

  disconnected(): void {
    this.#isOpen = false
  }

  /** Nothing more is sent; the next client of the session goes on with what is kept. */
  close(): void {
    this.#isOpen = false
    this.#flights.clear()
  }

  /** @returns false when the answer doesn't fit the message: a protocol error. */
  puback(packet: PubackPacket): boolean {
    const flight = this.#flights.get(packet.packetId)
    if (flight === undefined || flight.hasEnded) return true
    if (flight.packet.qos !== 1) return false
    this.#answered(flight, packet)
    return true
  }

  pubrec(packet: PubrecPacket): boolean {
    const flight = this.#flights.get(packet.packetId)
    if (flight === undefined || flight.hasEnded) return true
    if (flight.packet.qos !== 2) return false
    if (packet.reasonCode >= 0x80) {
      this.#answered(flight, packet)
      return true
    }
    if (flight.stage === 'released') {
      if (flight.isKept) this.#write(flight)
      return true
    }
    flight.result = resultOf(packet)
    // Once PUBREL has left, the broker may forget the identifier: the message must never be sent again then.
    // [MQTT-4.3.3-6]
    flight.stage = 'released'
    flight.isKept = false
    flight.keeper.keep({ packetId: packet.packetId, stage: 'released' }, () => this.#kept(flight))
    return true
  }

  /** One that says that it does not know the identifier has heard PUBREL before. [MQTT-4.3.3-6] */
  pubcomp(packet: PubcompPacket): boolean {
    const flight = this.#flights.get(packet.packetId)
    if (flight === undefined || flight.hasEnded) return true
    if (flight.stage !== 'released') return false
    this.#end(flight, { kind: 'taken', ...flight.result })
    return true
  }

  #answered(flight: Flight, packet: PubackPacket | PubrecPacket): void {
    this.#end(flight, { kind: packet.reasonCode >= 0x80 ? 'refused' : 'taken', ...resultOf(packet) })
  }

  #end(flight: Flight, end: FlightEnd): void {
    flight.hasEnded = true
    const { packetId } = flight.packet
    flight.keeper.ended(end, () => {
      if (this.#flights.get(packetId) !== flight) return
      this.#flights.delete(packetId)
      this.#options.packetIds.release(packetId)
      this.#pump()
      this.#options.onRoom()
    })
  }

  #kept(flight: Flight): void {
    if (this.#flights.get(flight.packet.packetId) !== flight || flight.hasEnded) return
    flight.isKept = true
    if (flight.isOnWire && this.#isOpen) this.#write(flight)
    else this.#pump()
  }

  /** Sends what this connection has not seen yet, in order, as far as the broker's window reaches. */
  #pump(): void {
    let onWire = this.#options.inflightElsewhere()
    for (const flight of this.#flights.values()) {
      if (!this.#isOpen || onWire >= this.#receiveMaximum) return
      onWire++
      if (flight.isOnWire || flight.hasEnded) continue
      // What comes behind it must not overtake. [MQTT-4.4.0-1]
      if (!flight.isKept) return
      flight.isOnWire = true
      this.#write(flight)
    }
  }

  #write(flight: Flight): void {
    const { packet, stage, mayHaveBeenSent } = flight
    if (stage === 'released') {
      this.#options.send({ type: 'pubrel', packetId: packet.packetId, reasonCode: reasonCode.success })
      return
    }
    flight.mayHaveBeenSent = true
    // [MQTT-3.3.1-1]
    this.#options.send({ ...packet, dup: mayHaveBeenSent })
  }
}

function resultOf(packet: PubackPacket | PubrecPacket): PublishResult {
  return { reasonCode: packet.reasonCode, reasonString: packet.properties?.reasonString }
}
