// The process: gives the command line its terminal, turns signals into a request to stop, and exits with
// what the command says.
import process from 'node:process'
import { signalExitCode } from './cli/exit-code.ts'
import { run } from './cli/program.ts'
import type { Terminal } from './cli/terminal.ts'

/** A command that has not ended this long after it was told to is cut off. */
const stopWithinMs = 8_000
/** Timers of the hub and its client don't keep the process alive; a command under way does. */
const holdMs = 2 ** 30

const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // Asked twice, or asked in vain: leave at once.
    if (stopping.signal.aborted) process.exit(signalExitCode(signal))
    stopping.abort(signal)
    setTimeout(() => process.exit(signalExitCode(signal)), stopWithinMs).unref()
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
})
clearInterval(hold)
process.exitCode = exitCode
