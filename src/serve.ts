// Builds the house, starts it, and takes it down in reverse order. The only file that knows every module.
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { Access, type AccessOptions } from './access/access.ts'
import { admitOwn, admitProof } from './access/own-clients.ts'
import type { IntegrationTopics } from './access/roles.ts'
import type { Addresses } from './api/parts.ts'
import { createApi } from './api/server.ts'
import { builtPortal } from './api/static.ts'
import { createBroker, type Broker } from './broker/broker.ts'
import { brokerLimitsDefault } from './broker/limits.ts'
import { announce } from './cli/announce.ts'
import { demoName, HubDemo } from './cli/hub-demo.ts'
import { isLoopback, type LoadedConfig } from './config/load.ts'
import type { Config } from './config/schema.ts'
import { shownOptions } from './config/shown.ts'
import { mqttsPortDefault } from './config/transport.ts'
import { detectConverters } from './converters/detect.ts'
import { namesDevices } from './converters/kinds.ts'
import { listKinds } from './converters/list-kinds.ts'
import { Readings } from './converters/readings.ts'
import { adviseQos } from './delivery/advice.ts'
import { asFaultOfTheFile, declaredIntegrations } from './declared.ts'
import { Delivery } from './delivery/delivery.ts'
import { HubShares } from './delivery/hub-shares.ts'
import { completenessOf, qualityAdvice } from './delivery/quality.ts'
import { AckstoneError } from './errors.ts'
import { Identity } from './identity/identity.ts'
import { LastHeard } from './commands/last-heard.ts'
import { createIngest, ingestLimitsDefault, type GroupIngest } from './ingest/ingest.ts'
import { Bridges } from './integrations/bridge/bridges.ts'
import { Conversations } from './integrations/conversations.ts'
import { deviceApiId } from './integrations/device-api.ts'
import { Prover } from './integrations/prover.ts'
import { Integrations } from './integrations/integrations.ts'
import { TopicRouter } from './integrations/router.ts'
import { AddressList } from './lib/addresses.ts'
import { systemClock as clock } from './lib/clock.ts'
import type { Log } from './lib/log.ts'
import { createLog } from './lib/pino-log.ts'
import { Live } from './live/live.ts'
import { Watching } from './live/watching.ts'
import { ScriptPool } from './scripts/pool.ts'
import { Scripts } from './scripts/scripts.ts'
import { downDesk, openCommands, type DownParts, type PlannedCommands } from './serve-commands.ts'
import { observe } from './serve-observer.ts'
import { aggregate } from './storage/aggregate.ts'
import { storageConfig } from './storage/config.ts'
import { refuseUnfinishedMove } from './storage/move/mark.ts'
import { openStorage } from './storage/open.ts'
import type { Store } from './storage/store.ts'
import type { OnConnection } from './transport/tcp.ts'
import { Doors } from './transport/doors.ts'

/** A running hub. */
export interface Serving {
  demo: HubDemo
  /** Answers what is stored, stores what is there, and lets the folder go. */
  stop(): Promise<void>
}

/** How long the last batch may take when the hub is told to stop. */
const lastCommitWaitMs = 3_000

/** Starts the hub. What was started is stopped again when a later part can't start.
 *  @throws STORE_*, ADDRESS_IN_USE, CONFIG_INVALID … as AckstoneError. */
export async function serve(loaded: LoadedConfig): Promise<Serving> {
  const started: Started = []
  const stop = async (): Promise<void> => {
    for (const end of started.splice(0).toReversed()) await end()
  }
  try {
    return await start(loaded, started, stop)
  } catch (error) {
    await stop()
    throw error
  }
}

/** What stands before anything listens. */
interface House {
  config: Config
  log: Log
  folder: string
  store: Store
  delivery: Delivery
  shares: HubShares
  live: Live
  ingest: GroupIngest
  bridges: Bridges
  integrations: Integrations
  scripts: Scripts
  commands: PlannedCommands
  access: Access
  watching: Watching
  prover: Prover
  /** Where the hub listens, once it does. */
  places: Addresses
  /** MQTT connections at this moment. */
  connections: { open: number }
  down: DownParts
}

type Started = (() => Promise<void>)[]

