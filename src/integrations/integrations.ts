// The integrations of this hub: kept in the registry, changed one at a time, routed as soon as a change
// is stored.
import { createConverter } from '../converters/create-converter.ts'
import type { Converter, TopicCaptures } from '../converters/converter.ts'
import { ScratchConversation } from '../converters/scratch-conversation.ts'
import type { ScriptTools } from '../converters/script/script-kind.ts'
import { AckstoneError, type FieldError } from '../errors.ts'
import type { Ingest, RouteTarget } from '../ingest/contract.ts'
import type { Examination } from '../client/examination.ts'
import { Changes } from '../lib/changes.ts'
import type { Clock } from '../lib/clock.ts'
import type { ListenedConversion, ListenedMessage } from '../lib/listening.ts'
import type { Store } from '../storage/store.ts'
import type { Bridges } from './bridge/bridges.ts'
import { addressOf, type BridgeConnection } from './bridge/connection.ts'
import { tryBridge } from './bridge/try-bridge.ts'
import type { Conversations } from './conversations.ts'
import { deviceApiId, deviceApiRecord, httpIngestConverter } from './device-api.ts'
import { deviceApiEndpoints, endpointsOf } from './direct.ts'
import { checkDraft } from './draft.ts'
import {
  integrationsMax,
  type ConverterSpec,
  type IntegrationDraft,
  type IntegrationRecord,
} from './integration.ts'
import { completeRecord, idFrom, newClientId } from './record.ts'
import { targetOf, TopicRouter } from './router.ts'
import { matches } from '../mqtt/topic.ts'

const keyPrefix = 'integration/'

export interface IntegrationsOptions {
  store: Store
  ingest: Ingest
  router: TopicRouter
  /** What converters remember. */
  conversations: Conversations
  bridges: Pick<Bridges, 'apply' | 'remove'>
  /** What runs scripts; undefined: nothing does. */
  scripts?: ScriptTools & { faultsOf(spec: ConverterSpec): Promise<FieldError[]> }
  clock: Clock
  /** Declared in ackstone.yaml: taken anew at each start, not changeable over the API. */
  declared: readonly IntegrationDraft[]
  /** After each change of what is routed. */
  onChange?: () => void
}

export class Integrations {
  readonly #options: IntegrationsOptions
  readonly #records = new Map<string, IntegrationRecord>()
  /** Converters of what comes without a topic, by the record they were made for. */
  readonly #topicless = new WeakMap<IntegrationRecord, Converter>()
  /** Changes wait for one another, so that two of them can't take the same name. */
  readonly #changes = new Changes()

  private constructor(options: IntegrationsOptions) {
    this.#options = options
  }

  /** Reads the registry and starts routing.
   *  @throws INTEGRATION_INVALID for a declared integration that can't work. */
  static async load(options: IntegrationsOptions): Promise<Integrations> {
    const integrations = new Integrations(options)
    await integrations.#load()
    return integrations
  }

  async #load(): Promise<void> {
    const { store, router, declared, conversations } = this.#options
    const now = this.#now()
    this.#records.set(deviceApiId, deviceApiRecord(now))
    router.replace(deviceApiId, deviceApiEndpoints(conversations.of(deviceApiId)))
    for await (const { value } of store.stateScan('registry', keyPrefix)) {
      this.#apply(JSON.parse(Buffer.from(value).toString('utf8')) as IntegrationRecord)
    }
    for (const draft of declared) {
      checkDraft(draft)
      this.#checkName(draft.name, undefined)
      const id = idFrom(draft.name, (taken) => this.#records.has(taken))
      const clientId = draft.kind === 'bridge' ? await this.#declaredClientId(id) : ''
      const identity = { id, isManaged: true, createdAt: now, updatedAt: now }
      const record = completeRecord(draft, identity, undefined, () => clientId)
      this.#checkClientId(record)
      this.#apply(record)
    }
  }

