// The MQTT broker: takes connections, owns the sessions, and knows no socket. Everything that a message
// causes goes through ingest, so that no answer leaves before it is stored (I1).
import { randomUUID } from 'node:crypto'
import type { Ingest, Ticket } from '../ingest/contract.ts'
import type { Clock, Timer } from '../lib/clock.ts'
import type { Message } from '../model/message.ts'
import type { Log } from '../lib/log.ts'
import { reasonCode } from '../mqtt/reason.ts'
import type { Store } from '../storage/store.ts'
import type { Connection, ConnectionHandler } from '../transport/connection.ts'
import { admitAnyone, type Authenticate, type BeginExchange, type Rights } from './admission.ts'
import { brokerLimitsDefault, type BrokerLimits } from './limits.ts'
import { Conversions } from './conversions.ts'
import { isOnItsWay, sendOfHub, type Recipient } from './hub-message.ts'
import { LimitsReached } from './limits-reached.ts'
import { Link } from './link.ts'
import { silentObserver, type BrokerObserver } from './observer.ts'
import { pauseReason } from './pause-reason.ts'
import { applyRights } from './changed-rights.ts'
import { QueuedTotal } from './queued-total.ts'
import { Retained } from './retained.ts'
import { RoutedMessage } from './routed-message.ts'
import { Routing } from './routing.ts'
import type { Session } from './session.ts'
import { Sessions } from './sessions.ts'
import { Subscriptions } from './subscriptions.ts'
import { SysTopics } from './sys-topics.ts'
import { fanOutPerTurn, looksPerTurn, TurnBudget } from './turn-budget.ts'

export interface BrokerOptions {
  ingest: Ingest
  store: Store
  clock: Clock
  log: Log
  /** Limits other than the defaults. */
  limits?: Partial<BrokerLimits>
  observer?: BrokerObserver
  /** Who may connect; everybody by default, which is for loopback only. */
  authenticate?: Authenticate
  /** Looks at what devices publish: answers to commands. */
  answers?: AnswerDesk
  /** Methods of enhanced authentication; none by default. */
  beginExchange?: BeginExchange
  /** Whether an address may connect at all, asked before anything is read; everybody by default. */
  mayOpen?: (connection: Connection) => boolean
  /** Of the hub, for `$SYS/broker/version`. */
  version?: string
  /** A new client identifier for a client that has none; unguessable by default. */
  assignClientId?: () => string
}

/** Who takes answers to commands. */
export interface AnswerDesk {
  readonly mayBeAnswered: boolean
  /** @returns whether the message was one, and its effect joined the open batch. */
  received(message: Message): boolean
}

/** What the parts of the broker share. */
export interface BrokerParts {
  readonly ingest: Ingest
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly limits: BrokerLimits
  readonly observer: BrokerObserver
  readonly authenticate: Authenticate
  readonly beginExchange: BeginExchange
  readonly answers: AnswerDesk | undefined
  readonly assignClientId: () => string
  readonly sessions: Sessions
  readonly subscriptions: Subscriptions
  readonly retained: Retained
  readonly routing: Routing
  readonly sysTopics: SysTopics
  readonly queued: QueuedTotal
  /** What is copied to subscribers, and looked at among the retained messages. */
  readonly fanOut: TurnBudget
  readonly looks: TurnBudget
  readonly conversions: Conversions
  readonly reached: LimitsReached
  /** All connections that have not ended. */
  readonly links: Set<Link>
  /** Connections with bytes that have not been written. */
  readonly unflushed: Link[]
  /** The newest batch with effects of a session. */
  lastTicket: Ticket
  readonly isClosed: boolean
  /** Writes what the connections have to send. */
  flush(): void
  /** Something outside failed, of which only one session suffers. */
  failed(what: string, session: Session, error: unknown): void
}

/** Expiries are looked at less often than deadlines. */
const sweepsPerExpiry = 10

/** Starts a broker on what the store has: sessions, queues, retained messages. */
export async function createBroker(options: BrokerOptions): Promise<Broker> {
  const broker = new Broker(options)
  await broker.load()
  return broker
}

