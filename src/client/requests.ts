// SUBSCRIBE and UNSUBSCRIBE that wait for their answer. They belong to one connection: when it ends, the
// caller hears so, because nobody knows whether the broker took them; and a broker that answers nothing ends it.
import { AckstoneError } from '../errors.ts'
import type { Clock, Timer } from '../lib/clock.ts'
import type { SubackPacket, UnsubackPacket } from '../mqtt/packet.ts'
import type { PacketIds } from './packet-ids.ts'

type Answer = SubackPacket | UnsubackPacket

/** A broker that says nothing for so long will not answer at all, and somebody waits. */
const answerMsMax = 30_000

interface Request {
  answerType: Answer['type']
  timer: Timer
  resolve(answer: Answer): void
  reject(error: AckstoneError): void
}

export interface RequestsOptions {
  packetIds: PacketIds
  clock: Clock
  /** Whether answers are read at all. */
  isReading: () => boolean
  /** A request has had no answer for too long.
   *  @param what it was, and for how long. */
  onSilence: (what: string) => void
}

export class Requests {
  readonly #options: RequestsOptions
  readonly #waiting = new Map<number, Request>()

  constructor(options: RequestsOptions) {
    this.#options = options
  }

  /** Calls `send` with a packet identifier; resolves with the broker's answer to it. */
  ask(answerType: Answer['type'], send: (packetId: number) => void): Promise<Answer> {
    const packetId = this.#options.packetIds.take()
    if (packetId === 0) return Promise.reject(new AckstoneError('PUBLISH_QUEUE_FULL', { count: 65_535 }))
    return new Promise((resolve, reject) => {
      this.#waiting.set(packetId, { answerType, timer: this.#limit(packetId), resolve, reject })
      send(packetId)
    })
  }

  #limit(packetId: number): Timer {
    const { clock, isReading, onSilence } = this.#options
    return clock.after(answerMsMax, () => {
      const request = this.#waiting.get(packetId)
      if (request === undefined) return
      const name = request.answerType === 'suback' ? 'SUBSCRIBE' : 'UNSUBSCRIBE'
      // What is not read could not be heard.
      if (isReading()) onSilence(`no answer to ${name} for ${answerMsMax / 1000} s`)
      else request.timer = this.#limit(packetId)
    })
  }

  /** @returns false when it answers something else: a protocol error. */
  answer(packet: Answer): boolean {
    const request = this.#waiting.get(packet.packetId)
    if (request?.answerType !== packet.type) return false
    this.#waiting.delete(packet.packetId)
    request.timer.cancel()
    this.#options.packetIds.release(packet.packetId)
    request.resolve(packet)
    return true
  }

  fail(error: AckstoneError): void {
    const requests = [...this.#waiting]
    this.#waiting.clear()
    for (const [packetId, request] of requests) {
      request.timer.cancel()
      this.#options.packetIds.release(packetId)
      request.reject(error)
    }
  }
}
