// A crowd in a thread of its own, so that the honest neighbour's clock is not held up by it: many connections at
// once, many retained messages, many sessions that stay away.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'
import { Decoder } from '../../src/mqtt/decoder.ts'
import { encode } from '../../src/mqtt/encoder.ts'
import type { Packet } from '../../src/mqtt/packet.ts'
import { publishPacket } from '../fixtures/packets/row.ts'
import { connectBytes } from './neighbour.ts'

export interface CrowdOrder {
  port: number
  kind: 'connect' | 'retain' | 'read' | 'sessions'
  count: number
}

const order = workerData as CrowdOrder
const sessionsAtOnce = 200

/** One connection that counts what comes. */
class Member {
  readonly socket: Socket
  readonly #seen = new Map<string, number>()
  #wanted: { type: string; count: number; resolve: (isThere: boolean) => void } | undefined

  constructor() {
    const decoder = new Decoder({ packetBytesMax: 1 << 20, side: 'client', protocolVersion: 4 })
    this.socket = connect({ port: order.port, host: '127.0.0.1' })
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
    const { promise, resolve } = Promise.withResolvers<boolean>()
    this.#wanted = { type, count, resolve }
    return promise
  }
}

const held: Member[] = []

async function connectAll(): Promise<number> {
  const admitted = Array.from({ length: order.count }, async (_, n) => {
    const member = new Member()
    held.push(member)
    member.socket.write(connectBytes(`crowd${n}`))
    return member.until('connack')
  })
  return (await Promise.all(admitted)).filter((isThere) => isThere).length
}

async function retainAll(): Promise<number> {
  const member = new Member()
  member.socket.write(connectBytes('retainer'))
  await member.until('connack')
  for (let n = 0; n < order.count; n++) {
    const bytes = encode(publishPacket(`kept/${n % 100}/${n}`, `value ${n}`, { retain: true }), 4)
    if (!member.socket.write(bytes)) await once(member.socket, 'drain')
  }
  const last = publishPacket('kept/last', 'x', { qos: 1, packetId: 1, retain: true })
  member.socket.write(encode(last, 4))
  await member.until('puback')
  member.socket.destroy()
  return order.count
}

function subscribeBytes(filter: string): Buffer {
  const one = {
    filter,
    qos: 0 as const,
    noLocal: false,
    retainAsPublished: false,
    retainHandling: 0 as const,
  }
  return encode({ type: 'subscribe', packetId: 1, subscriptions: [one] }, 4)
}

/** Ten read everything at once, while others ask for what is not there. */
async function readAll(): Promise<number> {
  const asking = Array.from({ length: 50 }, (_, n) => {
    const member = new Member()
    member.socket.write(Buffer.concat([connectBytes(`asking${n}`), subscribeBytes('+/+/+/nothing')]))
    return member
  })
  const reading = Array.from({ length: 10 }, async (_, n) => {
    const member = new Member()
    member.socket.write(Buffer.concat([connectBytes(`reading${n}`), subscribeBytes('kept/#')]))
    return member.until('publish', order.count)
  })
  const isThere = await Promise.all(reading)
  for (const { socket } of asking) socket.destroy()
  return isThere.filter((each) => each).length
}

async function pileUp(): Promise<number> {
  let admitted = 0
  for (let n = 0; n < order.count; n += sessionsAtOnce) {
    const group = Array.from({ length: Math.min(sessionsAtOnce, order.count - n) }, async (_, i) => {
      const member = new Member()
      const clientId = `piled${n + i}`
      const lasting = encode(
        { type: 'connect', protocolVersion: 4, cleanStart: false, keepAlive: 0, clientId },
        4,
      )
      member.socket.write(Buffer.concat([lasting, subscribeBytes(`of/${clientId}/#`)]))
      const isThere = await member.until('suback')
      member.socket.destroy()
      return isThere
    })
    admitted += (await Promise.all(group)).filter((isThere) => isThere).length
  }
  return admitted
}

const acts = { connect: connectAll, retain: retainAll, read: readAll, sessions: pileUp }
parentPort?.postMessage(await acts[order.kind]())
// What is held stays open until the thread is ended.
parentPort?.ref()
