// What one sender sent and is not taken in yet: it leaves in the order in which it came (I4), and what a script
// reads leaves when it is ready. Sessions and bridges have one each, while anything of theirs waits.
import type { Preparing, RouteTarget } from './contract.ts'

interface Entry<T> {
  readonly item: T
  readonly bytes: number
  isReady: boolean
  isDropped: boolean
  /** What to accept it with; undefined when it needed no preparation. */
  targets: readonly RouteTarget[] | undefined
  next: Entry<T> | undefined
}

export interface InOrderOptions<T> {
  /** Takes the next one in. */
  take: (item: T, targets: readonly RouteTarget[] | undefined) => void
  /** Whether the next one has to wait for something else; `goOn` is then called later. */
  mustWait: (goOn: () => void) => boolean
  /** All that was ready has been taken in: answers may leave. */
  turnEnds: () => void
}

export class InOrder<T> {
  readonly #options: InOrderOptions<T>
  #first: Entry<T> | undefined
  #last: Entry<T> | undefined
  #isTaking = false
  #isWaiting = false
  /** What waits, and its payloads' bytes. The sender stops reading in time (I7). */
  count = 0
  bytes = 0

  constructor(options: InOrderOptions<T>) {
    this.#options = options
  }

  /** @param preparing undefined for what only waits for those before it. */
  push(item: T, bytes: number, preparing: Preparing | undefined): void {
    const isReady = preparing === undefined
    const entry: Entry<T> = { item, bytes, isReady, isDropped: false, targets: undefined, next: undefined }
    if (this.#last === undefined) this.#first = entry
    else this.#last.next = entry
    this.#last = entry
    this.count++
    this.bytes += bytes
    preparing?.ready.then(
      (targets) => {
        entry.targets = targets
        entry.isReady = true
        this.#advance()
      },
      // A preparation that rejects ends the process; ingest has said so.
      () => undefined,
    )
  }

  /** Leaves out what is not to be taken in any more. */
  keepOnly(isKept: (item: T) => boolean): void {
    for (let entry = this.#first; entry !== undefined; entry = entry.next) {
      if (entry.isDropped || isKept(entry.item)) continue
      entry.isDropped = true
      this.count--
      this.bytes -= entry.bytes
    }
    this.#skipDropped()
    this.#advance()
  }

  #advance(): void {
    // What is taken in may end its sender, which comes back here through `keepOnly`.
    if (this.#isTaking || this.#first?.isReady !== true) return
    this.#isTaking = true
    for (let entry: Entry<T> | undefined = this.#first; entry?.isReady === true; entry = this.#first) {
      if (this.#mustWait()) break
      this.#first = entry.next
      if (entry.next === undefined) this.#last = undefined
      this.count--
      this.bytes -= entry.bytes
      this.#options.take(entry.item, entry.targets)
      this.#skipDropped()
    }
    this.#isTaking = false
    this.#options.turnEnds()
  }

  #mustWait(): boolean {
    this.#isWaiting ||= this.#options.mustWait(() => {
      this.#isWaiting = false
      this.#advance()
    })
    return this.#isWaiting
  }

  #skipDropped(): void {
    while (this.#first?.isDropped === true) this.#first = this.#first.next
    if (this.#first === undefined) this.#last = undefined
  }
}
