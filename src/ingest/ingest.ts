// The heart: a message becomes readings, readings join the open batch, the batch is committed, and only
// then are its answers released (I1). Group commit needs no timer: while batch N is on its way to the
// disk, batch N+1 fills.
import { ConversionError } from '../converters/converter.ts'
import { Readings } from '../converters/readings.ts'
import type { Delivery } from '../delivery/delivery.ts'
import type { Trace } from '../delivery/trace.ts'
import { AckstoneError } from '../errors.ts'
import { assert } from '../lib/assert.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { Message } from '../model/message.ts'
import type { Batch, Commit, SeriesRun, Store } from '../storage/store.ts'
import type { Ingest, OpenBatch, Outcome, Preparing, Router, RouteTarget, Ticket } from './contract.ts'
import { Committer } from './committer.ts'
import { DecidedClock } from './decided-clock.ts'
import { gatherMsMax, gatherTurnsMax, largeBatchSize, overfullTimes, type IngestLimits } from './limits.ts'
import { FillingBatch, type Account } from './open-batch.ts'
import { notAwaited, notWanted } from './outcomes.ts'
import { beginPreparing, mustPrepare } from './preparing.ts'
import { rejectedCopy } from './rejected-copy.ts'
import { Slots } from './slots.ts'
import { Tallying } from './tallying.ts'

export { ingestLimitsDefault, type IngestLimits } from './limits.ts'

export interface IngestOptions {
  store: Store
  router: Router
  delivery: Delivery
  clock: Clock
  log: Log
  limits: IngestLimits
  /** What each commit stored (I8). */
  onStored: (runs: readonly SeriesRun[]) => void
  /** A failure that no retry mends: an assertion. The process must stop. */
  onFatal: (error: unknown) => void
}

/** Starts ingest on a store, continuing the times it has given before. */
export async function createIngest(options: IngestOptions): Promise<GroupIngest> {
  return new GroupIngest(options, await DecidedClock.load(options.store))
}

export class GroupIngest implements Ingest {
  readonly #options: IngestOptions
  readonly #decided: DecidedClock
  readonly #slots: Slots
  readonly #readings: Readings
  readonly #total: Account
  readonly #accounts = new Map<string, Account>()
  readonly #committer: Committer
  readonly #tallying: Tallying
  readonly #onRoom: (() => void)[] = []
  #open: FillingBatch | undefined
  #committing: FillingBatch | undefined
  #isScheduled = false
  #lastTicket: Ticket = 0
  #storedTicket: Ticket = 0
  #state: 'running' | 'closing' | 'closed' = 'running'
  #whenIdle: (() => void) | undefined
  #counting: Promise<void> = Promise.resolve()

  constructor(options: IngestOptions, decided: DecidedClock) {
    this.#options = options
    this.#decided = decided
    this.#slots = new Slots(options.delivery)
    this.#readings = new Readings(options.limits.clockAheadMaxMs)
    this.#committer = new Committer(options)
    this.#tallying = new Tallying(options.delivery, this.#slots, options.log)
    this.#total = { figures: options.delivery.total, ticket: -1, waiting: 0 }
  }

  get unansweredSinceTs(): number {
    return this.#decided.unansweredSinceTs
  }

  get hasPreparing(): boolean {
    return this.#options.router.hasPreparing === true
  }

