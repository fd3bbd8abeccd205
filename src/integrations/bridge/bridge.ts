// One integration at another broker: its connections, what is published through it, and how it is.
import type { FlightKeeper } from '../../client/flights.ts'
import type { OutgoingMessage } from '../../client/outgoing-message.ts'
import type { PublishResult } from '../../client/outbound.ts'
import { responseFilterOf } from '../../commands/downlink.ts'
import { assert } from '../../lib/assert.ts'
import type { Qos } from '../../model/message.ts'
import type { Properties } from '../../mqtt/packet.ts'
import { parseNamedFilter } from '../../mqtt/topic.ts'
import type { ScriptTools } from '../../converters/script/script-kind.ts'
import { endpointsOf } from '../direct.ts'
import type { IntegrationRecord } from '../integration.ts'
import { TopicRouter } from '../router.ts'
import type { Conversation } from '../../converters/converter.ts'
import { ArrivalRate } from './arrival-rate.ts'
import { Attachment, type AttachmentOptions, type BridgeTopic } from './attachment.ts'
import { clientIdOf, type BridgeConnection } from './connection.ts'
import type { Lease } from './lease.ts'
import {
  connectionHealth,
  outageBudget,
  stateSentence,
  topicHealth,
  worstState,
  type BridgeHealth,
  type BridgeState,
} from './health.ts'

export type BridgeParts = Pick<
  AttachmentOptions,
  'store' | 'ingest' | 'clock' | 'log' | 'onFatal' | 'desk'
> & {
  /** What runs scripts; undefined: nothing does. */
  scripts?: ScriptTools
}

/** Where hubs share a store: the right to run the bridge. */
export type BridgeLease = Pick<Lease, 'holds' | 'held'>

/** In the space `hub`: the term of the lease in which this hub has run the bridge last. */
const termPrefix = 'bridge-term/'

export class Bridge {
  readonly record: IntegrationRecord
  readonly connection: BridgeConnection
  readonly #topics: readonly BridgeTopic[]
  readonly #attachments: readonly Attachment[]
  readonly #rate: ArrivalRate
  readonly #parts: BridgeParts
  readonly #held: Lease['held'] | undefined
  #hasStarted = false
  /** It was cut off, and is not to begin again. */
  isCut = false

