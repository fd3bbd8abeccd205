// One worker thread as the pool sees it: calls go in, results come out, and shared memory says which call it has in
// hand, also when it never comes back.
import { Worker } from 'node:worker_threads'
import { assert } from '../lib/assert.ts'
import type { BatchDone, Result } from './protocol.ts'
import type { Call, ScriptQueue } from './script-queue.ts'

/** Of the host's own heap in a thread; the scripts' memory is not in it. */
const resourceLimits = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 }

/** Processor time after which a call, or the loading of its script, has slipped past the limits of its sandbox: they
 *  are looked at between steps of the language, and some steps are long. Milliseconds. */
const callMsMax = 100
const loadingMsMax = 500

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
  /** One more than the number of the call in hand, negative while its script is being loaded; 0 for none. */
  readonly #progress = new Int32Array(new SharedArrayBuffer(4))
  #work: Work | undefined
  /** What it was at when it was looked at last, and the processor time it had used by then. */
  #seen: { progress: number; work: Work | undefined; cpuMs: number } = {
    progress: 0,
    work: undefined,
    cpuMs: 0,
  }
  #isHung = false
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

  /** It has been ended because it did not come back. */
  get isHung(): boolean {
    return this.#isHung
  }

  get isBusy(): boolean {
    return this.#work !== undefined
  }

  begin(queue: ScriptQueue, calls: readonly Call[], nowMs: number): void {
    assert(this.#work === undefined, 'a thread has one batch at a time')
    this.#work = { queue, calls, startedMs: nowMs }
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
    return progress === 0 ? undefined : Math.abs(progress) - 1
  }

  /** Ends the thread when the call in hand has taken more of the processor than any call may. Time in which others
   *  had the processor does not count, so that a busy machine ends nothing. */
  async endIfHung(): Promise<void> {
    const progress = Atomics.load(this.#progress, 0)
    if (progress === 0 || this.#isHung) return
    const { user, system } = await this.#worker.cpuUsage()
    const cpuMs = (user + system) / 1000
    const isSame = progress === this.#seen.progress && this.#work === this.#seen.work
    if (!isSame) this.#seen = { progress, work: this.#work, cpuMs }
    const mostMs = progress < 0 ? loadingMsMax : callMsMax
    if (cpuMs - this.#seen.cpuMs <= mostMs || Atomics.load(this.#progress, 0) !== progress) return
    this.#isHung = true
    this.#cause = 'a call did not come back'
    await this.#worker.terminate()
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }
}
