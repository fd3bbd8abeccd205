// Write timestamps: of two writes of a cell, Cassandra keeps the one with the greater. One for each batch, kept
// over all its retries, so that a late retry can't undo a newer value.

export class WriteClock {
  #last = 0

  /** Microseconds, above all before. The end of the current millisecond: a conditional write, which the server
   *  dates itself to the microsecond, must not seem newer than what we write after it. */
  next(): number {
    this.#last = Math.max(this.#last + 1, Date.now() * 1000 + 999)
    return this.#last
  }

  /** Timestamps up to this one are taken. */
  passed(writeTs: number): void {
    if (writeTs > this.#last) this.#last = writeTs
  }
}
