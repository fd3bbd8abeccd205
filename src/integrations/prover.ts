// Proves that a draft stores and acknowledges: a device that exists for this moment alone connects to the hub's own
// MQTT port, publishes as the draft says, and what it wrote is read back and deleted.
import { connectClient, type Client } from '../client/client.ts'
import { createConverter } from '../converters/create-converter.ts'
import { ScratchConversation } from '../converters/scratch-conversation.ts'
import { AckstoneError } from '../errors.ts'
import type { Ingest } from '../ingest/contract.ts'
import { assert } from '../lib/assert.ts'
import type { Clock } from '../lib/clock.ts'
import { proofDevice } from '../model/proof-device.ts'
import { tsMax, tsMin } from '../model/reading.ts'
import type { Qos } from '../model/message.ts'
import { parseNamedFilter, type NamedFilter } from '../mqtt/topic.ts'
import type { SeriesRun, Store } from '../storage/store.ts'
import type { ConverterSpec, IntegrationDraft } from './integration.ts'
import type { TopicRouter } from './router.ts'

export const proofIntegration = 'proof'
const waitMs = 5_000
const rejectedLooked = 50
const unreadable = 0x99

type StepName = 'connect' | 'publish' | 'store' | 'acknowledge' | 'readBack' | 'cleanUp'

export interface ProofStep {
  step: StepName
  status: 'done' | 'failed' | 'skipped'
  ms: number | null
  sentence: string
}

export interface ProverOptions {
  store: Store
  ingest: Ingest
  router: TopicRouter
  clock: Clock
  /** Where the hub listens for MQTT, host:port. */
  address: () => string
  /** Calls back with what is stored of the device until the returned function is called. */
  watch: (device: string, onStored: (runs: readonly SeriesRun[]) => void) => () => void
  /** A secret that nobody guesses. */
  newSecret: () => string
  /** The figures of the proof are nobody's. */
  forgetFigures: (integration: string) => void
}

/** What the connection that the prover makes itself is let in with. */
interface Pass {
  secret: string
  topic: string
}

export class Prover {
  readonly #options: ProverOptions
  #pass: Pass | undefined

  constructor(options: ProverOptions) {
    this.#options = options
  }

  /** The one who may connect as the device of the proof at this moment; undefined while none is under way. */
  get pass(): Pass | undefined {
    return this.#pass
  }

  /** @param draft whose filters and converter have been checked. @throws BUSY while another proof is under way. */
  async prove(draft: IntegrationDraft): Promise<ProofStep[]> {
    if (this.#pass !== undefined) throw new AckstoneError('BUSY')
    const [{ filter, qos = 0 }] = draft.topics as [IntegrationDraft['topics'][number]]
    const named = parseNamedFilter(filter)
    assert(!('error' in named), 'the filters of a draft that is proved have been checked')
    const topic = concreteTopic(named)
    this.#pass = { secret: this.#options.newSecret(), topic }
    const run = new Proof(this.#options, this.#pass, qos)
    try {
      this.#route(draft, { ...named, filter: topic }, qos)
      return await run.steps(payloadFor(draft.converter))
    } finally {
      this.#options.router.replace(proofIntegration, [])
      this.#options.forgetFigures(proofIntegration)
      this.#pass = undefined
    }
  }

  #route({ converter, duplicates = 'overwrite' }: IntegrationDraft, named: NamedFilter, qos: Qos): void {
    const spec = payloadFor(converter) === undefined ? { type: 'json' } : converter
    const endpoint = {
      integration: proofIntegration,
      named,
      qos,
      duplicates,
      converter: createConverter(spec),
    }
    this.#options.router.replace(proofIntegration, [{ ...endpoint, conversation: new ScratchConversation() }])
  }
}

class Proof {
  readonly #options: ProverOptions
  readonly #pass: Pass
  readonly #qos: Qos
  readonly #steps: ProofStep[] = []

  constructor(options: ProverOptions, pass: Pass, qos: Qos) {
    this.#options = options
    this.#pass = pass
    this.#qos = qos
  }

