// How long something keeps the processor. What the machine does meanwhile for others is not counted, so a test may
// bound it.

/** Milliseconds of this thread. */
export function processorMs(run: () => void): number {
  const before = process.threadCpuUsage()
  run()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1000
}
