// The integrations of this hub: kept in the registry, changed one at a time, routed as soon as a change
// is stored.
import { createConverter } from '../converters/create-converter.ts'
import type { Converter, TopicCaptures } from '../converters/converter.ts'
import { ScratchConversation } from '../converters/scratch-conversation.ts'
import { AckstoneError } from '../errors.ts'
import type { Ingest, RouteTarget } from '../ingest/contract.ts'
import { Changes } from '../lib/changes.ts'
import type { Clock } from '../lib/clock.ts'
import type { Store } from '../storage/store.ts'
import type { Conversations } from './conversations.ts'
import { deviceApiId, deviceApiRecord, httpIngestConverter } from './device-api.ts'
import { deviceApiEndpoints, endpointsOf } from './direct.ts'
import { checkDraft } from './draft.ts'
import { integrationsMax, type IntegrationDraft, type IntegrationRecord } from './integration.ts'
import { targetOf, TopicRouter } from './router.ts'
import { matches } from '../mqtt/topic.ts'

const keyPrefix = 'integration/'

export interface IntegrationsOptions {
  store: Store
  ingest: Ingest
  router: TopicRouter
  /** What converters remember. */
  conversations: Conversations
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
      this.#apply(complete(draft, { id, isManaged: true, createdAt: now, updatedAt: now }))
    }
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
      this.#checkName(draft.name, undefined)
      if (this.#records.size >= integrationsMax) {
        throw new AckstoneError('INTEGRATION_LIMIT', { limit: integrationsMax })
      }
      const id = idFrom(draft.name, (taken) => this.#records.has(taken))
      const now = this.#now()
      return this.#store(complete(draft, { id, isManaged: false, createdAt: now, updatedAt: now }))
    })
  }

  /** @throws INTEGRATION_NOT_FOUND, INTEGRATION_MANAGED, INTEGRATION_INVALID, INTEGRATION_NAME_TAKEN */
  replace(id: string, draft: IntegrationDraft): Promise<IntegrationRecord> {
    return this.#changes.inTurn(async () => {
      const { createdAt } = this.#changeable(id)
      checkDraft(draft)
      this.#checkName(draft.name, id)
      return this.#store(complete(draft, { id, isManaged: false, createdAt, updatedAt: this.#now() }))
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
      converter = createConverter(id === deviceApiId ? httpIngestConverter : record.converter)
      this.#topicless.set(record, converter)
    }
    return { integration: id, qos: 1, duplicates: record.duplicates, converter, captures }
  }

  /** What a draft would do with topics, without saving it; undefined for a topic it does not want.
   *  @throws INTEGRATION_INVALID */
  preview(draft: IntegrationDraft): (topic: string) => RouteTarget | undefined {
    checkDraft(draft)
    const now = this.#now()
    const record = complete(draft, { id: 'preview', isManaged: false, createdAt: now, updatedAt: now })
    const router = new TopicRouter()
    router.replace(record.id, endpointsOf(record, new ScratchConversation()))
    return (topic) => router.route(topic).targets[0]
  }

  /** How an integration reads a message of this topic now, also while it is disabled; undefined when it
   *  has none of its topics any more. */
  targetForTopic(id: string, topic: string): RouteTarget | undefined {
    const record = this.#records.get(id)
    if (record === undefined) return undefined
    const conversation = this.#options.conversations.readOnly(id)
    const endpoints =
      id === deviceApiId ? deviceApiEndpoints(conversation) : endpointsOf(record, conversation)
    const endpoint = endpoints.find(({ named }) => matches(named.filter, topic))
    return endpoint === undefined ? undefined : targetOf(endpoint, topic)
  }

  #changeable(id: string): IntegrationRecord {
    const record = this.#records.get(id)
    if (record === undefined) throw new AckstoneError('INTEGRATION_NOT_FOUND', { id })
    if (record.isManaged) throw new AckstoneError('INTEGRATION_MANAGED', { name: record.name })
    return record
  }

  #checkName(name: string, own: string | undefined): void {
    for (const record of this.#records.values()) {
      if (record.name === name && record.id !== own)
        throw new AckstoneError('INTEGRATION_NAME_TAKEN', { name })
    }
  }

  async #store(record: IntegrationRecord): Promise<IntegrationRecord> {
    const { ingest } = this.#options
    const batch = ingest.open()
    batch.put('registry', keyPrefix + record.id, Buffer.from(JSON.stringify(record)))
    await ingest.stored(batch.ticket)
    this.#apply(record)
    this.#options.onChange?.()
    return record
  }

  #apply(record: IntegrationRecord): void {
    const { router, conversations } = this.#options
    const before = this.#records.get(record.id)?.converter
    // What was remembered for another way of reading would be misread.
    if (before !== undefined && JSON.stringify(before) !== JSON.stringify(record.converter)) {
      conversations.forget(record.id)
    }
    this.#records.set(record.id, record)
    router.replace(record.id, record.isEnabled ? endpointsOf(record, conversations.of(record.id)) : [])
  }

  #forget(id: string): void {
    const { router, conversations } = this.#options
    this.#records.delete(id)
    router.replace(id, [])
    conversations.forget(id)
  }

  #now(): string {
    return new Date(this.#options.clock.nowUs() / 1000).toISOString()
  }
}

type Identity = Pick<IntegrationRecord, 'id' | 'isManaged' | 'createdAt' | 'updatedAt'>

function complete(draft: IntegrationDraft, identity: Identity): IntegrationRecord {
  const { id, isManaged, createdAt, updatedAt } = identity
  return {
    id,
    name: draft.name,
    kind: draft.kind,
    topics: draft.topics.map(({ filter, qos }) => ({ filter, qos: qos ?? 0 })),
    converter: draft.converter,
    duplicates: draft.duplicates ?? 'overwrite',
    isEnabled: draft.isEnabled ?? true,
    isManaged,
    createdAt,
    updatedAt,
  }
}

/** A readable identifier: the name in small letters and dashes, numbered when it is taken. */
function idFrom(name: string, isTaken: (id: string) => boolean): string {
  const plain = name.normalize('NFKD').toLowerCase()
  const slug =
    plain
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 40) || 'integration'
  if (!isTaken(slug)) return slug
  for (let number = 2; number <= integrationsMax + 1; number++) {
    if (!isTaken(`${slug}-${number}`)) return `${slug}-${number}`
  }
  throw new AckstoneError('INTEGRATION_LIMIT', { limit: integrationsMax })
}