  /** @param record of an enabled bridge, checked and complete.
   *  @param leftFilters what an earlier version of it was subscribed to and this one is not.
   *  @param lease undefined: no other hub may run it. */
  constructor(
    record: IntegrationRecord,
    conversation: Conversation,
    leftFilters: readonly string[],
    parts: BridgeParts,
    lease?: BridgeLease,
  ) {
    const { id, connection, connections = 1 } = record
    assert(connection !== undefined, 'a bridge has a connection')
    this.record = record
    this.connection = connection
    this.#topics = subscribedTopics(record)
    const router = new TopicRouter()
    router.replace(id, endpointsOf(record, conversation, parts.scripts))
    this.#attachments = Array.from({ length: connections }, (_, at) => {
      const clientId = clientIdOf(connection, connections, at + 1)
      return new Attachment({
        ...{ integration: id, connection, clientId, topics: this.#topics, leftFilters, router },
        ...parts,
        held: lease?.held,
        mayRun: () => !this.isCut && (lease === undefined || lease.holds()),
        onConnected: (sessionPresent) => this.#rate.connected(sessionPresent),
      })
    })
    this.#parts = parts
    this.#held = lease?.held
    this.#rate = new ArrivalRate(parts.clock.monotonicMs())
  }

  async start(): Promise<void> {
    if (this.#held !== undefined) await this.#begin(this.#held.term)
    await Promise.all(this.#attachments.map((attachment) => attachment.start()))
    this.#hasStarted = true
  }

  get isRunning(): boolean {
    return this.#hasStarted && !this.isCut
  }

  /** Another hub may have run the bridge since this one did: then what is remembered here of its sessions is old. */
  async #begin(term: number): Promise<void> {
    const { store, ingest } = this.#parts
    const key = termPrefix + this.record.id
    const kept = await store.stateGet('hub', key)
    if (kept !== undefined && Number(Buffer.from(kept)) === term) return
    const taken = await Promise.all(this.#attachments.map((attachment) => attachment.takeOver()))
    const batch = ingest.open()
    for (const write of taken) write(batch)
    batch.put('hub', key, Buffer.from(String(term)))
    await ingest.stored(batch.ticket)
  }

  /** Leaves at once and answers nothing more. What was taken in is stored all the same; `stop` waits for it. */
  cut(): void {
    this.isCut = true
    for (const attachment of this.#attachments) attachment.cut()
  }

  /** Stores and answers what was taken in, and leaves; the broker keeps the sessions. */
  async stop(isHubStopping: boolean): Promise<void> {
    await Promise.all(this.#attachments.map((attachment) => attachment.stop(isHubStopping)))
  }

  /** The same, and the broker is to keep nothing for it any more. */
  async stopForGood(): Promise<void> {
    await Promise.all(this.#attachments.map((attachment) => attachment.stopForGood()))
  }

  /** Publishes at the other broker; resolves with its answer, at QoS 0 when the message is handed over. It
   *  waits for a connection in memory: who must not lose it keeps it until then.
   *  @throws TOPIC_INVALID, PUBLISH_QUEUE_FULL, BROKER_LACKS, SESSION_LOST (QoS 2, outcome unknown), and
   *  CLIENT_ENDED when the bridge is changed, paused or removed meanwhile (outcome unknown). */
  publish(topic: string, payload: Uint8Array, qos: Qos, properties?: Properties): Promise<PublishResult> {
    return this.#attachments[0]!.publish(topic, payload, qos, properties)
  }

  get isConnected(): boolean {
    return this.#attachments[0]!.state === 'connected'
  }

  /** Sends a message that its keeper keeps until the broker has it. @throws as Client.launch does.
   *  @returns false: not connected, or no room. */
  launch(message: OutgoingMessage, keeper: FlightKeeper): boolean {
    return this.#attachments[0]!.launch(message, keeper)
  }

  /** Once a second: what came since the last time. */
  tick(): void {
    this.#rate.tick(this.#messages, this.#parts.clock.monotonicMs())
  }

  get #messages(): number {
    return this.#attachments.reduce((sum, { counts }) => sum + counts.messages, 0)
  }

  health(): Omit<BridgeHealth, 'runsOn'> {
    const { connection, record } = this
    const states = this.#attachments.map((attachment) => this.#stateOf(attachment))
    const state = worstState(states)
    const at = states.indexOf(state)
    const selected = record.topics.map(({ qos }) => qos)
    const messagesPerSecond = this.#rate.perSecond
    const sum = (name: Exclude<keyof Attachment['counts'], 'messages'>): number =>
      this.#attachments.reduce((total, { counts }) => total + counts[name], 0)
    return {
      state,
      sentence: stateSentence(state, this.#attachments[at]?.lastFailure),
      connections: this.#attachments.map((attachment, i) =>
        connectionHealth(attachment, connection, states[i]!),
      ),
      topics: this.#topics.map(({ filter, qos }, i) => {
        const codes = this.#attachments.map((attachment) => attachment.granted(filter))
        const known = codes.filter((code) => code !== undefined)
        return topicHealth(record.topics[i]?.filter ?? filter, qos, known)
      }),
      messages: this.#messages,
      acknowledged: sum('acknowledged'),
      waiting: sum('waiting'),
      reconnects: this.#attachments.reduce((total, { connects }) => total + Math.max(0, connects - 1), 0),
      failures: failuresOf(this.#attachments),
      redelivered: sum('redelivered'),
      retainedLeftOut: sum('retainedLeftOut'),
      unwanted: sum('unwanted'),
      messagesPerSecond,
      outageBudget: outageBudget(selected, messagesPerSecond, connection.cleanStart),
    }
  }

  #stateOf(attachment: Attachment): BridgeState {
    if (attachment.state !== 'connected') return attachment.state
    return this.#rate.isCatchingUp ? 'catching up' : 'connected'
  }
}

/** By code, over all connections. */
function failuresOf(attachments: readonly Attachment[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const { failures } of attachments) {
    for (const [code, count] of failures) sums[code] = (sums[code] ?? 0) + count
  }
  return sums
}

/** The filters as the broker hears them: names become `+`, groups stay. Answers to commands come last. */
export function subscribedTopics({
  topics,
  downlink,
}: Pick<IntegrationRecord, 'topics' | 'downlink'>): BridgeTopic[] {
  const subscribed: BridgeTopic[] = topics.map(({ filter, qos }) => {
    const named = parseNamedFilter(filter)
    assert(!('error' in named), `the filter ${filter} has been checked`)
    return { filter: named.group === undefined ? named.filter : `$share/${named.group}/${named.filter}`, qos }
  })
  const answers = downlink === undefined ? undefined : responseFilterOf(downlink)
  if (answers === undefined || subscribed.some(({ filter }) => filter === answers)) return subscribed
  // Behind those of the integration, whose places in the list count.
  return [...subscribed, { filter: answers, qos: answersQos }]
}

/** An answer must not be lost; one that comes twice is the same answer. */
const answersQos = 1