export class Broker implements BrokerParts {
  readonly ingest: Ingest
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly limits: BrokerLimits
  readonly observer: BrokerObserver
  readonly authenticate: Authenticate
  readonly beginExchange: BeginExchange
  readonly answers: AnswerDesk | undefined
  readonly assignClientId: () => string
  readonly sessions: Sessions
  readonly subscriptions: Subscriptions
  readonly retained: Retained
  readonly routing: Routing
  readonly sysTopics: SysTopics
  readonly queued = new QueuedTotal()
  /** What is copied to subscribers, and looked at among the retained messages. */
  readonly fanOut: TurnBudget
  readonly looks: TurnBudget
  readonly conversions = new Conversions()
  readonly reached: LimitsReached
  readonly links = new Set<Link>()
  readonly unflushed: Link[] = []
  lastTicket: Ticket = 0
  #state: 'open' | 'closing' | 'closed' = 'open'
  #sweepTimer: Timer | undefined
  #sweeps = 0
  #sysDueMs = 0
  readonly #mayOpen: (connection: Connection) => boolean

  constructor(options: BrokerOptions) {
    this.ingest = options.ingest
    this.store = options.store
    this.clock = options.clock
    this.log = options.log
    this.limits = { ...brokerLimitsDefault, ...options.limits }
    this.reached = new LimitsReached(this.limits, this.clock, this.log)
    this.observer = options.observer ?? silentObserver
    this.authenticate = options.authenticate ?? admitAnyone
    this.beginExchange = options.beginExchange ?? (() => undefined)
    this.answers = options.answers
    this.#mayOpen = options.mayOpen ?? (() => true)
    this.assignClientId = options.assignClientId ?? (() => `auto-${randomUUID()}`)
    this.subscriptions = new Subscriptions(this)
    this.retained = new Retained(this.ingest, this.limits, this.reached)
    this.fanOut = new TurnBudget(this.clock, fanOutPerTurn)
    this.looks = new TurnBudget(this.clock, looksPerTurn)
    this.routing = new Routing(this.ingest, this.subscriptions, this.retained, this.fanOut, () =>
      this.flush(),
    )
    this.sysTopics = new SysTopics(this, options.version ?? '')
    this.sessions = new Sessions(this)
  }

  get isClosed(): boolean {
    return this.#state === 'closed'
  }

  /** Part of createBroker. */
  async load(): Promise<void> {
    await this.retained.load(this.store)
    await this.sessions.load()
    await this.routing.load(this.store, this.sessions)
    this.#armSweep()
  }

