// Kind "direct": devices connect to this hub, and what they publish to the integration's topics is its.
import type { Conversation } from '../converters/converter.ts'
import { createConverter } from '../converters/create-converter.ts'
import type { ScriptTools } from '../converters/script/script-kind.ts'
import { assert } from '../lib/assert.ts'
import { parseNamedFilter } from '../mqtt/topic.ts'
import { deviceApiId, deviceApiTopics } from './device-api.ts'
import type { Endpoint } from './endpoint.ts'
import type { ConverterSpec, IntegrationRecord, IntegrationTopic } from './integration.ts'

/** @param record whose filters and converter have been checked.
 *  @param conversation of the integration, for all its endpoints.
 *  @param tools what runs scripts; without it their messages are kept with that reason. */
export function endpointsOf(
  record: IntegrationRecord,
  conversation: Conversation,
  tools?: ScriptTools,
): Endpoint[] {
  return record.topics.map((topic) => endpoint(record, topic, record.converter, conversation, tools))
}

export function deviceApiEndpoints(conversation: Conversation): Endpoint[] {
  const integration = { id: deviceApiId, duplicates: 'overwrite' } as const
  return deviceApiTopics.map((topic) => endpoint(integration, topic, topic.converter, conversation))
}

function endpoint(
  { id, duplicates }: Pick<IntegrationRecord, 'id' | 'duplicates'>,
  topic: IntegrationTopic,
  spec: ConverterSpec,
  conversation: Conversation,
  tools?: ScriptTools,
): Endpoint {
  const named = parseNamedFilter(topic.filter)
  assert(!('error' in named), `the filter ${topic.filter} has been checked`)
  const converter = createConverter(spec, tools)
  return { integration: id, named, qos: topic.qos, duplicates, converter, conversation }
}
