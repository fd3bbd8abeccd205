// SUBSCRIBE and UNSUBSCRIBE that wait for their answer. They belong to one connection: when it ends, the
// caller hears so, because nobody knows whether the broker took them.
import { AckstoneError } from '../errors.ts'
import type { SubackPacket, UnsubackPacket } from '../mqtt/packet.ts'
import type { PacketIds } from './packet-ids.ts'

type Answer = SubackPacket | UnsubackPacket

interface Request {
  answerType: Answer['type']
  resolve(answer: Answer): void
  reject(error: AckstoneError): void
}

export class Requests {
  readonly #packetIds: PacketIds
  readonly #waiting = new Map<number, Request>()

  constructor(packetIds: PacketIds) {
    this.#packetIds = packetIds
  }

  /** Calls `send` with a packet identifier; resolves with the broker's answer to it. */
  ask(answerType: Answer['type'], send: (packetId: number) => void): Promise<Answer> {
    const packetId = this.#packetIds.take()
    if (packetId === 0) return Promise.reject(new AckstoneError('PUBLISH_QUEUE_FULL', { count: 65_535 }))
    return new Promise((resolve, reject) => {
      this.#waiting.set(packetId, { answerType, resolve, reject })
      send(packetId)
    })
  }

  /** @returns false when it answers something else: a protocol error. */
  answer(packet: Answer): boolean {
    const request = this.#waiting.get(packet.packetId)
    if (request?.answerType !== packet.type) return false
    this.#waiting.delete(packet.packetId)
    this.#packetIds.release(packet.packetId)
    request.resolve(packet)
    return true
  }

  fail(error: AckstoneError): void {
    const requests = [...this.#waiting]
    this.#waiting.clear()
    for (const [packetId, request] of requests) {
      this.#packetIds.release(packetId)
      request.reject(error)
    }
  }
}
