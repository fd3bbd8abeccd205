// Where sessions are fuzzed: the real broker and ingest in this process, over connections without sockets, with
// time that the fuzzer moves on, and one honest client that publishes at QoS 1 meanwhile.
import assert from 'node:assert/strict'
import { createConverter } from '../../src/converters/create-converter.ts'
import { Decoder } from '../../src/mqtt/decoder.ts'
import type { ProtocolVersion } from '../../src/mqtt/packet.ts'
import { createMemoryStore } from '../../src/storage/memory.ts'
import type { Batch, Commit, RunTally, Store } from '../../src/storage/store.ts'
import type { Connection } from '../../src/transport/connection.ts'
import { openHouse, type House, type TestClient } from '../broker-house.ts'
import { turn } from '../held-store.ts'
import type { FuzzSession } from './sessions.ts'

/** Small, so that sessions come to them. */
const limits = {
  packetBytesMax: 64 * 1024,
  retainedMessagesMax: 50,
  subscriptionsPerSessionMax: 12,
  queueMessagesMax: 100,
  queueInMemoryMax: 10,
  outgoingBytesMax: 16 * 1024,
  sessionsMax: 60,
  rememberedSessionsMax: 10,
  sessionExpiryMaxS: 3600,
}

export interface Arena {
  house: House
  /** Everything of a session, in chunks; then its end. Resolves with the share of the bytes that the broker took
   *  before it ended the connection. */
  run(session: FuzzSession, chunks: readonly Buffer[]): Promise<number>
  /** The honest client publishes and waits; milliseconds until its PUBACK. */
  askNeighbour(): Promise<number>
  close(): Promise<void>
}

export async function openArena(): Promise<Arena> {
  const house = await openHouse({
    limits,
    store: forgetful(createMemoryStore()),
    converter: createConverter({ type: 'json' }),
  })
  house.store.letThrough()
  let neighbour: TestClient | undefined
  let sequence = 0
  return {
    house,
    async run(session, chunks) {
      const connection = new FuzzConnection(session.version)
      const handler = house.broker.attach(connection)
      let taken = 0
      for (const [index, chunk] of chunks.entries()) {
        if (connection.isOver) break
        handler.bytes(chunk)
        taken += chunk.length
        // What was answered by then, and what a commit brings later, are both worth meeting.
        if (index % 16 === 15) await turn()
      }
      await turn()
      connection.check()
      if (!connection.isOver) handler.closed(new Error('reset'))
      return (
        taken /
        Math.max(
          1,
          chunks.reduce((sum, { length }) => sum + length, 0),
        )
      )
    },
    async askNeighbour() {
      neighbour ??= await house.connect({ clientId: 'neighbour', cleanStart: true })
      const started = performance.now()
      neighbour.publish('t/neighbour', '{"v":1,"ts":1764000000000000}', {
        qos: 1,
        packetId: 1 + (sequence++ % 65_535),
      })
      while (!neighbour.packets.some(({ type }) => type === 'puback')) {
        assert.ok(!neighbour.isEnded, 'the honest neighbour is not disconnected')
        assert.ok(performance.now() - started < 10_000, 'the honest neighbour is answered')
        await turn()
      }
      neighbour.packets.length = 0
      return performance.now() - started
    },
    async close() {
      neighbour?.lose()
      await turn()
      assert.equal(house.broker.links.size, 0, 'no connection is left over')
      const { messages, bytes } = house.broker.queued
      const counted = [...house.broker.sessions.all()].reduce((sum, { queued }) => sum + queued, 0)
      assert.ok(messages >= 0 && bytes >= 0, `${messages} messages and ${bytes} bytes are counted as queued`)
      assert.ok(messages >= counted, `${counted} messages are queued, ${messages} counted`)
      await house.stop()
    },
  }
}

/** A client that reads what the broker writes only to see that it is MQTT. */
class FuzzConnection implements Connection {
  readonly remote = 'fuzz:1'
  readonly isSecure = false
  readonly bufferedBytes = 0
  isOver = false
  /** A spoilt CONNECT may ask for another version: the first bytes tell which is spoken. */
  #decoders: Decoder[]
  #failure: Error | undefined

  constructor(version: ProtocolVersion) {
    this.#decoders = [version, 4 as const, 5 as const].map(
      (protocolVersion) => new Decoder({ packetBytesMax: 1 << 20, side: 'client', protocolVersion }),
    )
  }

  /** Throws what was wrong with the broker's bytes. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure
  }

  write(bytes: Uint8Array): boolean {
    assert.ok(!this.isOver, 'nothing is written after the end')
    const fit = this.#decoders.find((decoder) => {
      try {
        decoder.push(Buffer.from(bytes), () => undefined)
        return true
      } catch (error) {
        this.#failure ??= error instanceof Error ? error : new Error(String(error))
        return false
      }
    })
    if (fit !== undefined) {
      this.#decoders = [fit]
      this.#failure = undefined
    }
    return true
  }

  pause(): void {
    // Bytes come all the same, as those do that were on their way.
  }

  resume(): void {
    // See pause.
  }

  end(): void {
    this.isOver = true
  }

  destroy(): void {
    this.isOver = true
  }
}

const noTally: RunTally = { fresh: 0, sameValue: 0, overwritten: 0, ignored: 0, late: 0 }

/** A store that keeps sessions, queues and retained messages, and forgets readings: what grows is then a leak. */
function forgetful(inner: Store): Store {
  return new Proxy(inner, {
    get(target, name) {
      if (name === 'commit') {
        return async (batch: Batch): Promise<Commit> => {
          const commit = await target.commit({ ...batch, runs: [], rejected: [] })
          const tallies = batch.runs.map(({ ts }) => ({ ...noTally, sameValue: ts.length }))
          return { ...commit, tallies: Promise.resolve(tallies) }
        }
      }
      const member: unknown = Reflect.get(target, name, target)
      return typeof member === 'function' ? (member.bind(target) as unknown) : member
    },
  })
}
