// `ackstone pub`: publishes messages and waits until each is acknowledged. The letters are mosquitto_pub's.
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { Command } from 'commander'
import { AckstoneError } from '../errors.ts'
import { connectClient, type Client } from '../client/client.ts'
import type { PublishOptions } from '../client/outgoing-message.ts'
import type { PublishResult } from '../client/outbound.ts'
import type { PacketQos } from '../mqtt/packet.ts'
import { reasonNames } from '../mqtt/reason.ts'
import { isTopicName } from '../mqtt/topic.ts'
import { defineCommand, onRun, type Cli } from './command.ts'
import { CommandFailure, exitCode, usageFailure } from './exit-code.ts'
import { addConnectionOptions, addSessionOptions, clientOptions, qosValue } from './mqtt-options.ts'
import type { MqttOptions } from './mqtt-options.ts'
import { collected, seconds, splitPair, wholeNumber } from './option-values.ts'
import { isInterrupted, note, pause, printJson, readAll, type Terminal } from './terminal.ts'

interface PubOptions extends MqttOptions {
  topic?: string
  message?: string
  file?: string
  stdinLine?: boolean
  stdinFile?: boolean
  nullMessage?: boolean
  qos: PacketQos
  retain?: boolean
  repeat: number
  repeatDelay: number
  maxInflight?: number
  ackTimeout: number
  contentType?: string
  userProperty?: string[]
  json?: boolean
}

/** How many answers may be awaited before more lines are read. */
const pendingMax = 2000

interface Tally {
  published: number
  acknowledged: number
  refused: number
}

export function addPub(cli: Cli, parent: Command): void {
  const command = defineCommand(parent, 'pub', 'Publish messages and wait until each is acknowledged.', [
    [`ackstone pub -t ack/d1 -m '{"temp":21.5}' -q 1`, 'One reading of device d1; ends when it is stored.'],
    [`ackstone pub -t ack/d1/temp -m 21.5 -q 2 -V 311`, 'The same exactly once, in MQTT 3.1.1.'],
    [`ackstone pub -t ack/d1 -l -q 1 < lines.ndjson`, 'One message for each line.'],
    [`ackstone pub -L mqtt://127.0.0.1:1883/ack/d1/temp -m 21.5`, 'Address and topic as one URL.'],
  ])
  addConnectionOptions(command)
    .option('-t, --topic <topic>', 'topic to publish to')
    .option('-m, --message <text>', 'the payload')
    .option('-f, --file <file>', 'the payload is the content of a file')
    .option('-l, --stdin-line', 'one message for each line of the standard input')
    .option('-s, --stdin-file', 'the payload is the whole standard input')
    .option('-n, --null-message', 'an empty payload')
    .option('-q, --qos <qos>', 'Quality of Service: 0, 1 or 2', qosValue, 0)
    .option('-r, --retain', 'the broker keeps the message for later subscribers')
    .option('--repeat <count>', 'publish -m, -f, -s or -n so many times', wholeNumber(1, 1_000_000_000), 1)
    .option('--repeat-delay <seconds>', 'time between them', seconds, 0)
    .option(
      '-M, --max-inflight <count>',
      'messages in flight at most (default: 1000, 20 in 3.1.1)',
      wholeNumber(1, 65_535),
    )
    .option('--ack-timeout <seconds>', 'give up when an answer takes longer', seconds, 30)
    .option('--content-type <type>', 'content type of the payload, MQTT 5')
    .option('--user-property <name=value>', 'user property, MQTT 5; may be given several times', collected)
    .option('--json', 'print the counts as JSON')
  addSessionOptions(command)
  onRun<PubOptions>(cli, command, (options) => pub(cli.terminal, options))
}

async function pub(terminal: Terminal, options: PubOptions): Promise<number> {
  const { client: connection, topic: topicOfUrl } = clientOptions(terminal, options, 'pub')
  const topic = options.topic ?? topicOfUrl
  if (topic === '')
    throw usageFailure('There is no topic to publish to.', 'Give one with -t, or after the host in -L.')
  if (!isTopicName(topic)) {
    throw usageFailure(
      `"${topic}" is no topic to publish to.`,
      'A topic names one place: it has no + and no #.',
    )
  }
  checkSource(options)
  const payload = options.stdinLine === true ? undefined : await payloadOf(terminal, options)
  const client = await connectClient({
    ...connection,
    ...(options.maxInflight !== undefined && { inflightMax: options.maxInflight }),
  })
  debug(
    terminal,
    options,
    `Connected to ${connection.url ?? connection.host ?? '127.0.0.1'} as ${client.clientId}.`,
  )
  const run = new Run(terminal, client, topic, options)
  try {
    return await run.publishAll(payload)
  } finally {
    await client.end()
  }
}

function checkSource(options: PubOptions): void {
  const given = [options.message, options.file, options.stdinLine, options.stdinFile, options.nullMessage]
  const count = given.filter((value) => value !== undefined).length
  if (count === 1) return
  throw usageFailure(
    count === 0 ? 'There is no message to publish.' : 'The message is given in more than one way.',
    'Give exactly one of -m, -f, -l, -s and -n.',
  )
}

function debug(terminal: Terminal, options: PubOptions, sentence: string): void {
  if (options.debug === true) note(terminal, sentence)
}

/** One run of the command: a bounded number of messages under way, each answer counted. */
class Run {
  readonly #terminal: Terminal
  readonly #client: Client
  readonly #topic: string
  readonly #options: PubOptions
  readonly #publishOptions: PublishOptions
  readonly #tally: Tally = { published: 0, acknowledged: 0, refused: 0 }
  #pending = 0
  #failure: Error | undefined
  #progressedAtMs = performance.now()
  /** Ends the wait under way when as few answers are missing as it asked for. */
  #wake: () => void = () => undefined
  #wakeAtPending = 0

