// `ackstone sub`: prints what is published. A message at QoS 1 or 2 is acknowledged after it was written.
// The letters are mosquitto_sub's.
import { isUtf8 } from 'node:buffer'
import type { Command } from 'commander'
import { connectClient, type Client } from '../client/client.ts'
import type { Acknowledge } from '../client/inbound.ts'
import type { PacketQos, PublishPacket } from '../mqtt/packet.ts'
import { reasonNames } from '../mqtt/reason.ts'
import { isTopicFilter, matches } from '../mqtt/topic.ts'
import { defineCommand, onRun, type Cli } from './command.ts'
import { CommandFailure, exitCode, usageFailure } from './exit-code.ts'
import { addConnectionOptions, addSessionOptions, clientOptions, qosValue } from './mqtt-options.ts'
import type { MqttOptions } from './mqtt-options.ts'
import { collected, seconds, wholeNumber } from './option-values.ts'
import { drained, interrupted, note, write, type Terminal } from './terminal.ts'

interface SubOptions extends MqttOptions {
  topic?: string[]
  filterOut?: string[]
  qos: PacketQos
  verbose?: boolean
  /** Commander makes false of --no-eol and --no-retained. */
  eol: boolean
  retained: boolean
  count?: number
  timeout?: number
  quiet?: boolean
  json?: boolean
}

const reconnect = { minDelayMs: 250, maxDelayMs: 15_000 }

export function addSub(cli: Cli, parent: Command): void {
  const command = defineCommand(parent, 'sub', 'Print the messages of topics as they are published.', [
    [`ackstone sub -t 'ack/#' -v`, 'Everything below ack, each with its topic, until Ctrl-C.'],
    [`ackstone sub -t 'ack/+/temp' -q 1 -C 10`, 'Ten messages, each acknowledged after it was printed.'],
    [`ackstone sub -t '#' --json -W 60`, 'One JSON object a message, for one minute.'],
    [`ackstone sub -t 'ack/#' -i watcher -c -q 1`, 'Also what is published while this command is away.'],
  ])
  addConnectionOptions(command)
    .option('-t, --topic <filter>', 'topic filter; may be given several times', collected)
    .option('-T, --filter-out <filter>', 'leave out what matches; may be given several times', collected)
    .option('-q, --qos <qos>', 'highest Quality of Service: 0, 1 or 2', qosValue, 0)
    .option('-v, --verbose', 'print the topic before the payload')
    .option('-N, --no-eol', 'no line end after the payload')
    .option('-R, --no-retained', 'leave out messages that were retained before')
    .option('-C, --count <number>', 'end after so many messages', wholeNumber(1, 2_147_483_647))
    .option('-W, --timeout <seconds>', 'end after this time', seconds)
    .option('--json', 'one JSON object a message')
    .option('--quiet', 'no notes on stderr when the connection is lost and made again')
  addSessionOptions(command)
  onRun<SubOptions>(cli, command, (options) => sub(cli.terminal, options))
}

async function sub(terminal: Terminal, options: SubOptions): Promise<number> {
  const { client: connection, topic: topicOfUrl } = clientOptions(terminal, options, 'sub')
  const filters = options.topic ?? (topicOfUrl === '' ? [] : [topicOfUrl])
  if (filters.length === 0) {
    throw usageFailure('There is no topic to subscribe to.', 'Give one with -t, or after the host in -L.')
  }
  const wrong = filters.find((filter) => !isTopicFilter(filter))
  if (wrong !== undefined) {
    throw usageFailure(
      `"${wrong}" is no topic filter.`,
      '+ and # stand alone in their level, # in the last: plant/+/telemetry, plant/#',
    )
  }
  const printer = new Printer(terminal, options)
  const client = await connectClient({
    ...connection,
    reconnect,
    onMessage: (packet, acknowledge) => printer.take(packet, acknowledge),
    onDisconnect: (error) => say(terminal, options, `${error.message} Connecting again.`),
  })
  printer.reads(client)
  const timeout = Promise.withResolvers<'timeout'>()
  const timer = options.timeout && setTimeout(timeout.resolve, options.timeout * 1000, 'timeout')
  try {
    const end = await Promise.race([
      subscribe(terminal, client, filters, options).then(() => printer.done),
      timeout.promise,
      client.closed,
      interrupted(terminal).then(() => 'interrupted' as const),
    ])
    if (end instanceof Error) throw new CommandFailure(exitCode.failure, end.message, end.hint, end)
    if (end === 'timeout' && options.count !== undefined) {
      throw new CommandFailure(
        exitCode.failure,
        `Only ${printer.count} of ${options.count} messages came within ${options.timeout} s.`,
        'Give more time with -W, or look whether anything is published to these topics.',
      )
    }
    return exitCode.ok
  } finally {
    clearTimeout(timer)
    await client.end()
  }
}