async function start(loaded: LoadedConfig, started: Started, stop: () => Promise<void>): Promise<Serving> {
  const house = await openHouse(loaded, started)
  const { config, store, integrations, scripts, access, folder } = house
  let httpClosed: Promise<void> | undefined
  // The HTTP server is closed when the broker has ended the web sockets on it.
  started.push(async () => httpClosed)
  const demo = new HubDemo({
    address: () => house.places.mqtt,
    newSecret: randomUUID,
    stderr: process.stderr,
  })
  const broker = await openBroker(house, demo)
  house.down.broker = broker
  started.push(() => broker.close())
  await access.attach(broker)
  const doors = openDoors(loaded, house.log)
  started.push(async () => doors.close())
  const addresses = await listenMqtt(config, doors, started, (connection) => broker.attach(connection))

  const { adminToken, newSetupCode: hasNewSetupCode } = config
  const { ingest, log } = house
  const identity = await Identity.load({ store, ingest, clock, log, adminToken, hasNewSetupCode })
  store.watchRegistry?.(async () => {
    await Promise.all([scripts.refresh(), identity.refresh()])
    await integrations.refresh()
    await access.refresh()
  })
  const api = openApi(house, { loaded, broker, doors, identity, demo })
  started.push(async () => void (httpClosed = api.close()))
  const isHttps = config.httpsEnabled ?? config.tls.cert !== undefined
  doors.guardHttp(api.server, isHttps, (connection) => broker.attach(connection))
  const httpAddress = await listenHttp(api, config.host, config.httpPort)
  Object.assign(house.places, { ...addresses, http: httpAddress, isHttps })
  started.push(reloadOnHangup(doors))
  started.push(() => demo.stop())
  const { setupCode } = identity
  announce({ ...addresses, http: httpAddress, isHttps, folder, setupCode, isOpen: isOpen(config) })
  return { demo, stop }
}

async function openHouse(loaded: LoadedConfig, started: Started): Promise<House> {
  const declared = declaredIntegrations(loaded)
  const config = loaded.values
  const log = openLog(loaded)
  const folder = resolve(config.dataDir)
  const store = await openStorage(storageConfig(config, clock, log))
  started.push(() => store.close())
  await refuseUnfinishedMove(store, folder)

  const delivery = new Delivery(clock)
  const shares = await HubShares.load(delivery, store, clock, randomUUID())
  const live = new Live()
  const router = new TopicRouter()
  const heard = await LastHeard.load({
    ...{ store, ingest: () => ingest, isBridge: (id) => down.bridges?.has(id) === true },
  })
  const down: DownParts = { broker: undefined, bridges: undefined, integrations: undefined }
  const ingest: GroupIngest = await createIngest({
    ...{ store, router, delivery, clock, log },
    limits: { ...ingestLimitsDefault, clockAheadMaxMs: config.clockAheadMaxMs },
    onStored: (runs) => {
      live.stored(runs)
      heard.stored(runs)
    },
    onFatal: (error) => stopProcess(error, log),
  })
  started.push(() => ingest.close(lastCommitWaitMs))
  shares.start(() => ingest.open())
  started.push(async () => shares.stop(() => ingest.open()))
  const scripts = await openScripts({ store, ingest, log }, started)
  const lastIntegrationOf = (device: string) => delivery.lastIntegrationOf(device) ?? heard.of(device)
  shares.keepId(() => ingest.open())
  const hub = store.watchRegistry === undefined ? undefined : shares.hubId
  const commands = await openCommands({ store, ingest, clock, scripts, lastIntegrationOf }, down, hub)
  started.push(async () => commands.commands.close())
  const conversations = await Conversations.load({
    ...{ store, ingest, clock, log },
    publish: (integration, { topic, payload }) => {
      if (!bridges.has(integration)) down.broker?.announce(topic, payload)
      else publishLightly(bridges, integration, topic, payload)
    },
  })
  const bridges = new Bridges({
    ...{ store, ingest, clock, log, scripts, hub, conversations: () => conversations },
    desk: downDesk(() => commands.commands, clock),
    onFatal: (error) => stopProcess(error, log),
  })
  down.bridges = bridges
  started.push(() => bridges.close())
  const integrations = await Integrations.load({
    ...{ store, ingest, router, conversations, bridges, scripts, clock, declared },
    onChange: () => access.integrationsChanged(),
  })
  down.integrations = integrations
  const access = await loadAccess(config, integrations, { store, ingest, clock, log })
  const connections = { open: 0 }
  const watching = new Watching(delivery, clock, randomUUID)
  watching.history.start()
  started.push(async () => watching.history.stop())
  const places: House['places'] = { mqtt: '', mqtts: undefined, http: '', isHttps: false }
  const prover = new Prover({
    ...{ store, ingest, router, clock, newSecret: randomUUID, address: () => places.mqtt },
    watch: (device, onStored) => live.watch({ devices: new Set([device]) }, onStored),
    forgetFigures: (integration) => delivery.forgetIntegration(integration),
  })
  return {
    ...{ config, log, folder, store, delivery, shares, live, ingest, bridges },
    ...{ integrations, scripts, commands, access, connections, down, watching, prover, places },
  }
}

