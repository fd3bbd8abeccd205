// The real broker behind a real TCP port, and clients that send bytes as a test writes them. Time moves when the
// test says so.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net'
import { createBroker, type Broker, type BrokerOptions } from '../../src/broker/broker.ts'
import { Delivery } from '../../src/delivery/delivery.ts'
import { createIngest } from '../../src/ingest/ingest.ts'
import { ingestLimitsDefault } from '../../src/ingest/limits.ts'
import { silentLog } from '../../src/lib/log.ts'
import { Decoder } from '../../src/mqtt/decoder.ts'
import type { ConnackPacket, Packet, ProtocolVersion, PublishPacket } from '../../src/mqtt/packet.ts'
import { createMemoryStore } from '../../src/storage/memory.ts'
import type { Store } from '../../src/storage/store.ts'
import { SocketConnection } from '../../src/transport/tcp.ts'
import { lineOf, TestClock } from '../broker-house.ts'
import { bytes, type Part } from '../fixtures/packets/bytes.ts'
import { connect, pingreq, subscribe, type ConnectFields } from './packets.ts'

/** How long a packet that must come may take; far above what it takes. */
const waitMs = 4_000

export class Hub {
  readonly clock = new TestClock()
  port = 0
  broker: Broker | undefined
  readonly #server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    new SocketConnection(socket, { isSecure: false }).own((connection) => this.broker!.attach(connection))
  })
  #close: () => Promise<void> = async () => undefined
  #names = 0

  static async open(options: Partial<BrokerOptions> = {}, store: Store = createMemoryStore()): Promise<Hub> {
    const hub = new Hub()
    const { clock } = hub
    const fatal: unknown[] = []
    const ingest = await createIngest({
      store,
      router: { route: () => ({ targets: [] }) },
      delivery: new Delivery(clock),
      clock,
      log: silentLog,
      limits: ingestLimitsDefault,
      onStored: () => undefined,
      onFatal: (error) => fatal.push(error),
    })
    hub.broker = await createBroker({ store, ingest, clock, log: silentLog, ...options })
    hub.#close = async () => {
      const closing = hub.broker!.close()
      await clock.advance(5_000)
      await closing
      const ended = ingest.close(1)
      await clock.advance(5_000)
      await ended
      assert.deepEqual(fatal, [])
    }
    hub.#server.listen(0, '127.0.0.1')
    await once(hub.#server, 'listening')
    hub.port = (hub.#server.address() as AddressInfo).port
    return hub
  }

  /** A client identifier that no other test has. */
  name(): string {
    return `c${++this.#names}`
  }

  /** A connection on which nothing has been said. */
  async open(version: ProtocolVersion = 5): Promise<RawClient> {
    const socket = createConnection({ host: '127.0.0.1', port: this.port, noDelay: true })
    await once(socket, 'connect')
    return new RawClient(socket, version)
  }

  /** A client that has been let in. */
  async client(fields: ConnectFields = {}): Promise<RawClient> {
    const client = await this.open(fields.version ?? 5)
    client.send(connect({ id: this.name(), ...fields }))
    const connack = await client.next()
    assert.equal(
      lineOf(connack),
      `connack ${(connack as ConnackPacket).sessionPresent ? 'present' : 'new'} 0`,
    )
    client.connack = connack as ConnackPacket
    return client
  }

  /** Sends these bytes after CONNECT, or instead of it, and expects the end with this reason code. */
  async refuses(sent: Buffer, code: number, isFirst = false): Promise<void> {
    const client = isFirst ? await this.open() : await this.client()
    client.send(sent)
    const last = await client.next()
    assert.equal(last.type, isFirst ? 'connack' : 'disconnect')
    assert.equal((last as ConnackPacket).reasonCode, code)
    await client.ended()
  }

  async stop(): Promise<void> {
    await this.#close()
    this.#server.close()
  }
}

export class RawClient {
  connack: ConnackPacket | undefined
  readonly version: ProtocolVersion
  readonly #socket: Socket
  readonly #packets: Packet[] = []
  /** All that came, as it came: what our decoder makes of it may be wrong in the way our encoder is. */
  readonly #chunks: Buffer[] = []
  #hasEnded = false
  #wake: () => void = () => undefined

  constructor(socket: Socket, version: ProtocolVersion) {
    this.version = version
    this.#socket = socket
    const decoder = new Decoder({ packetBytesMax: 1 << 22, side: 'client', protocolVersion: version })
    socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk)
      decoder.push(chunk, (packet) => this.#packets.push(packet))
      this.#wake()
    })
    const end = (): void => {
      this.#hasEnded = true
      this.#wake()
    }
    socket.on('end', end).on('close', end)
    socket.on('error', end)
  }

  /** Numbers are bytes, strings are text with its length, buffers stand as they are. */
  send(...parts: Part[]): void {
    this.#socket.write(bytes(...parts))
  }

  /** Whether these bytes were among what came. */
  hasHeard(...parts: Part[]): boolean {
    return Buffer.concat(this.#chunks).includes(bytes(...parts))
  }

  /** The next packet; an error when the connection ends instead. */
  async next(): Promise<Packet> {
    await this.#until(() => this.#packets.length > 0 || this.#hasEnded)
    const packet = this.#packets.shift()
    assert.ok(packet !== undefined, 'the connection has ended without a further packet')
    return packet
  }

  /** The next packet as a line of text. */
  async line(): Promise<string> {
    return lineOf(await this.next())
  }

  async publish(): Promise<PublishPacket> {
    const packet = await this.next()
    assert.equal(packet.type, 'publish', lineOf(packet))
    return packet as PublishPacket
  }

  /** Everything that came so far, as lines; the hub has handled all that was sent. Answers leave after the
   *  chunk that they answer, so it is asked twice. */
  async sync(): Promise<string[]> {
    const lines: string[] = []
    for (let round = 0; round < 2; round++) {
      this.send(pingreq)
      for (let packet = await this.next(); packet.type !== 'pingresp'; packet = await this.next()) {
        lines.push(lineOf(packet))
      }
    }
    return lines
  }

  async subscribe(filter: string, options: number, ...properties: Part[]): Promise<void> {
    this.send(subscribe(1, [[filter, options]], ...(this.version === 5 ? properties : [])))
    assert.equal(await this.line(), `suback 1 [${options & 3}]`)
  }

  /** The hub closes the connection, and sends nothing before. */
  async ended(): Promise<void> {
    await this.#until(() => this.#hasEnded)
    assert.deepEqual(this.#packets.map(lineOf), [])
    this.#socket.destroy()
  }

  /** The network fails. */
  async lose(): Promise<void> {
    const closed = once(this.#socket, 'close')
    this.#socket.resetAndDestroy()
    await closed
    // The hub hears of it in a turn of its own.
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
  }

  async #until(isTrue: () => boolean): Promise<void> {
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      this.#wake()
    }, waitMs)
    while (!isTrue() && !isLate) await new Promise<void>((resolve) => (this.#wake = resolve))
    clearTimeout(timer)
    if (!isLate) return
    this.#socket.destroy()
    assert.fail(`in ${waitMs} ms neither a packet nor the end of the connection came`)
  }
}