  constructor(terminal: Terminal, client: Client, topic: string, options: PubOptions) {
    this.#terminal = terminal
    this.#client = client
    this.#topic = topic
    this.#options = options
    this.#publishOptions = publishOptions(options)
    terminal.signal.addEventListener('abort', () => this.#wake(), { once: true })
  }

  /** @param payload undefined: the lines of the standard input. */
  async publishAll(payload: Buffer | undefined): Promise<number> {
    if (payload === undefined) await this.#publishLines(this.#terminal.stdin)
    else await this.#publishRepeatedly(payload)
    await this.#waitUntil(0)
    if (this.#options.json === true) await printJson(this.#terminal, this.#tally)
    return this.#outcome()
  }

  async #publishLines(stdin: Readable): Promise<void> {
    const lines = createInterface({ input: stdin, crlfDelay: Infinity })
    const stop = (): void => lines.close()
    this.#terminal.signal.addEventListener('abort', stop, { once: true })
    for await (const line of lines) {
      if (this.#isOver()) break
      await this.#publish(line)
    }
    this.#terminal.signal.removeEventListener('abort', stop)
  }

  async #publishRepeatedly(payload: Buffer): Promise<void> {
    const { repeat, repeatDelay } = this.#options
    for (let count = 0; count < repeat && !this.#isOver(); count++) {
      if (count > 0 && repeatDelay > 0) await pause(this.#terminal, repeatDelay * 1000)
      await this.#publish(payload)
    }
  }

  #isOver(): boolean {
    return this.#failure !== undefined || isInterrupted(this.#terminal)
  }

  async #publish(payload: string | Buffer): Promise<void> {
    this.#tally.published++
    this.#pending++
    this.#client
      .publish(this.#topic, payload, this.#publishOptions)
      .then((result) => this.#answered(result))
      .catch((error: Error) => this.#failed(error))
    if (this.#pending >= pendingMax) await this.#waitUntil(pendingMax / 2)
  }

  #failed(error: Error): void {
    this.#failure ??= error
    this.#wake()
  }

  #answered(result: PublishResult): void {
    this.#progressedAtMs = performance.now()
    this.#pending--
    if (this.#pending <= this.#wakeAtPending) this.#wake()
    if (result.reasonCode < 0x80) {
      this.#tally.acknowledged++
      debug(this.#terminal, this.#options, `Acknowledged: ${this.#tally.acknowledged} so far.`)
      return
    }
    this.#tally.refused++
    const name = reasonNames.get(result.reasonCode) ?? 'unknown reason'
    const said = result.reasonString === undefined ? '' : ` ${result.reasonString}`
    note(
      this.#terminal,
      `The broker did not take a message for ${this.#topic}: code ${result.reasonCode}, ${name}.${said}`,
    )
  }

  /** Waits until at most `count` answers are missing. */
  async #waitUntil(count: number): Promise<void> {
    if (this.#pending <= count || this.#isOver()) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    this.#wakeAtPending = count
    this.#progressedAtMs = performance.now()
    const watch = setInterval(() => {
      const waitedMs = performance.now() - this.#progressedAtMs
      if (waitedMs >= this.#options.ackTimeout * 1000) this.#failed(this.#notAcknowledged())
    }, 50)
    await promise
    clearInterval(watch)
  }

  #notAcknowledged(): CommandFailure {
    const { published, acknowledged, refused } = this.#tally
    return new CommandFailure(
      exitCode.notAcknowledged,
      `No answer for ${this.#options.ackTimeout} s: ${published - acknowledged - refused} of ${published} ` +
        `messages for ${this.#topic} are not acknowledged.`,
      'Look whether the broker can store (GET /readyz on Ackstone), then send them again.',
    )
  }

  #outcome(): number {
    const { published, acknowledged, refused } = this.#tally
    if (this.#failure !== undefined) {
      if (published > 1 && this.#failure instanceof AckstoneError)
        note(this.#terminal, `${acknowledged} of ${published} messages were acknowledged.`)
      throw this.#failure
    }
    if (refused === 0) return exitCode.ok
    return acknowledged === 0 ? exitCode.refused : exitCode.partlyDone
  }
}

function readPayload(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw usageFailure(
      `The file ${path} with the message can’t be read: ${(error as Error).message}.`,
      'Check its name and its permissions.',
    )
  }
}

function publishOptions(options: PubOptions): PublishOptions {
  const userProperties = options.userProperty?.map((text) => splitPair(text, '--user-property'))
  const { contentType } = options
  const hasProperties = userProperties !== undefined || contentType !== undefined
  if (hasProperties && options.protocolVersion !== 5) {
    throw usageFailure('MQTT 3.1.1 has no properties.', 'Leave out -V, or leave out the properties.')
  }
  return {
    qos: options.qos,
    retain: options.retain === true,
    ...(hasProperties && {
      properties: {
        ...(contentType !== undefined && { contentType }),
        ...(userProperties !== undefined && { userProperties }),
      },
    }),
  }
}

async function payloadOf(terminal: Terminal, options: PubOptions): Promise<Buffer> {
  if (options.message !== undefined) return Buffer.from(options.message)
  if (options.nullMessage === true) return Buffer.alloc(0)
  if (options.file !== undefined) return readPayload(options.file)
  return readAll(terminal)
}
