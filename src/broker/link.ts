// One network connection as the broker sees it: bytes become packets for the handlers, and what the session
// has to say becomes bytes, written once for a chunk or a commit. Reading stops while somebody is full (I7).
import { unreachable } from '../lib/assert.ts'
import { MalformedPacket } from '../mqtt/malformed-packet.ts'
import type { Packet, Properties, ProtocolVersion } from '../mqtt/packet.ts'
import type { Connection, ConnectionHandler } from '../transport/connection.ts'
import { AnswerRing } from '../inbound/answers.ts'
import { Backlog } from './backlog.ts'
import type { BrokerParts } from './broker.ts'
import type { Desk, Rate } from './admission.ts'
import { tellEnd } from './connection-end.ts'
import { goodbye, refusal } from './farewell.ts'
import { receiveBeforeConnack, type Authentication } from './handlers/auth.ts'
import { receiveConnect } from './handlers/connect.ts'
import { receiveMalformed } from './handlers/malformed.ts'
import { receivePacket } from './handlers/receive.ts'
import { Incoming } from './incoming.ts'
import { MessageRate } from './message-rate.ts'
import { Outgoing } from './outgoing.ts'
import { pauseReason } from './pause-reason.ts'
import { Reading } from './reading.ts'
import type { SentAliases } from './sent-aliases.ts'
import type { Session } from './session.ts'
import { giveOthersTheirTurn, whenBatchHasRoom, inLaterTurn } from './turns.ts'

export class Link implements ConnectionHandler {
  readonly parts: BrokerParts
  readonly connection: Connection
  readonly answers = new AnswerRing()
  readonly reading: Reading
  readonly openedMs: number
  state: 'new' | 'admitting' | 'connected' | 'closed' = 'new'
  session: Session | undefined
  version: ProtocolVersion = 4
  /** When the chunk in hand came: monotonic milliseconds, and microseconds of wall time. */
  receivedMs: number
  receivedTs = 0
  /** When the last whole packet came. */
  lastPacketMs: number
  /** One and a half times the keep-alive; 0 for none. [MQTT-3.1.2-22] */
  keepAliveMs = 0
  /** QoS 1-2 copies that the client takes at one time. */
  outboundWindow = 0
  /** The longest packet that the client takes. */
  sendBytesMax = Infinity
  wantsReasons = true
  /** QoS 1-2 messages of the client whose exchange has not ended on this connection. */
  outstanding = 0
  /** Topic aliases for what the client gets; undefined when it takes none. */
  sentAliases: SentAliases | undefined
  /** Topics by alias. */
  aliases: Map<number, string> | undefined
  /** What the client logged in with; empty for nothing. */
  credential = ''
  /** The method it authenticates with, for those that AUTH packets are about. */
  authentication: Authentication | undefined
  /** Limits the messages in a time; undefined: nothing does. */
  rate: Rate | undefined
  /** PUBLISH packets that the rate has not counted yet, and those of them that came before the chunk in hand. */
  published = 0
  publishedBefore = 0
  /** PUBLISH packets to topics that the client has no right to. */
  forbidden = 0
  /** Answers all that the client publishes; undefined for all but clients of a desk. */
  desk: Desk | undefined
  isAtDesk = false
  /** Since when answers have been waiting without a break; 0 while none waits. */
  waitingSinceMs = 0
  readonly #incoming: Incoming
  readonly #outgoing = new Outgoing()
  /** SUBACK and UNSUBACK that wait for a commit. */
  storedSends = 0
  /** PUBLISH packets of the chunk in hand under a QoS 2 identifier that was known. */
  #redelivered = 0
  #backlog: Backlog | undefined
  /** The client sends no more and waits for its last answers. */
  #hasEnded = false
  /** The connection is gone, and not all that came over it has been dealt with. */
  #isLost = false
  /** What came is dealt with in this turn, whatever work it makes. */
  isUrgent = false
  #awaitsAnswers = false

