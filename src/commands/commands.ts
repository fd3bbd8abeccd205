// Commands for devices: kept durably, handed to the session of a device when there is one, and followed until the
// device has acknowledged or answered. Each step joins the batch of what it is about, so that a crash leaves a command
// either before the step or after it: at QoS 2 none runs twice.
import { randomBytes } from 'node:crypto'
import { AckstoneError } from '../errors.ts'
import type { Ingest } from '../ingest/contract.ts'
import type { Clock, Timer } from '../lib/clock.ts'
import type { Message } from '../model/message.ts'
import { commandsPrefix } from '../model/registry.ts'
import type { Store } from '../storage/store.ts'
import { AnswerTopics } from './answers.ts'
import { Bridged } from './bridged.ts'
import { commandLimits, isOpen, readCommand, type CommandRecord } from './command.ts'
import type { OtherHubs } from './other-hubs.ts'
import type { BridgeWay, CommandWay } from './command-way.ts'

/** Names a command among the properties of its message, which are kept with each copy. */
export const commandProperty = 'command'

const tickMs = 500

export interface CommandsOptions {
  store: Store
  ingest: Ingest
  clock: Clock
  way: CommandWay
  bridges: BridgeWay
  /** Where hubs share a store: who this is, and what the others have made. */
  others?: OtherHubs | undefined
  /** Identifier of this hub, there. */
  hub?: string | undefined
}

export type CommandDraft = Pick<
  CommandRecord,
  'device' | 'integration' | 'isBridged' | 'command' | 'form' | 'topic' | 'responseTopic' | 'payload' | 'qos'
> & {
  expiresSeconds: number | undefined
}

export class Commands {
  readonly #options: CommandsOptions
  /** By device, oldest first. */
  readonly #byDevice = new Map<string, CommandRecord[]>()
  readonly #byId = new Map<string, CommandRecord>()
  readonly #open = new Set<CommandRecord>()
  readonly #answers = new AnswerTopics()
  /** Those that go through bridges. */
  readonly bridged: Bridged
  readonly #watchers = new Set<(command: CommandRecord) => void>()
  #isTickDue = false
  /** Those that were sent since this process began. */
  readonly #sentHere = new WeakSet<CommandRecord>()
  #lastRequest = 0
  #timer: Timer | undefined

  private constructor(options: CommandsOptions) {
    this.#options = options
    const owner = {
      nowMs: () => this.#nowMs(),
      keep: (command: CommandRecord) => this.#keep(command),
      end: (command: CommandRecord, state: CommandRecord['state'], reason: string | null) =>
        this.#end(command, state, reason),
    }
    this.bridged = new Bridged(options.bridges, owner, options.ingest)
  }

  static async load(options: CommandsOptions): Promise<Commands> {
    const commands = new Commands(options)
    for await (const { value } of options.store.stateScan('registry', commandsPrefix)) {
      const command = readCommand(value)
      if (options.others?.isOwn(command) === false) continue
      commands.#enter(command)
      commands.bridged.enter(command)
    }
    commands.#arm()
    return commands
  }

