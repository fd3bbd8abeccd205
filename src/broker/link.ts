// One network connection as the broker sees it: bytes become packets for the handlers, and what the session
// has to say becomes bytes, written once for a chunk or a commit. Reading stops while somebody is full (I7).
import { unreachable } from '../lib/assert.ts'
import { Decoder } from '../mqtt/decoder.ts'
import { writeAck } from '../mqtt/encoder.ts'
import { MalformedPacket } from '../mqtt/malformed-packet.ts'
import type { Packet, Properties, ProtocolVersion } from '../mqtt/packet.ts'
import { reasonCode } from '../mqtt/reason.ts'
import type { Connection, ConnectionHandler } from '../transport/connection.ts'
import { AnswerRing } from '../inbound/answers.ts'
import type { BrokerParts } from './broker.ts'
import type { Desk, Rate } from './admission.ts'
import { goodbye, refusal } from './farewell.ts'
import { receiveAuth, receiveBeforeConnack, type Authentication } from './handlers/auth.ts'
import { receiveAck, receivePubrec, receivePubrel } from './handlers/acknowledgement.ts'
import { receiveConnect } from './handlers/connect.ts'
import { receiveDisconnect } from './handlers/disconnect.ts'
import { receiveMalformed } from './handlers/malformed.ts'
import { receivePublish } from './handlers/publish.ts'
import { receiveSubscribe } from './handlers/subscribe.ts'
import { receiveUnsubscribe } from './handlers/unsubscribe.ts'
import { MessageRate } from './message-rate.ts'
import { pauseReason } from './pause-reason.ts'
import type { SentAliases } from './sent-aliases.ts'
import type { Session } from './session.ts'
import { giveOthersTheirTurn } from './turns.ts'

const pingresp = Buffer.of(0xd0, 0x00)
const ackBytes = 4
/** Packets above this are written one by one instead of being joined. */
const joinedBytesMax = 256 * 1024
/** No reason of `pauseReason`. */
const notPaused = 0

