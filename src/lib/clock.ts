// Time comes in from outside, so that the simulator can replace it.

/** A timer that can be called off. */
export interface Timer {
  cancel(): void
}

export interface Clock {
  /** Wall time, integer microseconds since the epoch, UTC. It may step backwards. */
  nowUs(): number
  /** Milliseconds with a fraction since some fixed moment; never steps backwards. */
  monotonicMs(): number
  /** Calls `run` once the I/O events at hand have been dealt with, before new ones are waited for. */
  soon(run: () => void): void
  /** Calls `run` once after `delayMs`. A pending timer does not keep the process alive. */
  after(delayMs: number, run: () => void): Timer
}

export const systemClock: Clock = {
  nowUs: () => Date.now() * 1000,
  monotonicMs: () => performance.now(),
  soon: (run) => void setImmediate(run),
  after(delayMs, run) {
    const handle = setTimeout(run, delayMs)
    handle.unref()
    return { cancel: () => clearTimeout(handle) }
  },
}
