// Doors without a hub behind them, for tests of transports: what comes in is kept, and told when it changes.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { AddressList } from '../src/lib/addresses.ts'
import { silentLog } from '../src/lib/log.ts'
import type { Connection, ConnectionHandler } from '../src/transport/connection.ts'
import { Doors, type DoorLimits, type DoorsOptions } from '../src/transport/doors.ts'

export const limitsOfTests: DoorLimits = {
  connectionsMax: 100,
  connectionsPerAddressMax: 100,
  httpConnectionsMax: 100,
  handshakesMax: 100,
  handshakeTimeoutMs: 5_000,
  packetBytesMax: 1024 * 1024,
}

type Given = Partial<Omit<DoorsOptions, 'limits'>> & { limits?: Partial<DoorLimits> }

export function makeDoors(given: Given = {}): Doors {
  return new Doors({
    countsLoopback: true,
    certificates: undefined,
    clientCertificates: 'none',
    behindBalancer: [],
    balancers: new AddressList([]),
    webSocketOrigins: [],
    log: silentLog,
    ...given,
    limits: { ...limitsOfTests, ...given.limits },
  })
}

/** One connection as its owner sees it. */
export class Guest implements ConnectionHandler {
  readonly connection: Connection
  readonly closing = Promise.withResolvers<Error | undefined>()
  received = Buffer.alloc(0)
  chunks = 0
  #waiting: (() => void)[] = []

  constructor(connection: Connection) {
    this.connection = connection
  }

  bytes(chunk: Buffer): void {
    this.received = Buffer.concat([this.received, chunk])
    this.chunks++
    this.#tell()
  }

  drained(): void {
    this.#tell()
  }

  closed(error: Error | undefined): void {
    this.closing.resolve(error)
  }

  /** Resolves when so many bytes have come in all. */
  async heard(length: number): Promise<Buffer> {
    while (this.received.length < length) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    return this.received
  }

  /** Resolves with the next bytes or room. */
  async told(): Promise<void> {
    await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  #tell(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

/** Guests in the order in which they came. */
export class GuestList {
  readonly all: Guest[] = []
  #waiting: (() => void)[] = []

  take = (connection: Connection): ConnectionHandler => {
    const guest = new Guest(connection)
    this.all.push(guest)
    for (const resolve of this.#waiting.splice(0)) resolve()
    return guest
  }

  /** The guest with this number, once it is there. */
  async guest(index: number): Promise<Guest> {
    while (this.all.length <= index) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    return this.all[index]!
  }
}

export interface HttpDoor {
  server: Server
  port: number
  close(): Promise<void>
}

/** An HTTP server behind doors, answering every request with who asks. */
export async function openHttpDoor(doors: Doors, guests: GuestList, isSecure = false): Promise<HttpDoor> {
  const server = createServer((request, response) => {
    response.end(`${request.socket.remoteAddress} asks for ${request.url}`)
  })
  doors.guardHttp(server, isSecure, guests.take)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    server,
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const { connection } of guests.all) connection.destroy()
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

export const portOf = (address: string): number => Number(address.split(':').at(-1))
