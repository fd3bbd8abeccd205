// What another broker sends to one session of a bridge: each message joins the open batch with its packet
// identifier and decided time, and is acknowledged when that batch is stored (I1), in the order of arrival
// (I4), as many at a time as the window allows.
import type { AnswerLine, Receiver } from '../../client/inbound.ts'
import { AnswerRing, answerType, type AnswerType } from '../../inbound/answers.ts'
import { fingerprintOf } from '../../inbound/decided-times.ts'
import type { Inbound } from '../../inbound/inbound.ts'
import { messageProperties } from '../../inbound/message-properties.ts'
import type {
  Ingest,
  OpenBatch,
  Outcome,
  Participant,
  Router,
  RouteTarget,
  Ticket,
} from '../../ingest/contract.ts'
import { EndedExchanges } from './ended-exchanges.ts'
import { InOrder } from '../../ingest/in-order.ts'
import { assert } from '../../lib/assert.ts'
import type { Clock } from '../../lib/clock.ts'
import { blankMessage, noPayload, type Message } from '../../model/message.ts'
import type { DownDesk } from './attachment.ts'
import type { SharedTimes } from './shared-times.ts'
import type { ProtocolVersion, PublishPacket, PubrelPacket } from '../../mqtt/packet.ts'
import { reasonCode } from '../../mqtt/reason.ts'

/** Messages at QoS 1 and 2 that may wait for the store: told to a broker of MQTT 5 as Receive Maximum, kept by
 *  not reading one of 3.1.1. A commit takes some milliseconds; this is its time at several 100,000 a second. */
export const receiveMaximum = 4_096
/** Times of messages that are remembered for a resend: as many as there are packet identifiers. A broker of 3.1.1, and
 *  one that ignores Receive Maximum, may have that many under way, and a hub that is killed again and again before its
 *  answers are read there takes in all of them without one being over. */
export const decidedMax = 65_535

/** Payloads that may wait for scripts. */
const waitingBytesMax = 16 * 1024 * 1024
/** A broker that has lost its memory sends messages again whose PUBCOMP it had read for sure: those that are no more
 *  than so much older than the newest are looked for. Longer is no better: a new message that says the same under the
 *  same identifier, and whose first sending was lost, would be taken for the old one. */
const doubtfulUs = 600_000_000

/** A message that waits its turn, or without a packet the release of an identifier. */
interface Waiting {
  packet: PublishPacket | undefined
  packetId: number
  receivedTs: number
  /** The time that the script was told (I3); 0 where there is no script. */
  decidedTs: number
}

export interface ReceiverParts {
  ingest: Ingest
  clock: Clock
  /** The topics of the integration. */
  router: Router
  inbound: Inbound
  /** The session outlives its connection. */
  isLasting: boolean
  clientId: string
  integration: string
  /** Who takes answers to commands. */
  desk?: Pick<DownDesk, 'mayBeAnswered' | 'received'> | undefined
  /** Where another hub may go on with the session. */
  shared?: SharedTimes | undefined
  /** Whether this hub still runs the bridge. */
  mayRun: () => boolean
  line: AnswerLine
}

const message: Message & { timelessLeftOut: number } = {
  // Its device stays empty: who publishes at another broker is named by the topic or the payload alone.
  ...blankMessage(),
  isOldCopy: false,
  timelessLeftOut: 0,
}

export class BridgeReceiver implements Receiver, Participant {
  readonly #parts: ReceiverParts
  #answers = new AnswerRing()
  readonly #exchanges = new EndedExchanges()
  #version: ProtocolVersion = 5
  #isConnected = false
  #isResumed = false
  #joinedTicket: Ticket = 0
  #storedTicket: Ticket = 0
  /** What a script reads, and what is behind it. */
  readonly #waiting: InOrder<Waiting>
  #isCrowded = false
  #isReleaseDue = false
  #awaitsRoom = false
  #isThrottled = false
  #whenSettled: (() => void) | undefined
  messages = 0
  /** Messages at QoS 1 and 2 whose last answer has left: PUBACK, PUBCOMP. */
  acknowledged = 0
  redelivered = 0
  /** Readings of retained messages that were left out because they have no time of their own (I3). */
  retainedLeftOut = 0
  /** Messages whose topic no filter of the integration matches any more. */
  unwanted = 0

