// What the API is given: the parts of a running hub. serve.ts builds them; tests may bring others.
import type { Access } from '../access/access.ts'
import type { Candidate, CapturesOf } from '../converters/detect.ts'
import type { ListedKind } from '../converters/list-kinds.ts'
import type { Readings } from '../converters/readings.ts'
import type { HubDemo } from '../cli/hub-demo.ts'
import type { ShownOption } from '../config/shown.ts'
import type { adviseQos } from '../delivery/advice.ts'
import type { Delivery } from '../delivery/delivery.ts'
import type { HubShares } from '../delivery/hub-shares.ts'
import type { completenessOf, qualityAdvice } from '../delivery/quality.ts'
import type { Identity } from '../identity/identity.ts'
import type { Ingest } from '../ingest/contract.ts'
import type { Bridges } from '../integrations/bridge/bridges.ts'
import type { Integrations } from '../integrations/integrations.ts'
import type { Prover } from '../integrations/prover.ts'
import type { CommandRecord } from '../commands/command.ts'
import type { Commands } from '../commands/commands.ts'
import type { CommandWish } from '../commands/forms.ts'
import type { Scripts } from '../scripts/scripts.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { Live } from '../live/live.ts'
import type { Watching } from '../live/watching.ts'
import type { Message } from '../model/message.ts'
import type { aggregate } from '../storage/aggregate.ts'
import type { Store } from '../storage/store.ts'
import type { CertificateFacts } from '../transport/certificates.ts'
import type { aggregations } from './shapes.ts'

export type Aggregation = (typeof aggregations)[number]

export interface ApiLimits {
  httpBodyBytesMax: number
  liveWatchersMax: number
  /** How long a request may wait for the store to commit, milliseconds. */
  ackDeadlineMs: number
}

/** What is worked out from facts alone. */
export interface Rules {
  adviseQos: typeof adviseQos
  completenessOf: typeof completenessOf
  qualityAdvice: typeof qualityAdvice
}

export interface Addresses {
  mqtt: string
  mqtts: string | undefined
  http: string
  isHttps: boolean
}

export interface Settings {
  options: ShownOption[]
  certificates: CertificateFacts[]
}

export interface ApiParts {
  store: Store
  ingest: Ingest
  integrations: Pick<
    Integrations,
    | 'list'
    | 'get'
    | 'create'
    | 'replace'
    | 'remove'
    | 'targetFor'
    | 'targetForTopic'
    | 'preview'
    | 'tryBridge'
  >
  scripts: Scripts
  commands: Pick<Commands, 'list' | 'get' | 'cancel' | 'watch'> & {
    send(wish: CommandWish): Promise<CommandRecord>
  }
  bridges: Pick<Bridges, 'health'>
  converters: {
    list: () => ListedKind[]
    detect: (samples: readonly Message[], newReadings: () => Readings, capturesOf?: CapturesOf) => Candidate[]
  }
  access: Access
  delivery: Delivery
  watching: Watching
  prover: Pick<Prover, 'prove'>
  demo: Pick<HubDemo, 'start' | 'stop' | 'state'>
  rules: Rules
  /** Where the hub listens, host:port each. */
  addresses: () => Addresses
  /** Options and certificates, as people are shown them. */
  settings: () => Settings
  /** The figures of all hubs on this store. */
  shares: Pick<HubShares, 'total' | 'ofIntegration'>
  live: Pick<Live, 'watch'>
  identity: Identity
  /** Reduces each interval of a series to one point, standing at the start of the interval. */
  aggregate: typeof aggregate
  /** Readings that are tried out and then forgotten. */
  newReadings: () => Readings
  clock: Clock
  log: Log
  limits: ApiLimits
  version: string
  /** Whether payloads are hidden from whoever may only read. */
  hidesPayloads: boolean
  /** Where the built portal is; undefined when it was not built. */
  portalFolder?: string | undefined
  /** Sentences about what keeps messages from being taken and stored; empty when nothing does. */
  notReady: () => string[]
  /** MQTT connections at this moment. */
  openConnections: () => number
  /** Connections that were refused before they said anything, by reason. */
  refusedConnections: () => ReadonlyMap<string, number>
  /** How often somebody has come to a limit of the broker, by its name. */
  limitsReached: () => ReadonlyMap<string, number>
}
