// The shapes of commands over HTTP, as zod schemas. Shared with every client of the API, so it imports nothing but zod.
import { z } from 'zod'
import { commandForms as forms } from './downlink-shapes.ts'
import { devicePath, limit, cursor } from './shapes.ts'

const states = ['queued', 'sent', 'delivered', 'answered', 'expired', 'failed', 'cancelled'] as const

export const commandDraft = z.strictObject({
  command: z.string().min(1).max(256).describe('What the device is to do.'),
  params: z.unknown().optional().describe('Whatever the command needs, as JSON.'),
  payload: z.string().max(65_536).optional().describe('With the form `raw`: the payload as text.'),
  payloadBase64: z.base64().max(87_384).optional().describe('Or as base64.'),
  integration: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe(
      'Identifier of the integration that it goes through: that which the device was last heard through unless told. ' +
        'With a bridge it is published at the broker of the bridge.',
    ),
  form: z
    .enum(forms)
    .optional()
    .describe('How it is written: as `downlink` of the integration says unless told, or else `ackstone`.'),
  topic: z
    .string()
    .min(1)
    .max(65_535)
    .optional()
    .describe(
      'Another topic than that of the integration or the form; {device} and {request} are filled in.',
    ),
  script: z
    .string()
    .regex(/^[0-9a-z-]{1,64}$/, 'is not an identifier')
    .optional()
    .describe('With the form `script`: whose encodeDownlink writes the payload.'),
  qos: z
    .union([z.literal(0), z.literal(1), z.literal(2)])
    .optional()
    .describe('As the integration says unless told, or else 1.'),
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
  integration: z.string().nullable().describe('That it goes through; null for none in particular.'),
  throughBridge: z
    .boolean()
    .describe('It is published at another broker: `delivered` then says that this broker has it.'),
  command: z.string(),
  form: z.enum(forms),
  topic: z.string(),
  responseTopic: z
    .string()
    .nullable()
    .describe('Where the device answers; null where nobody listens for answers.'),
  payloadBase64: z.string(),
  qos: z.int(),
  request: z.int().describe('Stands in the topic of the answer.'),
  state: z.enum(states),
  reason: z.string().nullable().describe('Why it is in this state, as a sentence.'),
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
