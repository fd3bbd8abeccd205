// The scripts of this hub: kept in the registry with their last versions, checked before they are kept, run by the
// pool. Integrations name them and get the newest version from the moment it is stored.
import { ConversionError, type Converter } from '../converters/converter.ts'
import { scriptBytesMax, type ScriptOptions, type ScriptTools } from '../converters/script/script-kind.ts'
import { AckstoneError, type FieldError } from '../errors.ts'
import type { Ingest, OpenBatch } from '../ingest/contract.ts'
import { Changes } from '../lib/changes.ts'
import type { Clock } from '../lib/clock.ts'
import { readableId } from '../lib/readable-id.ts'
import type { Message } from '../model/message.ts'
import type { Store } from '../storage/store.ts'
import type { ScriptPool } from './pool.ts'
import type { Job, Result } from './protocol.ts'
import { converterOf, inputOf, ScriptConverter } from './script-converter.ts'
import { ScriptQueue, type ScriptFigures } from './script-queue.ts'

export const scriptsMax = 200
/** Versions of a script that are kept, the newest among them. */
export const versionsMax = 20
export const scriptNameLengthMax = 100

const keyPrefix = 'script/'
const versionPrefix = 'script-version/'

export interface ScriptVersion {
  version: number
  source: string
  /** RFC 3339. */
  createdAt: string
  author: string | null
}

export interface ScriptRecord extends ScriptVersion {
  id: string
  name: string
  /** When its first version was made. */
  firstAt: string
}

export interface ScriptDraft {
  name: string
  source: string
}

interface Kept {
  record: ScriptRecord
  queue: ScriptQueue
}

export interface ScriptsOptions {
  store: Store
  ingest: Ingest
  clock: Clock
  pool: ScriptPool
}

export class Scripts implements ScriptTools {
  readonly #options: ScriptsOptions
  readonly #kept = new Map<string, Kept>()
  readonly #changes = new Changes()

  private constructor(options: ScriptsOptions) {
    this.#options = options
  }

  static async load(options: ScriptsOptions): Promise<Scripts> {
    const scripts = new Scripts(options)
    await scripts.#read()
    return scripts
  }

  async #read(): Promise<void> {
    const found = new Set<string>()
    for await (const { value } of this.#options.store.stateScan('registry', keyPrefix)) {
      const record = JSON.parse(Buffer.from(value).toString('utf8')) as ScriptRecord
      found.add(record.id)
      this.#apply(record)
    }
    for (const id of this.#kept.keys()) if (!found.has(id)) this.#kept.delete(id)
  }

  /** Reads the registry again, after another hub has changed it. */
  refresh(): Promise<void> {
    return this.#changes.inTurn(() => this.#read())
  }

  #apply(record: ScriptRecord): void {
    const known = this.#kept.get(record.id)
    if (known !== undefined && known.record.source !== record.source) known.queue.renew(record.source)
    const queue = known?.queue ?? new ScriptQueue(record.source, this.#options.clock)
    this.#kept.set(record.id, { record, queue })
  }

  /** By name. */
  list(): ScriptRecord[] {
    const records = [...this.#kept.values()].map(({ record }) => record)
    return records.toSorted((a, b) => a.name.localeCompare(b.name))
  }

  get(id: string): ScriptRecord | undefined {
    return this.#kept.get(id)?.record
  }

  figures(id: string): ScriptFigures | undefined {
    return this.#kept.get(id)?.queue.figures()
  }

  /** Durable before it resolves. @throws SCRIPT_INVALID, SCRIPT_NAME_TAKEN, SCRIPT_LIMIT */
  create(draft: ScriptDraft, author: string | null): Promise<ScriptRecord> {
    return this.#changes.inTurn(async () => {
      await this.#check(draft, undefined)
      const id = readableId(draft.name, 'script', scriptsMax, (taken) => this.#kept.has(taken))
      if (this.#kept.size >= scriptsMax || id === undefined) {
        throw new AckstoneError('SCRIPT_LIMIT', { limit: scriptsMax })
      }
      const now = this.#now()
      return this.#store({ id, ...draft, version: 1, firstAt: now, createdAt: now, author })
    })
  }

