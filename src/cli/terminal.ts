// What a command sees of the process: where data goes, where notes go, and whether it was told to stop.
// Tests give it another one.
import type { Readable, Writable } from 'node:stream'

export interface Terminal {
  readonly stdin: Readable & { isTTY?: boolean }
  readonly stdout: Writable & { isTTY?: boolean; columns?: number }
  readonly stderr: Writable & { isTTY?: boolean; columns?: number }
  readonly env: Record<string, string | undefined>
  /** Aborted with the name of the signal that asked the command to stop. */
  readonly signal: AbortSignal
}

/** Writes data. False: the output is full, wait for `drained` before writing much more. */
export function write(terminal: Terminal, data: string | Uint8Array): boolean {
  return terminal.stdout.write(data)
}

/** Resolves when the output has room again, or its reader has gone. */
export function drained(terminal: Terminal): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      terminal.stdout.off('drain', settle)
      terminal.stdout.off('close', settle)
      resolve()
    }
    terminal.stdout.on('drain', settle)
    terminal.stdout.on('close', settle)
  })
}

/** Writes data; resolves when there is room for more. */
export async function print(terminal: Terminal, data: string | Uint8Array): Promise<void> {
  if (!write(terminal, data)) await drained(terminal)
}

export function printLine(terminal: Terminal, line: string): Promise<void> {
  return print(terminal, `${line}\n`)
}

export function printJson(terminal: Terminal, value: unknown): Promise<void> {
  return printLine(terminal, JSON.stringify(value, undefined, terminal.stdout.isTTY === true ? 2 : 0))
}

/** The whole standard input. It is what the caller hands in at once, so it is the caller's to keep small. */
export async function readAll(terminal: Terminal): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of terminal.stdin) chunks.push(Buffer.from(chunk as Buffer))
  return Buffer.concat(chunks)
}

/** Words for the person in front, never data. */
export function note(terminal: Pick<Terminal, 'stderr'>, sentence: string): void {
  terminal.stderr.write(`${sentence}\n`)
}

/** Whether notes may be coloured: on a terminal, unless NO_COLOR says otherwise (no-color.org). */
export function hasColour(terminal: Terminal, stream: { isTTY?: boolean }): boolean {
  const { NO_COLOR: noColour, TERM: term } = terminal.env
  return stream.isTTY === true && (noColour === undefined || noColour === '') && term !== 'dumb'
}

export function bold(terminal: Terminal, text: string): string {
  return hasColour(terminal, terminal.stdout) ? `\u001b[1m${text}\u001b[22m` : text
}

export function isInterrupted(terminal: Pick<Terminal, 'signal'>): boolean {
  return terminal.signal.aborted
}

/** Resolves when the command is told to stop. */
export function interrupted(terminal: Terminal): Promise<void> {
  return new Promise((resolve) => {
    if (terminal.signal.aborted) resolve()
    else terminal.signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** Waits, or less when the command is told to stop. */
export function pause(terminal: Pick<Terminal, 'signal'>, ms: number): Promise<void> {
  if (terminal.signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const settle = (): void => {
      clearTimeout(timer)
      terminal.signal.removeEventListener('abort', settle)
      resolve()
    }
    const timer = setTimeout(settle, ms)
    terminal.signal.addEventListener('abort', settle)
  })
}
