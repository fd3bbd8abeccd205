// The limits of ingest (I7), and the pauses between its attempts (I5).

export interface IngestLimits {
  /** Readings and bytes in the open batch from which on senders are not read (I7). */
  batchReadingsMax: number
  batchBytesMax: number
  /** Records of sessions, queues and retained messages in it, which cost more each than readings do. */
  batchStateMax: number
  /** A commit that takes longer than this counts as stalled; QoS 0 is then shed from a full batch. */
  stalledAfterMs: number
  /** Waiting time between attempts to commit a batch that failed: the first, and the longest. */
  retryFirstMs: number
  retryMaxMs: number
  clockAheadMaxMs: number
}

export const ingestLimitsDefault: Readonly<IngestLimits> = {
  batchReadingsMax: 400_000,
  batchBytesMax: 32 * 1024 * 1024,
  batchStateMax: 2_000,
  stalledAfterMs: 1_000,
  retryFirstMs: 50,
  retryMaxMs: 2_000,
  clockAheadMaxMs: 24 * 60 * 60 * 1000,
}

/** From this size on, a batch does not wait for more. */
export const largeBatchSize = 500
/** Turns of the event loop for which a small batch waits at most. */
export const gatherTurnsMax = 16
