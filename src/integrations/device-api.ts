// The integration that is always there: devices of common kinds connect and publish unchanged, at the
// QoS they choose themselves.
import type { Qos } from '../model/message.ts'
import type { ConverterSpec, IntegrationRecord } from './integration.ts'

export const deviceApiId = 'device-api'

interface DeviceApiTopic {
  filter: string
  qos: Qos
  converter: ConverterSpec
}

export const deviceApiTopics: readonly DeviceApiTopic[] = [
  { filter: 'v1/devices/me/telemetry', qos: 2, converter: { type: 'thingsboard' } },
  { filter: 'v2/t', qos: 2, converter: { type: 'thingsboard' } },
  { filter: 'v1/gateway/telemetry', qos: 2, converter: { type: 'thingsboard-gateway' } },
  { filter: 'ack/{device}', qos: 2, converter: { type: 'json' } },
  { filter: 'ack/{device}/{key}', qos: 2, converter: { type: 'json' } },
]

/** What HTTP ingest reads a body with. */
export const httpIngestConverter: ConverterSpec = { type: 'json' }

/** @param createdAt RFC 3339: when this hub's data folder was made. */
export function deviceApiRecord(createdAt: string): IntegrationRecord {
  return {
    id: deviceApiId,
    name: 'Device API',
    kind: 'direct',
    topics: deviceApiTopics.map(({ filter, qos }) => ({ filter, qos })),
    converter: { type: 'device-api' },
    duplicates: 'overwrite',
    isEnabled: true,
    isManaged: true,
    createdAt,
    updatedAt: createdAt,
  }
}