function openScripts(
  { store, ingest, log }: Pick<House, 'store' | 'ingest' | 'log'>,
  started: Started,
): Promise<Scripts> {
  const pool = new ScriptPool({ clock, log, threads: Math.max(2, availableParallelism() - 1) })
  started.push(() => pool.close())
  return Scripts.load({ store, ingest, clock, pool })
}

/** A converter's request at QoS 0: where the broker can't take it now, the converter asks again some day. */
function publishLightly(bridges: Bridges, integration: string, topic: string, payload: Uint8Array): void {
  bridges.publish(integration, topic, payload, 0).catch((error: unknown) => {
    if (!(error instanceof AckstoneError)) throw error
  })
}

function openBroker(house: House, demo: HubDemo): Promise<Broker> {
  const { config, log, store, ingest, access, prover } = house
  return createBroker({
    ...{ store, ingest, clock, log },
    version: packageVersion(),
    authenticate: (connect, connection) =>
      admitProof(prover.pass, connect) ??
      admitOwn(demoName, demo.pass, connect) ??
      access.login.authenticate(connect, connection),
    beginExchange: access.login.beginExchange,
    mayOpen: access.mayOpen,
    answers: house.commands.commands,
    observer: observe(house),
    limits: { ...brokerLimitsDefault, ...config.limits, ackDeadlineMs: config.ackDeadlineMs },
  })
}

interface Rim {
  loaded: LoadedConfig
  broker: Broker
  doors: Doors
  identity: Identity
  demo: HubDemo
}

function openApi(house: House, { loaded, broker, doors, identity, demo }: Rim): ReturnType<typeof createApi> {
  const { config, log, store, delivery, shares, live, ingest, connections } = house
  const { bridges, integrations, scripts, commands, access, watching, prover, places } = house
  return createApi({
    ...{ store, ingest, bridges, integrations, access, delivery, shares, live, watching, identity },
    ...{ scripts, commands, prover, demo, aggregate, clock, log },
    rules: { adviseQos, completenessOf, qualityAdvice },
    addresses: () => places,
    settings: () => ({
      options: shownOptions(loaded),
      certificates: doors.certificateFacts(clock.nowUs() / 1000),
    }),
    hidesPayloads: config.privacy.payloads === 'hide',
    converters: { list: listKinds, detect: detectConverters },
    newReadings: () => new Readings(config.clockAheadMaxMs),
    limits: { ...config.limits, ackDeadlineMs: config.ackDeadlineMs },
    version: packageVersion(),
    portalFolder: builtPortal(),
    notReady: () => whatIsMissing(store, ingest),
    openConnections: () => connections.open,
    refusedConnections: () => doors.refused,
    limitsReached: () => new Map<string, number>([...broker.reached.counts, ...access.reached.counts]),
  })
}

/** Whether clients get in without credentials. */
function isOpen({ allowAnonymous, host }: Pick<Config, 'allowAnonymous' | 'host'>): boolean {
  return allowAnonymous ?? isLoopback(host)
}

