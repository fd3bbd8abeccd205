// When the next connection is tried, and with which CONNECT: waiting times that grow, and an older version
// of the protocol where the broker doesn't know the newer one.
import type { AckstoneError } from '../errors.ts'
import type { ConnectPacket } from '../mqtt/packet.ts'
import { reasonCode } from '../mqtt/reason.ts'
import type { ReconnectDelays } from './options.ts'

/** CONNACK 1 of 3.1.1, section 3.2.2.3: the protocol level is not supported. */
const unacceptableVersion = 1

export interface AttemptSettings {
  /** In the order in which they are tried; the first that the broker understands stays. */
  connects: readonly ConnectPacket[]
  reconnect: ReconnectDelays | undefined
  random: (below: number) => number
}

export class Attempts {
  readonly #settings: AttemptSettings
  #candidate = 0
  #failures = 0
  #hasConnected = false

  constructor(settings: AttemptSettings) {
    this.#settings = settings
  }

  /** CONNECT of the next attempt, or of the connection that stands.
   *  In 3.1.1, Clean Session must be said each time; in 5, a second Clean Start would end the session. */
  connect(clientId: string): ConnectPacket {
    const connect = this.#settings.connects[this.#candidate]!
    const isRepeatedStart = this.#hasConnected && connect.protocolVersion === 5
    return { ...connect, cleanStart: isRepeatedStart ? false : connect.cleanStart, clientId }
  }

  succeeded(): void {
    this.#hasConnected = true
    this.#failures = 0
  }

  /** Milliseconds until the next attempt; undefined when there is none. */
  delayAfter(error: AckstoneError): number | undefined {
    const { connects, reconnect, random } = this.#settings
    if (!this.#hasConnected && isNotUnderstood(error)) {
      this.#candidate = (this.#candidate + 1) % connects.length
      if (this.#candidate > 0) return 0
    }
    if (reconnect === undefined) return undefined
    const isTakenOver = error.details['reasonCode'] === reasonCode.sessionTakenOver
    if ((!this.#hasConnected || isTakenOver) && reconnect.isPersistent !== true) return undefined
    // Two clients that take one session from each other at once would do nothing else.
    const doublings = isTakenOver ? 30 : Math.min(this.#failures++, 30)
    const delayMs = Math.min(reconnect.maxDelayMs, reconnect.minDelayMs * 2 ** doublings)
    return delayMs - random(Math.floor(delayMs / 2) + 1)
  }
}

/** Whether the broker may not know this version: it says so, answers something else, or just closes. */
function isNotUnderstood(error: AckstoneError): boolean {
  const { reasonCode: code, stage } = error.details
  if (error.code === 'CONNECT_REFUSED') {
    return code === reasonCode.unsupportedProtocolVersion || code === unacceptableVersion
  }
  return error.code === 'PROTOCOL_VIOLATION' || stage === 'handshake'
}
