// What senders of messages (sessions, bridges, HTTP) see of ingest. Everything but `prepare` is synchronous: a
// message and its side effects join the open batch in one turn of the event loop, so they share its fate.
import type { Conversation, Converter, TopicCaptures } from '../converters/converter.ts'
import type { Message, Qos } from '../model/message.ts'
import type { DuplicatesPolicy } from '../model/reading.ts'
import type { LeasedEntry, StateSpace } from '../storage/store.ts'

/** Number of a batch. Batches are committed in this order. 0: nothing durable, answer at once. */
export type Ticket = number

/** One integration that wants a topic, and how. Immutable. */
export interface RouteTarget {
  /** Identifier of the integration. */
  readonly integration: string
  /** The QoS selected for the matching topic; the highest where several filters of it match. */
  readonly qos: Qos
  readonly duplicates: DuplicatesPolicy
  readonly converter: Converter
  readonly captures: TopicCaptures
  /** What the integration's converter remembers; undefined: each message stands alone. */
  readonly conversation?: Conversation
}

/** Who wants a topic name. Immutable: a change of integrations makes new routes. */
export interface Route {
  readonly targets: readonly RouteTarget[]
}

export interface Router {
  /** Cached, cheap: called for every message. */
  route(topic: string): Route
  /** Some route has a converter that works elsewhere, so that messages may have to be prepared. */
  readonly hasPreparing?: boolean
}

/** The conversion of a message that is under way elsewhere. */
export interface Preparing {
  /** What `acceptFor` is then called with, for this message alone. Rejects only after `onFatal`. */
  readonly ready: Promise<readonly RouteTarget[]>
  /** Too much is waiting there: its sender is not read until it is ready (I7). */
  readonly isCrowded: boolean
}

/** What became of a message. Shared and frozen: read it in the same turn, don't keep it. */
export interface Outcome {
  /** The publisher's answer waits for this batch (I1). 0 when no durable effect is wanted at QoS 1-2. */
  readonly ticket: Ticket
  /** At least one integration wants this topic. */
  readonly isWanted: boolean
  /** At least one integration wants it at effective QoS 1 or 2: subscribers see it after the commit (I8). */
  readonly isStoredFirst: boolean
  /** Why it was rejected (I6); undefined when it was converted. The first reason of several integrations. */
  readonly rejection: string | undefined
}

/** Somebody with effects in a batch: a session, a bridge. Called at most once a batch. */
export interface Participant {
  /** The batch closes now: last chance to add state writes to it (`batch.put`, `batch.delete`). */
  seal(batch: OpenBatch): void
  /** The batch is stored. Tickets come in ascending order. */
  stored(ticket: Ticket): void
}

/** The batch that fills while the one before it is on its way to the disk. */
export interface OpenBatch {
  readonly ticket: Ticket
  put(space: StateSpace, key: string, value: Uint8Array): void
  delete(space: StateSpace, key: string): void
  /** Where the lease is another's by the time of the commit, what this speaks of is left out. */
  enter(entry: LeasedEntry): void
  /** State that joins with `seal`: it counts from now on for how full the batch is. */
  expectState(writes: number): void
  /** The rejected message with this id leaves the list when the batch is stored. */
  resolveRejected(id: string): void
  /** Asks for `seal` and `stored`. Joining twice is joining once. */
  join(participant: Participant): void
  /** Runs after the commit, in the order of the calls, before the participants' `stored`. */
  afterStored(run: () => void): void
}

export interface Ingest {
  /** Some message may have to be prepared: senders ask `prepare` for each, and keep their order (`InOrder`). */
  readonly hasPreparing: boolean
  /** Begins the conversion of a message that a script reads, and decides its time (I3: a resend gives the
   *  script the same one). Undefined when there is nothing to wait for: `accept` it at once. */
  prepare(message: Message): Preparing | undefined
  /** The same for given targets. */
  prepareFor(message: Message, targets: readonly RouteTarget[]): Preparing | undefined
  /** Converts a message for every integration that wants its topic and adds the readings (or the rejected
   *  copy) to the open batch. Sets `message.decidedTs` when a reading or rejected copy needed a time (I3). */
  accept(message: Message): Outcome
  /** The same for given targets instead of the topic's route: prepared ones, HTTP ingest, a retried rejection. */
  acceptFor(message: Message, targets: readonly RouteTarget[]): Outcome
  /** The open batch; opens one if need be and sees to it that it is committed. */
  open(): OpenBatch
  /** The lowest time given to a message whose answer may not have left before this process began, integer
   *  microseconds; 0 for none. */
  readonly unansweredSinceTs: number
  /** Too much is waiting: senders stop reading their sockets until `onRoom` runs (I7). */
  readonly isFull: boolean
  /** So much came in one turn that what has been read waits too: the batch is twice as full as that. */
  readonly isOverfull: boolean
  /** Runs once, when there is room again. */
  onRoom(run: () => void): void
  /** So many answers have left that say that a message is stored: the other half of what the promise is counted
   *  by. */
  answered(count: number): void
  /** So many can't leave any more, because their connection has ended; the newest of them waits for this batch. */
  unanswered(count: number, ticket: Ticket): void
  /** Resolves when the batch with this ticket is stored; for those who answer one message at a time. */
  stored(ticket: Ticket): Promise<void>
  /** Milliseconds for which the commit under way has been failing or hanging; 0 when all is well. */
  stalledMs(): number
}
