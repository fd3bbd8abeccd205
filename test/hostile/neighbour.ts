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
/** What it waits at most, before the attack, and its twin meanwhile, on a machine with nothing else to do. Where they
 *  wait longer, the machine is busy with other things, and the neighbour may wait longer in proportion. */
const quietMsMax = 5
const publishesMin = 200

export const connectBytes = (clientId: string): Buffer =>
  encode({ type: 'connect', protocolVersion: 4, cleanStart: true, keepAlive: 0, clientId }, 4)

/** How long it waited. */
export interface Waits {
  p99: number
  /** The most that it may be. */
  mostMs: number
  /** All figures, for people. */
  sentence: string
}

interface Hubs {
  /** Ports, and the process of the one under attack. */
  attacked: number
  idle: number
  pid: number
}

/** A neighbour at the hub under attack, and its twin at a hub that nobody attacks: the same machine, the same time. */
export async function neighbourDuring(hubs: Hubs, attack: () => Promise<unknown>): Promise<Waits> {
  const [neighbour, twin] = [new Neighbour(hubs.attacked), new Neighbour(hubs.idle)]
  await Promise.all([neighbour.begins(), twin.begins()])
  const alone = neighbour.p99
  const before = turns(hubs.pid)
  let isUnderAttack = true
  const attacked = attack().finally(() => (isUnderAttack = false))
  const isOver = (): boolean => !isUnderAttack
  await Promise.all([attacked, neighbour.publishesUntil(isOver), twin.publishesUntil(isOver)])
  neighbour.leaves()
  twin.leaves()
  const [p99, idle] = [neighbour.p99, twin.p99]
  const after = turns(hubs.pid)
  const stretch = 1 + (after.waitedNs - before.waitedNs) / Math.max(1, after.ranNs - before.ranNs)
  const sentence =
    `the neighbour’s p99 ${p99.toFixed(1)} ms of ${neighbour.waits.length} (${alone.toFixed(1)} ms alone, ` +
    `${idle.toFixed(1)} ms meanwhile at an idle hub), the hub ${stretch.toFixed(1)} times slower for want of a processor`
  return { p99, mostMs: waitMsMax * Math.max(stretch, alone / quietMsMax, idle / quietMsMax), sentence }
}

/** Publishes one after the other at QoS 1, as a sensor does. */
class Neighbour {
  readonly #socket: Socket
  readonly #decoder = new Decoder({ packetBytesMax: 1 << 20, side: 'client', protocolVersion: 4 })
  #answered: ((packet: Packet) => void) | undefined
  #isOver = false
  waits: number[] = []

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

  /** Connects, and publishes while nothing goes on. */
  async begins(): Promise<void> {
    await this.#ask(connectBytes('neighbour'))
    await this.publishesUntil(() => true)
  }

  /** Publishes until that is over, some times at least. Its waits are those of this time. */
  async publishesUntil(isOver: () => boolean): Promise<void> {
    this.waits = []
    for (let n = 1; !isOver() || n <= publishesMin; n++) await this.#publish(n)
  }

  leaves(): void {
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
}

/** How long the main thread of a process has run, and how long it was ready and waited for a processor: one that has
 *  to share is as much slower. Zeros where that can't be told. */
function turns(pid: number): { ranNs: number; waitedNs: number } {
  if (process.platform !== 'linux') return { ranNs: 0, waitedNs: 0 }
  const [ranNs, waitedNs] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ').map(Number)
  return { ranNs: ranNs ?? 0, waitedNs: waitedNs ?? 0 }
}

/** Resident memory of a process; 0 where that can't be told. */
export function memoryBytes(pid: number): number {
  if (process.platform !== 'linux') return 0
  const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kib) * 1024
}
