// A broker on the real ingest and a store whose commits the test releases, driven over connections without
// sockets: bytes in, packets out, and time that moves when the test says so.
import assert from 'node:assert/strict'
import { createBroker, type Broker } from '../src/broker/broker.ts'
import type { BrokerLimits } from '../src/broker/limits.ts'
import { silentObserver, type BrokerObserver } from '../src/broker/observer.ts'
import type { Authenticate, BeginExchange } from '../src/broker/admission.ts'
import { ConversionError, type Converter } from '../src/converters/converter.ts'
import { Delivery } from '../src/delivery/delivery.ts'
import type { Router, RouteTarget } from '../src/ingest/contract.ts'
import { createIngest } from '../src/ingest/ingest.ts'
import { ingestLimitsDefault, type IngestLimits } from '../src/ingest/limits.ts'
import type { Clock, Timer } from '../src/lib/clock.ts'
import { silentLog } from '../src/lib/log.ts'
import { copyPayload, type Qos } from '../src/model/message.ts'
import { Decoder } from '../src/mqtt/decoder.ts'
import { encode } from '../src/mqtt/encoder.ts'
import type { ConnectPacket, Packet, ProtocolVersion, PublishPacket } from '../src/mqtt/packet.ts'
import { matches } from '../src/mqtt/topic.ts'
import { createMemoryStore } from '../src/storage/memory.ts'
import type { Batch, Store } from '../src/storage/store.ts'
import type { Connection, ConnectionHandler, PeerCertificate } from '../src/transport/connection.ts'
import { holdStore, turn, type HeldStore } from './held-store.ts'

export class TestClock implements Clock {
  #nowMs = 1_000
  readonly #timers = new Set<{ atMs: number; run: () => void }>()