  async steps(payload: string | undefined): Promise<ProofStep[]> {
    const client = await this.#connect()
    if (client !== undefined) {
      try {
        if (await this.#publish(client, payload)) await this.#readBack()
      } finally {
        await client.end()
      }
    }
    await this.#cleanUp()
    return this.#steps
  }

  async #connect(): Promise<Client | undefined> {
    const { clock, address } = this.#options
    const beganMs = clock.monotonicMs()
    const { host, port } = reachable(address())
    try {
      const client = await connectClient({
        ...{ host, port, protocolVersion: 5, clientId: proofDevice, username: proofDevice },
        ...{ password: this.#pass.secret, cleanStart: true, connectTimeoutMs: waitMs },
      })
      this.#done('connect', beganMs, `Connected to ${host}:${port} as a device.`)
      return client
    } catch (error) {
      if (!(error instanceof AckstoneError)) throw error
      this.#failed('connect', `${error.message} ${error.hint}`)
      return undefined
    }
  }

  /** @returns whether what was published is there to be read. */
  async #publish(client: Client, payload: string | undefined): Promise<boolean> {
    const { clock, watch } = this.#options
    const { topic } = this.#pass
    const stored = Promise.withResolvers<number>()
    const unwatch = watch(proofDevice, () => stored.resolve(clock.monotonicMs()))
    const beganMs = clock.monotonicMs()
    const answer = client.publish(topic, payload ?? '{"proof":1}', { qos: this.#qos })
    const converter =
      payload === undefined ? ' The converter was not part of it: it reads payloads of its own.' : ''
    this.#done('publish', beganMs, `Published to ${topic} at QoS ${this.#qos}.${converter}`)
    try {
      const result = await this.#within(answer)
      const answeredMs = clock.monotonicMs()
      if (result === undefined || (this.#qos > 0 && result.reasonCode === unreadable)) {
        const why =
          result === undefined
            ? `No answer came within ${waitMs / 1000} s.`
            : 'The converter could not read it.'
        this.#failed('store', why)
        return false
      }
      const storedMs = await this.#within(stored.promise)
      if (storedMs === undefined) {
        this.#failed('store', `Nothing was stored within ${waitMs / 1000} s.`)
        return false
      }
      this.#add('store', 'done', storedMs - beganMs, 'The reading is stored.')
      this.#acknowledged(answeredMs - beganMs)
      return true
    } catch (error) {
      if (!(error instanceof AckstoneError)) throw error
      this.#failed('store', `${error.message} ${error.hint}`)
      return false
    } finally {
      unwatch()
    }
  }

  #acknowledged(ms: number): void {
    if (this.#qos === 0) {
      this.#add(
        'acknowledge',
        'skipped',
        null,
        'At QoS 0 there is no answer, so nothing says that it is stored.',
      )
      return
    }
    const answer = this.#qos === 1 ? 'PUBACK' : 'PUBREC and PUBCOMP'
    this.#add('acknowledge', 'done', ms, `${answer} came, after the commit that holds the reading.`)
  }

  async #readBack(): Promise<void> {
    const beganMs = this.#options.clock.monotonicMs()
    const latest = await this.#options.store.latest(proofDevice)
    if (latest.length === 0) this.#failed('readBack', 'The reading was stored, and could not be read back.')
    else this.#done('readBack', beganMs, `Read back: ${latest[0]!.key}.`)
  }

  async #cleanUp(): Promise<void> {
    const { store, ingest, clock } = this.#options
    const beganMs = clock.monotonicMs()
    try {
      const rows = await store.deleteSeries(proofDevice, undefined, tsMin, tsMax)
      const rejected = await store.rejected('', undefined, rejectedLooked)
      const own = rejected.filter(
        ({ clientId, topic }) => clientId === proofDevice && topic === this.#pass.topic,
      )
      if (own.length > 0) {
        const batch = ingest.open()
        for (const { id } of own) batch.resolveRejected(id)
        await ingest.stored(batch.ticket)
      }
      this.#done('cleanUp', beganMs, `Deleted again: ${rows} ${rows === 1 ? 'row' : 'rows'}.`)
    } catch (error) {
      if (!(error instanceof AckstoneError)) throw error
      this.#failed('cleanUp', `${error.message} ${error.hint}`)
    }
  }

  async #within<T>(promise: Promise<T>): Promise<T | undefined> {
    const late = Promise.withResolvers<undefined>()
    const timer = this.#options.clock.after(waitMs, () => late.resolve(undefined))
    try {
      return await Promise.race([promise, late.promise])
    } finally {
      timer.cancel()
    }
  }

  #done(step: StepName, beganMs: number, sentence: string): void {
    this.#add(step, 'done', this.#options.clock.monotonicMs() - beganMs, sentence)
  }

  #failed(step: StepName, sentence: string): void {
    this.#add(step, 'failed', null, sentence)
  }

  #add(step: StepName, status: ProofStep['status'], ms: number | null, sentence: string): void {
    this.#steps.push({ step, status, ms: ms === null ? null : Math.round(ms * 1000) / 1000, sentence })
  }
}

/** A topic that only the proof publishes to. */
function concreteTopic({ filter }: NamedFilter): string {
  return filter
    .split('/')
    .map((level) => (level === '+' || level === '#' ? proofDevice : level))
    .join('/')
}

/** What a converter of this kind reads; undefined for one that has a form of its own. */
function payloadFor({ type }: ConverterSpec): string | undefined {
  if (type === 'json' || type === 'assetwolf' || type === 'thingsboard') return '{"proof":1}'
  if (type === 'thingsboard-gateway') return `{"${proofDevice}":[{"proof":1}]}`
  return type === 'value' ? '1' : undefined
}

/** Who listens everywhere is reached over loopback. */
function reachable(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':')
  const host = address.slice(0, colon)
  const here =
    host === '0.0.0.0' ? '127.0.0.1' : host === '[::]' || host === '::' ? '::1' : host.replace(/[[\]]/g, '')
  return { host: here, port: Number(address.slice(colon + 1)) }
}
