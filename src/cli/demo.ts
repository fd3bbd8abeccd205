// `ackstone demo`, and `serve --demo`: measured data come in over MQTT through the public port, some of the
// past at once and then at their own pace, at QoS 0, 1 and 2. A client like any other.
import type { Command } from 'commander'
import { AckstoneError } from '../errors.ts'
import { connectClient, type Client } from '../client/client.ts'
import type { ClientOptions } from '../client/options.ts'
import { defineCommand, onRun, type Cli } from './command.ts'
import {
  loadDemoSources,
  nextMoment,
  readingsBetween,
  type DemoReading,
  type DemoSource,
} from './demo-data.ts'
import { exitCode } from './exit-code.ts'
import { addConnectionOptions, clientOptions, type MqttOptions } from './mqtt-options.ts'
import { isInterrupted, note, pause, printJson, type Terminal } from './terminal.ts'

interface DemoOptions extends MqttOptions {
  once?: boolean
  json?: boolean
}

/** Readings in one message while the past is sent. */
const readingsPerMessage = 24
/** Messages of one source under way at most. */
const pendingMax = 100
const retryAfterMs = 1000
const waitMsMax = 60_000
const reconnect = { minDelayMs: 250, maxDelayMs: 5000 }

export function addDemo(cli: Cli, parent: Command): void {
  const command = defineCommand(
    parent,
    'demo',
    'Send measured data to a running hub, to have something to look at.',
    [
      ['ackstone demo', 'Weather and earthquakes, at QoS 0, 1 and 2, until Ctrl-C.'],
      ['ackstone demo --once', 'Only what lies in the past.'],
    ],
  )
  addConnectionOptions(command)
    .option('--once', 'send what lies in the past, wait until it is acknowledged, and end')
    .option('--json', 'print the counts as JSON at the end')
  onRun<DemoOptions>(cli, command, async (options) => {
    cli.isService = true
    const { client } = clientOptions(cli.terminal, { ...options, willQos: 0 }, 'demo')
    const counts: DemoCounts = { messages: 0, readings: 0 }
    await replay(cli.terminal, client, counts, options.once)
    if (options.json === true) await printJson(cli.terminal, counts)
    return exitCode.ok
  })
}

/** What the hub has acknowledged so far. */
export interface DemoCounts {
  messages: number
  readings: number
}

/** Where it says what it does, and who tells it to stop. */
export type Stage = Pick<Terminal, 'stderr' | 'signal'>

/** Replays until it is told to stop; `counts` grow meanwhile.
 *  @param isOnce only what lies in the past. */
export async function replay(
  stage: Stage,
  connection: ClientOptions,
  counts: DemoCounts,
  isOnce = false,
): Promise<void> {
  const sources = loadDemoSources()
  const client = await connectClient({
    ...connection,
    reconnect,
    cleanStart: false,
    sessionExpiryInterval: 3600,
  })
  for (const { device, qos, description } of sources)
    note(stage, `Demo: ${device} at QoS ${qos}, ${description}.`)
  const nowMs = Date.now()
  const ended = Promise.all(
    sources.map(async (source) => {
      const replayer = new Replayer(stage, client, source, counts)
      await replayer.catchUp(nowMs - source.backfillMs, nowMs)
      if (!isOnce) await replayer.follow(nowMs)
    }),
  )
  try {
    await ended
    note(stage, `Demo: ${counts.messages} messages with ${counts.readings} readings were acknowledged.`)
  } finally {
    await client.end()
  }
}

/** One source on its way to the hub. */
class Replayer {
  readonly #stage: Stage
  readonly #client: Client
  readonly #source: DemoSource
  readonly #counts: DemoCounts

  constructor(stage: Stage, client: Client, source: DemoSource, counts: DemoCounts) {
    this.#stage = stage
    this.#client = client
    this.#source = source
    this.#counts = counts
  }

  /** Sends what lies between two moments; resolves when all of it is acknowledged. */
  async catchUp(afterMs: number, upToMs: number): Promise<void> {
    let readings: DemoReading[] = []
    let pending: Promise<void>[] = []
    for (const reading of readingsBetween(this.#source, afterMs, upToMs)) {
      readings.push(reading)
      if (readings.length < readingsPerMessage) continue
      pending.push(this.#publish(readings))
      readings = []
      if (pending.length < pendingMax) continue
      await Promise.all(pending)
      pending = []
      if (isInterrupted(this.#stage)) return
    }
    if (readings.length > 0) pending.push(this.#publish(readings))
    await Promise.all(pending)
  }

  /** Sends each reading at its time, until the command is told to stop. */
  async follow(fromMs: number): Promise<void> {
    let doneMs = fromMs
    while (!isInterrupted(this.#stage)) {
      const nowMs = Date.now()
      if (nowMs > doneMs) {
        await this.catchUp(doneMs, nowMs)
        doneMs = nowMs
      }
      const waitMs = Math.max(1, nextMoment(this.#source, doneMs) - Date.now())
      await pause(this.#stage, Math.min(waitMs, waitMsMax))
    }
  }

  /** Every reading has its own time, so a message whose fate is unknown may be sent again. */
  async #publish(readings: DemoReading[]): Promise<void> {
    const { device, qos } = this.#source
    const payload = JSON.stringify(readings)
    while (!isInterrupted(this.#stage)) {
      try {
        const { reasonCode, reasonString } = await this.#client.publish(`ack/${device}`, payload, { qos })
        if (reasonCode < 0x80) {
          this.#counts.messages++
          this.#counts.readings += readings.length * Object.keys(readings[0]!.values).length
          return
        }
        note(this.#stage, `Demo: ${device} was not taken: code ${reasonCode}. ${reasonString ?? ''}`)
      } catch (error) {
        if (!(error instanceof AckstoneError) || !error.isRetryable) throw error
      }
      await pause(this.#stage, retryAfterMs)
    }
  }
}
