// A device of the drill: an MQTT client that keeps what is not acknowledged and sends it again after each
// reconnect, in the order of the first sending: with DUP where its session goes on, without where it starts
// clean. It shares no line of code with the
// hub or with the hub's client: a judge must not learn from the accused. Framing comes from mqtt-packet.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { generate, parser, type Packet } from 'mqtt-packet'
import { kinds as allKinds, type Kind, type Ledger, type SentMessage } from './ledger.ts'
import type { Random } from './random.ts'

export interface DeviceOptions {
  version: 4 | 5
  /** Messages without a last answer at once. */
  window: number
  /** Packet identifiers run from 1 to this; a small number uses each again and again. */
  packetIdMax: number
  /** A clean start each time. */
  isClean: boolean
  /** Where it publishes, unless it is the topic of the Device API. */
  topic?: string
  /** What it publishes, unless all kinds. */
  kinds?: readonly Kind[]
  /** The hub may say that it can't read a message: acknowledged all the same (I6). */
  mayBeRejected?: boolean
  /** PUBACK and PUBREC have to come in the order of the PUBLISH packets (I4). */
  isOrderJudged?: boolean
}

/** A message on its way: PUBLISH until it is acknowledged, at QoS 2 then PUBREL until PUBCOMP. */
interface Flight {
  packetId: number
  message: SentMessage
  isReleased: boolean
  /** PUBREL was sent again: the hub may have forgotten the identifier by then, rightly. */
  isReleasedAgain: boolean
}

const packetIdentifierNotFound = 0x92
const payloadFormatInvalid = 0x99

const deviceApiTopic = 'v1/devices/me/telemetry'
const sessionExpirySeconds = 86_400

export class Device {
  readonly ledger: Ledger
  /** Answers (PUBACK, PUBREC) in all. */
  answers = 0
  /** Times a session that held acknowledged messages was gone. */
  sessionsLost = 0
  /** Answers that make no sense or say no; each is a failure of the drill. */
  readonly oddities: string[] = []
  onAnswer: (() => void) | undefined
  /** Messages that it publishes in all, at most. */
  publishMax = Infinity
  readonly #options: DeviceOptions
  readonly #random: Random
  /** In order of the first sending. */
  readonly #flights = new Map<number, Flight>()
  #socket: Socket | undefined
  #receiveMaximum = 65_535
  #lastPacketId = 0
  /** Identifiers of what was published on this connection and has no PUBACK or PUBREC. */
  #unanswered: number[] = []
  #isOpen = false
  #mayPublish = false
  #idle: (() => void) | undefined

  constructor(ledger: Ledger, random: Random, options: DeviceOptions) {
    this.ledger = ledger
    this.#random = random
    this.#options = options
  }

  get isClean(): boolean {
    return this.#options.isClean
  }

  /** Whether there is a connection, or one is being made. */
  get isConnected(): boolean {
    return this.#socket !== undefined
  }

  get inFlight(): number {
    return this.#flights.size
  }