export class Link implements ConnectionHandler {
  readonly parts: BrokerParts
  readonly connection: Connection
  readonly answers = new AnswerRing()
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
  /** PUBLISH packets that the rate has not counted yet. */
  published = 0
  /** PUBLISH packets to topics that the client has no right to. */
  forbidden = 0
  /** Answers all that the client publishes; undefined for all but clients of a desk. */
  desk: Desk | undefined
  isAtDesk = false
  /** Since when answers have been waiting without a break; 0 while none waits. */
  waitingSinceMs = 0
  readonly #decoder: Decoder
  /** Packets that came behind CONNECT and wait for CONNACK; at most what one chunk holds. */
  #waiting: Packet[] = []
  #outgoing: Uint8Array[] = []
  #outgoingBytes = 0
  #paused = notPaused
  #awaitsRoom = false
  /** When the packet began that is not whole yet; 0 when there is none. */
  #begunMs = 0
  /** SUBACK and UNSUBACK that wait for a commit. */
  #storedSends = 0
  /** PUBLISH packets of the chunk in hand under a QoS 2 identifier that was known. */
  #redelivered = 0
  /** The client sends no more and waits for its last answers. */
  #hasEnded = false

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
    this.#decoder = new Decoder({ packetBytesMax: parts.limits.packetBytesMax, side: 'server' })
  }

  /** For the log: its client identifier, or its address before it has said one. */
  get who(): string {
    return this.session?.clientId ?? this.connection.remote
  }

  /** For how long its last packet has been coming, milliseconds; 0 when none has begun, or when it is not
   * read. */
  incompleteMs(nowMs: number): number {
    return this.#begunMs === 0 || this.#paused !== notPaused ? 0 : nowMs - this.#begunMs
  }

  /** Outgoing bytes are over their limit: QoS 0 is shed, QoS 1-2 waits. */
  get isCongested(): boolean {
    return this.connection.bufferedBytes + this.#outgoingBytes >= this.parts.limits.outgoingBytesMax
  }

  /** Whether it is not read because of what the hub can't take, which is not the client's fault. */
  get isPausedByHub(): boolean {
    return (this.#paused & ~pauseReason.outgoing) !== notPaused
  }

  bytes(chunk: Buffer): void {
    if (this.state === 'closed') return
    const { clock } = this.parts
    this.receivedMs = clock.monotonicMs()
    this.receivedTs = clock.nowUs()
    try {
      this.#decoder.push(chunk, this.#receive)
    } catch (error) {
      if (!(error instanceof MalformedPacket)) throw error
      receiveMalformed(this, error, this.#decoder.protocolVersion)
    }
    if (!this.#decoder.isWithinPacket) this.#begunMs = 0
    else if (this.#begunMs === 0 || this.lastPacketMs === this.receivedMs) this.#begunMs = this.receivedMs
    this.#chunkEnds()
    giveOthersTheirTurn(this)
  }

  drained(): void {
    if (this.state === 'closed') return
    this.resume(pauseReason.outgoing)
    this.session?.pump()
    this.parts.flush()
  }

  /** The client has closed its half: it gets the answers it waits for, then the connection is lost. */
  ended(): void {
    this.#hasEnded = true
    this.#endIfAnswered()
    this.parts.flush()
  }

  #endIfAnswered(): void {
    if (this.state === 'closed' || (this.state === 'connected' && this.answers.count > 0)) return
    this.flush()
    this.connection.end()
    this.finish()
  }

  closed(error: Error | undefined): void {
    if (this.state === 'closed') return
    const { log } = this.parts
    log.debug('connection lost', { remote: this.connection.remote, cause: error?.message })
    this.finish()
    this.parts.flush()
  }

  #receive = (packet: Packet): void => {
    this.lastPacketMs = this.receivedMs
    switch (this.state) {
      case 'new':
        // The decoder lets nothing but CONNECT be the first. [MQTT-3.1.0-1]
        return packet.type === 'connect' ? receiveConnect(this, packet) : undefined
      case 'admitting':
        if (this.authentication !== undefined) return receiveBeforeConnack(this, this.authentication, packet)
        return void this.#waiting.push(packet)
      case 'connected':
        return this.#handle(this.session!, packet)
      case 'closed':
        return undefined
      default:
        return unreachable(this.state)
    }
  }

  #handle(session: Session, packet: Packet): void {
    switch (packet.type) {
      case 'publish':
        return receivePublish(this, session, packet)
      case 'puback':
      case 'pubcomp':
        return receiveAck(session, packet)
      case 'pubrec':
        return receivePubrec(session, packet)
      case 'pubrel':
        return receivePubrel(this, session, packet)
      case 'subscribe':
        return receiveSubscribe(this, session, packet)
      case 'unsubscribe':
        return receiveUnsubscribe(this, session, packet)
      case 'pingreq':
        return this.send(pingresp) // [MQTT-3.12.4-1]
      case 'disconnect':
        return receiveDisconnect(this, session, packet)
      case 'auth':
        return receiveAuth(this, packet)
      default:
        // The decoder does not let these through.
        this.disconnect(reasonCode.protocolError)
    }
  }

  /** CONNACK has been sent: packets that came meanwhile are handled. */
  admitted(): void {
    this.state = 'connected'
    const waiting = this.#waiting
    this.#waiting = []
    for (const packet of waiting) this.#receive(packet)
    this.resume(pauseReason.admission)
    this.#chunkEnds()
  }

  /** What the packets of a chunk caused leaves together. */
  #chunkEnds(): void {
    const { ingest, limits, observer } = this.parts
    if (this.#redelivered > 0) {
      observer.redelivered(this.session!.device, this.#redelivered)
      this.#redelivered = 0
    }
    if (this.state === 'connected') {
      this.#release()
      if (ingest.isFull) this.#awaitRoom()
      if (this.rate !== undefined) this.#keepRate(this.rate)
      const waiting = this.answers.count
      if (waiting === 0) this.waitingSinceMs = 0
      else if (this.waitingSinceMs === 0) this.waitingSinceMs = this.receivedMs
      // A 5.0 client keeps to the receive maximum; its PUBREL come on top.
      const most = this.version === 5 ? 2 * limits.receiveMaximum : limits.receiveMaximum
      if (waiting >= most || this.#storedSends >= limits.receiveMaximum) this.pause(pauseReason.answers)
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
    if (this.#storedSends === 0 && this.answers.count * 2 <= receiveMaximum) this.resume(pauseReason.answers)
  }

  #release(): void {
    const { answers } = this
    if (answers.count === 0) return
    const bytes = answers.release(this.session!.storedTicket, this.version === 5)
    if (bytes === undefined) return
    this.outstanding = Math.max(0, this.outstanding - answers.ended)
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

  #awaitRoom(): void {
    this.pause(pauseReason.ingest)
    if (this.#awaitsRoom) return
    this.#awaitsRoom = true
    this.parts.ingest.onRoom(() => {
      this.#awaitsRoom = false
      this.resume(pauseReason.ingest)
    })
  }

  pause(reason: number): void {
    if (this.#paused === notPaused && this.state !== 'closed') this.connection.pause()
    this.#paused |= reason
  }

  resume(reason: number): void {
    if ((this.#paused & reason) === 0) return
    this.#paused &= ~reason
    if (this.#paused !== notPaused || this.state === 'closed') return
    // What was not read could not be heard: keep-alive begins anew.
    this.lastPacketMs = this.parts.clock.monotonicMs()
    if (this.#begunMs !== 0) this.#begunMs = this.lastPacketMs
    this.connection.resume()
  }

  /** Bytes for the client; they leave at the next `flush`. */
  send(bytes: Uint8Array): void {
    if (this.state === 'closed') return
    if (this.#outgoing.length === 0) this.parts.unflushed.push(this)
    this.#outgoing.push(bytes)
    this.#outgoingBytes += bytes.length
  }

  /** Sends the answer to a changed list of subscriptions: at once, or when a lasting session's is stored. */
  sendWhenStored(bytes: Uint8Array, session: Session): void {
    if (bytes.length > this.sendBytesMax) return // [MQTT-3.1.2-24]
    if (!session.isLasting) return this.send(bytes)
    session.recordChanged()
    this.#storedSends++
    this.parts.ingest.open().afterStored(() => {
      this.#storedSends--
      this.send(bytes)
      this.parts.flush()
    })
  }

  sendAck(type: 'pubrel', packetId: number): void {
    const bytes = Buffer.allocUnsafe(ackBytes)
    writeAck(bytes, 0, type, packetId)
    this.send(bytes)
  }

  /** Writes what was sent since the last time, in one piece where that is sensible. */
  flush(): void {
    const outgoing = this.#outgoing
    const total = this.#outgoingBytes
    this.#outgoing = []
    this.#outgoingBytes = 0
    if (this.state === 'closed') return
    const pieces = outgoing.length > 1 && total <= joinedBytesMax ? [Buffer.concat(outgoing)] : outgoing
    let hasRoom = true
    for (const piece of pieces) hasRoom = this.connection.write(piece)
    // A client that does not read its answers is not read either.
    if (!hasRoom) this.pause(pauseReason.outgoing)
    else if (total >= this.parts.limits.outgoingBytesMax) this.session?.pump()
  }

  /** CONNACK with a reason against the connection, then its end. [MQTT-3.2.2-6] [MQTT-3.2.2-7] */
  refuse(code: number, properties?: Properties): void {
    if (this.state === 'closed') return
    this.send(refusal(this.version, code, properties))
    this.flush()
    this.connection.end()
    this.finish()
  }

  /** Ends the connection, telling a 5.0 client why. */
  disconnect(code: number, properties?: Properties): void {
    if (this.state === 'closed') return
    if (this.state === 'connected' && this.version === 5) {
      this.send(goodbye(code, properties, this.sendBytesMax))
    }
    this.flush()
    this.connection.end()
    this.finish()
  }

  /** The client has said goodbye. [MQTT-3.14.4-1] */
  leave(): void {
    this.#release()
    this.flush()
    this.connection.end()
    this.finish(false)
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
    this.#waiting = []
    this.parts.links.delete(this)
    if (wasConnected) this.parts.observer.disconnected()
    if (session === undefined || session.link !== this) return
    session.link = undefined
    this.parts.sessions.connectionEnded(session, isCutOff)
  }
}