  prepare(message: Message): Preparing | undefined {
    return this.prepareFor(message, this.#options.router.route(message.topic).targets)
  }

  prepareFor(message: Message, targets: readonly RouteTarget[]): Preparing | undefined {
    if (!mustPrepare(targets)) return undefined
    if (message.decidedTs === 0) message.decidedTs = this.#decided.next(message.receivedTs)
    return beginPreparing(message, targets, this.#options.onFatal)
  }

  accept(message: Message): Outcome {
    return this.acceptFor(message, this.#options.router.route(message.topic).targets)
  }

  acceptFor(message: Message, targets: readonly RouteTarget[]): Outcome {
    const { traces } = this.#options.delivery
    let trace = traces.begin(message, targets)
    if (targets.length === 0) return notWanted
    const total = this.#total.figures
    total.received[message.qos]++
    if (message.dup) total.redelivered++
    if (message.qos === 0 && this.#mustShed()) {
      total.shed++
      if (trace !== undefined) traces.shed(trace)
      return notAwaited
    }
    const batch = this.#filling()
    let isAwaited = false
    let rejection: string | undefined
    for (let targetNumber = 0; targetNumber < targets.length; targetNumber++) {
      const target = targets[targetNumber]
      const account = this.#accountOf(target.integration)
      account.figures.received[message.qos]++
      if (message.dup) account.figures.redelivered++
      const reason = this.#convert(batch, message, target, targetNumber, trace)
      if (reason !== undefined) {
        account.figures.rejected++
        rejection ??= reason
        trace ??= traces.beginFailed(message, targets)
        if (trace !== undefined) traces.rejected(trace, reason)
      }
      if (message.qos > 0 && target.qos > 0) {
        batch.expectAnswer(account)
        isAwaited = true
      } else if (message.qos > 0) account.figures.acknowledged++
    }
    if (rejection !== undefined) total.rejected++
    if (isAwaited) {
      batch.expectAnswer(this.#total)
      if (message.packetId! > 0) batch.promised++
    } else if (message.qos > 0) total.acknowledged++
    if (trace !== undefined) traces.accepted(trace, batch.ticket, isAwaited)
    if (rejection !== undefined) {
      return { ticket: isAwaited ? batch.ticket : 0, isWanted: true, isStoredFirst: isAwaited, rejection }
    }
    return isAwaited ? batch.waiting : notAwaited
  }

  /** Adds the message's readings for one target to the batch, or its rejected copy and the reason (I6). */
  #convert(
    batch: FillingBatch,
    message: Message,
    target: RouteTarget,
    targetNumber: number,
    trace: Trace | undefined,
  ): string | undefined {
    const readings = this.#readings
    readings.reset(message.receivedTs)
    try {
      target.converter.decode(message, target.captures, readings, target.conversation)
    } catch (error) {
      if (!(error instanceof ConversionError)) throw error
      this.#reject(batch, message, target, targetNumber, error)
      return error.message
    }
    if (message.isOldCopy === true && readings.lacksTs) {
      message.timelessLeftOut = (message.timelessLeftOut ?? 0) + readings.removeTimeless()
    }
    if (message.decidedTs === 0 && readings.lacksTs)
      message.decidedTs = this.#decided.next(message.receivedTs)
    batch.append(readings, message, target, this.#slots, message.decidedTs)
    this.#decided.passed(batch.decidedTsMax)
    if (trace !== undefined) this.#trace(trace, target, readings)
    if (readings.leftOut === undefined) return undefined
    // What could be read is stored, and nothing of the rest is lost (I6).
    this.#reject(batch, message, target, targetNumber, readings.leftOut)
    return readings.leftOut.message
  }

  #reject(
    batch: FillingBatch,
    message: Message,
    target: RouteTarget,
    targetNumber: number,
    error: ConversionError,
  ): void {
    if (message.decidedTs === 0) message.decidedTs = this.#decided.next(message.receivedTs)
    batch.countDecided(message.decidedTs)
    const copy = rejectedCopy(message, target, targetNumber, error)
    batch.rejected.push(copy)
    batch.bytes += copy.payload.length + message.topic.length
    batch.expectState(1)
  }

  #trace(trace: Trace, { integration }: RouteTarget, readings: Readings): void {
    const runOf = (device: string, key: string) => this.#slots.device(integration, device).series(key).run
    this.#options.delivery.traces.decoded(trace, readings, runOf)
  }

  #accountOf(integration: string): Account {
    let account = this.#accounts.get(integration)
    if (account === undefined) {
      account = { figures: this.#options.delivery.ofIntegration(integration), ticket: -1, waiting: 0 }
      this.#accounts.set(integration, account)
    }
    return account
  }

  open(): OpenBatch {
    return this.#filling()
  }

  #filling(): FillingBatch {
    if (this.#open !== undefined) return this.#open
    assert(this.#state !== 'closed', 'no batch is opened after the end')
    this.#slots.trim()
    this.#open = new FillingBatch(++this.#lastTicket, this.#options.clock.monotonicMs())
    if (this.#committing === undefined) this.#schedule()
    return this.#open
  }

  /** A small batch waits as long as each turn of the event loop brings more into it: a sync costs as much
   *  processor time as reading a hundred messages, and who waits for an answer sends no more meanwhile. */
  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    this.#gather(gatherTurnsMax, 0)
  }

  #gather(turnsLeft: number, sizeBefore: number): void {
    this.#options.clock.soon(() => {
      const open = this.#open
      const size = open?.size ?? 0
      if (open !== undefined && turnsLeft > 0 && size > sizeBefore && size < largeBatchSize) {
        const isLate = this.#options.clock.monotonicMs() - open.openedMs >= gatherMsMax
        if (!isLate) return this.#gather(turnsLeft - 1, size)
      }
      this.#isScheduled = false
      if (this.#committing === undefined) this.#startCommit()
    })
  }

  /** A large batch leaves at once, so that the disk has work while messages are read. */
  #continue(): void {
    if (this.#open === undefined) return
    if (this.#open.size >= largeBatchSize) this.#startCommit()
    else this.#schedule()
  }

  #startCommit(): void {
    const filling = this.#open
    if (filling === undefined) return
    const { clock } = this.#options
    this.#decided.remember(filling)
    const batch = filling.seal(clock.nowUs())
    this.#open = undefined
    this.#committing = filling
    this.#announceRoom()
    this.#committer.commit(batch).then(
      (commit) => this.#finish(filling, batch, commit),
      (error) => this.#stopOn(error),
    )
  }

