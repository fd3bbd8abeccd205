// Bridges in this process, between a store that the test holds and a broker that does what the test says.
import type { TestContext } from 'node:test'
import { Delivery } from '../../src/delivery/delivery.ts'
import { createIngest, ingestLimitsDefault, type IngestLimits } from '../../src/ingest/ingest.ts'
import { Bridges } from '../../src/integrations/bridge/bridges.ts'
import { Conversations } from '../../src/integrations/conversations.ts'
import type { IntegrationDraft, IntegrationRecord } from '../../src/integrations/integration.ts'
import { completeRecord } from '../../src/integrations/record.ts'
import { systemClock, type Clock } from '../../src/lib/clock.ts'
import { silentLog as log } from '../../src/lib/log.ts'
import type { Packet, PublishPacket } from '../../src/mqtt/packet.ts'
import { createMemoryStore } from '../../src/storage/memory.ts'
import type { Store } from '../../src/storage/store.ts'
import { holdStore, type HeldStore } from '../held-store.ts'
import type { ScriptedBroker, Peer } from '../scripted-broker.ts'

export interface BridgeHouse {
  bridges: Bridges
  store: HeldStore
  delivery: Delivery
  record(draft?: Partial<IntegrationDraft>): IntegrationRecord
  /** Connects, and answers SUBSCRIBE with what was asked for. */
  attach(record?: IntegrationRecord, sessionPresent?: boolean): Promise<Peer>
  /** Answers the next connection and its SUBSCRIBE. */
  answer(sessionPresent?: boolean): Promise<Peer>
  rows(device: string): Promise<{ ts: number; value: unknown }[]>
  /** As SIGKILL would: nothing that this house does later has an effect on the next. */
  crash(): Promise<BridgeHouse>
}

export async function openBridgeHouse(
  t: TestContext,
  broker: ScriptedBroker,
  options: {
    inner?: Store
    limits?: Partial<IngestLimits>
    version?: 4 | 5
    clock?: Clock
    hub?: string
  } = {},
): Promise<BridgeHouse> {
  const { inner = createMemoryStore(), limits = {}, version = 5, clock = systemClock, hub } = options
  const store = holdStore(inner)
  const delivery = new Delivery(clock)
  const onFatal = (error: unknown): never => {
    throw error
  }
  const ingest = await createIngest({
    ...{ store, delivery, clock, log, onFatal, onStored: () => undefined },
    router: { route: () => ({ targets: [] }) },
    limits: { ...ingestLimitsDefault, retryFirstMs: 1, retryMaxMs: 2, ...limits },
  })
  const conversations = await Conversations.load({ store, ingest, clock, log, publish: () => undefined })
  const bridges = new Bridges({
    ...{ store, ingest, clock, log, hub, onFatal },
    conversations: () => conversations,
  })
  t.after(() => {
    store.letThrough()
    return Promise.all([store.release(), bridges.close()])
  })
  const record = (draft: Partial<IntegrationDraft> = {}): IntegrationRecord =>
    completeRecord(
      {
        ...{
          name: 'B',
          kind: 'bridge',
          topics: [{ filter: 'b/{device}', qos: 2 }],
          converter: { type: 'json' },
        },
        connection: {
          ...{ url: `mqtt://127.0.0.1:${broker.port}`, clientId: 'bridge', protocolVersion: version },
          ...draft.connection,
        },
        ...withoutConnection(draft),
      },
      { id: 'b', isManaged: false, createdAt: '', updatedAt: '' },
    )
  const answer = async (sessionPresent = false): Promise<Peer> => {
    const { peer } = await broker.connected({ sessionPresent })
    const { packetId, subscriptions } = await peer.expect('subscribe')
    peer.send({ type: 'suback', packetId, reasonCodes: subscriptions.map(({ qos }) => qos) })
    return peer
  }
  return {
    ...{ bridges, store, delivery, record, answer },
    attach(wanted = record(), sessionPresent = false) {
      bridges.apply(wanted)
      return answer(sessionPresent)
    },
    async rows(device) {
      const rows: { ts: number; value: unknown }[] = []
      const range = { startTs: 0, endTs: 8e15, order: 'asc' } as const
      for await (const { ts, values, count } of inner.query({ device, key: 'v', ...range })) {
        for (let i = 0; i < count; i++) rows.push({ ts: ts[i]!, value: values[i] })
      }
      return rows
    },
    crash: () => openBridgeHouse(t, broker, { ...options, inner }),
  }
}

function withoutConnection({ connection: _connection, ...rest }: Partial<IntegrationDraft>) {
  return rest
}

export function publish(
  topic: string,
  payload: string,
  qos: 0 | 1 | 2,
  packetId: number,
  more: Partial<PublishPacket> = {},
): Packet {
  const source = Buffer.from(payload)
  return {
    ...{ type: 'publish', topic, source, payloadStart: 0, payloadEnd: source.length, qos, packetId },
    ...{ retain: false, dup: false, properties: undefined },
    ...more,
  }
}
