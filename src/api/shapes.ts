// The shapes of the HTTP API: what travels in paths, query strings and bodies, as zod schemas. Shared with
// every client of the API, so it imports nothing but zod.
import { z } from 'zod'
import * as bridge from './bridge-shapes.ts'
import { downlink } from './downlink-shapes.ts'
import { listening, listenSecondsMax } from './listening-shapes.ts'

export const deviceBytesMax = 256
export const keyBytesMax = 128
export const pageLimitMax = 1_000
/** Devices that one event stream can be narrowed to, and keys that one query can name. */
export const namesMax = 100

const encoder = new TextEncoder()

function name(what: string, bytesMax: number) {
  return z
    .string()
    .refine((text) => text.length > 0 && encoder.encode(text).length <= bytesMax, {
      error: `${what} has 1 to ${bytesMax} bytes of UTF-8.`,
    })
    .describe(`${what}: 1 to ${bytesMax} bytes of UTF-8.`)
}

/** A whole number in a query string. */
export function integer(min: number, max: number, description: string) {
  return z
    .string()
    .regex(/^-?\d{1,15}$/, 'must be a whole number, written in digits')
    .transform(Number)
    .pipe(z.int().min(min).max(max))
    .optional()
    .meta({ description, type: 'integer', minimum: min, maximum: max })
}

export function names(description: string) {
  return z.string().max(16_384).optional().describe(description)
}

export function time(description: string) {
  return z.string().max(64).optional().describe(description)
}

const device = name('A device identifier', deviceBytesMax)
export const cursor = z.string().max(2_048).optional().describe('`nextCursor` of the page before.')
export const limit = integer(1, pageLimitMax, `Entries on a page, ${pageLimitMax} at most; 100 unless told.`)
export const keys = names(
  'Keys, separated by commas; a comma within a key is written `\\,`. Without it, all keys.',
)
const startTs = time(
  'From this moment on: milliseconds since the epoch with up to three decimals, or RFC 3339.',
)
const endTs = time('Up to this moment, exclusive; written like startTs.')

export const devicePath = z.strictObject({ device })
export const idPath = z.strictObject({ id: z.string().regex(/^[0-9a-z-]{1,64}$/, 'is not an identifier') })

export const devicesQuery = z.strictObject({
  search: z.string().max(deviceBytesMax).optional().describe('Only identifiers that contain this text.'),
  sort: z.enum(['id', 'lastSeenAt']).optional().describe('id, in byte order, unless told.'),
  order: z.enum(['asc', 'desc']).optional().describe('asc unless told; desc goes with lastSeenAt.'),
  state: z.enum(['connected', 'disconnected']).optional().describe('Only devices that are, or are not.'),
  include: z.literal('latest').optional().describe('latest: with the newest reading of five keys each.'),
  limit,
  cursor,
})

export const aggregations = ['avg', 'min', 'max', 'sum', 'count', 'first', 'last'] as const

export const seriesQuery = z.strictObject({
  keys,
  startTs,
  endTs,
  limit: integer(1, 100_000_000, 'Readings of each key at most. Without it, all there are.'),
  order: z.enum(['asc', 'desc']).optional().describe('By time; asc unless told.'),
  agg: z.enum(aggregations).optional().describe('Reduces the readings of each interval to one point.'),
  interval: z
    .string()
    .regex(/^(auto|\d{1,12}(\.\d{1,3})?)$/, 'must be milliseconds with up to three decimals, or auto')
    .optional()
    .describe('Length of the intervals of agg in milliseconds, or `auto` (as many as maxPoints allows).'),
  maxPoints: integer(1, 100_000, 'Points of each key at most, with interval=auto; 1000 unless told.'),
})

export const deleteQuery = z.strictObject({ keys, startTs, endTs })
export const rejectedQuery = z.strictObject({
  integration: z.string().max(64).optional().describe('Only what came through the integration with this id.'),
  limit,
  cursor,
})
export const noQuery = z.strictObject({})

const qos = z.union([z.literal(0), z.literal(1), z.literal(2)])

export const converterSpec = z
  .looseObject({ type: z.string().min(1).max(64) })
  .describe('`type` selects the converter; the other members are its options.')

