// Joins commands with the broker that carries them and the scripts that write some of them. Part of the building of
// the house, beside serve.ts.
import type { Broker } from './broker/broker.ts'
import { RoutedMessage } from './broker/routed-message.ts'
import type { CommandRecord } from './commands/command.ts'
import { commandProperty, Commands, type CommandsOptions, type CommandWay } from './commands/commands.ts'
import { draftOf, invalid, type CommandWish } from './commands/forms.ts'
import { ConversionError } from './converters/converter.ts'
import type { Scripts } from './scripts/scripts.ts'

/** Topics that are each device's own although they are called the same for all. */
const ownTopics = /^v1\/devices\/me\//

/** @param broker there is one later than the commands that an earlier hub has left. */
export function commandWay(broker: () => Broker | undefined): CommandWay {
  return {
    send(command) {
      const isOwn = ownTopics.test(command.topic)
      return broker()?.sendTo(messageOf(command), ({ device }) => !isOwn || device === command.device) ?? []
    },
    isOnItsWay: (recipient, isOfThisProcess) => broker()?.isOnItsWay(recipient, isOfThisProcess) ?? true,
  }
}

function messageOf({ id, topic, payload, qos, request, expiresMs }: CommandRecord): RoutedMessage {
  const properties = {
    responseTopic: `v1/devices/me/rpc/response/${request}`,
    correlationData: Buffer.from(id),
    userProperties: [[commandProperty, id]] as [string, string][],
  }
  return new RoutedMessage(topic, Buffer.from(payload, 'base64'), qos, properties, expiresMs * 1000)
}

/** The command that a copy is of; undefined for all other messages. */
export function commandIdOf({ properties }: RoutedMessage): string | undefined {
  return properties?.userProperties?.find(([name]) => name === commandProperty)?.[1]
}

/** Commands with the scripts that write some of them. */
export class ScriptedCommands {
  readonly commands: Commands
  readonly #scripts: Scripts
  readonly #now: () => number

  private constructor(commands: Commands, scripts: Scripts, now: () => number) {
    this.commands = commands
    this.#scripts = scripts
    this.#now = now
  }

  static async load(options: CommandsOptions & { scripts: Scripts }): Promise<ScriptedCommands> {
    const now = (): number => Math.floor(options.clock.nowUs() / 1000)
    return new ScriptedCommands(await Commands.load(options), options.scripts, now)
  }

  async send(wish: CommandWish, script: string | undefined): Promise<CommandRecord> {
    const encoded = wish.form === 'script' ? await this.#encode(wish, script) : undefined
    return this.commands.create((request) => draftOf(wish, request, encoded))
  }

  async #encode({ device, command, params }: CommandWish, script: string | undefined) {
    if (script === undefined) throw invalid('/script', 'The form "script" needs the id of a script.')
    try {
      const input = { now: this.#now(), device, command, data: params ?? null }
      return await this.#scripts.encode({ script }, input)
    } catch (error) {
      if (!(error instanceof ConversionError)) throw error
      throw invalid('/script', error.message)
    }
  }

  list = (device: string, before: string, limit: number): CommandRecord[] =>
    this.commands.list(device, before, limit)

  get = (device: string, id: string): CommandRecord | undefined => this.commands.get(device, id)

  cancel = (device: string, id: string): Promise<CommandRecord> => this.commands.cancel(device, id)
}
