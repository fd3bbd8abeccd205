// The shapes of what shows messages on their way: events, traces, what a device's data is like, advice on QoS. Shared
// with clients of the API, so it imports nothing but zod.
import { z } from 'zod'
import { command } from './command-shapes.ts'
import { listening } from './listening-shapes.ts'
import { delivery, integer, keys, names, time } from './shapes.ts'

export const liveTopics = ['readings', 'stats', 'traffic', 'devices', 'integrations', 'commands'] as const
export const tracesLimitMax = 500
/** Gaps, and marks of a kind, that one answer tells at most. */
export const gapsMax = 100
export const marksShownMax = 5_000

const count = z.int().min(0)
const qos = z.union([z.literal(0), z.literal(1), z.literal(2)])
const ts = z.number().describe('Milliseconds since the epoch, UTC, with up to three decimals.')
const ms = z.number().nullable()
const percentiles = z.strictObject({ p50: ms, p99: ms })

export const traceOutcomes = [
  'waiting',
  'stored',
  'duplicate',
  'late',
  'rejected',
  'shed',
  'notWanted',
] as const

const outcome = z
  .enum(traceOutcomes)
  .describe(
    'waiting: not stored yet. duplicate: all its rows were there. late: older than the newest of its series. ' +
      'shed: dropped at QoS 0, because the store could not keep up. notWanted: no integration takes the topic.',
  )

const traceFilter = {
  device: z.string().max(256).optional().describe('Whose readings it has, or who is logged in.'),
  topic: z.string().max(512).optional().describe('A part of the topic name.'),
  outcome: z.enum(traceOutcomes).optional(),
  qos: z.enum(['0', '1', '2']).optional().describe('As published.'),
  client: z.string().max(512).optional().describe('Client identifier.'),
  integration: z.string().max(64).optional(),
}

export const liveQuery = z.strictObject({
  topics: z
    .string()
    .max(100)
    .optional()
    .describe(`Kinds of events, separated by commas: ${liveTopics.join(', ')}. readings unless told.`),
  devices: names(
    'Readings and commands of these devices alone, separated by commas (`\\,` within one). Without it, all.',
  ),
  ...traceFilter,
})

export const tracesQuery = z.strictObject({
  ...traceFilter,
  limit: integer(1, tracesLimitMax, `At most so many, ${tracesLimitMax} at most; 100 unless told.`),
})

export const traceSummary = z.strictObject({
  id: z.string(),
  at: z.string().describe('When it was received.'),
  integration: z.string().describe('The first that takes it; empty for none.'),
  topic: z.string(),
  device: z.string(),
  clientId: z.string(),
  qos: qos.describe('As published.'),
  effectiveQos: qos,
  dup: z.boolean(),
  retain: z.boolean(),
  bytes: count.describe('Size of the payload.'),
  outcome,
  readings: count,
  reason: z.string().optional().describe('Why it was rejected.'),
  ms: z
    .strictObject({ decoded: ms, stored: ms, acknowledged: ms })
    .describe('Milliseconds from the receipt; null for what has not happened, or will not.'),
})

export const tracesPage = z.strictObject({
  items: z.array(traceSummary),
  ring: z.strictObject({
    size: count,
    max: count,
    since: z.string().describe('No trace that was made since then has been forgotten.'),
  }),
})

export const trace = traceSummary.extend({
  payload: z
    .strictObject({
      bytes: count,
      text: z.string().nullable().describe('The beginning, where it is UTF-8 text.'),
      base64: z.string().nullable().describe('The beginning, whatever it is.'),
      isCut: z.boolean(),
      isHidden: z.boolean().describe('Payloads are hidden from whoever may only read.'),
    })
    .describe('What was sent.'),
  userProperties: z.array(z.tuple([z.string(), z.string()])),
  contentType: z.string().nullable(),
  packetId: z.int().nullable(),
  sessionResumed: z.boolean(),
  batch: z
    .strictObject({ number: count, readings: count, commitMs: z.number() })
    .nullable()
    .describe('The commit that stored it, with all the readings in it.'),
  values: z.array(z.strictObject({ device: z.string(), key: z.string(), ts, value: z.unknown() })),
  areValuesCut: z.boolean(),
})

export const listeningStart = z.strictObject({
  topics: z
    .array(z.strictObject({ filter: z.string().min(1).max(65_535) }))
    .min(1)
    .max(20),
  converter: z
    .looseObject({ type: z.string().min(1).max(64) })
    .optional()
    .describe('Tried on what comes.'),
})

export const listeningStarted = z.strictObject({ id: z.string() })

const share = z.number().min(0).max(1)