  /** Messages at QoS 2 between PUBREC and PUBCOMP. */
  get halfway(): SentMessage[] {
    return [...this.#flights.values()].filter(({ isReleased }) => isReleased).map(({ message }) => message)
  }

  /** Connects, resumes the session and publishes on, until the connection ends. */
  connect(port: number): void {
    this.#mayPublish = true
    this.#open(port)
  }

  /** Publishes so many messages more, on the connection that stands. */
  publishMore(count: number): void {
    this.publishMax = this.ledger.sent.length + count
    this.#publish()
  }

  /** Resolves when everything in flight has its last answer; publishes nothing new. Connects if need be. */
  async drain(port: number): Promise<void> {
    this.#mayPublish = false
    if (this.#socket === undefined) this.#open(port)
    const idle = Promise.withResolvers<undefined>()
    this.#idle = () => idle.resolve(undefined)
    this.#settle()
    await idle.promise
  }

  /** Resolves when the hub has ended the connection and all that it sent before has been read. */
  async ended(): Promise<void> {
    if (this.#socket !== undefined) await once(this.#socket, 'close')
  }

  /** Cuts the connection without a word, as a bad network does. */
  cut(): void {
    this.#socket?.destroy()
    this.#socket = undefined
    this.#isOpen = false
  }

  #open(port: number): void {
    this.cut()
    this.#unanswered = []
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.#socket = socket
    const parse = parser({ protocolVersion: this.#options.version })
    parse.on('packet', (packet: Packet) => this.#receive(packet))
    parse.on('error', (error: Error) => this.#odd(`unreadable bytes: ${error.message}`))
    socket.on('data', (chunk: Buffer) => {
      socket.cork()
      parse.parse(chunk)
      this.#publish()
      this.#settle()
      socket.uncork()
    })
    socket.on('close', () => {
      if (this.#socket !== socket) return
      this.#socket = undefined
      this.#isOpen = false
    })
    // A reset is what the drill causes; what matters is what is there afterwards.
    socket.on('error', () => socket.destroy())
    const isV5 = this.#options.version === 5
    this.#send({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: this.#options.version,
      clientId: this.ledger.device,
      clean: this.#options.isClean,
      keepalive: 60,
      ...(isV5 && !this.#options.isClean
        ? { properties: { sessionExpiryInterval: sessionExpirySeconds } }
        : {}),
    })
  }

  #send(packet: Packet): void {
    this.#socket?.write(generate(packet, { protocolVersion: this.#options.version }))
  }

  #receive(packet: Packet): void {
    if (packet.cmd === 'connack') {
      const code = this.#options.version === 5 ? packet.reasonCode : packet.returnCode
      if (code !== 0) return this.#odd(`CONNACK with code ${code}`)
      if (!packet.sessionPresent && this.answers > 0 && !this.#options.isClean) this.sessionsLost += 1
      this.#receiveMaximum = packet.properties?.receiveMaximum ?? 65_535
      this.#isOpen = true
      this.#resume()
    } else if (packet.cmd === 'puback' || packet.cmd === 'pubrec' || packet.cmd === 'pubcomp') {
      this.#answered(packet.cmd, packet.messageId ?? 0, packet.reasonCode ?? 0)
    } else if (packet.cmd === 'disconnect') {
      // The hub says goodbye (it stops, or it can't store): the session goes on after the next connect.
      this.#isOpen = false
    } else this.#odd(`unexpected ${packet.cmd}`)
  }

  /** [MQTT-4.4.0-1]: PUBLISH with DUP and PUBREL again, with their packet identifiers, in order. After a clean
   *  start the first sending is repeated as it was, and what has been released is over. */
  #resume(): void {
    if (this.#options.isClean) {
      for (const flight of [...this.#flights.values()]) {
        if (flight.isReleased) this.#flights.delete(flight.packetId)
        else this.#sendPublish(flight, false)
      }
      return
    }
    for (const flight of this.#flights.values()) {
      if (flight.isReleased) {
        flight.isReleasedAgain = true
        this.#send({ cmd: 'pubrel', messageId: flight.packetId })
      } else this.#sendPublish(flight, true)
    }
  }

  #answered(type: 'puback' | 'pubrec' | 'pubcomp', packetId: number, reasonCode: number): void {
    const flight = this.#flights.get(packetId)
    const expected = flight === undefined ? 'nothing' : expectedAnswer(flight)
    if (flight === undefined || expected !== type) {
      this.#odd(`${type} for packet ${packetId}, expected ${expected}`)
      return
    }
    const isForgotten = flight.isReleasedAgain && reasonCode === packetIdentifierNotFound
    const isRejected = this.#options.mayBeRejected === true && reasonCode === payloadFormatInvalid
    if (reasonCode >= 0x80 && !isForgotten && !isRejected) this.#odd(`${type} with reason code ${reasonCode}`)
    if (type !== 'pubcomp') {
      const next = this.#unanswered.shift()
      if (this.#options.isOrderJudged === true && next !== packetId)
        this.#odd(`${type} for packet ${packetId} before that for ${next} (I4)`)
      flight.message.isAcknowledged = true
      this.answers += 1
      this.onAnswer?.()
    }
    // A PUBREC that refuses is the last answer. Section 4.3.3.
    if (type === 'pubrec' && !isRejected) {
      flight.isReleased = true
      this.#send({ cmd: 'pubrel', messageId: packetId })
    } else this.#flights.delete(packetId)
  }

  #publish(): void {
    const windowNow = Math.min(this.#options.window, this.#receiveMaximum)
    const { sent } = this.ledger
    const { kinds = allKinds } = this.#options
    while (
      this.#mayPublish &&
      this.#isOpen &&
      this.#flights.size < windowNow &&
      sent.length < this.publishMax
    ) {
      const kind = kinds[this.#random.below(kinds.length)] ?? 'q1ts'
      const packetId = this.#freePacketId()
      const message = this.ledger.write(kind)
      const flight = { packetId, message, isReleased: false, isReleasedAgain: false }
      this.#flights.set(flight.packetId, flight)
      this.#sendPublish(flight, false)
    }
  }

  #sendPublish({ packetId, message }: Flight, dup: boolean): void {
    const values = { [message.kind]: message.n }
    const payload = JSON.stringify(message.ts === undefined ? values : { ts: message.ts, values })
    const qos = message.kind.startsWith('q1') ? 1 : 2
    const { topic = deviceApiTopic } = this.#options
    this.#unanswered.push(packetId)
    this.#send({ cmd: 'publish', topic, payload, qos, messageId: packetId, dup, retain: false })
  }

  #freePacketId(): number {
    do this.#lastPacketId = (this.#lastPacketId % this.#options.packetIdMax) + 1
    while (this.#flights.has(this.#lastPacketId))
    return this.#lastPacketId
  }

  #settle(): void {
    if (this.#flights.size === 0 && this.#isOpen) this.#idle?.()
  }

  #odd(what: string): void {
    if (this.oddities.length < 20) this.oddities.push(`${this.ledger.device}: ${what}`)
  }
}

function expectedAnswer(flight: Flight): string {
  if (flight.message.kind.startsWith('q1')) return 'puback'
  return flight.isReleased ? 'pubcomp' : 'pubrec'
}
