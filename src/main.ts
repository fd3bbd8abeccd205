// The process: gives the command line its terminal, turns signals into a request to stop, and exits with
// what the command says.
import process from 'node:process'
import { signalExitCode } from './cli/exit-code.ts'
import { run } from './cli/program.ts'
import type { Terminal } from './cli/terminal.ts'
import { systemClock } from './lib/clock.ts'
import { silentLog, type Log } from './lib/log.ts'

/** A command that has not ended this long after it was told to is cut off. */
const stopWithinMs = 8_000
/** Timers of the hub and its client don't keep the process alive; a command under way does. */
const holdMs = 2 ** 30

/** Ctrl-C reaches this process from the terminal and again from the npm that started it: once is meant. */
const sameSignalMs = 500

const stopping = new AbortController()
let stoppedAtMs = 0
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // A hub that listens for SIGHUP itself reads its files anew and goes on.
    if (signal === 'SIGHUP' && process.listenerCount('SIGHUP') > 1) return
    const nowMs = performance.now()
    if (!stopping.signal.aborted) {
      stoppedAtMs = nowMs
      stopping.abort(signal)
      setTimeout(() => process.exit(signalExitCode(signal)), stopWithinMs).unref()
    } else if (nowMs - stoppedAtMs > sameSignalMs) {
      // Asked again by somebody who has waited long enough.
      process.exit(signalExitCode(signal))
    }
  })
}
// The reader of our output has gone (`| head`): there is nobody left to talk to.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(signalExitCode('SIGPIPE'))
  throw error
})

const hold = setInterval(() => undefined, holdMs)
const terminal: Terminal = {
  // Opened only by those who read it.
  get stdin() {
    return process.stdin
  },
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  signal: stopping.signal,
}
const exitCode = await run(process.argv.slice(2), terminal, {
  serve: async () => (await import('./serve.ts')).serve,
  checkDeclared: async () => (await import('./declared.ts')).checkDeclared,
  async schema() {
    const [{ schemaText }, { clusterOptions }] = await Promise.all([
      import('./storage/cassandra/schema.ts'),
      import('./storage/cassandra/options.ts'),
    ])
    return ({ values }) => schemaText(clusterOptions(values.cassandra))
  },
  async repair() {
    const { repairStorage } = await import('./storage/open.ts')
    return (folder) => repairStorage({ folder, clock: systemClock, log: silentLog })
  },
  async migrate() {
    const [{ moveBetween }, { storageConfig }] = await Promise.all([
      import('./storage/move/ends.ts'),
      import('./storage/config.ts'),
    ])
    return (from, to, hooks) => {
      // A cluster that does not answer is waited for; whoever waits is told why.
      const warn: Log['warn'] = (message, { detail } = {}) => hooks.onWait(`${message}: ${detail ?? '?'}`)
      const log = { ...silentLog, warn }
      const ends = [from, to].map(({ values }) => storageConfig(values, systemClock, log))
      return moveBetween(ends[0]!, ends[1]!, {
        ...hooks,
        onWait: ({ message }) => hooks.onWait(`${message} It is tried again.`),
      })
    }
  },
})
clearInterval(hold)
// A socket that still tries to connect must not keep the process; what was printed goes out first.
process.stdout.write('', () => process.exit(exitCode))
