// The shapes of commands over HTTP, as zod schemas. Shared with every client of the API, so it imports nothing but zod.
import { z } from 'zod'
import { devicePath, limit, cursor } from './shapes.ts'

const forms = ['ackstone', 'assetwolf', 'thingsboard-rpc', 'raw', 'script'] as const
const states = ['queued', 'sent', 'delivered', 'answered', 'expired', 'failed', 'cancelled'] as const

export const commandDraft = z.strictObject({
  command: z.string().min(1).max(256).describe('What the device is to do.'),
  params: z.unknown().optional().describe('Whatever the command needs, as JSON.'),
  payload: z.string().max(65_536).optional().describe('With the form `raw`: the payload as text.'),
  payloadBase64: z.base64().max(87_384).optional().describe('Or as base64.'),
  form: z.enum(forms).default('ackstone').describe('How it is written.'),
  topic: z
    .string()
    .min(1)
    .max(65_535)
    .optional()
    .describe('Another topic than that of the form; {device} and {request} are filled in.'),
  script: z
    .string()
    .regex(/^[0-9a-z-]{1,64}$/, 'is not an identifier')
    .optional()
    .describe('With the form `script`: whose encodeDownlink writes the payload.'),
  qos: z.union([z.literal(0), z.literal(1), z.literal(2)]).default(1),
  expiresInSeconds: z
    .int()
    .min(1)
    .max(30 * 24 * 60 * 60)
    .default(24 * 60 * 60)
    .describe('Not sent later than that.'),
})

const moment = z.number().nullable().describe('Milliseconds since the epoch; null while it has not happened.')

export const command = z.strictObject({
  id: z.string(),
  device: z.string(),
  command: z.string(),
  form: z.enum(forms),
  topic: z.string(),
  payloadBase64: z.string(),
  qos: z.int(),
  request: z.int().describe('Stands in the topic of the answer.'),
  state: z.enum(states),
  reason: z.string().nullable(),
  createdAt: z.number(),
  expiresAt: z.number(),
  sentAt: moment,
  deliveredAt: moment,
  answeredAt: moment,
  answer: z.string().nullable().describe('As text; base64 where it is none.'),
  answerIsText: z.boolean(),
})

export const commandsQuery = z.strictObject({ limit, cursor })
export const commandsPage = z.strictObject({ items: z.array(command), nextCursor: z.string().nullable() })
export const commandPath = devicePath.extend({
  id: z.string().regex(/^[0-9a-z]{1,64}$/, 'is not an identifier'),
})
