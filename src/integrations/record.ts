// From what a person says about an integration to what is kept of it: defaults filled in, an identifier made
// of the name, a client identifier made up for a bridge.
import { randomInt } from 'node:crypto'
import { AckstoneError } from '../errors.ts'
import { readableId } from '../lib/readable-id.ts'
import { completeConnection, type BridgeConnection } from './bridge/connection.ts'
import { integrationsMax, type IntegrationDraft, type IntegrationRecord } from './integration.ts'

export type Identity = Pick<IntegrationRecord, 'id' | 'isManaged' | 'createdAt' | 'updatedAt'>

/** @param draft that has been checked.
 *  @param before the connection that was kept so far.
 *  @param clientId of a bridge, where neither says one. */
export function completeRecord(
  draft: IntegrationDraft,
  { id, isManaged, createdAt, updatedAt }: Identity,
  before?: BridgeConnection,
  clientId: () => string = newClientId,
): IntegrationRecord {
  const { connection, connections = 1, downlink } = draft
  return {
    id,
    name: draft.name,
    kind: draft.kind,
    topics: draft.topics.map(({ filter, qos }) => ({ filter, qos: qos ?? 0 })),
    converter: draft.converter,
    duplicates: draft.duplicates ?? 'overwrite',
    ...(connection !== undefined && {
      connection: completeConnection(connection, before, clientId),
      connections,
    }),
    ...(downlink !== undefined && { downlink }),
    isEnabled: draft.isEnabled ?? true,
    isManaged,
    createdAt,
    updatedAt,
  }
}

/** A readable identifier: the name in small letters and dashes, numbered when it is taken. */
export function idFrom(name: string, isTaken: (id: string) => boolean): string {
  const id = readableId(name, 'integration', integrationsMax, isTaken)
  if (id !== undefined) return id
  throw new AckstoneError('INTEGRATION_LIMIT', { limit: integrationsMax })
}

const letters = 'abcdefghijkmnpqrstuvwxyz23456789'

/** Short enough for brokers of 3.1.1 that take 23 characters, also with the number of a connection. */
export function newClientId(): string {
  return `ackstone-${Array.from({ length: 10 }, () => letters[randomInt(letters.length)]).join('')}`
}
