// The contract every engine keeps. Narrow on purpose: another engine can take LevelDB's place.
// The data plane is columnar: readings travel as runs, never as one object each.
import type { DuplicatesPolicy, Value } from '../model/reading.ts'
import type { Times } from './measure.ts'
import type { Qos } from '../model/message.ts'
import type { Intervals } from './intervals.ts'

/** Readings of one series that came through one integration, in the order in which they came. */
export interface SeriesRun {
  device: string
  key: string
  /** Identifier of the integration they came through. */
  integration: string
  duplicates: DuplicatesPolicy
  /** Integer microseconds; same length as `values`, at least 1. Any order, repeats allowed. */
  ts: number[]
  values: Value[]
}

/** A message that no converter could read: kept raw, with its reason (I6). */
export interface RejectedMessage {
  /** 1 to 40 characters of [0-9a-z]; ids sort by time of rejection. */
  id: string
  integration: string
  device: string
  clientId: string
  topic: string
  payload: Uint8Array
  qos: Qos
  receivedTs: number
  /** The time given to it, in case it is converted later without one of its own. */
  decidedTs: number
  code: string
  reason: string
}

/** Small durable state that is not a reading. Keys sort by their UTF-8 bytes within a space. */
export type StateSpace = 'session' | 'inbound' | 'queue' | 'retained' | 'registry' | 'hub'

export type StateWrite =
  | { type: 'put'; space: StateSpace; key: string; value: Uint8Array }
  | { type: 'delete'; space: StateSpace; key: string }

/** What becomes durable together: one commit, one fate. Within `state`, later writes of a key win.
 *  Given to `commit`, a batch and its arrays belong to the store until its tallies are settled. */
export interface Batch {
  /** Grows by one with each batch; a retry carries the same number. */
  ticket: number
  runs: SeriesRun[]
  rejected: RejectedMessage[]
  /** Ids of rejected messages that have now been converted or dismissed. */
  resolvedRejected: string[]
  state: StateWrite[]
  /** Records of devices as they are to be, whatever the batch and its `closedTs` say: for a store that is
   *  moved. Devices without a reading too. */
  devices?: DeviceRecord[]
  /** Known to whoever has a lease next, before anything else of the batch can be seen by anybody. */
  leased?: LeasedEntry[]
  /** When the batch closed, integer microseconds: `lastSeenTs` of the devices in it. */
  closedTs: number
}

/** The times that messages were given which came while this hub had a lease. Where it has the lease no more, who has
 *  it will be given these messages again: what got its time here is then left out of the batch. */
export interface LeasedEntry {
  /** Name of the lease. */
  lease: string
  /** Who had it when the messages came. */
  hub: string
  term: number
  /** Entries of a part are read together; a slot that is written again has its new value only. */
  part: string
  slot: number
  value: Uint8Array
  /** Through which the messages came. */
  integration: string
  /** Their times, integer microseconds. */
  decidedTs: readonly number[]
}

/** How the rows of one run met what was already there. fresh + the others = run.ts.length. */
export interface RunTally {
  /** Rows that were not there before. */
  fresh: number
  /** The row was there with the same value. */
  sameValue: number
  /** The row was there with another value, which this one replaced. */
  overwritten: number
  /** The row was there with another value, which stayed (`duplicates: "ignore"`). */
  ignored: number
  /** Of `fresh`: rows older than the newest of their series (I9). */
  late: number
}

/** A finished commit: stored already; how it met existing rows is counted a little later. */
export interface Commit {
  /** One entry for each of the batch's runs, in order. Rejects only if the store is closed meanwhile. */
  tallies: Promise<RunTally[]>
}

/** Readings of one series in order of the query, each ts once. */
export interface SeriesChunk {
  /** Integer microseconds. */
  ts: Float64Array | number[]
  /** A Float64Array when every value of the chunk is a double. */
  values: Float64Array | Value[]
  count: number
}

/** What neighbouring readings of one series come to, in place of them. */
export interface SeriesSummary {
  /** Of the first and the last of them; integer microseconds. */
  firstTs: number
  lastTs: number
  /** At least 1. */
  count: number
  first: Value
  last: Value
  /** How many of the values are doubles or 64-bit integers. */
  numbers: number
  /** Of those; ±∞ where there is none. */
  min: number
  max: number
  /** Their sum is high + low, exactly: the true sum of the doubles. */
  high: number
  low: number
}

export type SeriesPart = SeriesChunk | SeriesSummary

/** Readings of one series. */
export interface SeriesRange {
  device: string
  key: string
  /** Inclusive, integer microseconds. */
  startTs: number
  /** Exclusive, integer microseconds. */
  endTs: number
}

export interface SeriesQuery extends SeriesRange {
  order: 'asc' | 'desc'
}

export interface LatestReading {
  key: string
  ts: number
  value: Value
}

export interface DeviceRecord {
  id: string
  /** Integer microseconds since the epoch. */
  createdTs: number
  lastSeenTs: number
}

export interface DeviceQuery {
  /** Case-sensitive substring of the id; empty for all. */
  search: string
  /** Ids after this one in UTF-8 byte order; empty for the first page. */
  after: string
  limit: number
}

export interface StoreHealth {
  isWritable: boolean
  /** The AckstoneError code while not writable. */
  code: string | undefined
  /** A sentence for the operator; says what to do when not writable. */
  sentence: string
  /** What "stored" means on this engine, as far as it is known now; as in the description. */
  durability: string
}

