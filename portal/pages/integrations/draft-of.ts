// A draft that changes an integration which is there already. Its password and key stay with the hub.
import { newDraft, newDraftId, stepIds, type Draft, type DraftConnection } from '../setup/draft.ts'
import type { Integration } from './integration-api.ts'

export function draftOf(integration: Integration): Draft {
  const { id, name, kind, topics, converter, duplicates, downlink, connection, connections = 1 } = integration
  const blank = newDraft(newDraftId())
  return {
    ...blank,
    changes: id,
    step: 'topics',
    reached: stepIds.length,
    kind: kind as Draft['kind'],
    name,
    topics: topics.map(({ filter, qos }) => ({ filter, qos })),
    isQosByTopic: new Set(topics.map(({ qos }) => qos)).size > 1,
    converter,
    isConverterChosen: true,
    duplicates,
    downlink,
    connections: String(connections),
    connection: connection === undefined ? blank.connection : connectionOf(connection, blank.connection),
  }
}

function connectionOf(given: Record<string, unknown>, blank: DraftConnection): DraftConnection {
  const text = (name: string) =>
    given[name] === undefined || given[name] === null ? '' : String(given[name])
  const version = text('protocolVersion')
  return {
    ...blank,
    url: text('url'),
    protocolVersion: version === '5' || version === '4' ? version : 'auto',
    clientId: text('clientId'),
    auth: text('cert') !== '' ? 'certificate' : text('username') !== '' ? 'password' : 'none',
    username: text('username'),
    ca: text('ca'),
    cert: text('cert'),
    verify: given['verify'] !== false,
    cleanStart: given['cleanStart'] === true,
    sessionExpiry: text('sessionExpiry') || blank.sessionExpiry,
    keepAlive: text('keepAlive') || blank.keepAlive,
  }
}