  /** A batch that the store had no time for before it closed was never answered: its publishers have it. */
  #stopOn(error: unknown): void {
    const isEnd = error instanceof AckstoneError && error.code === 'STORE_CLOSED' && this.#state === 'closed'
    if (!isEnd) this.#options.onFatal(error)
  }

  #finish(filling: FillingBatch, batch: Batch, commit: Commit): void {
    assert(filling.ticket > this.#storedTicket, 'I1: tickets are stored in ascending order')
    this.#storedTicket = filling.ticket
    this.#committing = undefined
    const nowMs = this.#options.clock.monotonicMs()
    const elapsedMs = nowMs - filling.openedMs
    const { promise, traces } = this.#options.delivery
    promise.stored += filling.promised
    const { ticket, readings } = filling
    traces.stored({ number: ticket, readings, commitMs: nowMs - this.#committer.startedMs }, nowMs)
    if (this.#open !== undefined) this.#open.leavingSinceTs = filling.decidedTsMin
    this.#continue()
    for (const { figures, count } of filling.answers) {
      figures.acknowledged += count
      figures.ackLatency.record(elapsedMs, count)
    }
    for (const run of filling.callbacks) run()
    for (const participant of filling.participants) participant.stored(ticket)
    traces.released(ticket)
    if (batch.runs.length > 0) this.#options.onStored(batch.runs)
    this.#counting = this.#tallying.count(batch, commit).catch(this.#options.onFatal)
    if (this.#committing === undefined) this.#whenIdle?.()
  }

  get isFull(): boolean {
    return this.#open?.isFull(this.#options.limits, 1) === true
  }

  get isOverfull(): boolean {
    return this.#open?.isFull(this.#options.limits, overfullTimes) === true
  }

  #mustShed(): boolean {
    return this.isFull && this.stalledMs() > 0
  }

  onRoom(run: () => void): void {
    this.#onRoom.push(run)
  }

  #announceRoom(): void {
    if (this.#onRoom.length === 0) return
    for (const run of this.#onRoom.splice(0)) run()
  }

  answered(count: number): void {
    this.#options.delivery.promise.acknowledged += count
  }

  unanswered(count: number, ticket: Ticket): void {
    this.#whenStored(ticket, () => (this.#options.delivery.promise.unanswered += count))
  }

  stored(ticket: Ticket): Promise<void> {
    return new Promise((resolve) => this.#whenStored(ticket, resolve))
  }

  #whenStored(ticket: Ticket, run: () => void): void {
    if (ticket <= this.#storedTicket) return run()
    const batch = this.#committing?.ticket === ticket ? this.#committing : this.#open
    assert(batch?.ticket === ticket, 'a ticket that is not stored belongs to one of the two batches')
    batch.afterStored(run)
  }

  stalledMs(): number {
    return this.#committing === undefined ? 0 : this.#committer.stalledMs()
  }

  /** Stores what is there and takes no more. Resolves once stored and counted, or after `waitMs`. */
  async close(waitMs: number): Promise<void> {
    this.#state = 'closing'
    if (this.#open !== undefined || this.#committing !== undefined) {
      await new Promise<void>((resolve) => {
        const timer = this.#options.clock.after(waitMs, resolve)
        this.#whenIdle = () => {
          timer.cancel()
          resolve()
        }
        this.#schedule()
      })
    }
    this.#state = 'closed'
    if (this.#committing === undefined) await this.#counting
  }
}
