// Converters over HTTP: which there are, which fits messages that were seen, what one makes of samples. Nothing is
// saved here.
import type { CapturesOf } from '../../converters/detect.ts'
import { AckstoneError } from '../../errors.ts'
import type { IntegrationDraft } from '../../integrations/integration.ts'
import type { Message } from '../../model/message.ts'
import { operations } from '../contract.ts'
import type { ApiParts } from '../parts.ts'
import type { Register } from '../route.ts'
import { inTurn, resultText, sampleMessage, trySample, type Sample } from '../sample.ts'

export function converterRoutes(register: Register, parts: ApiParts): void {
  const { converters } = parts

  register(operations.listConverters, async () => ({ items: converters.list() }))

  register(operations.detectConverter, async ({ body }) => {
    const messages = body.samples.map((sample): Message => {
      const { qos = 0, retain = false } = sample
      return { ...sampleMessage(parts, sample), qos, retain }
    })
    return { candidates: converters.detect(messages, parts.newReadings, namesIn(parts, body.filters)) }
  })

  register(operations.testConverter, async ({ body, reply }) => {
    const { converter, filter = '#', topic, payload, payloadBase64, contentType, device } = body
    const own =
      payload !== undefined || payloadBase64 !== undefined
        ? [{ topic, payload, payloadBase64, contentType, device }]
        : []
    const samples: Sample[] = [...own, ...(body.samples ?? [])]
    if (samples.length === 0) {
      const detail = 'There is no sample: give "payload", "payloadBase64" or "samples".'
      throw new AckstoneError('BODY_INVALID', {}, undefined, [{ pointer: '/payload', detail }])
    }
    const targetFor = previewConverter(parts, converter, filter)
    const texts = await inTurn(samples, async (sample) => {
      const target = targetFor(sample.topic ?? 'sample')
      const named = sample.topic === undefined ? {} : { topic: sample.topic }
      if (target === undefined) return resultText({ ...named, matches: false })
      return trySample(parts, target, sample, filter === '#' ? named : { ...named, matches: true })
    })
    return reply.type('application/json').send(`{"samples":[${texts.join(',')}]}`)
  })
}

/** What the first filter that takes a topic says of it. */
function namesIn(parts: ApiParts, filters: readonly string[] = []): CapturesOf {
  const previews = filters.map((filter) => previewConverter(parts, { type: 'json' }, filter))
  return (topic) => {
    for (const targetFor of previews) {
      const target = targetFor(topic)
      if (target !== undefined) return target.captures
    }
    return { device: undefined, key: undefined }
  }
}

/** A converter alone is tried as an integration of one topic; its faults keep their places. */
function previewConverter(parts: ApiParts, converter: IntegrationDraft['converter'], filter: string) {
  try {
    return parts.integrations.preview({
      name: 'test',
      kind: 'direct',
      topics: [{ filter, qos: 0 }],
      converter,
    })
  } catch (error) {
    if (!(error instanceof AckstoneError) || error.code !== 'INTEGRATION_INVALID') throw error
    const fields = error.fields.map(({ pointer, detail }) => ({
      pointer: pointer.replace('/topics/0/filter', '/filter'),
      detail,
    }))
    throw new AckstoneError('CONVERTER_INVALID', { fault: fields[0]?.detail ?? error.message }, error, fields)
  }
}
