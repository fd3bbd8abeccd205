// The promise, counted twice on two paths that know nothing of each other: ingest counts messages whose commit has
// resolved, whoever answers counts the answers that left. When nothing is under way, both say the same.

export interface PromiseFigures {
  /** Answers to messages at QoS 1-2 that left for the publisher, PUBACK or PUBREC. */
  acknowledged: number
  /** Messages at QoS 1-2 that a publisher waited for and whose commit has resolved. */
  stored: number
  /** Stored, but the connection had ended before the answer could leave; the publisher sends again. */
  unanswered: number
  /** acknowledged + unanswered - stored. Above 0 an answer left that no commit stands behind (I1). */
  difference: number
  /** RFC 3339: when this counting began, which is when the hub started. */
  since: string
}

export class PromiseRecord {
  acknowledged = 0
  stored = 0
  unanswered = 0
  readonly #since: string

  /** @param sinceTs integer microseconds. */
  constructor(sinceTs: number) {
    this.#since = new Date(sinceTs / 1000).toISOString()
  }

  figures(): PromiseFigures {
    const { acknowledged, stored, unanswered } = this
    const difference = acknowledged + unanswered - stored
    return { acknowledged, stored, unanswered, difference, since: this.#since }
  }
}