  constructor(parts: BrokerParts, connection: Connection) {
    this.parts = parts
    this.connection = connection
    this.openedMs = parts.clock.monotonicMs()
    this.receivedMs = this.openedMs
    this.lastPacketMs = this.openedMs
    const { messagesPerSecondMax } = parts.limits
    if (messagesPerSecondMax > 0) {
      this.rate = new MessageRate(messagesPerSecondMax, this.openedMs, () =>
        parts.reached.count('messagesPerSecondMax', this.who),
      )
    }
    this.reading = new Reading(connection, () => {
      // What was not read could not be heard: keep-alive begins anew.
      this.lastPacketMs = parts.clock.monotonicMs()
      this.#incoming.timeAnew(this.lastPacketMs)
    })
    this.#incoming = new Incoming(parts.limits.packetBytesMax, (packet) => this.#receive(packet))
  }

  /** For the log: its client identifier, or its address before it has said one. */
  get who(): string {
    return this.session?.clientId ?? this.connection.remote
  }

  /** For how long its last packet has been coming, milliseconds; 0 when none has begun, or it is not read. */
  incompleteMs(nowMs: number): number {
    const { begunMs } = this.#incoming
    return begunMs === 0 || this.reading.isPaused ? 0 : nowMs - begunMs
  }

  /** Outgoing bytes are over their limit: QoS 0 is shed, QoS 1-2 waits. */
  get isCongested(): boolean {
    return this.connection.bufferedBytes + this.#outgoing.bytes >= this.parts.limits.outgoingBytesMax
  }

  bytes(chunk: Buffer): void {
    if (this.state === 'closed') return
    this.receivedTs = this.parts.clock.nowUs()
    const { ingest } = this.parts
    if (this.state !== 'connected' || !ingest.isOverfull || this.#incoming.isWaiting) {
      return this.#read(() => this.#incoming.push(chunk))
    }
    this.#incoming.keep(chunk)
    this.pause(pauseReason.turn)
    whenBatchHasRoom(ingest, () => this.#goOn())
  }

  #read(packets: () => void): void {
    const incoming = this.#incoming
    this.receivedMs = this.parts.clock.monotonicMs()
    this.publishedBefore = this.published
    try {
      packets()
    } catch (error) {
      if (!(error instanceof MalformedPacket)) throw error
      receiveMalformed(this, error, incoming.protocolVersion)
    }
    incoming.timeBegun(this.receivedMs, this.lastPacketMs)
    this.#turnEnds()
    if (!incoming.isWaiting || this.state !== 'connected') return giveOthersTheirTurn(this)
    this.pause(pauseReason.turn)
    // Some answers left at once: nobody will say so later.
    if (this.answers.count < this.parts.limits.receiveMaximum) this.#awaitsAnswers = false
    if (!this.#awaitsAnswers) inLaterTurn(this, () => this.#goOn())
  }

  /** The packet in hand comes again when answers have left, or otherwise in a later turn with room. */
  postpone(packet: Packet, isForAnswers: boolean): void {
    this.#incoming.postpone(packet)
    this.#awaitsAnswers = isForAnswers
  }

  /** Not all that came has been dealt with. */
  get #isBehind(): boolean {
    return this.#incoming.isWaiting || (this.#backlog?.count ?? 0) > 0
  }

  #goOn(): void {
    if (this.state !== 'connected') return
    this.#awaitsAnswers = false
    this.#read(() => this.#incoming.goOn())
    if (this.#incoming.isWaiting) return
    this.resume(pauseReason.turn)
    this.#endIfOver()
    this.parts.flush()
  }

