// How long something keeps the processor. What the machine does meanwhile for others is not counted, so a test may
// bound it.

/** Milliseconds of this thread. */
export function processorMs(run: () => void): number {
  const before = process.threadCpuUsage()
  run()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1000
}

/** Some systems count in steps of this many milliseconds. */
const stepMs = 10

/** Milliseconds that one run takes, of so many as many steps of the clock have room for. */
export function processorMsEach(run: () => void): number {
  let runs = 0
  let tookMs = 0
  while (tookMs < 10 * stepMs) {
    tookMs += processorMs(() => {
      for (let again = 0; again <= runs; again++) run()
    })
    runs += runs + 1
  }
  return tookMs / runs
}
