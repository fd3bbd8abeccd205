// Joins commands with what carries them, the broker of this hub and bridges to others, with the integrations that say
// how their devices get them, and with the scripts that write some of them. Part of the building of the house, beside
// serve.ts.
import type { Broker } from './broker/broker.ts'
import { RoutedMessage } from './broker/routed-message.ts'
import type { OutgoingMessage } from './client/outgoing-message.ts'
import { isOwnTopic, type CommandRecord } from './commands/command.ts'
import type { BridgeWay, CommandWay, Launch } from './commands/command-way.ts'
import { commandProperty, Commands, type CommandsOptions } from './commands/commands.ts'
import { draftOf, invalid, type CommandPlan, type CommandWish } from './commands/forms.ts'
import { OtherHubs } from './commands/other-hubs.ts'
import { ConversionError } from './converters/converter.ts'
import { AckstoneError } from './errors.ts'
import type { DownDesk } from './integrations/bridge/attachment.ts'
import type { Bridges } from './integrations/bridge/bridges.ts'
import type { Integrations } from './integrations/integrations.ts'
import type { IntegrationRecord } from './integrations/integration.ts'
import type { Clock } from './lib/clock.ts'
import type { ScriptOptions } from './converters/script/script-kind.ts'
import type { Scripts } from './scripts/scripts.ts'

/** @param broker there is one later than the commands that an earlier hub has left. */
export function commandWay(broker: () => Broker | undefined): CommandWay {
  return {
    send(command) {
      const isOwn = isOwnTopic(command.topic)
      return broker()?.sendTo(messageOf(command), ({ device }) => !isOwn || device === command.device) ?? []
    },
    isOnItsWay: (recipient, isOfThisProcess) => broker()?.isOnItsWay(recipient, isOfThisProcess) ?? true,
  }
}

function messageOf(command: CommandRecord): RoutedMessage {
  const { topic, payload, qos, expiresMs } = command
  const properties = propertiesOf(command)
  return new RoutedMessage(topic, Buffer.from(payload, 'base64'), qos, properties, expiresMs * 1000)
}

function propertiesOf({ id, responseTopic }: CommandRecord) {
  return {
    ...(responseTopic !== null && { responseTopic }),
    correlationData: Buffer.from(id),
    userProperties: [[commandProperty, id]] as [string, string][],
  }
}

/** The command that a copy is of; undefined for all other messages. */
export function commandIdOf({ properties }: RoutedMessage): string | undefined {
  return properties?.userProperties?.find(([name]) => name === commandProperty)?.[1]
}

const waits = {
  gone: 'The integration that it goes through is gone; the command waits until it expires.',
  paused: 'The integration that it goes through is switched off; the command waits until it is on again.',
  elsewhere:
    'The integration that it goes through runs on another hub; the command waits until this hub runs it. ' +
    'Send it at that hub: `ackstone integration health` names it.',
  away: 'The integration that it goes through is not connected to its broker; the command waits until it is.',
} as const

/** @param down there are bridges later than the commands that an earlier hub has left. */
export function bridgeWay(down: DownParts, clock: Clock): BridgeWay {
  const bridges = (): Bridges | undefined => down.bridges
  return {
    get isKnown() {
      return down.integrations !== undefined
    },
    launch(command, keeper): Launch {
      // Why it would have to wait is known once all integrations are.
      if (down.integrations === undefined) return 'full'
      const message = outgoing(command, clock)
      const id = command.integration!
      try {
        if (command.qos > 0) {
          const answer = bridges()?.launch(id, message, keeper) ?? 'away'
          return answer === 'launched' || answer === 'full' ? answer : { wait: waits[answer] }
        }
        return bridges()?.hand(id, message) === true ? 'handed' : { wait: waits.away }
      } catch (error) {
        if (!(error instanceof AckstoneError)) throw error
        return { never: error.message }
      }
    },
    sessionOf: (integration) => bridges()?.sessionOf(integration),
  }
}

function outgoing(command: CommandRecord, clock: Clock): OutgoingMessage {
  const { topic, payload, qos, expiresMs } = command
  const leftSeconds = Math.ceil((expiresMs - clock.nowUs() / 1000) / 1000)
  const properties = { ...propertiesOf(command), messageExpiryInterval: Math.max(1, leftSeconds) }
  return { topic, payload: Buffer.from(payload, 'base64'), qos, properties }
}

/** What bridges see of commands. */
export function downDesk(commands: () => Commands, clock: Clock): DownDesk {
  return {
    underWay: (session) =>
      commands()
        .bridged.underWay(session)
        .map(({ command, keeper }) => {
          const { packetId, stage } = command.flight!
          return { message: outgoing(command, clock), state: { packetId, stage }, keeper }
        }),
    roomMade: () => commands().roomMade(),
    get mayBeAnswered() {
      return commands().mayBeAnswered
    },
    received: (message, integration) => commands().received(message, integration),
  }
}