async function subscribe(
  terminal: Terminal,
  client: Client,
  filters: string[],
  options: SubOptions,
): Promise<void> {
  const granted = await client.subscribe(filters.map((filter) => ({ filter, qos: options.qos })))
  for (const [at, code] of granted.entries()) {
    if (code >= 0x80) {
      throw new CommandFailure(
        exitCode.refused,
        `The broker refused the subscription to ${filters[at]} with code ${code}, ` +
          `${reasonNames.get(code) ?? 'unknown reason'}.`,
        'Check the topic filter and what this user may read.',
      )
    }
    if (options.debug === true) note(terminal, `Subscribed to ${filters[at]} at QoS ${code}.`)
  }
}

function say(terminal: Terminal, options: SubOptions, sentence: string): void {
  if (options.quiet !== true) note(terminal, sentence)
}

/** Writes messages one after the other and acknowledges each when it is written. While the output is full,
 *  the broker's connection is not read. */
class Printer {
  readonly #terminal: Terminal
  readonly #options: SubOptions
  readonly #finished = Promise.withResolvers<'done'>()
  #client: Client | undefined
  #isWaiting = false
  count = 0

  constructor(terminal: Terminal, options: SubOptions) {
    this.#terminal = terminal
    this.#options = options
  }

  get done(): Promise<'done'> {
    return this.#finished.promise
  }

  reads(client: Client): void {
    this.#client = client
  }

  take(packet: PublishPacket, acknowledge: Acknowledge): void {
    const { count: countMax } = this.#options
    // What comes after the last one wanted stays with the broker.
    if (countMax !== undefined && this.count >= countMax) return
    if (this.#isLeftOut(packet)) {
      acknowledge()
      return
    }
    this.count++
    const hasRoom = write(this.#terminal, this.#render(packet))
    acknowledge()
    if (!hasRoom && !this.#isWaiting) this.#waitForRoom().catch(this.#finished.reject)
    if (this.count === countMax) this.#finished.resolve('done')
  }

  async #waitForRoom(): Promise<void> {
    this.#isWaiting = true
    this.#client?.pause()
    await drained(this.#terminal)
    this.#client?.resume()
    this.#isWaiting = false
  }

  #isLeftOut(packet: PublishPacket): boolean {
    if (packet.retain && !this.#options.retained) return true
    return this.#options.filterOut?.some((filter) => matches(filter, packet.topic)) === true
  }

  #render(packet: PublishPacket): Uint8Array | string {
    const payload = packet.source.subarray(packet.payloadStart, packet.payloadEnd)
    if (this.#options.json === true) return `${JSON.stringify(asJson(packet, payload))}\n`
    const start = this.#options.verbose === true ? `${packet.topic} ` : ''
    const end = this.#options.eol ? '\n' : ''
    return Buffer.concat([Buffer.from(start), payload, Buffer.from(end)])
  }
}

function asJson(packet: PublishPacket, payload: Buffer): Record<string, unknown> {
  const userProperties = packet.properties?.userProperties
  const contentType = packet.properties?.contentType
  return {
    receivedAt: new Date().toISOString(),
    topic: packet.topic,
    qos: packet.qos,
    retain: packet.retain,
    ...(isUtf8(payload) ? { payload: payload.toString() } : { payloadBase64: payload.toString('base64') }),
    ...(contentType !== undefined && { contentType }),
    ...(userProperties !== undefined && { userProperties }),
  }
}