  /** Another version, or another name. Durable before it resolves.
   *  @throws SCRIPT_NOT_FOUND, SCRIPT_INVALID, SCRIPT_NAME_TAKEN */
  replace(id: string, draft: ScriptDraft, author: string | null): Promise<ScriptRecord> {
    return this.#changes.inTurn(async () => {
      const before = this.#required(id)
      await this.#check(draft, id)
      if (before.source === draft.source) return this.#store({ ...before, name: draft.name })
      const version = before.version + 1
      return this.#store({ ...before, ...draft, version, createdAt: this.#now(), author })
    })
  }

  /** @throws SCRIPT_NOT_FOUND */
  remove(id: string): Promise<ScriptRecord> {
    return this.#changes.inTurn(async () => {
      const record = this.#required(id)
      const { ingest } = this.#options
      const batch = ingest.open()
      batch.delete('registry', keyPrefix + id)
      for (let back = 0; back < versionsMax; back++) {
        if (record.version - back > 0) batch.delete('registry', versionKey(id, record.version - back))
      }
      await ingest.stored(batch.ticket)
      this.#kept.delete(id)
      return record
    })
  }

  /** The versions that are kept, the newest first. @throws SCRIPT_NOT_FOUND */
  async versions(id: string): Promise<ScriptVersion[]> {
    this.#required(id)
    const versions: ScriptVersion[] = []
    for await (const { value } of this.#options.store.stateScan('registry', `${versionPrefix}${id}/`)) {
      versions.push(JSON.parse(Buffer.from(value).toString('utf8')) as ScriptVersion)
    }
    return versions.toReversed()
  }

  /** Runs a job apart from the messages; nothing is kept of it. */
  async try(source: string, job: Job): Promise<Result> {
    return this.#options.pool.run(new ScriptQueue(source, this.#options.clock), job, source.length)
  }

  /** The same for a message: what the script said, and a converter for this message. */
  async tryUplink(
    options: ScriptOptions & { source: string },
    message: Message,
  ): Promise<{ result: Result; converter: Converter }> {
    const input = inputOf(message, { device: undefined, key: undefined }, options)
    const result = await this.try(options.source, { call: 'decodeUplink', input })
    return { result, converter: converterOf(result, options) }
  }

  /** What keeps a source from being used, each fault with its place; empty when nothing does. */
  async faults(source: string, pointer: string): Promise<FieldError[]> {
    const bytes = Buffer.byteLength(source)
    if (source.trim() === '' || bytes > scriptBytesMax) {
      return [{ pointer, detail: `A script has 1 to ${scriptBytesMax} bytes; this one has ${bytes}.` }]
    }
    const { failure, functions = [] } = await this.try(source, { call: 'load' })
    if (failure !== undefined) return [{ pointer, detail: failure.reason }]
    if (functions.includes('decodeUplink') || functions.includes('encodeDownlink')) return []
    return [{ pointer, detail: 'A script has a function decodeUplink, or encodeDownlink, or both.' }]
  }

  /** What is wrong with the script that an integration's converter names or holds. */
  async faultsOf(spec: { type: string; [option: string]: unknown }): Promise<FieldError[]> {
    const { type, codec, script, source } = spec
    if (type !== 'script' && codec !== 'script') return []
    if (typeof source === 'string') return this.faults(source, '/converter/source')
    if (typeof script !== 'string' || this.#kept.has(script)) return []
    return [{ pointer: '/converter/script', detail: `There is no script ${script}.` }]
  }

  converter(options: ScriptOptions): Converter {
    const { pool, clock } = this.#options
    const { script, source = '' } = options
    if (script !== undefined) {
      return new ScriptConverter({ pool, options, queue: () => this.#kept.get(script)?.queue })
    }
    const queue = new ScriptQueue(source, clock)
    return new ScriptConverter({ pool, options, queue: () => queue })
  }

  /** Runs encodeDownlink of a script that is kept, or of a source. @throws ConversionError */
  async encode(
    { script, source }: Pick<ScriptOptions, 'script' | 'source'>,
    input: Extract<Job, { call: 'encodeDownlink' }>['input'],
  ): Promise<NonNullable<Result['downlink']>> {
    const text = script === undefined ? source : this.#required(script).source
    const { failure, downlink } = await this.try(text ?? '', { call: 'encodeDownlink', input })
    if (failure !== undefined) throw new ConversionError(failure.code, failure.reason)
    return downlink!
  }

  async #check({ name, source }: ScriptDraft, own: string | undefined): Promise<void> {
    for (const { record } of this.#kept.values()) {
      if (record.name === name && record.id !== own) throw new AckstoneError('SCRIPT_NAME_TAKEN', { name })
    }
    const faults = await this.faults(source, '/source')
    if (name.trim() === '' || name.length > scriptNameLengthMax) {
      faults.push({ pointer: '/name', detail: `A name has 1 to ${scriptNameLengthMax} characters.` })
    }
    if (faults.length > 0) {
      throw new AckstoneError('SCRIPT_INVALID', { fault: faults[0]!.detail }, undefined, faults)
    }
  }

  #required(id: string): ScriptRecord {
    const record = this.get(id)
    if (record === undefined) throw new AckstoneError('SCRIPT_NOT_FOUND', { id })
    return record
  }

  async #store(record: ScriptRecord): Promise<ScriptRecord> {
    const { ingest } = this.#options
    const batch = ingest.open()
    putJson(batch, keyPrefix + record.id, record)
    const { version, source, createdAt, author } = record
    putJson(batch, versionKey(record.id, version), { version, source, createdAt, author })
    if (version > versionsMax) batch.delete('registry', versionKey(record.id, version - versionsMax))
    await ingest.stored(batch.ticket)
    this.#apply(record)
    return record
  }

  #now(): string {
    return new Date(this.#options.clock.nowUs() / 1000).toISOString()
  }
}

function putJson(batch: OpenBatch, key: string, value: object): void {
  batch.put('registry', key, Buffer.from(JSON.stringify(value)))
}

/** In the order of the versions. */
function versionKey(id: string, version: number): string {
  return `${versionPrefix}${id}/${String(version).padStart(10, '0')}`
}
