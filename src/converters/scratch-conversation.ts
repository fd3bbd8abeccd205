// A conversation that lasts as long as somebody tries messages out: nothing is stored, nothing is asked.
import type { Conversation, Request } from './converter.ts'

export class ScratchConversation implements Conversation {
  /** What would have been published. */
  readonly requests: Request[] = []
  readonly #entries = new Map<string, Uint8Array>()

  get(key: string): Uint8Array | undefined {
    return this.#entries.get(key)
  }

  put(key: string, value: Uint8Array): boolean {
    this.#entries.set(key, value)
    return true
  }

  request(request: Request): void {
    this.requests.push(request)
  }
}
