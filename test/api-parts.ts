// A whole hub without sockets for tests of the HTTP API: real ingest, integrations, delivery and live on
// the memory store, which a test may hold back or let fail.
import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { Access } from '../src/access/access.ts'
import type { AccessConfig } from '../src/access/declared.ts'
import type { ApiParts } from '../src/api/parts.ts'
import { createApi } from '../src/api/server.ts'
import { detectConverters } from '../src/converters/detect.ts'
import { namesDevices } from '../src/converters/kinds.ts'
import { listKinds } from '../src/converters/list-kinds.ts'
import { Readings } from '../src/converters/readings.ts'
import { adviseQos } from '../src/delivery/advice.ts'
import { completenessOf, qualityAdvice } from '../src/delivery/quality.ts'
import { Delivery } from '../src/delivery/delivery.ts'
import { HubShares } from '../src/delivery/hub-shares.ts'
import { Identity } from '../src/identity/identity.ts'
import { createIngest, ingestLimitsDefault, type GroupIngest } from '../src/ingest/ingest.ts'
import { Bridges } from '../src/integrations/bridge/bridges.ts'
import { Conversations } from '../src/integrations/conversations.ts'
import { Integrations } from '../src/integrations/integrations.ts'
import { TopicRouter } from '../src/integrations/router.ts'
import { systemClock, type Clock } from '../src/lib/clock.ts'
import { silentLog } from '../src/lib/log.ts'
import { Live } from '../src/live/live.ts'
import { Watching } from '../src/live/watching.ts'
import type { Message } from '../src/model/message.ts'
import type { Value } from '../src/model/reading.ts'
import { ScriptPool } from '../src/scripts/pool.ts'
import { Scripts } from '../src/scripts/scripts.ts'
import { openCommands, type DownParts } from '../src/serve-commands.ts'
import { aggregate } from '../src/storage/aggregate.ts'
import { createMemoryStore } from '../src/storage/memory.ts'
import { holdStore, type HeldStore } from './held-store.ts'

export const apiToken = 'the-token-of-the-tests'

export interface TestHub {
  api: FastifyInstance
  parts: ApiParts
  store: HeldStore
  ingest: GroupIngest
  identity: Identity
  /** Publishes a message as a device would, and waits until it is stored. */
  publish(topic: string, payload: string | Buffer, device?: string): Promise<void>
  /** Stores one run of readings; times in microseconds. */
  put(device: string, key: string, ts: number[], values: Value[]): Promise<void>
}

export interface TestHubOptions {
  clock?: Clock
  limits?: Partial<ApiParts['limits']>
  adminToken?: string | undefined
  hasNewSetupCode?: boolean
  isAnonymousAllowed?: boolean
  hidesPayloads?: boolean
  access?: Partial<AccessConfig>
  messagesPerSecondMax?: number
  /** An earlier hub's store, to start again on. */
  store?: HeldStore
}

const noAccessConfig: AccessConfig = { devices: [], accounts: [], roles: [], provisioningRules: [], bans: [] }

