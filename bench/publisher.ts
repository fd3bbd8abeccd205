// One connection of the generator: keeps a window of PUBLISH packets in flight, counts their answers with a
// parser that knows the four packets it can get, and sends the freed slots again in one write.
import { connect, type Socket } from 'node:net'
import type { Load } from './load.ts'
import { connectPacket, disconnectPacket, pingreqPacket, PublishRing, pubrelRing } from './packets.ts'
import type { Tally } from './tally.ts'

/** At QoS 0 a PINGRESP after each block tells that the server has read it; two blocks are on their way. */
const qos0BlockMessages = 500
const qos0BlocksAhead = 2

export interface PublisherEnd {
  sent: number
  done: number
}

export class Publisher {
  readonly #socket: Socket
  readonly #load: Load
  readonly #tally: Tally
  readonly #ring: PublishRing
  readonly #pubrels: Buffer
  readonly #last: Buffer
  /** When each slot was sent, milliseconds. */
  readonly #sentAt: Float64Array
  /** The slots whose PUBACK or PUBCOMP, and whose PUBREC, come next: answers come in order. */
  #nextDone = 0
  #nextRec = 0
  #sent = 0
  #done = 0
  #rest: Buffer | undefined
  readonly #connected = Promise.withResolvers<undefined>()
  readonly #ended = Promise.withResolvers<PublisherEnd>()

  constructor(port: number, clientId: string, load: Load, firstTs: number, seed: number, tally: Tally) {
    const slots = load.qos === 0 ? qos0BlockMessages : load.window
    this.#load = load
    this.#tally = tally
    this.#ring = new PublishRing(slots, load.qos, firstTs, seed)
    this.#last = new PublishRing(1, 1, firstTs - 1, seed).bytes
    this.#pubrels = pubrelRing(load.qos === 2 ? slots : 0)
    this.#sentAt = new Float64Array(slots)
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.#socket.on('connect', () => this.#socket.write(connectPacket(clientId)))
    this.#socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    this.#socket.on('error', (error) => this.#fail(error))
    this.#socket.on('close', () => this.#fail(new Error(`the server closed the connection of ${clientId}`)))
  }

  /** The CONNACK has come. */
  get connected(): Promise<undefined> {
    return this.#connected.promise
  }
  /** After the stop: every message has its last answer. */
  get ended(): Promise<PublisherEnd> {
    return this.#ended.promise
  }

  start(): void {
    if (this.#load.qos === 0) {
      for (let block = 0; block < qos0BlocksAhead; block++) this.#sendBlock()
      return
    }
    const now = performance.now()
    this.#sentAt.fill(now)
    this.#sent = this.#ring.slots
    this.#socket.write(this.#ring.bytes)
  }

  destroy(): void {
    this.#socket.removeAllListeners('close')
    this.#socket.destroy()
  }

  #fail(error: Error): void {
    this.#connected.reject(error)
    this.#ended.reject(error)
    this.#socket.destroy()
  }

  #receive(chunk: Buffer): void {
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk])
    const firstDone = this.#nextDone
    const firstRec = this.#nextRec
    let done = 0
    let recs = 0
    let at = 0
    while (at + 2 <= bytes.length) {
      const type = bytes[at]
      const end = at + 2 + (bytes[at + 1] ?? 0)
      if (end > bytes.length) break
      if (type === 0x40 && this.#load.qos === 0) this.#end()
      else if (type === 0x40 || type === 0x70) {
        this.#nextDone = this.#expect(this.#nextDone, bytes, at)
        done += 1
      } else if (type === 0x50) {
        this.#nextRec = this.#expect(this.#nextRec, bytes, at)
        recs += 1
      } else if (type === 0x20) this.#welcome(bytes[at + 3] ?? 0)
      else if (type === 0xd0) this.#blockRead()
      else this.#fail(new Error(`unexpected packet type 0x${type?.toString(16)}`))
      at = end
    }
    this.#rest = at < bytes.length ? bytes.subarray(at) : undefined
    if (recs > 0) this.#release(firstRec, recs)
    if (done > 0) this.#finish(firstDone, done)
  }

  /** Checks that the answer is to the slot whose turn it is (answers leave in order), and moves on. */
  #expect(slot: number, bytes: Buffer, at: number): number {
    const packetId = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)
    if (packetId !== slot + 1) this.#fail(new Error(`answer to packet ${packetId}, expected ${slot + 1}`))
    return slot + 1 === this.#ring.slots ? 0 : slot + 1
  }

  #welcome(returnCode: number): void {
    if (returnCode === 0) this.#connected.resolve(undefined)
    else this.#fail(new Error(`CONNACK with return code ${returnCode}`))
  }

  #release(first: number, count: number): void {
    const end = first + count
    const slots = this.#ring.slots
    this.#socket.write(this.#pubrels.subarray(first * 4, Math.min(end, slots) * 4))
    if (end > slots) this.#socket.write(this.#pubrels.subarray(0, (end - slots) * 4))
  }

  #finish(first: number, count: number): void {
    const now = performance.now()
    const slots = this.#ring.slots
    for (let i = 0, slot = first; i < count; i++, slot = slot + 1 === slots ? 0 : slot + 1) {
      this.#tally.addLatency((now - (this.#sentAt[slot] ?? now)) * 1000)
    }
    this.#done += count
    this.#tally.addDone(count)
    if (this.#tally.isStopping) return this.#endWhenQuiet()
    const end = Math.min(first + count, slots)
    this.#sendAgain(first, end, now)
    if (first + count > slots) this.#sendAgain(0, first + count - slots, now)
  }

  #sendAgain(from: number, to: number, now: number): void {
    this.#ring.advance(from, to)
    this.#sentAt.fill(now, from, to)
    this.#sent += to - from
    this.#socket.write(this.#ring.range(from, to))
  }

  #sendBlock(): void {
    const ring = this.#ring
    this.#sent += ring.slots
    // The block's bytes change only after its last byte has been handed to the system.
    this.#socket.write(Buffer.from(ring.bytes))
    this.#socket.write(pingreqPacket)
    ring.advance(0, ring.slots)
  }

  #blockRead(): void {
    this.#done += this.#ring.slots
    this.#tally.addDone(this.#ring.slots)
    if (this.#tally.isStopping) return this.#endWhenQuiet()
    this.#sendBlock()
  }

  #endWhenQuiet(): void {
    if (this.#done < this.#sent) return
    // A message at QoS 1 after those at QoS 0: its answer says that they have been dealt with, and where
    // answers wait for the disk, that they are on it.
    if (this.#load.qos === 0) this.#socket.write(this.#last)
    else this.#end()
  }

  #end(): void {
    this.#socket.removeAllListeners('close')
    this.#socket.end(disconnectPacket)
    this.#ended.resolve({ sent: this.#sent, done: this.#done })
  }
}
