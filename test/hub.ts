// The real hub in a process of its own, as drills, peers and the benchmark need it: started on free ports,
// asked over its public API, stopped in order or killed.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { dirname } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'

export interface HubOptions {
  folder: string
  /** For Node itself: `--cpu-prof` and the like. */
  nodeArgs?: string[]
  /** More flags for `ackstone serve`. */
  flags?: string[]
  env?: Record<string, string>
  /** The authority of its certificate, PEM, when it speaks https. */
  ca?: string
  /** A program that runs the hub, with its arguments: `strace …`. */
  under?: string[]
  /** After this time without being ready its start has failed; 30,000 by default. */
  readyMsMax?: number
}

interface Answer {
  status: number
  text: string
}

export interface HubEnd {
  code: number | null
  signal: NodeJS.Signals | null
  ms: number
}

const root = dirname(import.meta.dirname)
const adminToken = 'the-administrator-of-the-tests'
const readyMsMaxDefault = 30_000
const askAgainMs = 5
const printedMax = 100_000

export class HubProcess {
  readonly mqttPort: number
  readonly httpPort: number
  /** 0 without certificates. */
  readonly mqttsPort: number
  readonly pid: number
  readonly #child: ChildProcess
  readonly #printed: () => string
  readonly #ca: string | undefined

  private constructor(child: ChildProcess, ports: [number, number], printed: () => string, ca?: string) {
    this.#child = child
    this.#ca = ca
    this.#printed = printed
    this.pid = child.pid ?? 0
    this.mqttPort = ports[0]
    this.httpPort = ports[1]
    this.mqttsPort = Number(/mqtts:\/\/[\w.]+:(\d+)/.exec(printed())?.[1] ?? 0)
  }

  /** Resolves when the hub listens and `/readyz` says yes. */
  static async start(options: HubOptions): Promise<HubProcess> {
    const { readyMsMax = readyMsMaxDefault } = options
    const child = spawnHub(options)
    let printed = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        if (printed.length < printedMax) printed += text
      })
    }
    try {
      const ports = await untilPorts(child, () => printed, readyMsMax)
      const hub = new HubProcess(child, ports, () => printed, options.ca)
      await hub.#untilReady(readyMsMax)
      return hub
    } catch (error) {
      child.kill('SIGKILL')
      throw error
    }
  }

  /** Starts it and kills it soon after, ready or not. */
  static async startAndKill(options: HubOptions, afterMs: number): Promise<void> {
    const child = spawnHub(options)
    for (const stream of [child.stdout, child.stderr]) stream?.resume()
    const ended = once(child, 'exit')
    setTimeout(() => child.kill('SIGKILL'), afterMs)
    await ended
  }

  /** What the hub has printed so far. */
  get printed(): string {
    return this.#printed()
  }
  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  /** GET of an API path ("/devices/d1/latest") as JSON. Throws when the answer is no success. */
  async get<T>(path: string): Promise<T> {
    return (await this.request('GET', path)) as T
  }

  async request(method: string, path: string, body?: unknown): Promise<unknown> {
    const headers = {
      authorization: `Bearer ${adminToken}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    }
    const given = body === undefined ? undefined : JSON.stringify(body)
    const { status, text } = await this.#ask(method, `/api/v1${path}`, headers, given)
    if (status < 200 || status > 299) throw new Error(`${method} ${path} answers ${status}: ${text}`)
    return text === '' ? undefined : JSON.parse(text)
  }

  async #ask(method: string, path: string, headers: Record<string, string>, body?: string): Promise<Answer> {
    if (this.#ca === undefined) {
      const given = body === undefined ? {} : { body }
      const answer = await fetch(`http://127.0.0.1:${this.httpPort}${path}`, { method, headers, ...given })
      return { status: answer.status, text: await answer.text() }
    }
    // fetch can't be given an authority.
    const url = `https://localhost:${this.httpPort}${path}`
    const asked = request(url, { method, headers, ca: this.#ca }).end(body)
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    return { status: answer.statusCode ?? 0, text: await textOf(answer) }
  }

  /** Asks it to stop (SIGTERM) and waits for the end. */
  async stop(): Promise<HubEnd> {
    return this.#end('SIGTERM')
  }

  /** SIGKILL: what a power cut does to a process. */
  async kill(): Promise<HubEnd> {
    return this.#end('SIGKILL')
  }

  async #end(signal: NodeJS.Signals): Promise<HubEnd> {
    const started = performance.now()
    if (!this.hasEnded) {
      const ended = once(this.#child, 'exit')
      this.#child.kill(signal)
      await ended
    }
    const { exitCode, signalCode } = this.#child
    return { code: exitCode, signal: signalCode, ms: performance.now() - started }
  }

  async #untilReady(readyMsMax: number): Promise<void> {
    const deadline = performance.now() + readyMsMax
    for (;;) {
      const { status, text } = await this.#ask('GET', '/readyz', {})
      if (status === 200) return
      if (performance.now() > deadline) throw new Error(`/readyz answers ${status}: ${text}`)
      // Asked without a pause, it would have the less of a processor for getting ready.
      await sleep(askAgainMs)
    }
  }
}

function spawnHub(options: HubOptions): ChildProcess {
  const args = [...(options.nodeArgs ?? []), 'src/main.ts', 'serve', '--data-dir', options.folder]
  args.push('--mqtt-port', '0', '--http-port', '0', ...(options.flags ?? []))
  const [program, ...words] = [...(options.under ?? []), process.execPath, ...args]
  return spawn(program ?? process.execPath, words, {
    cwd: root,
    env: { ...process.env, ACKSTONE_ADMIN_TOKEN: adminToken, NO_COLOR: '1', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** Waits until the hub has printed both addresses, with the ports that it really has. */
async function untilPorts(
  child: ChildProcess,
  printed: () => string,
  readyMsMax: number,
): Promise<[number, number]> {
  const found = (): [number, number] | undefined => {
    const mqtt = /mqtt:\/\/[\w.]+:(\d+)/.exec(printed())?.[1]
    const http = /https?:\/\/[\w.]+:(\d+)/.exec(printed())?.[1]
    return mqtt === undefined || http === undefined ? undefined : [Number(mqtt), Number(http)]
  }
  const ports = Promise.withResolvers<[number, number]>()
  const fail = (what: string): void => ports.reject(new Error(`the hub ${what}; it printed:\n${printed()}`))
  const timer = setTimeout(() => fail(`did not print its addresses in ${readyMsMax} ms`), readyMsMax)
  const look = (): void => {
    const both = found()
    if (both !== undefined) ports.resolve(both)
  }
  const exited = (code: number | null): void => fail(`ended with ${code}`)
  child.once('exit', exited)
  child.once('error', (error) => fail(`could not be started: ${error.message}`))
  child.stdout?.on('data', look)
  child.stderr?.on('data', look)
  try {
    return await ports.promise
  } finally {
    clearTimeout(timer)
    child.off('exit', exited)
    child.stdout?.off('data', look)
    child.stderr?.off('data', look)
  }
}
