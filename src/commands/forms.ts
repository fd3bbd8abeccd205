// How a command is written for the device: topic and payload of each form.
import { AckstoneError } from '../errors.ts'
import { commandLimits, type CommandForm } from './command.ts'
import type { CommandDraft } from './commands.ts'

export interface CommandWish {
  device: string
  command: string
  params?: unknown
  payload?: string | undefined
  payloadBase64?: string | undefined
  topic?: string | undefined
  qos: 0 | 1 | 2
  form: CommandForm
  expiresSeconds?: number | undefined
}

/** Topic of a form where nobody names another; `{device}` and `{request}` are filled in. */
const topics: Readonly<Record<CommandForm, string>> = {
  'ackstone': 'ack/{device}/down',
  'assetwolf': 'ack/{device}/down',
  'thingsboard-rpc': 'v1/devices/me/rpc/request/{request}',
  'raw': 'ack/{device}/down',
  'script': 'ack/{device}/down',
}

/** @param encoded what the script made of it, for the form `script`.
 *  @throws COMMAND_INVALID */
export function draftOf(
  wish: CommandWish,
  request: number,
  encoded: { bytes: Uint8Array; topic: string | null } | undefined,
): CommandDraft {
  const { device, command, form, qos, expiresSeconds } = wish
  const template = wish.topic ?? encoded?.topic ?? topics[form]
  const topic = template.replaceAll('{device}', device).replaceAll('{request}', String(request))
  if (/[+#\0]/.test(topic) || topic === '' || Buffer.byteLength(topic) > 65_535) {
    throw invalid('/topic', 'A command is published to one topic, without wildcards.')
  }
  const payload = encoded === undefined ? payloadOf(wish, request) : Buffer.from(encoded.bytes)
  if (payload.length > commandLimits.payloadBytesMax) {
    throw invalid('/payload', `A command may have ${commandLimits.payloadBytesMax} bytes at most.`)
  }
  return { device, command, form, topic, payload: payload.toString('base64'), qos, expiresSeconds }
}

function payloadOf(
  { device, command, params, payload, payloadBase64, form }: CommandWish,
  request: number,
): Buffer {
  switch (form) {
    case 'assetwolf':
      return json({ deviceId: device, command, ...members(params) })
    case 'thingsboard-rpc':
      return json({ method: command, params: params ?? {} })
    case 'ackstone':
      return json({ id: request, command, ...(params !== undefined && { params }) })
    case 'script':
    case 'raw':
      if ((payload === undefined) === (payloadBase64 === undefined)) {
        throw invalid('/payload', 'Such a command has either "payload" or "payloadBase64".')
      }
      return payload === undefined ? Buffer.from(payloadBase64 ?? '', 'base64') : Buffer.from(payload)
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