  /** Made up at the first start with it, and the same from then on: the session at the broker depends on it. */
  async #declaredClientId(id: string): Promise<string> {
    const { store, ingest } = this.#options
    const key = `bridge-client-id/${id}`
    const kept = await store.stateGet('hub', key)
    if (kept !== undefined) return Buffer.from(kept).toString()
    const clientId = newClientId()
    const batch = ingest.open()
    batch.put('hub', key, Buffer.from(clientId))
    await ingest.stored(batch.ticket)
    return clientId
  }

  /** Reads the registry again, after another hub has changed it.
   *  @throws what the store throws; repeating does no harm. */
  refresh(): Promise<void> {
    return this.#changes.inTurn(async () => {
      const stored = new Map<string, IntegrationRecord>()
      for await (const { value } of this.#options.store.stateScan('registry', keyPrefix)) {
        const record = JSON.parse(Buffer.from(value).toString('utf8')) as IntegrationRecord
        stored.set(record.id, record)
      }
      for (const [id, { isManaged }] of [...this.#records]) {
        if (isManaged || stored.has(id)) continue
        this.#forget(id)
      }
      for (const record of stored.values()) {
        const known = this.#records.get(record.id)
        if (known?.isManaged === true || JSON.stringify(known) === JSON.stringify(record)) continue
        this.#apply(record)
      }
    })
  }

  /** By name, the ready-made one first. */
  list(): IntegrationRecord[] {
    const [deviceApi, ...others] = this.#records.values()
    return [deviceApi, ...others.toSorted((a, b) => a.name.localeCompare(b.name))]
  }

  get(id: string): IntegrationRecord | undefined {
    return this.#records.get(id)
  }

  /** Durable before it resolves.
   *  @throws INTEGRATION_INVALID, INTEGRATION_NAME_TAKEN, INTEGRATION_LIMIT */
  create(draft: IntegrationDraft): Promise<IntegrationRecord> {
    return this.#changes.inTurn(async () => {
      checkDraft(draft)
      await this.#checkScript(draft)
      this.#checkName(draft.name, undefined)
      if (this.#records.size >= integrationsMax) {
        throw new AckstoneError('INTEGRATION_LIMIT', { limit: integrationsMax })
      }
      const id = idFrom(draft.name, (taken) => this.#records.has(taken))
      const now = this.#now()
      return this.#store(completeRecord(draft, { id, isManaged: false, createdAt: now, updatedAt: now }))
    })
  }

  /** @throws INTEGRATION_NOT_FOUND, INTEGRATION_MANAGED, INTEGRATION_INVALID, INTEGRATION_NAME_TAKEN */
  replace(id: string, draft: IntegrationDraft): Promise<IntegrationRecord> {
    return this.#changes.inTurn(async () => {
      const { createdAt, connection } = this.#changeable(id)
      checkDraft(draft, connection)
      await this.#checkScript(draft)
      this.#checkName(draft.name, id)
      const identity = { id, isManaged: false, createdAt, updatedAt: this.#now() }
      return this.#store(completeRecord(draft, identity, connection))
    })
  }

  /** What came through it stays stored. @throws INTEGRATION_NOT_FOUND, INTEGRATION_MANAGED */
  remove(id: string): Promise<void> {
    return this.#changes.inTurn(async () => {
      this.#changeable(id)
      const { ingest } = this.#options
      const batch = ingest.open()
      batch.delete('registry', keyPrefix + id)
      await ingest.stored(batch.ticket)
      this.#forget(id)
      this.#options.onChange?.()
    })
  }

  /** How an integration reads a message that did not come over MQTT; undefined when there is none. */
  targetFor(id: string, captures: TopicCaptures): RouteTarget | undefined {
    const record = this.#records.get(id)
    if (record === undefined) return undefined
    let converter = this.#topicless.get(record)
    if (converter === undefined) {
      converter = createConverter(
        id === deviceApiId ? httpIngestConverter : record.converter,
        this.#options.scripts,
      )
      this.#topicless.set(record, converter)
    }
    return { integration: id, qos: 1, duplicates: record.duplicates, converter, captures }
  }

  /** What a draft would do with topics, without saving it; undefined for a topic it does not want.
   *  @param id the integration that it would change.
   *  @throws INTEGRATION_INVALID, INTEGRATION_NOT_FOUND */
  preview(draft: IntegrationDraft, id?: string): (topic: string) => RouteTarget | undefined {
    const record = this.#imagined(draft, id)
    const router = new TopicRouter()
    router.replace(record.id, endpointsOf(record, new ScratchConversation(), this.#options.scripts))
    return (topic) => router.route(topic).targets[0]
  }

  /** Tries the broker of a draft, without saving it.
   *  @param id the integration that it would change, whose secrets stay.
   *  @throws INTEGRATION_INVALID, INTEGRATION_NOT_FOUND */
  async tryBridge(
    draft: IntegrationDraft,
    id: string | undefined,
    listenSeconds: number,
    convert: (message: ListenedMessage) => ListenedConversion | null,
  ): Promise<Examination> {
    return tryBridge(this.#imagined(draft, id), listenSeconds, convert, this.#options.clock)
  }

  #imagined(draft: IntegrationDraft, id: string | undefined): IntegrationRecord {
    const before = id === undefined ? undefined : this.#records.get(id)
    if (id !== undefined && before === undefined) throw new AckstoneError('INTEGRATION_NOT_FOUND', { id })
    checkDraft(draft, before?.connection)
    const now = this.#now()
    const identity = { id: 'preview', isManaged: false, createdAt: now, updatedAt: now }
    return completeRecord(draft, identity, before?.connection)
  }

  /** How an integration reads a message of this topic now, also while it is disabled; undefined when it
   *  has none of its topics any more. */
  targetForTopic(id: string, topic: string): RouteTarget | undefined {
    const record = this.#records.get(id)
    if (record === undefined) return undefined
    const conversation = this.#options.conversations.readOnly(id)
    const endpoints =
      id === deviceApiId
        ? deviceApiEndpoints(conversation)
        : endpointsOf(record, conversation, this.#options.scripts)
    const endpoint = endpoints.find(({ named }) => matches(named.filter, topic))
    return endpoint === undefined ? undefined : targetOf(endpoint, topic)
  }

  #changeable(id: string): IntegrationRecord {
    const record = this.#records.get(id)
    if (record === undefined) throw new AckstoneError('INTEGRATION_NOT_FOUND', { id })
    if (record.isManaged) throw new AckstoneError('INTEGRATION_MANAGED', { name: record.name })
    return record
  }

  async #checkScript({ converter }: IntegrationDraft): Promise<void> {
    const faults = (await this.#options.scripts?.faultsOf(converter)) ?? []
    if (faults.length === 0) return
    throw new AckstoneError('INTEGRATION_INVALID', { count: faults.length }, undefined, faults)
  }

  #checkName(name: string, own: string | undefined): void {
    for (const record of this.#records.values()) {
      if (record.name === name && record.id !== own)
        throw new AckstoneError('INTEGRATION_NAME_TAKEN', { name })
    }
  }

  /** Two bridges with one client identifier at one broker would take the session from each other. */
  #checkClientId({ id, connection }: IntegrationRecord): void {
    if (connection === undefined) return
    const isTaken = (other: BridgeConnection): boolean =>
      other.clientId === connection.clientId && addressOf(other) === addressOf(connection)
    for (const { id: otherId, name, connection: other } of this.#records.values()) {
      if (otherId === id || other === undefined || !isTaken(other)) continue
      const detail = `The integration ${name} has this client identifier at ${addressOf(other)}; choose another.`
      const fault = { pointer: '/connection/clientId', detail }
      throw new AckstoneError('INTEGRATION_INVALID', { count: 1 }, undefined, [fault])
    }
  }

  async #store(record: IntegrationRecord): Promise<IntegrationRecord> {
    this.#checkClientId(record)
    const { ingest } = this.#options
    const batch = ingest.open()
    batch.put('registry', keyPrefix + record.id, Buffer.from(JSON.stringify(record)))
    await ingest.stored(batch.ticket)
    this.#apply(record)
    this.#options.onChange?.()
    return record
  }

  #apply(record: IntegrationRecord): void {
    const { router, conversations, bridges, scripts } = this.#options
    const before = this.#records.get(record.id)?.converter
    // What was remembered for another way of reading would be misread.
    if (before !== undefined && JSON.stringify(before) !== JSON.stringify(record.converter)) {
      conversations.forget(record.id)
    }
    this.#records.set(record.id, record)
    const isDirect = record.kind === 'direct' && record.isEnabled
    router.replace(record.id, isDirect ? endpointsOf(record, conversations.of(record.id), scripts) : [])
    bridges.apply(record)
  }

  #forget(id: string): void {
    const { router, conversations, bridges } = this.#options
    this.#records.delete(id)
    router.replace(id, [])
    bridges.remove(id)
    conversations.forget(id)
  }

  #now(): string {
    return new Date(this.#options.clock.nowUs() / 1000).toISOString()
  }
}