  nowUs(): number {
    return 1_764_000_000_000_000 + Math.round(this.#nowMs * 1000)
  }

  monotonicMs(): number {
    return this.#nowMs
  }

  soon(run: () => void): void {
    setImmediate(run)
  }

  after(delayMs: number, run: () => void): Timer {
    const timer = { atMs: this.#nowMs + delayMs, run }
    this.#timers.add(timer)
    return { cancel: () => void this.#timers.delete(timer) }
  }

  /** Moves time on and runs what falls due, in order. */
  async advance(ms: number): Promise<void> {
    const end = this.#nowMs + ms
    for (;;) {
      const due = [...this.#timers].filter(({ atMs }) => atMs <= end).toSorted((a, b) => a.atMs - b.atMs)[0]
      if (due === undefined) break
      this.#timers.delete(due)
      this.#nowMs = Math.max(this.#nowMs, due.atMs)
      due.run()
      await turn()
    }
    this.#nowMs = end
    await turn()
  }
}

/** `{"v":1}` or `{"v":1,"ts":microseconds}`; anything else is rejected. The device is the sender. */
export const testConverter: Converter = {
  decode(message, _captures, out) {
    const text = copyPayload(message).toString()
    if (!text.startsWith('{')) throw new ConversionError('json_syntax', 'The payload is not JSON.')
    const { v, ts = Number.NaN } = JSON.parse(text) as { v: number; ts?: number }
    out.add(message.device, 'v', ts, v)
  },
}

export interface HouseOptions {
  /** QoS of the one integration by topic filter. */
  topics?: Record<string, Qos>
  /** Its converter; one for tests by default. */
  converter?: Converter
  limits?: Partial<BrokerLimits>
  ingestLimits?: Partial<IngestLimits>
  observer?: Partial<BrokerObserver>
  authenticate?: Authenticate
  beginExchange?: BeginExchange
  mayOpen?: () => boolean
  store?: Store
  clock?: TestClock
}

export interface House {
  broker: Broker
  delivery: Delivery
  store: HeldStore
  clock: TestClock
  /** Connects, sends CONNECT and, unless told otherwise, expects to be let in. */
  connect(connect?: Partial<ConnectPacket>, isExpected?: boolean): Promise<TestClient>
  /** A connection on which nothing has been said. */
  open(): TestClient
  /** Stores what is on its way, and what that makes follow. */
  release(): Promise<void>
  /** The values stored of a device, by time. */
  rows(device: string): Promise<{ ts: number; value: unknown }[]>
  /** Ends everything at once, as SIGKILL would, and starts anew on what is stored. */
  crash(): Promise<House>
  /** Stops in order and starts anew. */
  restart(): Promise<House>
  stop(): Promise<void>
}

export async function openHouse(options: HouseOptions = {}): Promise<House> {
  const clock = options.clock ?? new TestClock()
  const inner = options.store ?? createMemoryStore()
  const store = holdStore(reopened(inner))
  const topics = options.topics ?? { 't/#': 1, 'q2/#': 2, 'q0/#': 0 }
  const fatal: unknown[] = []
  const delivery = new Delivery(clock)
  const ingest = await createIngest({
    store,
    router: routerOf(topics, options.converter ?? testConverter),
    delivery,
    clock,
    log: silentLog,
    limits: { ...ingestLimitsDefault, ...options.ingestLimits },
    onStored: () => undefined,
    onFatal: (error) => fatal.push(error),
  })
  const shared = { store, ingest, clock, log: silentLog, limits: options.limits }
  const broker = await createBroker({
    ...shared,
    observer: { ...silentObserver, ...options.observer },
    ...(options.authenticate === undefined ? {} : { authenticate: options.authenticate }),
    ...(options.beginExchange === undefined ? {} : { beginExchange: options.beginExchange }),
    ...(options.mayOpen === undefined ? {} : { mayOpen: options.mayOpen }),
  })
  const again = (): Promise<House> => openHouse({ ...options, clock, store: inner })
  const house: House = {
    broker,
    delivery,
    store,
    clock,
    open: () => new TestClient(broker),
    async connect(connect = {}, isExpected = true) {
      const client = new TestClient(broker)
      client.connect(connect)
      await turn()
      if (isExpected) assert.equal((client.packets[0] as { reasonCode: number }).reasonCode, 0)
      if (isExpected) client.packets.shift()
      return client
    },
    async release() {
      await turn()
      for (let round = 0; round < 20 && store.waiting.length > 0; round++) await store.release()
      // What is read back from the store after that comes a few turns later.
      for (let round = 0; round < 3; round++) await turn()
      assert.deepEqual(fatal, [])
    },
    async rows(device) {
      const found: { ts: number; value: unknown }[] = []
      const query = { device, key: 'v', startTs: 0, endTs: Number.MAX_SAFE_INTEGER, order: 'asc' as const }
      for await (const { ts, values, count } of inner.query(query)) {
        for (let i = 0; i < count; i++) found.push({ ts: ts[i]!, value: values[i] })
      }
      return found
    },
    async crash() {
      await turn()
      return again()
    },
    async restart() {
      await house.stop()
      return again()
    },
    async stop() {
      store.recover()
      store.letThrough()
      await store.release()
      const closing = broker.close()
      await clock.advance(0)
      await closing
      const ended = ingest.close(1000)
      await clock.advance(0)
      await ended
      assert.deepEqual(fatal, [])
    },
  }
  return house
}

let openings = 0

/** The memory store as after a restart: a ticket that was used before is not taken for a repetition. */
function reopened(inner: Store): Store {
  const base = ++openings * 1_000_000
  return new Proxy(inner, {
    get(target, name) {
      if (name === 'commit') {
        return (batch: Batch) => target.commit({ ...batch, ticket: base + batch.ticket })
      }
      const member = Reflect.get(target, name, target)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}

function routerOf(topics: Record<string, Qos>, converter: Converter): Router {
  return {
    hasPreparing: converter.prepare !== undefined,
    route(topic) {
      const targets: RouteTarget[] = []
      for (const [filter, qos] of Object.entries(topics)) {
        if (!matches(filter, topic)) continue
        const captures = { device: undefined, key: undefined }
        targets.push({ integration: 'i1', qos, duplicates: 'overwrite', converter, captures })
      }
      return { targets }
    },
  }
}

/** A client without a socket. What the broker writes is decoded at once into `packets`. */
export class TestClient implements Connection {
  readonly remote: string
  readonly peerCertificate?: PeerCertificate
  readonly isSecure = false
  readonly packets: Packet[] = []
  bufferedBytes = 0
  /** What `write` answers: false makes the broker wait for `drained`. */
  hasRoom = true
  isPaused = false
  isEnded = false
  writes = 0
  version: ProtocolVersion = 4
  readonly handler: ConnectionHandler
  #decoder = new Decoder({ packetBytesMax: 1 << 20, side: 'client', protocolVersion: 4 })

  constructor(broker: Broker, peer: { remote?: string; certificate?: PeerCertificate } = {}) {
    this.remote = peer.remote ?? 'test:1'
    if (peer.certificate !== undefined) this.peerCertificate = peer.certificate
    this.handler = broker.attach(this)
  }

  connect(connect: Partial<ConnectPacket>): void {
    const packet: ConnectPacket = {
      type: 'connect',
      protocolVersion: 4,
      cleanStart: true,
      keepAlive: 0,
      clientId: 'd1',
      ...connect,
    }
    this.version = packet.protocolVersion
    this.#decoder = new Decoder({
      packetBytesMax: 1 << 20,
      side: 'client',
      protocolVersion: this.version,
    })
    this.send(packet)
  }

  /** Sends packets in one chunk. */
  send(...packets: Packet[]): void {
    this.handler.bytes(Buffer.concat(packets.map((packet) => encode(packet, this.version))))
  }

  publish(topic: string, payload: string, fields: Partial<PublishPacket> = {}): void {
    this.send(publish(topic, payload, fields))
  }

  /** Subscribes to one filter; SUBACK is left among the packets. */
  subscribe(filter: string, qos: Qos, fields: object = {}): void {
    const request = { filter, qos, noLocal: false, retainAsPublished: false, retainHandling: 0 as const }
    this.send({ type: 'subscribe', packetId: 1, subscriptions: [{ ...request, ...fields }] })
  }

  /** Takes out what came, each as one line. */
  take(): string[] {
    return this.packets.splice(0).map(lineOf)
  }

  /** The connection breaks. */
  lose(): void {
    this.isEnded = true
    this.handler.closed(new Error('reset'))
  }

  write(bytes: Uint8Array): boolean {
    assert.ok(!this.isEnded, 'nothing is written after the end')
    this.writes++
    this.#decoder.push(Buffer.from(bytes), (packet) => this.packets.push(packet))
    return this.hasRoom
  }

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
  }

  end(): void {
    this.isEnded = true
  }

  destroy(): void {
    this.isEnded = true
  }
}

export function publish(topic: string, payload: string, fields: Partial<PublishPacket> = {}): PublishPacket {
  const source = Buffer.from(payload)
  const packet: PublishPacket = {
    type: 'publish',
    topic,
    source,
    payloadStart: 0,
    payloadEnd: source.length,
    qos: 0,
    retain: false,
    dup: false,
    packetId: 0,
    properties: undefined,
  }
  return { ...packet, ...fields }
}

/** "puback 7", "publish t/a q1 #3 dup {"v":1}", "suback 1 [1]" … with a reason code where it isn't 0. */
export function lineOf(packet: Packet): string {
  switch (packet.type) {
    case 'publish': {
      const text = packet.source.toString('utf8', packet.payloadStart, packet.payloadEnd)
      const flags = `${packet.retain ? ' retain' : ''}${packet.dup ? ' dup' : ''}`
      const id = packet.qos === 0 ? '' : ' #'
      return `publish ${packet.topic} q${packet.qos}${id}${flags} ${text}`
    }
    case 'puback':
    case 'pubrec':
    case 'pubrel':
    case 'pubcomp':
      return `${packet.type} ${packet.packetId}${codeOf(packet.reasonCode)}`
    case 'suback':
    case 'unsuback':
      return `${packet.type} ${packet.packetId} [${packet.reasonCodes.join()}]`
    case 'connack':
      return `connack ${packet.sessionPresent ? 'present' : 'new'} ${packet.reasonCode}`
    case 'disconnect':
      return `disconnect 0x${packet.reasonCode.toString(16)}`
    default:
      return packet.type
  }
}

function codeOf(reasonCode: number): string {
  return reasonCode === 0 ? '' : ` 0x${reasonCode.toString(16)}`
}

/** Packet identifier of the PUBLISH at this place among the packets that came. */
export function packetIdAt(client: TestClient, index: number): number {
  const packet = client.packets[index]
  assert.equal(packet?.type, 'publish')
  return (packet as PublishPacket).packetId
}
