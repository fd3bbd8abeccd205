// The demo of a hub that runs: `serve --demo` begins it, and so does whoever looks at an empty portal. It connects to
// the hub's own MQTT port like any device, with a secret made for it where devices need credentials.
import type { Writable } from 'node:stream'
import { AckstoneError } from '../errors.ts'
import { replay, type DemoCounts } from './demo.ts'
import { CommandFailure } from './exit-code.ts'
import { note, pause } from './terminal.ts'

export const demoName = 'ackstone-demo'

export interface HubDemoOptions {
  /** Where the hub listens for MQTT, host:port. */
  address: () => string
  /** A secret that nobody guesses. */
  newSecret: () => string
  stderr: Writable
}

/** What the demo's connection is let in with. */
interface Pass {
  secret: string
  mayPublish: (topic: string) => boolean
}

/** How long the end of the demo waits for the answers to what was sent last. */
const lastAnswersMs = 1_000
/** Its topics are `ack/{device}`, of devices that are made up. */
const mayPublish = (topic: string): boolean => topic.startsWith('ack/')

interface Run {
  stop: AbortController
  pass: Pass
  counts: DemoCounts
  ended: Promise<void>
}

export class HubDemo {
  readonly #options: HubDemoOptions
  #run: Run | undefined
  #counts: DemoCounts = { messages: 0, readings: 0 }
  #failure: string | null = null

  constructor(options: HubDemoOptions) {
    this.#options = options
  }

  /** Undefined while it does not run. */
  get pass(): Pass | undefined {
    return this.#run?.pass
  }

  /** Counts are of the last run. `failure` says in a sentence why that has ended by itself. */
  get state(): DemoCounts & { isRunning: boolean; failure: string | null } {
    return { isRunning: this.#run?.stop.signal.aborted === false, ...this.#counts, failure: this.#failure }
  }

  /** One that runs already goes on.
   *  @throws BUSY while the one before is still waiting for its last answers. */
  start(): void {
    if (this.#run?.stop.signal.aborted === true) throw new AckstoneError('BUSY')
    if (this.#run !== undefined) return
    const counts = { messages: 0, readings: 0 }
    this.#counts = counts
    this.#failure = null
    const pass = { secret: this.#options.newSecret(), mayPublish }
    const run: Run = { stop: new AbortController(), pass, counts, ended: Promise.resolve() }
    this.#run = run
    run.ended = this.#replay(run)
  }

  /** Sends nothing more, and waits a moment for the answers to what was sent. What is stored stays. */
  async stop(): Promise<void> {
    const run = this.#run
    if (run === undefined) return
    run.stop.abort()
    const over = new AbortController()
    await Promise.race([run.ended, pause({ signal: over.signal }, lastAnswersMs)])
    over.abort()
  }

  /** The demo is no reason for the hub to end. */
  async #replay(run: Run): Promise<void> {
    const { address, stderr } = this.#options
    // An address that stands for all of this machine's is reached at home.
    const place = address()
      .replace(/^0\.0\.0\.0:/, '127.0.0.1:')
      .replace(/^\[::\]:/, '[::1]:')
    const login = { username: demoName, password: run.pass.secret }
    try {
      const stage = { stderr, signal: run.stop.signal }
      await replay(stage, { url: `mqtt://${place}`, clientId: demoName, ...login }, run.counts)
    } catch (error) {
      if (!(error instanceof AckstoneError || error instanceof CommandFailure)) throw error
      this.#failure = error.message
      note({ stderr }, `The demo has ended: ${error.message}`)
    } finally {
      this.#run = undefined
    }
  }
}
