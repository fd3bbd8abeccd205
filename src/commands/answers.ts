// Answers of devices, found among what they publish by the topic that their command named, and where that is the same
// for several commands by correlation data or by the number of the request.
import type { Message } from '../model/message.ts'
import { commandLimits, isOwnTopic, type CommandRecord } from './command.ts'

export class AnswerTopics {
  /** By the topic that answers come on, oldest first. */
  readonly #byTopic = new Map<string, Set<CommandRecord>>()

  get isEmpty(): boolean {
    return this.#byTopic.size === 0
  }

  add(command: CommandRecord): void {
    if (command.responseTopic === null) return
    const known = this.#byTopic.get(command.responseTopic)
    if (known === undefined) this.#byTopic.set(command.responseTopic, new Set([command]))
    else known.add(command)
  }

  delete(command: CommandRecord): void {
    if (command.responseTopic === null) return
    const known = this.#byTopic.get(command.responseTopic)
    known?.delete(command)
    if (known?.size === 0) this.#byTopic.delete(command.responseTopic)
  }

  /** The command that a message answers.
   *  @param bridge the integration whose broker it comes from; undefined: from a device of this hub. */
  find(message: Message, bridge: string | undefined): CommandRecord | undefined {
    const { topic, device, isOldCopy } = message
    const known = this.#byTopic.get(topic)
    // What is retained was said some other day.
    if (known === undefined || isOldCopy === true) return undefined
    const isMeant = (command: CommandRecord): boolean => {
      if (command.state !== 'sent' && command.state !== 'delivered') return false
      if (bridge !== undefined) return command.isBridged && command.integration === bridge
      return !command.isBridged && (!isOwnTopic(topic) || command.device === device)
    }
    const meant = [...known].filter(isMeant)
    return oneOf(meant, message)
  }
}

/** Of several that have this topic: the one that the message names. */
function oneOf(meant: readonly CommandRecord[], message: Message): CommandRecord | undefined {
  const data = message.properties?.correlationData
  if (data !== undefined && meant.length > 0) {
    const id = Buffer.from(data).toString('latin1')
    return meant.find((command) => command.id === id)
  }
  if (meant.length <= 1) return meant[0]
  const request = requestIn(message)
  return meant.find((command) => command.request === request)
}

/** The number in a JSON answer that has it as `id` or `request`. */
function requestIn({ source, payloadStart, payloadEnd }: Message): unknown {
  if (payloadEnd - payloadStart > commandLimits.answerBytesMax) return undefined
  let answer: unknown
  try {
    answer = JSON.parse(source.toString('utf8', payloadStart, payloadEnd))
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
  if (typeof answer !== 'object' || answer === null) return undefined
  const { request, id } = answer as { request?: unknown; id?: unknown }
  return request ?? id
}
