// Starting and ending a server process of the benchmark.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const startMsMax = 20_000

/** A port that was free a moment ago, for servers that can't choose one themselves. */
export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

export interface Child {
  process: ChildProcess
  pid: number
}

export function startChild(command: string, args: string[]): Child {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  if (child.pid === undefined) throw new Error(`${command} could not be started`)
  return { process: child, pid: child.pid }
}

export async function untilListening(port: number, child: Child): Promise<void> {
  const deadline = performance.now() + startMsMax
  while (performance.now() < deadline) {
    if (child.process.exitCode !== null)
      throw new Error(`the server ended with code ${child.process.exitCode}`)
    if (await canConnect(port)) return
    await sleep(20)
  }
  throw new Error(`nothing listens on port ${port} after ${startMsMax / 1000} s`)
}

async function canConnect(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  const isOpen = await new Promise<boolean>((resolve) => {
    socket.on('connect', () => resolve(true))
    socket.on('error', () => resolve(false))
  })
  socket.destroy()
  return isOpen
}

export async function endChild(child: Child): Promise<void> {
  if (child.process.exitCode !== null || child.process.signalCode !== null) return
  const ended = once(child.process, 'exit')
  child.process.kill('SIGTERM')
  await ended
}
