// A look through all retained messages for those that a filter matches, a few at a time: with a million of them it
// takes longer than others should wait.
import type { Ticket } from '../ingest/contract.ts'
import { matches } from '../mqtt/topic.ts'
import type { RoutedMessage } from './routed-message.ts'

/** A topic's retained message; a newer one has a higher number. */
export interface RetainedEntry {
  readonly message: RoutedMessage
  readonly number: number
  /** The batch that subscribers wait for before they see it (I8); 0 for none. */
  readonly ticket: Ticket
  /** Of the session that published it. */
  readonly owner: string
  /** Replaced or cleared. */
  isGone: boolean
}

export class RetainedSearch {
  readonly #filter: string
  readonly #entries: Iterator<[string, RetainedEntry]>
  readonly #upTo: number
  /** All have been looked at. */
  isDone = false
  /** How many have been looked at since this was set to 0. */
  looks = 0

  /** @param entries by topic, numbers ascending; may change meanwhile.
   *  @param upTo what is retained later is not for this search: subscribers get it as it comes. */
  constructor(filter: string, entries: Iterator<[string, RetainedEntry]>, upTo: number) {
    this.#filter = filter
    this.#entries = entries
    this.#upTo = upTo
  }

  /** The next one; undefined when it is not among the next so many, or there is none. */
  next(nowTs: number, looksMax: number): RetainedEntry | undefined {
    for (let look = 0; look < looksMax; look++) {
      const { done, value } = this.#entries.next()
      if (done === true || value[1].number > this.#upTo) {
        this.isDone = true
        return undefined
      }
      this.looks++
      const [topic, entry] = value
      if (matches(this.#filter, topic) && !entry.message.isExpired(nowTs)) return entry
    }
    return undefined
  }
}