export const payloadFacts = z
  .strictObject({
    json: share.describe('Payloads that are JSON.'),
    withTs: share.describe('JSON payloads in which something looks like the time of the measurement.'),
    values: z
      .strictObject({ cumulative: share, delta: share, other: share })
      .describe(
        'Numbers by what they look like: totals that only grow, changes since the last message, or neither.',
      ),
    looked: count.describe('Messages that this was learned from.'),
  })
  .describe('What the payloads look like. All shares are 0 until something came.')

export const listened = z.strictObject({
  secondsLeft: z.number().describe('It ends by itself when nobody asks.'),
  listening,
  facts: payloadFacts,
})

export const adviceRequest = z.strictObject({
  answers: z
    .strictObject({
      lossMatters: z.enum(['fine', 'hole', 'unacceptable']),
      repeatsMatter: z.enum(['harmless', 'wrong']),
      hasTs: z.boolean(),
      ratePerSecond: z.number().min(0).max(10_000_000).describe('Messages a second of one device.'),
      devices: z.int().min(1).max(10_000_000),
      link: z.enum(['lan', 'cellular', 'battery']),
      kind: z.enum(['direct', 'bridge']),
      brokerMaximumQos: qos,
      upstream: z.enum(['none', 'sparkplug', 'the-things-stack']),
      cleanStart: z.boolean(),
      queueMax: z
        .int()
        .min(0)
        .max(1_000_000_000)
        .describe('Messages that the broker keeps while the hub is away.'),
      outageSeconds: z.number().min(0).max(31_536_000),
      roundTripMs: z.number().min(0).max(600_000),
      payloadBytes: z.number().min(0).max(268_435_455),
      topicBytes: z.number().min(0).max(65_535),
    })
    .partial()
    .default({}),
  statistics: z
    .strictObject({
      perSecond: z.number().min(0).max(10_000_000),
      bytesMean: z.number().min(0).max(268_435_455),
      publishQos: z.strictObject({ qos0: count, qos1: count, qos2: count }),
      withTs: share,
      values: z.strictObject({ cumulative: share, delta: share, other: share }),
      topics: count,
    })
    .partial()
    .default({})
    .describe('What was seen on the topics; answers count more.'),
})

export const advice = z.strictObject({
  recommended: qos,
  because: z.array(z.string()),
  warnings: z.array(z.string()),
  levels: z.array(
    z.strictObject({
      qos,
      packetsPerMessage: z.int(),
      bytesPerMessage: z.number(),
      bytesPerDay: z.number().nullable().describe('Of all devices; null without a rate.'),
      ackDelay: z.string(),
      canBeLost: z.string(),
      canBeRepeated: z.string(),
    }),
  ),
})

const stepNames = ['connect', 'publish', 'store', 'acknowledge', 'readBack', 'cleanUp'] as const
export const proof = z.strictObject({
  ok: z.boolean(),
  steps: z.array(
    z.strictObject({
      step: z.enum(stepNames),
      status: z.enum(['done', 'failed', 'skipped']),
      ms,
      sentence: z.string(),
    }),
  ),
})

export const deviceDetail = z.strictObject({
  id: z.string(),
  createdAt: z.string(),
  lastSeenAt: z.string(),
  isConnected: z.boolean(),
  clientId: z.string().nullable().describe('Of the connection; null when there is none.'),
  connectedAt: z.string().nullable(),
  integrations: z
    .array(z.string())
    .describe('Identifiers; the one its last message came through. Empty after a restart.'),
  keys: z.array(z.string()),
})

export const rangeQuery = z.strictObject({
  startTs: time('From this moment on; the last 24 hours without it.'),
  endTs: time('Up to this moment, exclusive; now without it.'),
})

export const deviceQuality = z.strictObject({
  startTs: ts,
  endTs: ts,
  key: z
    .string()
    .nullable()
    .describe('The key that the interval was learned from: the one with the most readings.'),
  qosUsed: z
    .strictObject({ qos0: count, qos1: count, qos2: count })
    .describe('Messages, counted since `since`.'),
  expectedIntervalMs: z.number().nullable().describe('Learned; null where the data shows no interval.'),
  expected: count.nullable().describe('Readings of the key that the interval lets expect in the range.'),
  stored: count.describe('Readings of the key in the range.'),
  isCut: z.boolean().describe('There are more readings in the range than were looked at: it begins later.'),
  gaps: z.array(z.strictObject({ startTs: ts, endTs: ts, missing: count })).max(gapsMax),
  gapCount: count,
  missing: count.describe('Readings that all gaps together lack.'),
  late: count.describe('Rows of the range that came long after their time. Counted since `marksSince`.'),
  outOfOrder: count.describe(
    'Rows of the range that came just behind a newer one. Counted since `marksSince`.',
  ),
  duplicates: delivery.shape.duplicates.describe('Counted since `since`.'),
  ackMs: percentiles.describe('Since `since`.'),
  rejected: count.describe('Messages among the newest that are kept as rejected.'),
  since: z.string().nullable(),
  marksSince: z.string(),
  advice: z.array(z.string()),
})

