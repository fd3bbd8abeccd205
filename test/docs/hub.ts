// A real hub in a process of its own, with a fresh data folder and ports that are free.
import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { projectFolder } from './markdown.ts'
import type { HubAddress } from './session.ts'

export interface Hub extends HubAddress {
  /** Ends the process and removes its folder. */
  stop(): Promise<void>
}

const readyMsMax = 20_000

/** Resolves when `/readyz` says yes. */
export async function startHub(): Promise<Hub> {
  const folder = await mkdtemp(join(tmpdir(), 'ackstone-docs-'))
  const adminToken = randomBytes(16).toString('hex')
  const args = ['src/main.ts', 'serve', '--data-dir', folder, '--mqtt-port', '0', '--http-port', '0']
  const child = spawn(process.execPath, args, {
    cwd: projectFolder,
    env: { ...process.env, ACKSTONE_ADMIN_TOKEN: adminToken, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const { mqttPort, httpPort } = await readPorts(child)
    const answer = await fetch(`http://127.0.0.1:${httpPort}/readyz`)
    if (answer.status !== 200) throw new Error(`/readyz answers ${answer.status}: ${await answer.text()}`)
    return { mqttPort, httpPort, adminToken, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The ports that the hub prints when it listens. */
function readPorts(child: ChildProcess): Promise<{ mqttPort: number; httpPort: number }> {
  return new Promise((resolve, reject) => {
    let printed = ''
    const fail = (reason: string): void => reject(new Error(`the hub ${reason}; it printed:\n${printed}`))
    const timer = setTimeout(() => fail(`did not say its ports in ${readyMsMax} ms`), readyMsMax)
    child.once('exit', (code) => {
      clearTimeout(timer)
      fail(`ended with ${code}`)
    })
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        if (printed.length < 100_000) printed += text
        const mqtt = /mqtt:\/\/[\w.]+:(\d+)/.exec(printed)
        const http = /http:\/\/[\w.]+:(\d+)/.exec(printed)
        if (mqtt === null || http === null) return
        clearTimeout(timer)
        resolve({ mqttPort: Number(mqtt[1]), httpPort: Number(http[1]) })
      })
    }
  })
}
