// One worker thread as the pool sees it: calls go in, results come out, and shared memory says which call it has in
// hand, also when it never comes back.
import { Worker } from 'node:worker_threads'
import { assert } from '../lib/assert.ts'
import type { BatchDone, Result } from './protocol.ts'
import type { Call, ScriptQueue } from './script-queue.ts'

/** Of the host's own heap in a thread; the scripts' memory is not in it. */
const resourceLimits = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 }

interface Work {
  queue: ScriptQueue
  calls: readonly Call[]
  startedMs: number
}

export interface ThreadEvents {
  done: (results: readonly Result[]) => void
  ended: (cause: string) => void
}

export class ScriptThread {
  readonly #worker: Worker
  /** One more than the number of the call in hand; 0 for none. */
  readonly #progress = new Int32Array(new SharedArrayBuffer(4))
  #work: Work | undefined
  #seenProgress = 0
  #seenMs = 0
  #cause = 'it stopped'

  constructor(events: ThreadEvents) {
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: { progress: this.#progress },
      env: {},
      execArgv: [],
      resourceLimits,
    })
    this.#worker.unref()
    this.#worker.on('message', ({ results }: BatchDone) => events.done(results))
    this.#worker.on('error', (error) => (this.#cause = String(error)))
    this.#worker.on('exit', () => events.ended(this.#cause))
  }

  get isBusy(): boolean {
    return this.#work !== undefined
  }

  begin(queue: ScriptQueue, calls: readonly Call[], nowMs: number): void {
    assert(this.#work === undefined, 'a thread has one batch at a time')
    this.#work = { queue, calls, startedMs: nowMs }
    this.#seenProgress = 0
    this.#seenMs = nowMs
    this.#worker.ref()
    const { hash, source } = queue
    this.#worker.postMessage({ hash, source, jobs: calls.map(({ job }) => job) })
  }

  /** What it had to do; it has nothing then. */
  finish(): Work {
    assert(this.#work !== undefined, 'a thread that has finished had a batch')
    const work = this.#work
    this.#work = undefined
    this.#worker.unref()
    return work
  }

  /** Number of the call in hand within its batch; undefined when none is. */
  get inHand(): number | undefined {
    const progress = Atomics.load(this.#progress, 0)
    return progress === 0 ? undefined : progress - 1
  }

  /** For how long the same call has been in hand, milliseconds; 0 while the thread begins. */
  hangingMs(nowMs: number): number {
    const progress = Atomics.load(this.#progress, 0)
    if (progress !== this.#seenProgress || progress === 0) {
      this.#seenProgress = progress
      this.#seenMs = nowMs
    }
    return nowMs - this.#seenMs
  }

  /** Ends it for a reason; `ended` follows. */
  end(cause: string): void {
    this.#cause = cause
    this.#worker.terminate().catch((error: unknown) => (this.#cause = String(error)))
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }
}
