// Has the messages traced that somebody looks for by device, client or topic, however many others there are: among
// thousands a second, a sample would hardly ever hold one of them.
import { Sampling } from '../delivery/sampling.ts'
import type { Tap, TraceFilter } from '../delivery/traces.ts'
import type { Message } from '../model/message.ts'

export class Focus implements Tap {
  readonly #filter: TraceFilter
  readonly #sampling = new Sampling()

  constructor(filter: TraceFilter) {
    this.#filter = filter
  }

  sees(message: Message): boolean {
    return this.#fits(message) && this.#sampling.isDue(message.receivedTs)
  }

  /** A device may send itself, or stand in the topic. */
  #fits({ device, clientId, topic, qos }: Message): boolean {
    const filter = this.#filter
    if (filter.qos !== undefined && filter.qos !== qos) return false
    if (filter.client !== undefined && filter.client !== clientId) return false
    if (filter.topic !== undefined && !topic.includes(filter.topic)) return false
    return filter.device === undefined || filter.device === device || topic.includes(filter.device)
  }
}

/** Whether a filter names what only few messages have. */
export function isNarrow({ device, client, topic }: TraceFilter): boolean {
  return device !== undefined || client !== undefined || topic !== undefined
}
