// An honest device beside an attack: it publishes one message after the other and measures how long it waits for
// each answer. And what the hub takes in memory, looked at from outside.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { Decoder } from '../../src/mqtt/decoder.ts'
import { encode } from '../../src/mqtt/encoder.ts'
import type { Packet } from '../../src/mqtt/packet.ts'
import { publishPacket } from '../fixtures/packets/row.ts'

/** What it may wait at the worst hundredth. */
const waitMsMax = 100
/** A machine on which it waits longer than this when nothing goes on is busy with other things: there, only what would
 *  be out of all proportion counts. */
const quietMsMax = 5
const busyWaitMsMax = 2_500

export const connectBytes = (clientId: string): Buffer =>
  encode({ type: 'connect', protocolVersion: 4, cleanStart: true, keepAlive: 0, clientId }, 4)

/** Publishes one after the other at QoS 1, as a sensor does. */
export class Neighbour {
  readonly #socket: Socket
  readonly #decoder = new Decoder({ packetBytesMax: 1 << 20, side: 'client', protocolVersion: 4 })
  #answered: ((packet: Packet) => void) | undefined
  #isOver = false
  waits: number[] = []
  /** Its p99 when left alone. */
  quietMs = 0

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.#socket.on('data', (chunk: Buffer) =>
      this.#decoder.push(chunk, (packet) => this.#answered?.(packet)),
    )
    this.#socket.on('close', () => (this.#isOver = true))
  }

  async #ask(bytes: Buffer): Promise<Packet> {
    const answer = Promise.withResolvers<Packet>()
    this.#answered = answer.resolve
    this.#socket.write(bytes)
    return answer.promise
  }

  /** Publishes until what is under way has ended; 200 times at least. */
  async during(attack: () => Promise<unknown>): Promise<void> {
    await this.#ask(connectBytes('neighbour'))
    for (let n = 1; n <= 200; n++) await this.#publish(n)
    this.quietMs = this.p99
    this.waits = []
    let isUnderAttack = true
    const ended = attack().finally(() => (isUnderAttack = false))
    for (let n = 1; isUnderAttack || n <= 200; n++) {
      await this.#publish(n)
    }
    await ended
    this.#socket.destroy()
  }

  async #publish(n: number): Promise<void> {
    assert.ok(!this.#isOver, 'the honest neighbour stays connected')
    const started = performance.now()
    const fields = { qos: 1 as const, packetId: 1 + (n % 65_535) }
    await this.#ask(encode(publishPacket('v1/devices/me/telemetry', `{"n":${n}}`, fields), 4))
    this.waits.push(performance.now() - started)
  }

  get p99(): number {
    const sorted = this.waits.toSorted((a, b) => a - b)
    return sorted[Math.floor(sorted.length * 0.99)] ?? 0
  }

  /** How long it may wait at the worst hundredth. */
  get mostMs(): number {
    return this.quietMs <= quietMsMax ? waitMsMax : busyWaitMsMax
  }
}

/** Resident memory of a process; 0 where that can't be told. */
export function memoryBytes(pid: number): number {
  if (process.platform !== 'linux') return 0
  const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kib) * 1024
}