export const marksQuery = z.strictObject({
  keys,
  startTs: time('From this moment on.'),
  endTs: time('Up to this moment, exclusive.'),
})
const marks = z
  .array(z.strictObject({ key: z.string(), ts, at: z.string().describe('When it came.') }))
  .max(marksShownMax)
export const deviceMarks = z.strictObject({
  late: marks,
  duplicate: marks,
  since: z.string().describe('Marks older than this may have been forgotten.'),
})

export const stepsQuery = z.strictObject({
  since: z
    .string()
    .max(64)
    .optional()
    .describe('What happened before this moment (RFC 3339 or milliseconds) is left out.'),
})
const trouble = z.strictObject({ at: z.string(), sentence: z.string(), hint: z.string() })
export const deviceSteps = z.strictObject({
  connected: z.strictObject({ at: z.string(), clientId: z.string() }).nullable(),
  refused: trouble.nullable().describe('A connection that was refused and is or seems to be of this device.'),
  published: z.strictObject({ at: z.string(), topic: z.string(), qos }).nullable(),
  stored: z.strictObject({ at: z.string(), readings: count }).nullable(),
  acknowledged: z.strictObject({ at: z.string(), ms: z.number() }).nullable(),
  problem: trouble.nullable().describe('Why what it published is not stored, as far as that can be seen.'),
})

export const deliveryHistory = z.strictObject({
  stepSeconds: z.int(),
  points: z.array(
    z.strictObject({
      at: z.string().describe('Beginning of the step.'),
      messages: count,
      readings: count,
      duplicates: count,
      late: count,
      rejected: count,
      p50: ms,
      p99: ms,
    }),
  ),
})

const place = z.strictObject({ host: z.string(), port: z.int() })
export const endpoints = z.strictObject({
  mqtt: place,
  mqtts: place.nullable(),
  ws: z.strictObject({ url: z.string() }),
  http: z.strictObject({ url: z.string() }),
  devicesNeedCredentials: z.boolean(),
})

export const demo = z.strictObject({
  running: z.boolean(),
  messages: count.describe('Acknowledged in this run, or the last one.'),
  readings: count,
  failure: z.string().nullable().describe('Why the last run ended by itself.'),
})

export const settings = z.strictObject({
  options: z.array(
    z.strictObject({
      name: z.string(),
      value: z.unknown(),
      source: z
        .string()
        .describe('Where it was said: a flag, a variable, a place in ackstone.yaml, or default.'),
      unit: z.string().nullable(),
      description: z.string(),
    }),
  ),
  certificates: z.array(
    z.strictObject({ subject: z.string(), issuer: z.string(), notAfter: z.string(), daysLeft: z.int() }),
  ),
})

// What the events of the stream hold.

export const promise = z.strictObject({
  acknowledged: count.describe('Answers to messages at QoS 1-2 that left for the publisher.'),
  stored: count.describe('Messages at QoS 1-2 over MQTT whose commit has resolved.'),
  unanswered: count.describe('Stored, but the connection had ended before the answer could leave.'),
  difference: z
    .int()
    .describe('acknowledged + unanswered - stored: 0 when nothing is under way, and never above.'),
  since: z.string().describe('When the hub started.'),
})

export const statsEvent = z.strictObject({
  at: z.string(),
  promise,
  delivery,
  rates: z.strictObject({ messagesPerSecond: z.number(), readingsPerSecond: z.number() }),
  ackMs: percentiles.describe('Of the last ten seconds.'),
  connections: count,
  store: z.strictObject({ writable: z.boolean(), sentence: z.string() }),
})
export const trafficEvent = z.strictObject({
  messages: z.array(traceSummary),
  skipped: count.describe('Messages that are not shown, because there are too many.'),
})
export const devicesEvent = z.strictObject({
  devices: z.array(z.strictObject({ id: z.string(), lastSeenAt: z.string(), isConnected: z.boolean() })),
  skipped: count,
})
export const integrationsEvent = z.strictObject({
  integrations: z.array(
    z.strictObject({
      id: z.string(),
      messages: count,
      readings: count,
      rejected: count,
      messagesPerSecond: z.number(),
    }),
  ),
})
export const commandsEvent = z.strictObject({
  commands: z
    .array(command.pick({ id: true, device: true, command: true, state: true, reason: true }))
    .describe('Those that have changed, each once.'),
  skipped: count,
})