export async function createTestHub(options: TestHubOptions = {}): Promise<TestHub> {
  const { clock = systemClock, store = holdStore(createMemoryStore()) } = options
  store.letThrough()
  const router = new TopicRouter()
  const delivery = new Delivery(clock)
  const live = new Live()
  const ingest = await createIngest({
    store,
    router,
    delivery,
    clock,
    log: silentLog,
    limits: { ...ingestLimitsDefault, retryFirstMs: 1, retryMaxMs: 5 },
    onStored: (runs) => live.stored(runs),
    onFatal: (error) => {
      throw error
    },
  })
  const limits = {
    httpBodyBytesMax: 1_048_576,
    liveWatchersMax: 3,
    ackDeadlineMs: 5_000,
    ...options.limits,
  }
  const adminToken = 'adminToken' in options ? options.adminToken : apiToken
  const hasNewSetupCode = options.hasNewSetupCode ?? false
  const identity = await Identity.load({ store, ingest, clock, log: silentLog, adminToken, hasNewSetupCode })
  const conversations = await Conversations.load({
    ...{ store, ingest, clock, log: silentLog },
    publish: () => undefined,
  })
  const bridges = new Bridges({
    ...{ store, ingest, clock, log: silentLog, conversations: () => conversations },
    onFatal: (error) => {
      throw error
    },
  })
  const pool = new ScriptPool({ clock, log: silentLog, threads: 2 })
  const scripts = await Scripts.load({ store, ingest, clock, pool })
  const down: DownParts = { broker: undefined, bridges, integrations: undefined }
  const lastIntegrationOf = (device: string) => delivery.lastIntegrationOf(device)
  const commands = await openCommands({ store, ingest, clock, scripts, lastIntegrationOf }, down)
  const integrations = await Integrations.load({
    ...{ store, ingest, router, conversations, bridges, scripts, clock, declared: [] },
    onChange: () => access.integrationsChanged(),
  })
  down.integrations = integrations
  const access = await Access.load({
    ...{ store, ingest, clock, log: silentLog },
    isAnonymousAllowed: options.isAnonymousAllowed ?? true,
    config: { ...noAccessConfig, ...options.access },
    messagesPerSecondMax: options.messagesPerSecondMax ?? 0,
    connectsPerSecondMax: 0,
    integrations: () =>
      integrations.list().map(({ topics, converter }) => ({
        filters: topics.map(({ filter }) => filter),
        namesDevices: namesDevices(converter),
      })),
  })
  const parts: ApiParts = {
    store,
    ingest,
    bridges,
    integrations,
    scripts,
    commands,
    access,
    delivery,
    shares: await HubShares.load(delivery, store, clock, 'hub'),
    live,
    watching: new Watching(delivery, clock, randomUUID),
    prover: { prove: () => Promise.reject(new Error('nothing listens here')) },
    demo: {
      start: () => undefined,
      stop: () => Promise.resolve(),
      state: { isRunning: false, messages: 0, readings: 0, failure: null },
    },
    rules: { adviseQos, completenessOf, qualityAdvice },
    addresses: () => ({ mqtt: '127.0.0.1:1883', mqtts: undefined, http: '127.0.0.1:8080', isHttps: false }),
    settings: () => ({ options: [], certificates: [] }),
    hidesPayloads: options.hidesPayloads ?? false,
    identity,
    aggregate,
    converters: { list: listKinds, detect: detectConverters },
    newReadings: () => new Readings(),
    clock,
    log: silentLog,
    limits,
    version: '0.1.0',
    notReady: () => (ingest.stalledMs() > 0 ? ['The store has not finished a commit.'] : []),
    openConnections: () => 0,
    refusedConnections: () => new Map([['tls', 2]]),
    limitsReached: () => new Map([['packetBytesMax', 3]]),
  }
  let ticket = 1_000_000
  return {
    api: createApi(parts),
    parts,
    store,
    ingest,
    identity,
    async publish(topic, payload, device = 'd1') {
      const { ticket: waitsFor } = ingest.accept(messageOf(topic, Buffer.from(payload), device, clock))
      await ingest.stored(waitsFor)
    },
    async put(device, key, ts, values) {
      const run = { device, key, integration: 'device-api', duplicates: 'overwrite' as const, ts, values }
      const closedTs = clock.nowUs()
      const batch = { ticket: ++ticket, runs: [run], rejected: [], resolvedRejected: [], state: [], closedTs }
      await store.commit(batch)
    },
  }
}

function messageOf(topic: string, source: Buffer, device: string, clock: Clock): Message {
  return {
    topic,
    source,
    payloadStart: 0,
    payloadEnd: source.length,
    qos: 1,
    retain: false,
    dup: false,
    device,
    clientId: device,
    receivedTs: clock.nowUs(),
    decidedTs: 0,
    properties: undefined,
  }
}
