// One thing after the other: settling, sealing and deleting change what is known of series, so they take
// turns, off the acknowledgement path.

interface Job {
  run: () => Promise<void>
}

export class Lane {
  readonly #jobs: Job[] = []
  #isRunning = false
  #waiting: { upTo: number; resolve: () => void }[] = []
  #added = 0
  #done = 0

  /** Jobs that are not done. */
  get depth(): number {
    return this.#added - this.#done
  }

  /** Runs `run` after everything given before it; settles as it does. */
  add<T>(run: () => Promise<T> | T): Promise<T> {
    const result = new Promise<T>((resolve, reject) => {
      this.#jobs.push({
        run: async () => {
          try {
            resolve(await run())
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)))
          }
        },
      })
    })
    this.#added++
    if (!this.#isRunning) {
      this.#isRunning = true
      // Not in this turn: whoever was just told "stored" goes first.
      setImmediate(() => void this.#runAll())
    }
    return result
  }

  async #runAll(): Promise<void> {
    for (let job = this.#jobs.shift(); job !== undefined; job = this.#jobs.shift()) {
      await job.run()
      this.#done++
      this.#waiting = this.#waiting.filter(({ upTo, resolve }) => {
        if (upTo > this.#done) return true
        resolve()
        return false
      })
    }
    this.#isRunning = false
  }

  /** Resolves when at most `depth` of the jobs given so far are not done. */
  drained(depth: number): Promise<void> {
    const upTo = this.#added - depth
    if (upTo <= this.#done) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push({ upTo, resolve }))
  }
}