/** What the engine has found out by looking, and not by being told. */
export interface StoreMeasured {
  /** Sync of a small write in the data folder, when the store was opened, milliseconds; undefined where
   *  nothing is synced here or it could not be tried. */
  syncMs: Times | undefined
  /** The newest commits, milliseconds until they were stored; undefined before the first. */
  commitMs: Times | undefined
  /** Room left on the disk of the data folder; undefined where there is none, or it can't be told. */
  freeBytes: number | undefined
  /** How much the store grows in a day, judged by an hour to a week of this process; undefined before. */
  growthBytesPerDay: number | undefined
  /** Asked of the cluster itself; undefined on one machine. */
  cluster: ClusterFindings | undefined
}

export interface ClusterFindings {
  consistency: string
  strategy: string
  /** Copies in the local data center, copies in all, and how many of them confirm a write. */
  replicationFactor: number
  copies: number
  confirmations: number
  /** The weakest commit log mode among the nodes that told theirs. */
  commitlogSync: 'batch' | 'group' | 'periodic' | 'unknown'
  nodes: number
  nodesAsked: number
}

export interface StoreDescription {
  engine: 'leveldb' | 'cassandra' | 'memory'
  /** What "stored" means on this engine, as the portal says it. */
  durability: string
  location: string
  sizeBytes: number
  measured: StoreMeasured
}

/** Who holds something that one of all hubs may have at a time. */
export interface LeaseRecord {
  /** Identifier of the hub that has it, or had it last. */
  hub: string
  /** It was given back. */
  isFree: boolean
  /** Grows by one each time another hub takes it. */
  term: number
  /** Grows by one with each change, so that whoever looks twice sees whether its holder is still there. */
  beat: number
}

/** Leases of all hubs on one store. No clock of the store or of another hub is trusted: a lease is over when its
 *  record has not changed for as long as a lease lasts, measured by whoever looks. */
export interface Leases {
  /** May be behind what `exchange` has seen. Undefined: nobody had it in the last thirty days.
   *  @throws CLUSTER_* */
  read(name: string): Promise<LeaseRecord | undefined>
  /** Writes `next` if what is there is still `seen`, in one step; resolves with what is there then: `next` itself
   *  when it was written. @throws CLUSTER_*: the outcome is unknown. */
  exchange(name: string, seen: LeaseRecord | undefined, next: LeaseRecord): Promise<LeaseRecord | undefined>
  /** The entries of a part, in any order. Whoever has taken the lease before sees all that there will be of the holder
   *  before. @throws CLUSTER_* */
  entries(name: string, part: string): Promise<Uint8Array[]>
}

export interface Store {
  /** Stores a batch so that it survives as `describe().durability` says. Idempotent: a batch whose
   *  commit rejected is committed again, the same object, until it resolves; twice equals once. One at a
   *  time: the next batch is given when this one has resolved.
   *  @throws STORE_FULL, STORE_UNAVAILABLE (retryable): the outcome is unknown, never "stored". */
  commit(batch: Batch): Promise<Commit>

  /** Stored readings of a series in chunks of at most 4,096. Unknown series: nothing. Sees one moment:
   *  what is committed while it runs does not appear; on Cassandra each page is a moment of its own. The
   *  arrays of a chunk are the reader's to keep.
   *  @throws STORE_UNAVAILABLE (retryable) while the store is being reopened; STORE_CORRUPT. */
  query(query: SeriesQuery): AsyncIterable<SeriesChunk>
  /** The same, ascending, for whoever reduces it to intervals: readings that lie together in one interval may
   *  come as their summary. Undefined where the engine keeps none. `aggregate` works with both. */
  parts?(range: SeriesRange, intervals: Intervals): AsyncIterable<SeriesPart>
  /** The newest reading by event time (I9) of each key, keys in byte order. */
  latest(device: string): Promise<LatestReading[]>
  /** Keys of a device in byte order, also those whose rows have all been deleted. */
  keys(device: string): Promise<string[]>
  device(id: string): Promise<DeviceRecord | undefined>
  devices(query: DeviceQuery): Promise<DeviceRecord[]>
  /** Deletes the rows of a range, durably; resolves with how many there were. `keys` undefined: all. */
  deleteSeries(device: string, keys: string[] | undefined, startTs: number, endTs: number): Promise<number>

  /** Newest first, older than the id `before` (empty: from the newest). */
  rejected(before: string, integration: string | undefined, limit: number): Promise<RejectedMessage[]>
  rejectedById(id: string): Promise<RejectedMessage | undefined>

  stateGet(space: StateSpace, key: string): Promise<Uint8Array | undefined>
  /** All entries whose key starts with `prefix`, ascending. */
  stateScan(space: StateSpace, prefix: string): AsyncIterable<{ key: string; value: Uint8Array }>

  /** Calls back some seconds at most after another hub has changed the space `registry`, and perhaps when
   *  this one has; calls again where that failed. Keys that begin with `figuresPrefix` are no news.
   *  Undefined where there is no other hub. */
  watchRegistry?(onChange: () => Promise<void>): void
  /** Undefined where there is no other hub. */
  readonly leases?: Leases

  health(): StoreHealth
  describe(): Promise<StoreDescription>
  /** Waits for what is under way, then releases the folder. */
  close(): Promise<void>
}
