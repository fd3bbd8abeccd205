// Tries the connection of a bridge that is being set up; nothing is saved, and no session is disturbed.
import { randomInt } from 'node:crypto'
import { examineBroker, type Examination } from '../../client/examination.ts'
import type { Clock } from '../../lib/clock.ts'
import type { ListenedConversion, ListenedMessage } from '../../lib/listening.ts'
import type { IntegrationRecord } from '../integration.ts'
import { subscribedTopics } from './bridge.ts'
import { clientOptionsOf } from './connection.ts'
import { assert } from '../../lib/assert.ts'

/** @param record complete, with the secrets that are kept. */
export function tryBridge(
  record: IntegrationRecord,
  listenSeconds: number,
  convert: (message: ListenedMessage) => ListenedConversion | null,
  clock: Clock,
): Promise<Examination> {
  const { connection } = record
  assert(connection !== undefined, 'a bridge has a connection')
  return examineBroker({
    client: clientOptionsOf(connection, ''),
    topics: subscribedTopics(record),
    listenSeconds,
    convert,
    clock,
    random: (below) => randomInt(below),
  })
}
