// Ends the process when the fuzzer hangs in a loop without end: nothing on its own thread could.
import { Worker } from 'node:worker_threads'

const silentMsMax = 20_000

const source = `
  const { workerData } = require('node:worker_threads')
  const { writeSync } = require('node:fs')
  const state = new Int32Array(workerData.shared)
  let last = -1
  setInterval(() => {
    const now = Atomics.load(state, 0)
    if (now === last) {
      writeSync(2, 'HANG: seed ' + workerData.seed + ', session ' + now + ' does not end\\n')
      process.kill(process.pid, 'SIGKILL')
    }
    last = now
  }, ${silentMsMax})
`

export interface Watchdog {
  /** The fuzzer is about to run this session. */
  alive(session: number): void
  stop(): Promise<void>
}

export function startWatchdog(seed: number): Watchdog {
  const shared = new SharedArrayBuffer(4)
  const state = new Int32Array(shared)
  const worker = new Worker(source, { eval: true, workerData: { shared, seed } })
  worker.unref()
  return {
    alive: (session) => void Atomics.store(state, 0, session),
    stop: async () => void (await worker.terminate()),
  }
}
