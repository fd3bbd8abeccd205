// Debian's RabbitMQ with its MQTT plugin, on free ports and in a folder of its own: a broker of another make,
// which speaks 3.1.1 only and grants QoS 1 at most.
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { connect } from 'node:net'
import type { TestContext } from 'node:test'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort } from '../mosquitto-broker.ts'
import { lack } from '../tools.ts'

/** The script itself: the one on PATH wants to be root or rabbitmq. */
const script = '/usr/lib/rabbitmq/bin/rabbitmq-server'
const startMsMax = 90_000
const attemptsMax = 3

export interface RabbitMq {
  port: number
  stop(): Promise<void>
}

/** Starts it; skips the test, visibly, where it is not installed. */
export async function startRabbitMq(t: TestContext): Promise<RabbitMq | undefined> {
  if (!existsSync(script)) {
    lack(t, 'needs rabbitmq-server, which is not installed here')
    return undefined
  }
  for (let attempt = 1; ; attempt++) {
    try {
      return await start()
    } catch (error) {
      // Its four ports were free a moment ago; another process may have taken one since.
      if (attempt === attemptsMax) throw error
    }
  }
}

async function start(): Promise<RabbitMq> {
  const folder = mkdtempSync(join(tmpdir(), 'ackstone-rabbitmq-'))
  const port = await freePort()
  const epmdPort = String(await freePort())
  const env = { ...process.env, ...(await settings(folder, port)), ERL_EPMD_PORT: epmdPort }
  const printed = openSync(join(folder, 'printed'), 'a')
  // A group of its own: the script, the virtual machine and its children end together.
  const child = spawn(script, [], { env, stdio: ['ignore', printed, printed], detached: true })
  closeSync(printed)
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit')
      process.kill(-child.pid!, 'SIGKILL')
      await ended
    }
    await promisify(execFile)('epmd', ['-port', epmdPort, '-kill'], { env }).catch(() => undefined)
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await untilListening(port, child)
    return { port, stop }
  } catch (error) {
    const text = readFileSync(join(folder, 'printed'), 'utf8').slice(-2_000)
    await stop()
    throw new Error(`${String(error)}\n${text}`, { cause: error })
  }
}

async function settings(folder: string, port: number): Promise<Record<string, string>> {
  const [amqpPort, distPort] = [await freePort(), await freePort()]
  mkdirSync(join(folder, 'home'))
  const config = [
    `listeners.tcp.1 = 127.0.0.1:${amqpPort}`,
    `mqtt.listeners.tcp.1 = 127.0.0.1:${port}`,
    'mqtt.allow_anonymous = true',
    'mqtt.subscription_ttl = 86400000',
    'mqtt.prefetch = 200',
    'loopback_users = none',
  ]
  writeFileSync(join(folder, 'rabbitmq.conf'), `${config.join('\n')}\n`)
  writeFileSync(join(folder, 'enabled_plugins'), '[rabbitmq_mqtt].\n')
  return {
    HOME: join(folder, 'home'),
    RABBITMQ_NODENAME: `ackstone-${process.pid}-${port}@localhost`,
    RABBITMQ_DIST_PORT: String(distPort),
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_PID_FILE: join(folder, 'pid'),
  }
}

async function untilListening(port: number, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + startMsMax
  for (;;) {
    const isThere = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1')
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
      socket.once('connect', () => socket.destroy())
    })
    if (isThere) return
    if (child.exitCode !== null) throw new Error(`rabbitmq-server ended with ${child.exitCode}`)
    if (performance.now() > deadline) throw new Error('rabbitmq-server does not listen')
    await sleep(100)
  }
}
