// One connection of a crowd: it counts what comes, by the type of packet, and can stop reading.
import { connect, type Socket } from 'node:net'
import { Decoder } from '../../src/mqtt/decoder.ts'
import { encode } from '../../src/mqtt/encoder.ts'
import type { Packet } from '../../src/mqtt/packet.ts'
import type { Qos } from '../../src/model/message.ts'
import { connectBytes } from './neighbour.ts'

export class Member {
  readonly socket: Socket
  readonly #seen = new Map<string, number>()
  #wanted: { type: string; count: number; resolve: (isThere: boolean) => void } | undefined

  constructor(port: number) {
    const decoder = new Decoder({ packetBytesMax: 1 << 20, side: 'client', protocolVersion: 4 })
    this.socket = connect({ port, host: '127.0.0.1' })
    this.socket.on('error', () => undefined)
    this.socket.on('data', (chunk: Buffer) => void decoder.push(chunk, (packet) => this.#receive(packet)))
    this.socket.on('close', () => this.#wanted?.resolve(false))
  }

  #receive(packet: Packet): void {
    if (packet.type === 'connack' && packet.reasonCode !== 0) return
    const count = (this.#seen.get(packet.type) ?? 0) + 1
    this.#seen.set(packet.type, count)
    const wanted = this.#wanted
    if (wanted?.type === packet.type && count >= wanted.count) wanted.resolve(true)
  }

  /** Resolves when so many packets of a type have come; false when the connection ended before. */
  async until(type: Packet['type'], count = 1): Promise<boolean> {
    if ((this.#seen.get(type) ?? 0) >= count) return true
    if (this.socket.destroyed) return false
    const { promise, resolve } = Promise.withResolvers<boolean>()
    this.#wanted = { type, count, resolve }
    return promise
  }

  /** One that is connected, and subscribes to these. */
  static async subscribed(port: number, clientId: string, filters: string[], qos: Qos): Promise<Member> {
    const member = new Member(port)
    member.socket.write(Buffer.concat([connectBytes(clientId), subscribeBytes(filters, qos)]))
    await member.until('suback')
    return member
  }
}

export function subscribeBytes(filters: string[], qos: Qos = 0): Buffer {
  const options = { qos, noLocal: false, retainAsPublished: false, retainHandling: 0 as const }
  const subscriptions = filters.map((filter) => ({ filter, ...options }))
  return encode({ type: 'subscribe', packetId: 1, subscriptions }, 4)
}

/** Calls `make` for 0, 1, 2 …, so many of them at one time. */
export async function inGroups<T>(
  count: number,
  atOnce: number,
  make: (n: number) => Promise<T>,
): Promise<T[]> {
  const made: T[] = []
  for (let n = 0; n < count; n += atOnce) {
    const group = Array.from({ length: Math.min(atOnce, count - n) }, (_, i) => make(n + i))
    made.push(...(await Promise.all(group)))
  }
  return made
}