/** Who may connect: what the file declares and the registry holds. */
function loadAccess(
  { access, allowAnonymous, host }: Config,
  integrations: Integrations,
  parts: Pick<AccessOptions, 'store' | 'ingest' | 'clock' | 'log'>,
): Promise<Access> {
  return Access.load({
    ...parts,
    isAnonymousAllowed: isOpen({ allowAnonymous, host }),
    config: access,
    messagesPerSecondMax: access.messagesPerSecondMax,
    connectsPerSecondMax: access.connectsPerSecondMax,
    integrations: () => topicsOf(integrations),
  }).catch((error: unknown) => {
    throw asFaultOfTheFile(error)
  })
}

/** Which topics devices may use because an integration takes them. */
function topicsOf(integrations: Integrations): IntegrationTopics[] {
  return integrations
    .list()
    .filter(({ isEnabled, id, kind }) => isEnabled && id !== deviceApiId && kind === 'direct')
    .map(({ topics, converter, downlink: { topic, responseTopic } = {} }) => ({
      filters: [...topics.map(({ filter }) => filter), topic ?? [], responseTopic ?? []].flat(),
      namesDevices: namesDevices(converter),
    }))
}

function openLog(loaded: LoadedConfig): Log {
  const { logLevel, logFormat } = loaded.values
  const format = logFormat === 'auto' ? (process.stderr.isTTY ? 'text' : 'json') : logFormat
  return createLog({ level: logLevel, format })
}

/** An assertion failed: stopping is safe, because nothing unacknowledged was promised. */
function stopProcess(error: unknown, log: Log): void {
  log.error('stopping: the hub is wrong about its own state', {
    error: error instanceof Error ? (error.stack ?? error.message) : String(error),
  })
  process.exit(1)
}

function openDoors(loaded: LoadedConfig, log: Log): Doors {
  const { limits, tls, proxyProtocol, webSocketOrigins } = loaded.values
  const { cert, key = [], ca, minVersion } = tls
  return new Doors({
    limits,
    countsLoopback: loaded.origin('limits.connectionsPerAddressMax').source !== 'default',
    certificates: cert === undefined ? undefined : { cert, key, ca, minVersion },
    clientCertificates: tls.clientCertificate,
    behindBalancer: proxyProtocol.listeners,
    balancers: new AddressList(proxyProtocol.trustedAddresses),
    webSocketOrigins,
    log,
  })
}

/** Listens for MQTT, and with certificates for MQTT over TLS. */
async function listenMqtt(
  { host, mqttPort, mqttsPort = mqttsPortDefault, tls }: LoadedConfig['values'],
  doors: Doors,
  started: Started,
  onConnection: OnConnection,
): Promise<{ mqtt: string; mqtts: string | undefined }> {
  const mqtt = await doors.listen('mqtt', host, mqttPort, onConnection)
  started.push(() => mqtt.close())
  if (tls.cert === undefined) return { mqtt: mqtt.address, mqtts: undefined }
  const mqtts = await doors.listen('mqtts', host, mqttsPort, onConnection)
  started.push(() => mqtts.close())
  return { mqtt: mqtt.address, mqtts: mqtts.address }
}

/** SIGHUP, which services use for it, reads the certificates anew; returns what ends that. */
function reloadOnHangup(doors: Doors): () => Promise<void> {
  const reload = (): void => doors.reload()
  process.on('SIGHUP', reload)
  return async () => void process.off('SIGHUP', reload)
}

async function listenHttp(api: ReturnType<typeof createApi>, host: string, port: number): Promise<string> {
  try {
    await api.listen({ host, port })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE') throw new AckstoneError('ADDRESS_IN_USE', { host, port }, error)
    throw new AckstoneError('ADDRESS_UNUSABLE', { host, port, cause: code ?? String(error) }, error)
  }
  const address = api.server.address() as AddressInfo
  return `${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`
}

/** Full sentences; none when the hub takes messages. */
function whatIsMissing(store: Store, ingest: GroupIngest): string[] {
  const health = store.health()
  const missing = health.isWritable ? [] : [health.sentence]
  const stalledMs = ingest.stalledMs()
  if (health.isWritable && stalledMs > 0) {
    missing.push(
      `A commit has been under way for ${Math.round(stalledMs)} ms; nothing is acknowledged meanwhile.`,
    )
  }
  return missing
}

function packageVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
