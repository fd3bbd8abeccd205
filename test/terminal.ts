// A terminal in memory: commands run in the process of the test, and what they print is read back.
import { PassThrough, Readable, Writable } from 'node:stream'
import type { Parts } from '../src/cli/command.ts'
import { run } from '../src/cli/program.ts'
import type { Terminal } from '../src/cli/terminal.ts'

export interface CommandResult {
  exitCode: number
  stdout: string
  stderr: string
}

export interface CommandUnderWay {
  readonly ended: Promise<CommandResult>
  /** Asks it to stop, as a signal does. */
  stop(signal: NodeJS.Signals): void
  /** Resolves when one of its outputs contains the text. */
  printed(text: string): Promise<void>
}

export interface CommandSurroundings {
  stdin?: string | Buffer | Readable
  env?: Record<string, string>
  isTty?: boolean
  parts?: Parts
}

/** A command line without a house behind it: it starts no hub and repairs no store. */
export const noParts: Parts = {
  serve: () => Promise.reject(new Error('no hub is started here')),
  checkDeclared: () => Promise.resolve(() => undefined),
  schema: () => Promise.reject(new Error('no schema is printed here')),
  repair: () => Promise.reject(new Error('no store is repaired here')),
  migrate: () => Promise.reject(new Error('no store is moved here')),
}

/** Runs one command line; nothing of the test's own environment is visible to it. */
export function startCommand(args: string[], given: CommandSurroundings = {}): CommandUnderWay {
  const stopping = new AbortController()
  const stdout = new Paper(given.isTty === true)
  const stderr = new Paper(given.isTty === true)
  const terminal: Terminal = {
    stdin: given.stdin instanceof Readable ? given.stdin : inputOf(given.stdin),
    stdout,
    stderr,
    env: given.env ?? {},
    signal: stopping.signal,
  }
  const ended = run(args, terminal, given.parts ?? noParts).then((exitCode) => {
    return { exitCode, stdout: stdout.text, stderr: stderr.text }
  })
  return {
    ended,
    stop: (signal) => stopping.abort(signal),
    async printed(text) {
      await Promise.race([stdout.holds(text), stderr.holds(text), ended])
    },
  }
}

export function runCommand(args: string[], given: CommandSurroundings = {}): Promise<CommandResult> {
  return startCommand(args, given).ended
}

function inputOf(content: string | Buffer = ''): Readable {
  const input = new PassThrough()
  input.end(content)
  return input
}

/** What is written on it can be read, and waited for. */
class Paper extends Writable {
  readonly isTTY: boolean
  readonly columns = 100
  text = ''
  #waiting: { text: string; resolve: () => void }[] = []

  constructor(isTty: boolean) {
    super()
    this.isTTY = isTty
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString()
    for (const { text, resolve } of this.#waiting) if (this.text.includes(text)) resolve()
    done()
  }

  holds(text: string): Promise<void> {
    if (this.text.includes(text)) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push({ text, resolve }))
  }
}