  /** The client is gone, or sends no more, and what came is dealt with. */
  #endIfOver(): void {
    if (this.#isBehind) return
    if (this.#isLost) this.finish()
    else if (this.#hasEnded) this.#endIfAnswered()
  }

  /** What waited for scripts has been taken in as far as it is ready. */
  caughtUp(): void {
    this.#turnEnds()
    this.#endIfOver()
  }

  /** Deals with what has come, whatever work it makes: the connection is about to end. */
  settle(): void {
    this.isUrgent = true
    this.#goOn()
  }

  drained(): void {
    const { fanOut } = this.parts
    if (fanOut.isSpent) return fanOut.whenRoom(() => this.#fill())
    this.#fill()
  }

  #fill(): void {
    if (this.state === 'closed') return
    this.resume(pauseReason.outgoing)
    this.session?.pump()
    this.parts.fanOut.spend(this.#outgoing.bytes)
    this.parts.flush()
  }

  /** The client has closed its half: it gets the answers it waits for, then the connection is lost. */
  ended(): void {
    this.#hasEnded = true
    this.#endIfAnswered()
    this.parts.flush()
  }

  #endIfAnswered(): void {
    if (this.state === 'closed') return
    if (this.state === 'connected' && (this.answers.count > 0 || this.#isBehind)) return
    this.#end()
  }

  closed(error: Error | undefined): void {
    if (this.state === 'closed') return
    const { log } = this.parts
    log.debug('connection lost', { remote: this.connection.remote, cause: error?.message })
    this.#isLost = true
    if (this.state !== 'connected' || !this.#isBehind) this.finish()
    this.parts.flush()
  }

  #receive(packet: Packet): void {
    this.lastPacketMs = this.receivedMs
    switch (this.state) {
      case 'new':
        // The decoder lets nothing but CONNECT be the first. [MQTT-3.1.0-1]
        return packet.type === 'connect' ? receiveConnect(this, packet) : undefined
      case 'admitting':
        if (this.authentication !== undefined) return receiveBeforeConnack(this, this.authentication, packet)
        return this.#incoming.postpone(packet)
      case 'connected':
        return this.#handle(this.session!, packet)
      case 'closed':
        return undefined
      default:
        return unreachable(this.state)
    }
  }

  #handle(session: Session, packet: Packet): void {
    if (this.#backlog === undefined && this.parts.ingest.hasPreparing) {
      this.#backlog = new Backlog(this, session)
    }
    if (this.#backlog?.takes(packet) !== true) receivePacket(this, session, packet)
  }

  /** CONNACK has been sent: packets that came meanwhile are handled. */
  admitted(): void {
    this.state = 'connected'
    this.#read(() => this.#incoming.goOn())
    this.resume(pauseReason.admission)
  }

  /** What packets caused that were taken in together leaves together. */
  #turnEnds(): void {
    const { ingest, limits, observer } = this.parts
    if (this.#redelivered > 0) {
      observer.redelivered(this.session!.device, this.#redelivered)
      this.#redelivered = 0
    }
    if (this.state === 'connected') {
      this.#release()
      if (ingest.isFull) this.reading.awaitRoom(ingest)
      if (this.rate !== undefined) this.#keepRate(this.rate)
      const waiting = this.answers.count
      if (waiting === 0) this.waitingSinceMs = 0
      else if (this.waitingSinceMs === 0) this.waitingSinceMs = this.receivedMs
      // A 5.0 client keeps to the receive maximum; its PUBREL come on top.
      const most = this.version === 5 ? 2 * limits.receiveMaximum : limits.receiveMaximum
      if (waiting >= most || this.storedSends >= limits.receiveMaximum) this.pause(pauseReason.answers)
    }
    this.parts.flush()
  }

  /** A PUBLISH came under a QoS 2 identifier that is known. */
  countRedelivered(): void {
    this.#redelivered++
  }

  /** The session's batches are stored up to its `storedTicket`. */
  answersStored(): void {
    if (this.state !== 'connected') return
    this.#release()
    if (this.answers.count === 0) this.waitingSinceMs = 0
    const { receiveMaximum } = this.parts.limits
    if (this.storedSends === 0 && this.answers.count * 2 <= receiveMaximum) this.resume(pauseReason.answers)
    if (this.#awaitsAnswers && this.answers.count * 2 <= receiveMaximum) this.#goOn()
  }

  #release(): void {
    const { answers } = this
    const bytes = answers.count > 0 && answers.release(this.session!.storedTicket, this.version === 5)
    if (!bytes) return
    this.outstanding = Math.max(0, this.outstanding - answers.ended)
    if (answers.promised > 0) this.parts.ingest.answered(answers.promised)
    this.send(bytes)
    if (this.#hasEnded) this.#endIfAnswered()
  }

  /** Who sends too fast is read later: nothing is lost, and nobody else waits (I7). */
  #keepRate(rate: Rate): void {
    const waitMs = rate.take(this.published, this.receivedMs)
    this.published = 0
    if (waitMs <= 0) return
    this.pause(pauseReason.rate)
    this.parts.clock.after(waitMs, () => this.resume(pauseReason.rate))
  }

  pause(reason: number): void {
    this.reading.pause(reason)
  }

  resume(reason: number): void {
    this.reading.resume(reason)
  }

  /** Bytes for the client; they leave at the next `flush`. */
  send(bytes: Uint8Array): void {
    if (this.state === 'closed') return
    if (this.#outgoing.isEmpty) this.parts.unflushed.push(this)
    this.#outgoing.add(bytes)
  }

  /** Sends the answer to a changed list of subscriptions: at once, or when a lasting session's is stored. */
  sendWhenStored(bytes: Uint8Array, session: Session): void {
    if (bytes.length > this.sendBytesMax) return // [MQTT-3.1.2-24]
    if (!session.isLasting) return this.send(bytes)
    session.recordChanged()
    this.storedSends++
    this.parts.ingest.open().afterStored(() => {
      this.send(bytes)
      if (--this.storedSends === 0 && this.state === 'connected') session.pump()
      this.parts.flush()
    })
  }

  /** Writes what was sent since the last time, in one piece where that is sensible. */
  flush(): void {
    if (this.state === 'closed' || this.#isLost) return this.#outgoing.clear()
    const total = this.#outgoing.bytes
    // A client that does not read its answers is not read either.
    if (!this.#outgoing.writeTo(this.connection)) this.pause(pauseReason.outgoing)
    else if (total >= this.parts.limits.outgoingBytesMax) this.session?.pump()
  }

  /** CONNACK with a reason against the connection, then its end. [MQTT-3.2.2-6] [MQTT-3.2.2-7] */
  refuse(code: number, properties?: Properties): void {
    if (this.state === 'closed') return
    this.send(refusal(this.version, code, properties))
    this.#end()
  }

  /** Ends the connection, telling a 5.0 client why. */
  disconnect(code: number, properties?: Properties): void {
    if (this.state === 'closed') return
    if (this.state === 'connected' && this.version === 5) {
      this.send(goodbye(code, properties, this.sendBytesMax))
    }
    this.#end()
  }

  /** The client has said goodbye. [MQTT-3.14.4-1] */
  leave(): void {
    this.#release()
    this.#end(false)
  }

  #end(isCutOff = true): void {
    this.flush()
    this.connection.end()
    this.finish(isCutOff)
  }

  /** Ends a connection that never said who it is, or does not answer. */
  drop(): void {
    if (this.state === 'closed') return
    this.connection.destroy()
    this.finish()
  }

  /** The connection is over; its session goes on without it, or ends. */
  finish(isCutOff = true): void {
    const wasConnected = this.state === 'connected'
    const { session } = this
    this.state = 'closed'
    this.#incoming.clear()
    this.#backlog?.end()
    this.reading.end()
    this.parts.links.delete(this)
    if (wasConnected) tellEnd(this, session!)
    if (session === undefined || session.link !== this) return
    session.link = undefined
    this.parts.sessions.connectionEnded(session, isCutOff)
  }
}