  constructor(parts: ReceiverParts) {
    this.#parts = parts
    this.#waiting = new InOrder<Waiting>({
      take: ({ packet, packetId, receivedTs, decidedTs }, targets) => {
        if (packet === undefined) this.#releaseIdentifier(packetId)
        else this.#takeIn(packet, receivedTs, decidedTs, targets)
      },
      mustWait: () => false,
      turnEnds: () => {
        if (this.#waiting.count * 2 <= receiveMaximum) this.#isCrowded = false
        this.#keepPace()
      },
    })
  }

  connected(sessionPresent: boolean, version: ProtocolVersion): void {
    const { inbound } = this.#parts
    this.#answers = new AnswerRing()
    this.#exchanges.connectionBegins()
    this.#version = version
    this.#isConnected = true
    this.#isResumed = sessionPresent
    this.#isThrottled = false
    inbound.connectionBegins(inbound.decidedWithin(doubtfulUs))
    if (!sessionPresent) {
      // The broker begins anew: its identifiers mean new messages.
      inbound.forgetHeld()
      inbound.forgetDecided()
      if (inbound.isChanged) this.#join()
    }
    this.#keepPace()
  }

  disconnected(): void {
    this.#isConnected = false
    const { promisesLeft, lastTicket } = this.#answers
    // The broker sends again what was stored without an answer.
    if (promisesLeft > 0) this.#parts.ingest.unanswered(promisesLeft, lastTicket)
    this.#answers = new AnswerRing()
    // The broker sends again what was not taken in; QoS 0, which it does not, is taken in as ever.
    this.#waiting.keepOnly(({ packet }) => packet?.qos === 0)
  }

  publish(packet: PublishPacket): boolean {
    // Another hub has it already, or will: here it would be stored a second time.
    if (!this.#parts.mayRun()) return true
    this.messages++
    if (packet.dup) this.redelivered++
    if (!this.#mustWait(packet)) this.#takeIn(packet, this.#parts.clock.nowUs(), this.#decidedBefore(packet))
    this.#keepPace()
    return true
  }

  /** Whether a script reads it, or it is behind one that a script reads: nothing overtakes (I4). */
  #mustWait(packet: PublishPacket): boolean {
    const { router, ingest, clock } = this.#parts
    if (router.hasPreparing !== true && this.#waiting.count === 0) return false
    const isKnown = packet.qos === 2 && this.#heldTicket(packet) !== undefined
    const receivedTs = clock.nowUs()
    this.#fill(packet, receivedTs, this.#decidedBefore(packet))
    const preparing = isKnown ? undefined : ingest.prepareFor(message, router.route(packet.topic).targets)
    message.source = noPayload
    if (preparing === undefined && this.#waiting.count === 0) return false
    const source = Buffer.from(packet.source.subarray(packet.payloadStart, packet.payloadEnd))
    const kept = { ...packet, source, payloadStart: 0, payloadEnd: source.length }
    const waiting = { packet: kept, packetId: packet.packetId, receivedTs, decidedTs: message.decidedTs }
    this.#waiting.push(waiting, source.length, preparing)
    this.#isCrowded ||= preparing?.isCrowded === true
    return true
  }

  #takeIn(
    packet: PublishPacket,
    receivedTs: number,
    decidedTs: number,
    targets?: readonly RouteTarget[],
  ): void {
    this.#fill(packet, receivedTs, decidedTs)
    if (packet.qos === 2) this.#receiveQos2(packet, targets)
    else if (packet.qos === 1) this.#receiveQos1(packet, targets)
    else this.#accept(targets)
    message.source = noPayload
  }

  #receiveQos1(packet: PublishPacket, targets: readonly RouteTarget[] | undefined): void {
    const { ticket, rejection, isStoredFirst } = this.#accept(targets)
    this.#joinAndRemember(packet, ticket)
    // The rejected copy is stored: the broker hears why nothing could be read, and keeps it no longer (I6).
    const code = rejection === undefined ? reasonCode.success : reasonCode.payloadFormatInvalid
    this.#owe(answerType.puback, packet.packetId, ticket, code, isStoredFirst)
  }

  #receiveQos2(packet: PublishPacket, targets: readonly RouteTarget[] | undefined): void {
    const { inbound, isLasting } = this.#parts
    const { packetId } = packet
    const heldTicket = this.#heldTicket(packet)
    this.#exchanges.received(packetId)
    if (heldTicket !== undefined) {
      // Known and not released: it is not accepted again, whatever its DUP flag. [MQTT-4.3.3-10]
      this.#owe(answerType.pubrec, packetId, heldTicket, reasonCode.success)
      return
    }
    const { ticket, isStoredFirst } = this.#accept(targets)
    this.#joinAndRemember(packet, ticket)
    inbound.hold(packetId, ticket, ticket !== 0 && isLasting, fingerprintOfPacket(packet))
    // A PUBREC that refuses would end the exchange, and a resend of it be rejected a second time: a message
    // that can't be read is held like any other.
    this.#owe(answerType.pubrec, packetId, ticket, reasonCode.success, isStoredFirst)
  }

  /** The batch of the message that came under this identifier and is not released; undefined when there is none. One
   *  that says something else is new: the broker has died and begun again behind where it was, and drops it on our
   *  PUBREC, so that nobody would have it. Only the same one is what [MQTT-4.3.3-10] speaks of. */
  #heldTicket(packet: PublishPacket): Ticket | undefined {
    const { inbound } = this.#parts
    const heldTicket = inbound.heldTicket(packet.packetId)
    if (heldTicket === undefined || inbound.isHeldForOther(packet.packetId, fingerprintOfPacket(packet))) {
      return undefined
    }
    return heldTicket
  }

  pubrel({ packetId }: PubrelPacket): void {
    if (!this.#parts.mayRun()) return
    if (this.#waiting.count > 0) {
      this.#waiting.push({ packet: undefined, packetId, receivedTs: 0, decidedTs: 0 }, 0, undefined)
    } else this.#releaseIdentifier(packetId)
  }

  #releaseIdentifier(packetId: number): void {
    const { inbound } = this.#parts
    this.#exchanges.released(packetId, (ended) => inbound.end(ended))
    this.#exchanges.completed(packetId)
    const released = inbound.release(packetId)
    const code =
      released === 'unknown' && this.#version === 5 ? reasonCode.packetIdentifierNotFound : reasonCode.success
    this.#owe(answerType.pubcomp, packetId, released === 'recorded' ? this.#join() : 0, code)
  }

  /** The time given to a message when it came first, if it comes again: it lands on its rows (I3); else 0. At
   *  QoS 2 a message that was released comes again only from a broker that breaks [MQTT-4.3.3-6], as Mosquitto
   *  does when connections end in quick succession: one of the last minutes, or one whose PUBCOMP it may not have
   *  read. */
  #decidedBefore(packet: PublishPacket): number {
    const { inbound } = this.#parts
    if (!packet.dup || !inbound.hasDecided) return 0
    const resendOf = packet.qos === 2 ? 'unended' : 'any'
    return inbound.recall(packet.packetId, fingerprintOfPacket(packet), resendOf)
  }

  #fill(packet: PublishPacket, receivedTs: number, decidedTs: number): void {
    message.topic = packet.topic
    message.source = packet.source
    message.payloadStart = packet.payloadStart
    message.payloadEnd = packet.payloadEnd
    message.qos = packet.qos
    message.retain = packet.retain
    message.dup = packet.dup
    message.clientId = this.#parts.clientId
    message.receivedTs = receivedTs
    message.decidedTs = decidedTs
    message.properties = messageProperties(packet.properties)
    message.packetId = packet.packetId
    message.isResumed = this.#isResumed
    // The flag is only set on what was retained when we subscribed. [MQTT-3.3.1-8]
    message.isOldCopy = packet.retain
    message.timelessLeftOut = 0
  }

  /** @param targets of a message that a script has read; undefined for those that its topic has. */
  #accept(targets: readonly RouteTarget[] | undefined): Outcome {
    const { ingest, router, desk, integration } = this.#parts
    const outcome = ingest.acceptFor(message, targets ?? router.route(message.topic).targets)
    this.retainedLeftOut += message.timelessLeftOut
    if (desk?.mayBeAnswered === true && desk.received(message, integration)) {
      // I1: what the answer changes is stored before its own answer leaves.
      return { ...outcome, isWanted: true, ticket: message.qos > 0 ? ingest.open().ticket : outcome.ticket }
    }
    if (!outcome.isWanted) this.unwanted++
    return outcome
  }

  /** I1: the answer waits for the very batch that holds what the message caused, its time among it (I3). */
  #joinAndRemember(packet: PublishPacket, ticket: Ticket): void {
    if (ticket === 0) return
    if (ticket !== this.#joinedTicket) assert(this.#join() === ticket, 'I1: a message joins the open batch')
    const { decidedTs } = message
    if (decidedTs === 0 || !this.#parts.isLasting) return
    // What comes again and again, over a network that breaks again and again, must not push out the others.
    if (packet.dup && this.#decidedBefore(packet) === decidedTs) return
    const fingerprint = fingerprintOfPacket(packet)
    this.#parts.inbound.remember(packet.packetId, fingerprint, decidedTs, ticket)
    this.#parts.shared?.remember(packet.packetId, fingerprint, decidedTs)
  }

  #join(): Ticket {
    const batch = this.#parts.ingest.open()
    if (batch.ticket !== this.#joinedTicket) {
      batch.join(this)
      this.#joinedTicket = batch.ticket
    }
    return batch.ticket
  }

  #owe(type: AnswerType, packetId: number, ticket: Ticket, code: number, isPromise = false): void {
    this.#answers.push(type, packetId, ticket, code, undefined, isPromise)
    if (ticket > this.#storedTicket || this.#isReleaseDue) return
    // Nothing to wait for: it leaves with what else this turn brings.
    this.#isReleaseDue = true
    queueMicrotask(() => {
      this.#isReleaseDue = false
      this.#release()
    })
  }

  #release(): void {
    if (!this.#isConnected || !this.#parts.mayRun()) return
    const bytes = this.#answers.release(this.#storedTicket, this.#version === 5)
    if (bytes === undefined) return
    this.#parts.line.write(bytes)
    this.acknowledged += this.#answers.ended
    if (this.#answers.promised > 0) this.#parts.ingest.answered(this.#answers.promised)
    this.#keepPace()
  }

  /** Reads no more than what can wait: while the store stalls, the broker keeps its messages (I5, I7). */
  #keepPace(): void {
    const { ingest, line } = this.#parts
    if (ingest.isFull && !this.#awaitsRoom) {
      this.#awaitsRoom = true
      ingest.onRoom(() => {
        this.#awaitsRoom = false
        this.#keepPace()
      })
    }
    // A broker of MQTT 5 keeps to the window; its PUBREL come on top. One that does not, as Mosquitto with
    // max_inflight_messages 0, is not read meanwhile: cutting it off would bring the same again, for ever.
    const most = this.#version === 5 ? 2 * receiveMaximum : receiveMaximum
    const count = this.#answers.count + this.#waiting.count
    const isThrottled =
      this.#awaitsRoom ||
      this.#isCrowded ||
      this.#waiting.bytes >= waitingBytesMax ||
      count >= most ||
      (this.#isThrottled && count > most / 2)
    if (isThrottled === this.#isThrottled) return
    this.#isThrottled = isThrottled
    if (this.#isConnected) line.throttle(isThrottled)
  }

  seal(batch: OpenBatch): void {
    this.#parts.inbound.seal(batch)
    this.#parts.shared?.seal(batch)
  }

  stored(ticket: Ticket): void {
    assert(ticket > this.#storedTicket, 'I1: batches are stored in ascending order')
    this.#storedTicket = ticket
    this.#release()
    if (this.#joinedTicket <= ticket) this.#whenSettled?.()
  }

  /** Messages and releases whose answer has not left. */
  get waiting(): number {
    return this.#answers.count + this.#waiting.count
  }

  /** Resolves when everything taken in is stored, and what is stored has been answered. */
  settled(): Promise<void> {
    if (this.#joinedTicket <= this.#storedTicket) return Promise.resolve()
    return new Promise((resolve) => (this.#whenSettled = resolve))
  }
}

function fingerprintOfPacket({ topic, source, payloadStart, payloadEnd }: PublishPacket): number {
  return fingerprintOf(topic, source, payloadStart, payloadEnd)
}
