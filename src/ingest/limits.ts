// The limits of ingest (I7), and the pauses between its attempts (I5).

export interface IngestLimits {
  /** Readings and bytes in the open batch from which on senders are not read (I7). */
  batchReadingsMax: number
  batchBytesMax: number
  /** Records of sessions, queues, retained and rejected messages in it, which cost more each than readings do. */
  batchStateMax: number
  /** Series in it: each costs its place in the journal, and a new one its name. */
  batchSeriesMax: number
  /** Sessions in it: the answers of all of them leave in one turn of the event loop. */
  batchSendersMax: number
  /** A commit that takes longer than this counts as stalled; QoS 0 is then shed from a full batch. */
  stalledAfterMs: number
  /** Waiting time between attempts to commit a batch that failed: the first, and the longest. */
  retryFirstMs: number
  retryMaxMs: number
  clockAheadMaxMs: number
}

/** Everybody who is answered waits for a commit under way and for the next, so what a flooder fills must be stored in
 *  a fraction of 100 ms. docs/reference/limits.md has the times that these were chosen by. */
export const ingestLimitsDefault: Readonly<IngestLimits> = {
  batchReadingsMax: 400_000,
  batchBytesMax: 4 * 1024 * 1024,
  batchStateMax: 1_000,
  batchSeriesMax: 5_000,
  batchSendersMax: 1_000,
  stalledAfterMs: 1_000,
  retryFirstMs: 50,
  retryMaxMs: 2_000,
  clockAheadMaxMs: 24 * 60 * 60 * 1000,
}

/** Who has filled a batch is not read, while others still join it, up to so many times its limits: they would otherwise
 *  wait for one commit more. */
export const overfullTimes = 2
/** From this size on, a batch does not wait for more. */
export const largeBatchSize = 500
/** Turns of the event loop for which a small batch waits at most, and their time: turns are long while others make
 *  much work. */
export const gatherTurnsMax = 16
export const gatherMsMax = 4
