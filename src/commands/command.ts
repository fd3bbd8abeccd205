// A command is a message for one device: what is kept of it, and the states it goes through.
import type { Qos } from '../model/message.ts'

/** queued: the device is not there to take it. sent: its session has it. delivered: the device has acknowledged it.
 *  answered: it has said something about it. The others are ends without delivery. */
export const commandStates = [
  'queued',
  'sent',
  'delivered',
  'answered',
  'expired',
  'failed',
  'cancelled',
] as const
export type CommandState = (typeof commandStates)[number]

/** How a command is written. */
export const commandForms = ['ackstone', 'assetwolf', 'thingsboard-rpc', 'raw', 'script'] as const
export type CommandForm = (typeof commandForms)[number]

/** A session that has a copy. */
export interface CommandRecipient {
  key: string
  queueStart: number
  isLasting: boolean
  openedMs: number
}

export interface CommandRecord {
  id: string
  device: string
  command: string
  form: CommandForm
  topic: string
  /** Base64. */
  payload: string
  qos: Qos
  state: CommandState
  /** Why it has failed, as a sentence. */
  reason: string | null
  /** Names it in the topics of answers. */
  request: number
  /** Milliseconds since the epoch. */
  createdMs: number
  expiresMs: number
  sentMs: number | null
  deliveredMs: number | null
  answeredMs: number | null
  /** What the device answered, as text; base64 where it is none. */
  answer: string | null
  isAnswerText: boolean
  recipients: CommandRecipient[]
}

export function isOpen({ state }: Pick<CommandRecord, 'state'>): boolean {
  return state === 'queued' || state === 'sent'
}

export const commandLimits = {
  /** Commands of one device that are queued or sent; and over all devices. */
  openPerDeviceMax: 100,
  openMax: 10_000,
  /** Ended commands of one device that are kept, and over all devices. */
  keptPerDeviceMax: 100,
  keptMax: 100_000,
  payloadBytesMax: 64 * 1024,
  answerBytesMax: 16 * 1024,
  expiresSecondsDefault: 24 * 60 * 60,
  expiresSecondsMax: 30 * 24 * 60 * 60,
} as const
