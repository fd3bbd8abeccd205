// A real Mosquitto on a free port, for tests of our client and commands against somebody else's broker.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const startMsMax = 10_000

export interface MosquittoBroker {
  port: number
  /** Ends it in order, and forgets what it kept. */
  stop(): Promise<void>
  /** SIGKILL, or an orderly end; what it has on its disk stays. */
  halt(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>
  /** Starts it again, on the same port, with what it has on its disk. */
  again(): Promise<void>
}

/** Starts it; more lines of its configuration may be given.
 *  @param path where the program is, from `requireTool`.
 *  @param isLasting it writes its state to the disk after each change, and in order when it ends. */
export async function startMosquitto(
  path: string,
  lines: string[] = [],
  isLasting = false,
): Promise<MosquittoBroker> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'ackstone-mosquitto-'))
  const persistence = isLasting
    ? [
        'persistence true',
        `persistence_location ${folder}/`,
        'autosave_on_changes true',
        'autosave_interval 1',
      ]
    : ['persistence false']
  // Started by root it would become somebody else, who may not read and write there.
  const user = process.getuid?.() === 0 ? ['user root'] : []
  const access = lines.some((line) => line.startsWith('allow_anonymous')) ? [] : ['allow_anonymous true']
  const config = [`listener ${port} 127.0.0.1`, ...access, ...persistence, ...user, ...lines, '']
  writeFileSync(join(folder, 'mosquitto.conf'), config.join('\n'))
  const start = async (): Promise<ChildProcess> => {
    const child = spawn(path, ['-c', join(folder, 'mosquitto.conf')], { stdio: 'ignore' })
    await untilListening(port, child)
    return child
  }
  let child: ChildProcess | undefined
  const halt = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit')
      child.kill(signal)
      await ended
    }
  }
  const stop = async (): Promise<void> => {
    await halt('SIGTERM')
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    child = await start()
    return { port, stop, halt, again: async () => void (child = await start()) }
  } catch (error) {
    await stop()
    throw error
  }
}

/** A port that was free a moment ago; other processes may take it, so use it at once. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function untilListening(port: number, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + startMsMax
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`mosquitto ended with ${child.exitCode}`)
    if (performance.now() > deadline) throw new Error('mosquitto does not listen')
    await sleep(10)
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
