// Kind "direct": devices connect to this hub, and what they publish to the integration's topics is its.
import { createConverter } from '../converters/create-converter.ts'
import { assert } from '../lib/assert.ts'
import { parseNamedFilter } from '../mqtt/topic.ts'
import { deviceApiId, deviceApiTopics } from './device-api.ts'
import type { Endpoint } from './endpoint.ts'
import type { ConverterSpec, IntegrationRecord, IntegrationTopic } from './integration.ts'
import type { DuplicatesPolicy } from '../model/reading.ts'

/** @param record whose filters and converter have been checked. */
export function endpointsOf(record: IntegrationRecord): Endpoint[] {
  return record.topics.map((topic) => endpoint(record.id, topic, record.converter, record.duplicates))
}

export function deviceApiEndpoints(): Endpoint[] {
  return deviceApiTopics.map((topic) => endpoint(deviceApiId, topic, topic.converter, 'overwrite'))
}

function endpoint(
  integration: string,
  topic: IntegrationTopic,
  converter: ConverterSpec,
  duplicates: DuplicatesPolicy,
): Endpoint {
  const named = parseNamedFilter(topic.filter)
  assert(!('error' in named), `the filter ${topic.filter} has been checked`)
  return { integration, named, qos: topic.qos, duplicates, converter: createConverter(converter) }
}
