// What can be known about an integration over HTTP: how it is, and, before it is saved, what it would do with
// samples and whether its broker can be reached.
import { AckstoneError } from '../../errors.ts'
import type { RouteTarget } from '../../ingest/contract.ts'
import type { IntegrationRecord } from '../../integrations/integration.ts'
import type { ListenedConversion, ListenedMessage } from '../../lib/listening.ts'
import { operations } from '../contract.ts'
import { objectText } from '../json-text.ts'
import type { ApiParts } from '../parts.ts'
import type { Register } from '../route.ts'
import { convert, httpMessage, inTurn, resultText, trySample } from '../sample.ts'
import { draftOf } from './integrations.ts'

/** Brokers that are tried at the same time, at most: each holds a connection for up to half a minute. */
const triesMax = 4

export function integrationCheckRoutes(register: Register, parts: ApiParts): void {
  const { integrations } = parts
  let tries = 0

  register(operations.integrationHealth, async ({ params: { id } }) => {
    const record = integrations.get(id)
    if (record === undefined) throw new AckstoneError('INTEGRATION_NOT_FOUND', { id })
    return parts.bridges.health(id) ?? directHealth(record)
  })

  register(operations.testIntegration, async ({ body, reply }) => {
    const { integration, listenSeconds, ...rest } = body
    const draft = draftOf(rest)
    const targetFor = integrations.preview(draft, integration)
    const texts = await inTurn(body.samples, async (sample) => {
      const target = targetFor(sample.topic)
      const matches = { matches: target !== undefined }
      if (target === undefined) return resultText({ topic: sample.topic, ...matches })
      const qos = Math.min(target.qos, sample.qos)
      return trySample(parts, target, sample, { topic: sample.topic, ...matches, qos })
    })
    const answer: [string, string][] = [['samples', `[${texts.join(',')}]`]]
    if (body.kind === 'bridge') {
      if (tries >= triesMax) throw new AckstoneError('BUSY', {})
      tries++
      try {
        const read = (message: ListenedMessage) => readListened(parts, targetFor(message.topic), message)
        const found = await integrations.tryBridge(draft, integration, listenSeconds, read)
        for (const [name, value] of Object.entries(found)) {
          if (value !== undefined) answer.push([name, JSON.stringify(value)])
        }
      } finally {
        tries--
      }
    }
    return reply.type('application/json').send(objectText(answer))
  })
}

/** What the converter makes of a message that was listened to; null for one that is not for it. */
export function readListened(
  parts: ApiParts,
  target: RouteTarget | undefined,
  message: ListenedMessage,
): ListenedConversion | null {
  if (target === undefined) return null
  const { topic, source, payloadStart, payloadEnd, qos, retain } = message
  const whole = httpMessage(parts, topic, source, '')
  const { readings, error } = convert(parts, target, { ...whole, payloadStart, payloadEnd, qos, retain })
  return {
    device: readings.count === 0 ? null : readings.devices[0]!,
    readings: readings.count,
    hasTime: readings.count > 0 && !readings.lacksTs,
    error: error === undefined ? null : { code: error.code, reason: error.message },
  }
}

/** Devices come to us: nothing is granted or refused by somebody else. */
function directHealth({ isEnabled, topics }: IntegrationRecord) {
  const state = isEnabled ? ('listening' as const) : ('paused' as const)
  return {
    state,
    sentence: isEnabled ? 'Devices publish to this hub.' : 'Switched off: messages for it are not stored.',
    connections: [],
    topics: topics.map(({ filter, qos }) => ({
      ...{ filter, selected: qos, granted: qos, isRefused: false },
      sentence: `This hub takes what is published here at up to QoS ${qos}.`,
    })),
    messages: 0,
    acknowledged: 0,
    waiting: 0,
    reconnects: 0,
    failures: {},
    redelivered: 0,
    retainedLeftOut: 0,
    unwanted: 0,
    messagesPerSecond: 0,
    outageBudget: {
      assumedQueue: 0,
      seconds: null,
      sentence: 'While this hub is away, devices keep what was not acknowledged, as far as they can.',
    },
    runsOn: null,
  }
}