const draftMembers = {
  name: z.string().min(1).max(100).describe('Unlike the names of the others.'),
  kind: z
    .enum(['direct', 'bridge'])
    .describe('`direct`: devices connect to this hub. `bridge`: this hub connects to another broker.'),
  topics: z
    .array(
      z.strictObject({
        filter: z
          .string()
          .min(1)
          .max(65_535)
          .describe('Topic filter; {device} and {key} name single levels.'),
        qos: qos.default(0).describe('Quality of Service selected for it.'),
      }),
    )
    .min(1)
    .max(100),
  converter: converterSpec,
  duplicates: z
    .enum(['overwrite', 'ignore'])
    .default('overwrite')
    .describe('What happens when a row is written again: the last write stays, or the first.'),
  downlink: downlink.optional(),
  enabled: z.boolean().default(true),
}

const connections = z
  .int()
  .min(1)
  .max(32)
  .optional()
  .describe('Connections of a bridge; 1 unless told. More need filters that begin with `$share/group/`.')
const bridgeMembers = { connection: bridge.connectionDraft.optional(), connections }

export const integrationDraft = z.strictObject({ ...draftMembers, ...bridgeMembers })

export const integration = z.strictObject({
  id: z.string(),
  ...draftMembers,
  connection: bridge.connection.optional(),
  connections,
  managed: z.boolean().describe('Part of Ackstone or declared in ackstone.yaml: not changeable here.'),
  createdAt: z.string(),
  updatedAt: z.string(),
})

/** What a sample of a message is made of, besides its topic. */
export const samplePayload = {
  payload: z.string().max(1_048_576).optional().describe('The payload as text.'),
  payloadBase64: z
    .base64()
    .max(1_398_104)
    .optional()
    .describe('The payload as base64, instead of `payload`.'),
  contentType: z.string().max(1_024).optional().describe('The content type that MQTT 5 gives the message.'),
  device: device.optional().describe('The device that is logged in.'),
}

export const integrationTest = z.strictObject({
  ...draftMembers,
  ...bridgeMembers,
  integration: z
    .string()
    .max(64)
    .optional()
    .describe('The id of a bridge that is being changed: secrets that are left out are taken from it.'),
  listenSeconds: z
    .int()
    .min(0)
    .max(listenSecondsMax)
    .default(10)
    .describe('How long to listen at the broker of a bridge.'),
  samples: z
    .array(z.strictObject({ topic: z.string().min(1).max(65_535), qos: qos.default(0), ...samplePayload }))
    .max(100)
    .default([]),
})

/** One sample may stand in the body itself, several in `samples`. */
export const converterTest = z.strictObject({
  converter: converterSpec,
  filter: z.string().min(1).max(65_535).optional().describe('Topic filter whose {device} and {key} count.'),
  topic: z.string().min(1).max(65_535).optional(),
  ...samplePayload,
  samples: z
    .array(z.strictObject({ topic: z.string().min(1).max(65_535).optional(), ...samplePayload }))
    .max(100)
    .optional(),
})

/** Milliseconds since the epoch with up to three decimals. */
const ts = z.number().describe('Milliseconds since the epoch, UTC, with up to three decimals.')
const value = z
  .unknown()
  .describe('Number, boolean, text or JSON. Whole numbers are printed with all digits.')

const sampleResult = z.strictObject({
  topic: z.string().optional(),
  matches: z.boolean().optional().describe('Whether a filter of the integration wants the topic.'),
  qos: qos.optional().describe('The effective Quality of Service: the lower of published and selected.'),
  readings: z.array(z.strictObject({ device: z.string(), key: z.string(), ts: ts.nullable(), value })),
  error: z.strictObject({ code: z.string(), reason: z.string() }).nullable(),
})
export const testResult = z.strictObject({
  samples: z.array(sampleResult),
  steps: bridge.testSteps.optional().describe('Of a bridge: the way to the broker, step by step.'),
  filters: bridge.testFilters.optional().describe('Of a bridge: what the broker grants.'),
  listening: listening.optional().describe('Only where it was listened.'),
})

