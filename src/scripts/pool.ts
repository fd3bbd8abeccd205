// The worker threads that run scripts. Their time is shared out by script: the one that has had least of it goes
// first, so that a slow script delays its own messages and hardly anybody else's. A thread that does not come back is
// ended and replaced; what it had not begun is run by another.
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { Job, Result } from './protocol.ts'
import { failed, type Call, type ScriptQueue } from './script-queue.ts'
import { ScriptThread } from './script-thread.ts'

export interface PoolOptions {
  clock: Clock
  log: Log
  /** Threads at most; two at least, so that one script that hangs leaves another. */
  threads: number
}

const watchMs = 50
/** Threads that may end by themselves with a call in hand before it is given up. */
const lossesMax = 2
/** Time before another thread is begun when one has ended without doing anything. */
const restartMs = 1_000

export class ScriptPool {
  readonly #options: PoolOptions
  readonly #threads = new Set<ScriptThread>()
  /** Scripts with calls that wait. */
  readonly #waiting = new Set<ScriptQueue>()
  #usedMsNow = 0
  #isWatching = false
  #isRestarting = false
  #isClosed = false
  /** Threads that were ended because they did not come back, and that ended by themselves. */
  lost = 0

  constructor(options: PoolOptions) {
    this.#options = options
  }

  /** Runs a call; never rejects. @param bytes what its input weighs. */
  run(queue: ScriptQueue, job: Job, bytes: number): Promise<Result> {
    const { promise, resolve } = Promise.withResolvers<Result>()
    const isNew = queue.waiting === 0 && queue.running === 0
    // Who was idle has no claim to the time it did not use.
    if (isNew) queue.usedMs = Math.max(queue.usedMs, this.#usedMsNow)
    const call: Call = { job, bytes, settle: resolve, losses: 0 }
    if (queue.add(call)) {
      this.#waiting.add(queue)
      this.#dispatch()
    }
    return promise
  }

  /** Threads there are. */
  get threads(): number {
    return this.#threads.size
  }

  #dispatch(): void {
    for (let thread = this.#idle(); thread !== undefined; thread = this.#idle()) {
      const queue = this.#next()
      if (queue === undefined) return
      this.#usedMsNow = queue.usedMs
      const calls = queue.take()
      if (queue.waiting === 0) this.#waiting.delete(queue)
      thread.begin(queue, calls, this.#options.clock.monotonicMs())
      this.#watch()
    }
  }

  #idle(): ScriptThread | undefined {
    if (this.#isClosed || this.#waiting.size === 0) return undefined
    for (const thread of this.#threads) if (!thread.isBusy) return thread
    if (this.#threads.size >= this.#options.threads || this.#isRestarting) return undefined
    const thread = new ScriptThread({
      done: (results) => this.#done(thread, results),
      ended: (cause) => this.#ended(thread, cause),
    })
    this.#threads.add(thread)
    return thread
  }

  /** The script that has had least time. */
  #next(): ScriptQueue | undefined {
    let next: ScriptQueue | undefined
    for (const queue of this.#waiting) {
      if (queue.waiting === 0) this.#waiting.delete(queue)
      else if (queue.mayStart && (next === undefined || queue.usedMs < next.usedMs)) next = queue
    }
    return next
  }

  #done(thread: ScriptThread, results: readonly Result[]): void {
    const { queue, calls, startedMs } = thread.finish()
    queue.running--
    queue.usedMs += this.#options.clock.monotonicMs() - startedMs
    this.#giveBack(queue, calls.slice(results.length))
    for (const [index, result] of results.entries()) queue.settle(calls[index]!, result)
    this.#dispatch()
  }

  #giveBack(queue: ScriptQueue, calls: readonly Call[]): void {
    if (calls.length === 0) return
    queue.giveBack(calls)
    this.#waiting.add(queue)
  }

  /** The thread is gone: the call that it had in hand may be why. */
  #ended(thread: ScriptThread, cause: string): void {
    this.#threads.delete(thread)
    if (this.#isClosed) return
    this.lost++
    this.#options.log.warn('a thread for scripts has ended and is replaced', { cause })
    if (thread.isBusy) {
      const inHand = thread.inHand
      const { queue, calls, startedMs } = thread.finish()
      queue.running--
      queue.usedMs += this.#options.clock.monotonicMs() - startedMs
      const call = inHand === undefined ? undefined : calls[inHand]
      if (call !== undefined) call.losses++
      const isGivenUp = call !== undefined && (thread.isHung || call.losses >= lossesMax)
      this.#giveBack(queue, isGivenUp ? calls.filter((each) => each !== call) : calls)
      if (isGivenUp) queue.settle(call, failed('script_ended'))
      if (call === undefined) this.#restartLater()
    }
    this.#dispatch()
  }

  #restartLater(): void {
    this.#isRestarting = true
    this.#options.clock.after(restartMs, () => {
      this.#isRestarting = false
      this.#dispatch()
    })
  }

  #watch(): void {
    if (this.#isWatching) return
    this.#isWatching = true
    this.#options.clock.after(watchMs, () => {
      this.#isWatching = false
      const busy = [...this.#threads].filter(({ isBusy }) => isBusy)
      for (const thread of busy) {
        // A thread that has ended meanwhile can't be asked; `ended` has dealt with it.
        thread.endIfHung().catch(() => undefined)
      }
      if (busy.length > 0) this.#watch()
    })
  }

  /** Ends all threads; what waits is never answered. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all([...this.#threads].map((thread) => thread.close()))
  }
}
