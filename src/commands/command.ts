// A command is a message for one device: what is kept of it, and the states it goes through.
import type { Qos } from '../model/message.ts'

/** queued: the device is not there to take it. sent: its session has it. delivered: the device has acknowledged it;
 *  through a bridge, the other broker has. answered: the device has said something about it. The others are ends
 *  without delivery. */
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
export const commandForms = ['ackstone', 'assetwolf', 'thingsboard-rpc', 'raw', 'script', 'template'] as const
export type CommandForm = (typeof commandForms)[number]

/** A session that has a copy. */
export interface CommandRecipient {
  key: string
  queueStart: number
  isLasting: boolean
  openedMs: number
}

/** How far a command is within the session of a bridge: durable before the packet that depends on it leaves. */
export interface CommandFlight {
  /** Names the session. */
  session: string
  packetId: number
  stage: 'published' | 'released'
}

export interface CommandRecord {
  id: string
  /** The hub that has made and follows it; absent where there is one alone. */
  hub?: string
  device: string
  /** Identifier of the integration that it goes through; null: whichever devices use that connect to this hub. */
  integration: string | null
  /** The integration is a bridge: the command is published at its broker. */
  isBridged: boolean
  command: string
  form: CommandForm
  topic: string
  /** Base64. */
  payload: string
  qos: Qos
  state: CommandState
  /** Why it is as it is, as a sentence; null where the state says all. */
  reason: string | null
  /** Where its device answers; null: nowhere that is listened to. */
  responseTopic: string | null
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
  flight: CommandFlight | null
}

/** As it is kept; those of earlier versions went to devices of this hub alone. */
export function readCommand(bytes: Uint8Array): CommandRecord {
  const kept = JSON.parse(Buffer.from(bytes).toString('utf8')) as Pick<CommandRecord, 'request'>
  const responseTopic = ownResponseTopic(kept.request)
  return { integration: null, isBridged: false, flight: null, responseTopic, ...kept } as CommandRecord
}

/** Topics that are each device's own although they are called the same for all. */
const ownTopics = 'v1/devices/me/'

export function isOwnTopic(topic: string): boolean {
  return topic.startsWith(ownTopics)
}

/** Where devices of this hub answer unless their integration says otherwise. */
export function ownResponseTopic(request: number): string {
  return `${ownTopics}rpc/response/${request}`
}

/** Whether it is still followed. Nobody acknowledges QoS 0. */
export function isOpen({ state, qos, flight }: Pick<CommandRecord, 'state' | 'qos' | 'flight'>): boolean {
  return state === 'queued' || (state === 'sent' && qos > 0) || flight !== null
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
