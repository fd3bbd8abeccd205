// The packets of one connection that wait because a script reads one of their messages: nothing overtakes it that
// has to stay in order (I4). Made for a connection when scripts are there; without them packets go straight on.
import { InOrder } from '../ingest/in-order.ts'
import type { Packet, PublishPacket } from '../mqtt/packet.ts'
import { preparePublish, topicOf } from './handlers/prepare.ts'
import { receivePacket } from './handlers/receive.ts'
import type { Link } from './link.ts'
import { pauseReason } from './pause-reason.ts'
import type { Session } from './session.ts'

interface Waiting {
  readonly packet: Packet
  readonly receivedTs: number
  /** The time that the script was told (I3); 0 where there is no script. */
  readonly decidedTs: number
}

/** About other messages than those that wait, or about none. */
const passing = new Set<Packet['type']>(['puback', 'pubrec', 'pubcomp', 'pingreq'])

export class Backlog {
  readonly #link: Link
  readonly #session: Session
  readonly #waiting: InOrder<Waiting>

  constructor(link: Link, session: Session) {
    this.#link = link
    this.#session = session
    this.#waiting = new InOrder<Waiting>({
      take: ({ packet, receivedTs, decidedTs }, targets) => {
        link.parts.conversions.ended()
        if (link.parts.isClosed) return
        link.receivedTs = receivedTs
        receivePacket(link, session, packet, { targets, decidedTs })
      },
      mustWait: (goOn) => {
        const { fanOut } = link.parts
        if (!fanOut.isSpent) return false
        fanOut.whenRoom(goOn)
        return true
      },
      turnEnds: () => {
        if (!this.#isAboveHalf) link.resume(pauseReason.conversion)
        link.caughtUp()
      },
    })
  }

  get count(): number {
    return this.#waiting.count
  }

  get #isAboveHalf(): boolean {
    const { conversionMessagesMax, conversionBytesMax } = this.#link.parts.limits
    return this.#waiting.count * 2 > conversionMessagesMax || this.#waiting.bytes * 2 > conversionBytesMax
  }

  /** Whether the packet waits, and has been taken for that. */
  takes(packet: Packet): boolean {
    if (packet.type === 'publish') return this.#takesPublish(packet)
    if (this.#waiting.count === 0 || passing.has(packet.type)) return false
    const { parts, receivedTs } = this.#link
    parts.conversions.begins()
    this.#waiting.push({ packet, receivedTs, decidedTs: 0 }, 0, undefined)
    return true
  }

  #takesPublish(packet: PublishPacket): boolean {
    const link = this.#link
    const topic = topicOf(link, packet)
    if (topic === undefined) return true
    const begun = preparePublish(link, this.#session, packet, topic)
    if (begun === undefined && this.#waiting.count === 0) return false
    const kept = copyOf(packet, topic)
    link.parts.conversions.begins()
    const { decidedTs = 0, preparing } = begun ?? {}
    const { receivedTs } = link
    this.#waiting.push({ packet: kept, receivedTs, decidedTs }, kept.source.length, preparing)
    const { conversionMessagesMax, conversionBytesMax } = link.parts.limits
    const isFull = this.#waiting.count >= conversionMessagesMax || this.#waiting.bytes >= conversionBytesMax
    if (isFull || preparing?.isCrowded === true) link.pause(pauseReason.conversion)
    return true
  }

  /** The connection is over. What it has no answer for is sent again by its client; QoS 0, which nobody sends
   *  again, is taken in as it would have been without a script. */
  end(): void {
    this.#waiting.keepOnly(({ packet }) => {
      if (packet.type === 'publish' && packet.qos === 0) return true
      this.#link.parts.conversions.ended()
      return false
    })
  }
}

/** The packet in memory of its own, with its topic in place of an alias, which may mean another by then. */
function copyOf(packet: PublishPacket, topic: string): PublishPacket {
  const source = Buffer.from(packet.source.subarray(packet.payloadStart, packet.payloadEnd))
  const { topicAlias: _alias, ...properties } = packet.properties ?? {}
  if (properties.correlationData !== undefined) {
    properties.correlationData = Uint8Array.from(properties.correlationData)
  }
  return {
    ...packet,
    topic,
    source,
    payloadStart: 0,
    payloadEnd: source.length,
    properties: packet.properties === undefined ? undefined : properties,
  }
}
