// Why a connection is not read (I7). Bits, because several may hold at one time: it is read again when the
// last is gone.

export const pauseReason = {
  /** CONNECT is being answered. */
  admission: 1,
  /** The open batch is full. */
  ingest: 2,
  /** Too many answers wait. */
  answers: 4,
  /** The client does not read what it is sent. */
  outgoing: 8,
  /** The hub is stopping. */
  closing: 16,
  /** Its device sends more messages in a time than it may. */
  rate: 32,
  /** What it sent made much work: others come first. */
  turn: 64,
  /** Too much of what it sent waits for scripts. */
  conversion: 128,
} as const
