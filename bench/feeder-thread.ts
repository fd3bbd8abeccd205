// A broker that can feed: accepts one client of MQTT 5, then sends it PUBLISH packets as fast as its answers
// come, with at most a given number unanswered. For the ceiling of a bridge; it is no broker otherwise.
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'
import { Decoder } from '../src/mqtt/decoder.ts'
import { encode } from '../src/mqtt/encoder.ts'
import type { Packet } from '../src/mqtt/packet.ts'
import { PublishRing } from './packets.ts'

export interface FeederOrder {
  /** Unanswered messages at most; the client's Receive Maximum if that is lower. */
  window: number
  qos: 1 | 2
  firstTs: number
  /** Counts messages with their last answer. */
  done: SharedArrayBuffer
}

const devices = 50
const order = workerData as FeederOrder
const done = new BigInt64Array(order.done)

class Feeder {
  readonly #socket: Socket
  readonly #decoder = new Decoder({ side: 'server', packetBytesMax: 1_000_000 })
  #ring: PublishRing | undefined
  #receiveMaximum = 65_535
  /** The slot whose answer comes next. */
  #next = 0
  #pubrels: Buffer[] = []
  #ended = 0
  #isFeeding = false

  constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('error', () => socket.destroy())
    socket.on('data', (chunk: Buffer) => {
      this.#decoder.push(chunk, (packet) => this.#receive(packet))
      this.#feed()
    })
  }

  #send(packet: Packet): void {
    this.#socket.write(encode(packet, 5))
  }

  #receive(packet: Packet): void {
    if (packet.type === 'puback' || packet.type === 'pubcomp') this.#ended++
    else if (packet.type === 'pubrec') {
      this.#pubrels.push(encode({ type: 'pubrel', packetId: packet.packetId, reasonCode: 0 }, 5))
    } else if (packet.type === 'connect') {
      this.#receiveMaximum = packet.properties?.receiveMaximum ?? 65_535
      this.#send({ type: 'connack', sessionPresent: false, reasonCode: 0 })
    } else if (packet.type === 'subscribe') {
      const reasonCodes = packet.subscriptions.map(({ qos }) => qos)
      this.#send({ type: 'suback', packetId: packet.packetId, reasonCodes })
      this.#isFeeding = true
    } else if (packet.type === 'pingreq') this.#send({ type: 'pingresp' })
  }

  /** Answers come in order, so the slots of the ring become free in order. */
  #feed(): void {
    if (!this.#isFeeding) return
    if (this.#pubrels.length > 0) this.#socket.write(Buffer.concat(this.#pubrels))
    this.#pubrels = []
    if (this.#ring === undefined) {
      const slots = Math.min(order.window, this.#receiveMaximum)
      const topicOf = (slot: number): string => `plant/d${String(slot % devices).padStart(2, '0')}/telemetry`
      this.#ring = new PublishRing(slots, order.qos, order.firstTs, 1, { topicOf, version: 5 })
      this.#socket.write(Buffer.from(this.#ring.bytes))
      return
    }
    const ended = this.#ended
    if (ended === 0) return
    this.#ended = 0
    Atomics.add(done, 0, BigInt(ended))
    for (let left = ended; left > 0;) {
      const count = Math.min(left, this.#ring.slots - this.#next)
      this.#ring.advance(this.#next, this.#next + count)
      // A copy: what waits in the socket must not change.
      this.#socket.write(Buffer.from(this.#ring.range(this.#next, this.#next + count)))
      this.#next = (this.#next + count) % this.#ring.slots
      left -= count
    }
  }
}

const server = createServer((socket) => new Feeder(socket)).listen(0, '127.0.0.1', () => {
  parentPort?.postMessage((server.address() as AddressInfo).port)
})
