// How a command is written for the device: topic and payload of each form.
import { AckstoneError } from '../errors.ts'
import type { Qos } from '../model/message.ts'
import { commandLimits, isOwnTopic, ownResponseTopic, type CommandForm } from './command.ts'
import type { CommandDraft } from './commands.ts'
import { filledTopic } from './downlink.ts'
import { fillTemplate, parseTemplate, TemplateFault } from './template.ts'

/** A command as somebody wants it. What is left out, the integration says, or else the form. */
export interface CommandWish {
  device: string
  command: string
  /** Identifier of the integration that it is to go through. */
  integration?: string | undefined
  params?: unknown
  payload?: string | undefined
  payloadBase64?: string | undefined
  topic?: string | undefined
  qos?: Qos | undefined
  form?: CommandForm | undefined
  /** Identifier of a script, for the form `script`. */
  script?: string | undefined
  expiresSeconds?: number | undefined
}

/** A wish for which all is known. */
export interface CommandPlan extends CommandWish {
  qos: Qos
  form: CommandForm
  /** With the form `template`. */
  template: string | undefined
  responseTopic: string | undefined
  route: { integration: string | null; isBridged: boolean }
}

/** Topic of a form where nobody names another; `{device}` and `{request}` are filled in. */
const topics: Readonly<Record<CommandForm, string>> = {
  'ackstone': 'ack/{device}/down',
  'assetwolf': 'ack/{device}/down',
  'thingsboard-rpc': 'v1/devices/me/rpc/request/{request}',
  'raw': 'ack/{device}/down',
  'script': 'ack/{device}/down',
  'template': 'ack/{device}/down',
}

/** @param encoded what the script made of it, for the form `script`.
 *  @throws COMMAND_INVALID */
export function draftOf(
  plan: CommandPlan,
  request: number,
  encoded: { bytes: Uint8Array; topic: string | null } | undefined,
): CommandDraft {
  const { device, command, form, qos, expiresSeconds, route } = plan
  const topic = filledTopic(plan.topic ?? encoded?.topic ?? topics[form], device, request)
  if (/[+#\0]/.test(topic) || topic === '' || Buffer.byteLength(topic) > 65_535) {
    throw invalid('/topic', 'A command is published to one topic, without wildcards.')
  }
  if (route.isBridged && isOwnTopic(topic)) {
    throw invalid('/topic', 'At another broker this topic would not name the device; name another topic.')
  }
  const payload = encoded === undefined ? payloadOf(plan, request) : Buffer.from(encoded.bytes)
  if (payload.length > commandLimits.payloadBytesMax) {
    throw invalid('/payload', `A command may have ${commandLimits.payloadBytesMax} bytes at most.`)
  }
  const responseTopic = responseTopicOf(plan, request)
  const written = { topic, responseTopic, payload: payload.toString('base64') }
  return { device, command, form, ...written, ...route, qos, expiresSeconds }
}

/** Another broker is listened to where its integration says so alone. */
function responseTopicOf({ responseTopic, device, route }: CommandPlan, request: number): string | null {
  if (responseTopic !== undefined) return filledTopic(responseTopic, device, request)
  return route.isBridged ? null : ownResponseTopic(request)
}

function payloadOf(plan: CommandPlan, request: number): Buffer {
  const { device, command, params, payload, payloadBase64, form } = plan
  switch (form) {
    case 'assetwolf':
      return json({ deviceId: device, command, ...members(params) })
    case 'thingsboard-rpc':
      return json({ method: command, params: params ?? {} })
    case 'ackstone':
      return json({ id: request, command, ...(params !== undefined && { params }) })
    case 'template':
      return fromTemplate(plan, request)
    case 'script':
    case 'raw':
      if ((payload === undefined) === (payloadBase64 === undefined)) {
        throw invalid('/payload', 'Such a command has either "payload" or "payloadBase64".')
      }
      return payload === undefined ? Buffer.from(payloadBase64 ?? '', 'base64') : Buffer.from(payload)
  }
}

function fromTemplate({ device, command, params, template }: CommandPlan, request: number): Buffer {
  if (template === undefined) {
    throw invalid('/form', 'The integration of this device has no template; it is part of its downlink.')
  }
  const parsed = parseTemplate(template)
  if (typeof parsed === 'string') throw invalid('/form', parsed)
  try {
    return Buffer.from(fillTemplate(parsed, { device, command, request, params }))
  } catch (error) {
    if (!(error instanceof TemplateFault)) throw error
    throw invalid(error.pointer, error.message)
  }
}

function members(params: unknown): object {
  if (params === undefined || params === null) return {}
  return typeof params === 'object' && !Array.isArray(params) ? params : { params }
}

function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value))
}

export function invalid(pointer: string, detail: string): AckstoneError {
  return new AckstoneError('COMMAND_INVALID', { fault: detail }, undefined, [{ pointer, detail }])
}
