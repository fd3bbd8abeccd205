// Reads what strace saw: which system call began and ended when, on which file or socket, with which bytes.
// The order of the lines is the order of time, across all threads of the process.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'

export interface Call {
  name: string
  /** What strace says of the descriptor: a path, or TCP:[from->to]. */
  place: string
  /** Bytes of all strings in the call, in order; cut at `bytesPerCallMax`. */
  bytes: Buffer
  /** Line on which it began, and on which it returned. */
  began: number
  ended: number
}

const bytesPerCallMax = 1_048_576
const traced = 'fsync,fdatasync,msync,write,pwrite64,writev,sendto,sendmsg'

export interface Tracer {
  /** Stops tracing; the traced process goes on. */
  stop(): Promise<void>
}

/** Attaches strace to a running process and all its threads.
 *  @throws when tracing is not allowed here (a container may forbid it). */
export async function attach(strace: string, pid: number, file: string): Promise<Tracer> {
  const args = ['-f', '-p', String(pid), '-e', `trace=${traced}`, '-ttt', '-yy', '-xx']
  const child = spawn(strace, [...args, '-s', String(bytesPerCallMax), '-o', file], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  await untilAttached(child)
  return {
    async stop() {
      const ended = once(child, 'exit')
      child.kill('SIGINT')
      await ended
    },
  }
}

async function untilAttached(child: ChildProcess): Promise<void> {
  let said = ''
  const attached = Promise.withResolvers<undefined>()
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text
    if (/Process \d+ attached/.test(said)) attached.resolve(undefined)
  })
  child.once('exit', (code) => attached.reject(new Error(`strace ended with ${code}: ${said}`)))
  await attached.promise
}

const lineForm = /^(\d+) +\d+\.\d+ (.*)$/
const beginForm = /^(\w+)\(\d+<(.*?)>(?:,|\)| <unfinished)/
const resumeForm = /^<\.\.\. (\w+) resumed>/

/** Calls in the order in which they began; one that never returned is left out. */
export function readTrace(file: string): Call[] {
  const calls: Call[] = []
  const open = new Map<string, Call>()
  for (const [line, text] of readFileSync(file, 'latin1').split('\n').entries()) {
    const [, thread = '', rest = ''] = lineForm.exec(text) ?? []
    const begin = beginForm.exec(rest)
    if (begin !== null) {
      const isUnfinished = rest.includes('<unfinished')
      const ended = isUnfinished ? Number.POSITIVE_INFINITY : line
      const call = {
        name: begin[1] ?? '',
        place: textOf(begin[2] ?? ''),
        bytes: bytesOf(rest),
        began: line,
        ended,
      }
      calls.push(call)
      if (isUnfinished) open.set(thread, call)
    } else if (resumeForm.test(rest)) {
      const call = open.get(thread)
      open.delete(thread)
      if (call !== undefined) call.ended = line
    }
  }
  return calls.filter((call) => call.ended !== Number.POSITIVE_INFINITY)
}

/** Paths come as \\x2f\\x74… as well; what strace says of sockets comes plain. */
function textOf(place: string): string {
  return place.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

/** `-xx` prints every byte as \\x41. */
function bytesOf(text: string): Buffer {
  const hex = [...text.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map((match) => match[1] ?? '').join('')
  return Buffer.from(hex.replaceAll('\\x', ''), 'hex')
}