  /** Takes a connection; a listener's `onConnection`. */
  attach(connection: Connection): ConnectionHandler {
    const link = new Link(this, connection)
    if (this.#state === 'open' && this.#mayOpen(connection)) this.links.add(link)
    else link.drop()
    return link
  }

  /** Ends the connections that a test picks out, telling 5.0 clients why. Their sessions stay.
   *  @param serverReference where to go instead, for 0x9C and 0x9D. */
  endConnections(isMeant: (link: Link) => boolean, code: number, serverReference?: string): void {
    const redirection = serverReference === undefined ? undefined : { serverReference }
    for (const link of this.links) {
      if (!isMeant(link)) continue
      if (link.state === 'connected') link.disconnect(code, redirection)
      else link.drop()
    }
    this.flush()
  }

  /** The rights of owners have changed: what they have and may not have any more goes at once. */
  rightsChanged(changed: ReadonlyMap<string, Rights | undefined>): void {
    applyRights(this, changed)
    this.flush()
  }

  /** Owners of sessions and retained messages. */
  owners(): Set<string> {
    return new Set([...this.sessions.owners(), ...this.retained.owners()])
  }

  /** Hands a message of the hub itself to whoever subscribes, at QoS 0; no integration takes it. */
  announce(topic: string, payload: Uint8Array): void {
    this.routing.announce(new RoutedMessage(topic, Buffer.from(payload), 0, undefined, 0))
    this.flush()
  }

  /** Hands a message of the hub itself to those subscribers that are meant. @returns who got a copy. */
  sendTo(message: RoutedMessage, isMeant: (session: Session) => boolean): Recipient[] {
    const recipients = sendOfHub(this, message, isMeant)
    this.flush()
    return recipients
  }

  /** Whether a copy may still be acknowledged by its session.
   *  @param isOfThisProcess it was sent since the hub began. */
  isOnItsWay(recipient: Recipient, isOfThisProcess: boolean): boolean {
    return isOnItsWay(this, recipient, isOfThisProcess)
  }

  flush(): void {
    this.sessions.endOverflowing()
    while (this.unflushed.length > 0) {
      for (const link of this.unflushed.splice(0)) link.flush()
    }
  }

  failed(what: string, session: Session, error: unknown): void {
    this.log.error(what, { clientId: session.clientId, cause: String(error) })
    session.link?.disconnect(reasonCode.implementationSpecificError)
    this.flush()
  }

  #armSweep(): void {
    this.#sweepTimer = this.clock.after(this.limits.sweepMs, () => {
      this.#sweep()
      this.#armSweep()
    })
  }

  #sweep(): void {
    const nowMs = this.clock.monotonicMs()
    const isStalled = this.ingest.stalledMs() > this.limits.ackDeadlineMs
    for (const link of this.links) this.#check(link, nowMs, isStalled)
    const nowTs = this.clock.nowUs()
    this.sessions.publishDueWills(nowTs)
    if (nowMs >= this.#sysDueMs) {
      this.#sysDueMs = nowMs + this.limits.sysIntervalMs
      this.sysTopics.publish()
    }
    if (++this.#sweeps % sweepsPerExpiry === 0) this.sessions.expire(nowTs)
    this.flush()
  }

  #check(link: Link, nowMs: number, isStalled: boolean): void {
    if (link.state !== 'connected') {
      if (nowMs - link.openedMs <= this.limits.connectTimeoutMs) return
      this.reached.count('connectTimeoutMs', link.connection.remote)
      return link.drop() // section 3.1.4
    }
    if (link.incompleteMs(nowMs) > this.limits.packetTimeoutMs) {
      this.reached.count('packetTimeoutMs', link.who)
      return link.disconnect(reasonCode.quotaExceeded)
    }
    // I5: no answer at all; the publisher sends again when the store is back.
    if (isStalled && link.answers.count > 0 && nowMs - link.waitingSinceMs > this.limits.ackDeadlineMs) {
      return link.disconnect(reasonCode.serverBusy)
    }
    if (link.keepAliveMs === 0 || link.reading.isPausedByHub) return
    // [MQTT-3.1.2-22]
    if (nowMs - link.lastPacketMs > link.keepAliveMs) link.disconnect(reasonCode.keepAliveTimeout)
  }

  /** Ends in order: nothing more is read, answers that wait leave, 5.0 clients are told, wills are published
   *  (delayed ones of lasting sessions after the next start), and all of it is stored. Waits `closeWaitMs` at
   *  most for conversions, for the answers and again for the last commit. Ingest is to be closed after it. */
  async close(): Promise<void> {
    if (this.#state !== 'open') return
    this.#state = 'closing'
    this.#sweepTimer?.cancel()
    for (const link of this.links) {
      link.settle()
      if (link.state === 'connected') link.pause(pauseReason.closing)
      else link.drop()
    }
    if (this.conversions.waiting > 0) await this.#within(this.conversions.none())
    await this.#within(this.ingest.stored(this.lastTicket))
    this.routing.settle()
    for (const link of this.links) link.disconnect(reasonCode.serverShuttingDown)
    this.flush()
    if (this.conversions.waiting > 0) await this.#within(this.conversions.none())
    await this.#within(this.ingest.stored(this.lastTicket))
    this.#state = 'closed'
  }

  /** Resolves when the promise does, or after `closeWaitMs`. */
  #within(promise: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = this.clock.after(this.limits.closeWaitMs, resolve)
      promise.then(() => {
        timer.cancel()
        resolve()
      }, reject)
    })
  }
}
