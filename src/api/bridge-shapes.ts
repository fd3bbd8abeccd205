// The shapes of a bridge to another broker: how it is reached, how it is, and what a test of it finds. Shared
// with clients of the API, so it imports nothing but zod.
import { z } from 'zod'

const count = z.int().min(0)
const qos = z.union([z.literal(0), z.literal(1), z.literal(2)])
const version = z.union([z.literal(4), z.literal(5)])
const pemMax = 262_144

const members = {
  url: z
    .string()
    .min(1)
    .max(2_048)
    .describe('mqtt, mqtts, ws or wss; tcp and ssl are other names of the first two.'),
  protocolVersion: version.optional().describe('Without it 5, and 4 where the broker does not know 5.'),
  clientId: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('Names the session at the broker; made up without it.'),
  username: z.string().min(1).max(1_024).optional(),
  ca: z
    .string()
    .max(pemMax)
    .optional()
    .describe('PEM: authorities that may have signed the broker’s certificate.'),
  cert: z.string().max(pemMax).optional().describe('PEM: our certificate, for a broker that asks for one.'),
  verify: z.boolean().default(true).describe('Whether the broker’s certificate must be trusted.'),
  cleanStart: z.boolean().default(false).describe('The broker keeps nothing while there is no connection.'),
  sessionExpiry: z
    .int()
    .min(0)
    .max(0xffffffff)
    .default(604_800)
    .describe('Seconds that the broker is asked to keep the session; MQTT 5.'),
  keepAlive: z.int().min(0).max(65_535).default(60).describe('Seconds.'),
}

export const connectionDraft = z
  .strictObject({
    ...members,
    password: z
      .string()
      .max(4_096)
      .nullable()
      .optional()
      .describe('Left out in a change, it stays as it is; null: there is none.'),
    key: z
      .string()
      .max(pemMax)
      .nullable()
      .optional()
      .describe('PEM: the key of `cert`; kept like the password.'),
  })
  .describe('How a bridge reaches the other broker.')

export const connection = z.strictObject({
  ...members,
  clientId: z.string(),
  passwordSet: z.boolean().describe('A password is kept. It is never shown.'),
  keySet: z.boolean().describe('A private key is kept. It is never shown.'),
})

const failure = z.strictObject({ code: z.string(), sentence: z.string(), hint: z.string(), at: z.string() })
const state = z
  .enum(['listening', 'connecting', 'connected', 'catching up', 'waiting', 'refused', 'paused', 'standby'])
  .describe(
    '`listening`: a direct integration. `waiting` and `refused` are tried again. `standby`: another hub runs it.',
  )

const connectionHealth = z.strictObject({
  clientId: z.string(),
  state,
  retryAt: z.string().nullable(),
  connectedSince: z.string().nullable(),
  protocolVersion: version.nullable(),
  sessionPresent: z.boolean().nullable().describe('The broker still had the session.'),
  maximumQos: qos.nullable().describe('Null where it is not known: not connected, or MQTT 3.1.1.'),
  receiveMaximum: z.int().nullable().describe('Unanswered messages that the broker takes from us.'),
  sessionExpiry: z
    .strictObject({ asked: count, granted: count })
    .nullable()
    .describe('Seconds that the broker keeps the session.'),
  keepAlive: count.nullable(),
  messages: count,
  lastError: failure.nullable(),
})

export const health = z.strictObject({
  state,
  sentence: z.string().describe('The state, and what to do about it.'),
  connections: z.array(connectionHealth),
  topics: z.array(
    z.strictObject({
      filter: z.string(),
      selected: qos,
      granted: qos.nullable().describe('Null before the broker has answered, and where it refuses.'),
      isRefused: z.boolean(),
      sentence: z.string(),
    }),
  ),
  messages: count.describe('Received since the bridge was started.'),
  acknowledged: count.describe('Of these, those at QoS 1 and 2 whose last answer has left.'),
  waiting: count.describe('Messages and releases whose answer has not left.'),
  reconnects: count.describe('Connections that stood after the first of each.'),
  failures: z.record(z.string(), count).describe('How often a connection failed, by code.'),
  redelivered: count.describe('Messages that came with DUP.'),
  retainedLeftOut: count.describe('Readings of retained messages without a time of their own: not stored.'),
  unwanted: count.describe('Messages that no filter of the integration matches any more.'),
  messagesPerSecond: z.number(),
  outageBudget: z
    .strictObject({ assumedQueue: count, seconds: z.int().nullable(), sentence: z.string() })
    .describe('How long Ackstone may be away before the broker’s queue for it is full.'),
  runsOn: z
    .strictObject({
      hub: z.string().describe('Identifier of the hub, as in the shares of `GET /api/v1/delivery`.'),
      isThis: z.boolean().describe('It is the hub that answers.'),
    })
    .nullable()
    .describe(
      'Of several hubs the one that runs the bridge; null where no other hub may, and while none does.',
    ),
})

export const testSteps = z.array(
  z.strictObject({
    step: z.enum(['dns', 'tcp', 'tls', 'connect', 'subscribe', 'listen']),
    status: z.enum(['ok', 'warning', 'failed', 'skipped']),
    ms: count,
    sentence: z.string(),
    hint: z.string().nullable(),
    isRefused: z.boolean().optional().describe('The broker answered CONNECT, and said no.'),
  }),
)
export const testFilters = z.array(
  z.strictObject({
    filter: z.string(),
    asked: qos,
    granted: qos.nullable().describe('Null where the broker refuses.'),
  }),
)