  #enter(command: CommandRecord): void {
    const list = this.#byDevice.get(command.device)
    if (list === undefined) this.#byDevice.set(command.device, [command])
    else list.push(command)
    this.#byId.set(command.id, command)
    this.#answers.add(command)
    if (isOpen(command)) this.#open.add(command)
    this.#lastRequest = Math.max(this.#lastRequest, command.request)
  }

  /** Durable before it resolves, and sent when the device is there.
   *  @param take what is known of the request that is made up for it. @throws COMMAND_LIMIT, COMMAND_INVALID */
  async create(draft: (request: number) => CommandDraft): Promise<CommandRecord> {
    const { clock, ingest } = this.#options
    const { expiresSeconds = commandLimits.expiresSecondsDefault, ...rest } = draft(this.#lastRequest + 1)
    const list = this.#byDevice.get(rest.device) ?? []
    const { openPerDeviceMax, openMax } = commandLimits
    if (list.filter(isOpen).length >= openPerDeviceMax || this.#open.size >= openMax) {
      throw new AckstoneError('COMMAND_LIMIT', { device: rest.device, limit: openPerDeviceMax })
    }
    const nowUs = clock.nowUs()
    const command: CommandRecord = {
      // In the order of time, and not to be guessed.
      id: nowUs.toString(36).padStart(11, '0') + randomBytes(6).toString('hex'),
      ...(this.#options.hub !== undefined && { hub: this.#options.hub }),
      ...rest,
      state: 'queued',
      reason: null,
      request: ++this.#lastRequest,
      createdMs: Math.floor(nowUs / 1000),
      expiresMs: Math.floor(nowUs / 1000) + expiresSeconds * 1000,
      ...{ sentMs: null, deliveredMs: null, answeredMs: null, answer: null, isAnswerText: true },
      recipients: [],
      flight: null,
    }
    this.#enter(command)
    if (command.isBridged) {
      // Nothing overtakes those that wait for the same broker.
      this.#keep(command)
      this.bridged.launchAll(this.#openOf(command.integration))
    } else if (!this.#trySend(command)) this.#keep(command)
    this.#trim(command.device)
    await ingest.stored(ingest.open().ticket)
    return command
  }

  get(device: string, id: string): CommandRecord | undefined {
    const command = this.#byId.get(id) ?? this.#options.others?.get(id)
    return command?.device === device ? command : undefined
  }

  /** Calls back in each turn in which a command has changed, until the returned function is called. */
  watch(onChange: (command: CommandRecord) => void): () => void {
    this.#watchers.add(onChange)
    return () => this.#watchers.delete(onChange)
  }

  /** Of the newest command of a device that had one. */
  lastIntegrationOf(device: string): string | undefined {
    return (
      this.#byDevice.get(device)?.findLast(({ integration }) => integration !== null)?.integration ??
      undefined
    )
  }

  /** Of a device, newest first. @param before the id that the page begins behind; empty for the first. */
  list(device: string, before: string, limit: number): CommandRecord[] {
    const own = this.#byDevice.get(device) ?? []
    const others = this.#options.others?.of(device) ?? []
    const list = others.length === 0 ? own.toReversed() : [...own, ...others].toSorted(newestFirst)
    return list.filter(({ id }) => before === '' || id < before).slice(0, limit)
  }

  /** Only what no session has yet can be called off. Durable before it resolves.
   *  @throws COMMAND_NOT_FOUND, COMMAND_UNDER_WAY, COMMAND_ELSEWHERE */
  async cancel(device: string, id: string): Promise<CommandRecord> {
    const command = this.get(device, id)
    if (command === undefined) throw new AckstoneError('COMMAND_NOT_FOUND', { device, id })
    if (!this.#byId.has(id)) throw new AckstoneError('COMMAND_ELSEWHERE', { id })
    if (command.state !== 'queued') throw new AckstoneError('COMMAND_UNDER_WAY', { id, state: command.state })
    this.#end(command, 'cancelled', null)
    await this.#options.ingest.stored(this.#options.ingest.open().ticket)
    return command
  }

  #trySend(command: CommandRecord): boolean {
    const recipients = this.#options.way.send(command)
    if (recipients.length === 0) return false
    command.recipients = recipients
    command.state = 'sent'
    command.sentMs = this.#nowMs()
    this.#sentHere.add(command)
    // Nobody acknowledges QoS 0.
    if (command.qos === 0) this.#open.delete(command)
    this.#keep(command)
    return true
  }

  /** A copy has been acknowledged, or could not be sent any more. In the turn in which the session says so. */
  copyEnded(id: string, topic: string, isAcknowledged: boolean): void {
    const command = this.#byId.get(id)
    if (command === undefined || command.topic !== topic || command.state !== 'sent') return
    if (!isAcknowledged) return this.#end(command, 'expired', null)
    command.deliveredMs = this.#nowMs()
    this.#end(command, 'delivered', null)
  }

  /** Whether somebody may answer, so that answers are worth looking for. */
  get mayBeAnswered(): boolean {
    return !this.#answers.isEmpty
  }

  /** Something was published: an answer, perhaps.
   *  @param bridge the integration whose broker it comes from; undefined: from a device of this hub.
   *  @returns whether it was one, and its effect joined the open batch. */
  received(message: Message, bridge?: string): boolean {
    const command = this.#answers.find(message, bridge)
    if (command === undefined) return false
    const { source, payloadStart, payloadEnd } = message
    const end = Math.min(payloadEnd, payloadStart + commandLimits.answerBytesMax)
    const payload = source.subarray(payloadStart, end)
    const text = payload.toString('utf8')
    command.isAnswerText = !text.includes('\ufffd')
    command.answer = command.isAnswerText ? text : payload.toString('base64')
    command.answeredMs = this.#nowMs()
    this.#end(command, 'answered', null)
    return true
  }

  /** A bridge is connected, or has room again: what waits for it goes on soon. */
  roomMade(): void {
    if (this.#isTickDue) return
    this.#isTickDue = true
    this.#options.clock.soon(() => {
      this.#isTickDue = false
      this.#tick()
    })
  }

  #arm(): void {
    this.#timer = this.#options.clock.after(tickMs, () => {
      this.#tick()
      this.#arm()
    })
  }

  #tick(): void {
    const nowMs = this.#nowMs()
    for (const command of this.#open) {
      const { state, expiresMs, isBridged } = command
      if (state !== 'queued') {
        if (isBridged) this.bridged.follow(command)
        else this.#follow(command)
      } else if (expiresMs <= nowMs) this.#end(command, 'expired', command.reason)
      else if (!isBridged) this.#trySend(command)
    }
    this.bridged.launchAll(this.#open)
  }

  *#openOf(through: string | null): Generator<CommandRecord> {
    for (const command of this.#open) if (command.integration === through) yield command
  }

  /** What a session had may be gone with it. */
  #follow(command: CommandRecord): void {
    const isHere = this.#sentHere.has(command)
    if (command.recipients.some((each) => this.#options.way.isOnItsWay(each, isHere))) return
    if (command.qos === 2) {
      const reason =
        'The session of the device ended before it acknowledged the command, so that nobody knows whether it ran. ' +
        'Send it again if that does no harm; a device that keeps its session gets each command exactly once.'
      return this.#end(command, 'failed', reason)
    }
    command.state = 'queued'
    command.recipients = []
    this.#keep(command)
  }

  #end(command: CommandRecord, state: CommandRecord['state'], reason: string | null): void {
    command.state = state
    command.reason = reason
    command.recipients = []
    if (!isOpen(command)) this.#open.delete(command)
    this.#keep(command)
    this.#trim(command.device)
  }

  #keep(command: CommandRecord): void {
    const batch = this.#options.ingest.open()
    batch.put('registry', keyOf(command), Buffer.from(JSON.stringify(command)))
    this.#options.others?.changed(command.id, batch)
    for (const onChange of this.#watchers) onChange(command)
  }

  /** The oldest ended commands of a device go, and of all devices those of whoever comes first. */
  #trim(device: string): void {
    const { keptPerDeviceMax, keptMax } = commandLimits
    const list = this.#byDevice.get(device) ?? []
    const ended = list.filter((each) => !isOpen(each))
    for (const command of ended.slice(0, Math.max(0, ended.length - keptPerDeviceMax))) this.#drop(command)
    if (this.#byId.size <= keptMax) return
    for (const command of this.#byId.values()) {
      if (!isOpen(command)) return this.#drop(command)
    }
  }

  #drop(command: CommandRecord): void {
    const list = (this.#byDevice.get(command.device) ?? []).filter((each) => each !== command)
    if (list.length === 0) this.#byDevice.delete(command.device)
    else this.#byDevice.set(command.device, list)
    this.#byId.delete(command.id)
    this.#answers.delete(command)
    const batch = this.#options.ingest.open()
    batch.delete('registry', keyOf(command))
    this.#options.others?.changed(command.id, batch)
  }

  #nowMs(): number {
    return Math.floor(this.#options.clock.nowUs() / 1000)
  }

  close(): void {
    this.#timer?.cancel()
    this.#options.others?.close()
  }
}

function newestFirst(a: CommandRecord, b: CommandRecord): number {
  return a.id < b.id ? 1 : -1
}

/** In the order of time. */
function keyOf({ id }: CommandRecord): string {
  return commandsPrefix + id
}