export const deviceShape = z.strictObject({
  id: z.string(),
  createdAt: z.string(),
  lastSeenAt: z.string(),
  isConnected: z.boolean(),
  integration: z.string().nullable().describe('Through which its last message came since the start.'),
  latest: z
    .record(z.string(), z.strictObject({ ts: z.number(), value: z.unknown() }))
    .optional()
    .describe('Of five keys at most; only when asked for.'),
})
export const devicesPage = z.strictObject({
  items: z.array(deviceShape),
  nextCursor: z.string().nullable(),
})
export const latest = z.record(z.string(), z.strictObject({ ts, value }))
export const series = z.strictObject({
  series: z.record(z.string(), z.strictObject({ ts: z.array(ts), value: z.array(value) })),
  continues: z
    .record(z.string(), ts)
    .optional()
    .describe(
      'Only where an answer became too large: for a key, where to go on (startTs; with order=desc, endTs).',
    ),
})
export const deleted = z.strictObject({
  deleted: z.int().describe('Rows that were there and are not any more.'),
})
export const accepted = z.strictObject({ readings: z.int().describe('Readings in the body, now stored.') })

const count = z.int().min(0)
export const delivery = z.strictObject({
  received: z.strictObject({ qos0: count, qos1: count, qos2: count }),
  acknowledged: count,
  readingsStored: count,
  duplicates: z.strictObject({ redelivered: count, sameValue: count, overwritten: count, ignored: count }),
  rejected: count,
  shed: count,
  late: count,
  ackMs: z.strictObject({ p50: z.number().nullable(), p99: z.number().nullable() }),
  since: z.string(),
})

export const summedDelivery = delivery.extend({
  hubs: z
    .array(delivery.extend({ hub: z.string(), isThis: z.boolean().describe('The hub that answers.') }))
    .describe('The share of each hub on this store; the figures beside are their sum.'),
})

export const rejectedMessage = z.strictObject({
  id: z.string(),
  integration: z.string(),
  device: z.string(),
  clientId: z.string(),
  topic: z.string(),
  qos,
  receivedAt: z.string(),
  code: z.string(),
  reason: z.string(),
  payload: z.strictObject({
    bytes: count,
    text: z.string().nullable().describe('The beginning, where it is UTF-8 text.'),
    base64: z.string().nullable().describe('The beginning, where it is not.'),
    isCut: z.boolean(),
  }),
})
export const rejectedPage = z.strictObject({
  items: z.array(rejectedMessage),
  nextCursor: z.string().nullable(),
})

const times = z.strictObject({ p50: z.number(), p99: z.number(), count })
const measured = z
  .strictObject({
    syncMs: times.nullable().describe('Sync of a small write in the data folder, at the start.'),
    commitMs: times.nullable().describe('The newest 1,024 commits until they were stored.'),
    freeBytes: z.number().nullable().describe('Room left on the disk of the data folder.'),
    growthBytesPerDay: z.number().nullable().describe('Judged by an hour to a week; null before.'),
    cluster: z
      .strictObject({
        consistency: z.string(),
        strategy: z.string(),
        replicationFactor: count.describe('Copies in the local data center.'),
        copies: count,
        confirmations: count.describe('Copies that confirm a write before it is acknowledged.'),
        commitlogSync: z
          .enum(['batch', 'group', 'periodic', 'unknown'])
          .describe('The weakest among the nodes that told theirs.'),
        nodes: count,
        nodesAsked: count,
      })
      .nullable()
      .describe('Asked of the cluster itself; null on one machine.'),
  })
  .describe('What the engine found out by looking.')

export const storage = z.strictObject({
  name: z.string(),
  durability: z.string().describe('What "stored" means on this engine.'),
  location: z.string(),
  sizeBytes: z.number(),
  measured,
  health: z.strictObject({ writable: z.boolean(), code: z.string().nullable(), sentence: z.string() }),
})

export const health = z.strictObject({ status: z.literal('ok') })
export const readiness = z.strictObject({
  status: z.enum(['ready', 'not ready']),
  reasons: z.array(z.string()),
  stored: z.string().describe('What "stored" means here, as it was found.'),
})
export const version = z.strictObject({ name: z.literal('ackstone'), version: z.string(), node: z.string() })

export const problem = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string().describe('Stable; docs/reference/errors.md lists them all.'),
  detail: z.string(),
  hint: z.string(),
  errors: z.array(z.strictObject({ pointer: z.string(), detail: z.string() })).optional(),
  requestId: z.string(),
})