export interface CommandSources {
  scripts: Scripts
  integration: (id: string) => IntegrationRecord | undefined
  /** The integration through which a device was last heard. */
  lastIntegrationOf: (device: string) => string | undefined
}

/** Commands with what is said elsewhere about how they are written and which way they go. */
export class PlannedCommands {
  readonly commands: Commands
  readonly #sources: CommandSources
  readonly #now: () => number

  private constructor(commands: Commands, sources: CommandSources, now: () => number) {
    this.commands = commands
    this.#sources = sources
    this.#now = now
  }

  static async load(options: CommandsOptions & CommandSources): Promise<PlannedCommands> {
    const now = (): number => Math.floor(options.clock.nowUs() / 1000)
    return new PlannedCommands(await Commands.load(options), options, now)
  }

  /** @throws COMMAND_INVALID, COMMAND_LIMIT, SCRIPT_NOT_FOUND */
  async send(wish: CommandWish): Promise<CommandRecord> {
    const through = this.#throughOf(wish)
    const plan = planOf(wish, through)
    const encoded = plan.form === 'script' ? await this.#encode(plan, through) : undefined
    return this.commands.create((request) => draftOf(plan, request, encoded))
  }

  /** The integration named, or the one that the device was last heard through. */
  #throughOf({ device, integration }: CommandWish): IntegrationRecord | undefined {
    if (integration !== undefined) {
      const record = this.#sources.integration(integration)
      if (record === undefined) throw invalid('/integration', `There is no integration "${integration}".`)
      return record
    }
    const last = this.#sources.lastIntegrationOf(device) ?? this.commands.lastIntegrationOf(device)
    return last === undefined ? undefined : this.#sources.integration(last)
  }

  async #encode({ device, command, params, script }: CommandPlan, through: IntegrationRecord | undefined) {
    const own = through?.converter
    const isOwn = script === undefined && own?.type === 'script'
    const source: Pick<ScriptOptions, 'script' | 'source'> = isOwn ? (own as object) : { script }
    if (source.script === undefined && source.source === undefined) {
      throw invalid('/script', 'The form "script" needs the id of a script.')
    }
    try {
      const input = { now: this.#now(), device, command, data: params ?? null }
      return await this.#sources.scripts.encode(source, input)
    } catch (error) {
      if (!(error instanceof ConversionError)) throw error
      throw invalid('/script', error.message)
    }
  }

  list = (device: string, before: string, limit: number): CommandRecord[] =>
    this.commands.list(device, before, limit)

  get = (device: string, id: string): CommandRecord | undefined => this.commands.get(device, id)

  watch = (onChange: (command: CommandRecord) => void): (() => void) => this.commands.watch(onChange)

  cancel = (device: string, id: string): Promise<CommandRecord> => this.commands.cancel(device, id)
}

/** What the request doesn't say, the integration does; a request that names a form says how it is written itself. */
function planOf(wish: CommandWish, through: IntegrationRecord | undefined): CommandPlan {
  const { downlink } = through ?? {}
  const isOwnForm = wish.form !== undefined && wish.form !== downlink?.form
  const set = isOwnForm ? undefined : downlink
  return {
    ...wish,
    form: wish.form ?? set?.form ?? 'ackstone',
    topic: wish.topic ?? set?.topic,
    qos: wish.qos ?? set?.qos ?? 1,
    script: wish.script ?? set?.script,
    template: set?.template,
    responseTopic: downlink?.responseTopic,
    route: { integration: through?.id ?? null, isBridged: through?.kind === 'bridge' },
  }
}

/** How the hub publishes to devices, its own and those behind bridges; there is less of it while it starts. */
export interface DownParts {
  broker: Broker | undefined
  bridges: Bridges | undefined
  integrations: Integrations | undefined
}

/** @param hub identifier of this hub, where several share the store. */
export async function openCommands(
  options: Pick<CommandsOptions, 'store' | 'ingest' | 'clock'> & Omit<CommandSources, 'integration'>,
  down: DownParts,
  hub?: string,
): Promise<PlannedCommands> {
  const others = hub === undefined ? undefined : new OtherHubs({ ...options, hub })
  await others?.load()
  return PlannedCommands.load({
    ...options,
    ...{ hub, others },
    way: commandWay(() => down.broker),
    bridges: bridgeWay(down, options.clock),
    integration: (id) => down.integrations?.get(id),
  })
}
