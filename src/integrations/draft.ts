// What a draft of an integration must fulfil beyond its shape: filters that parse, a converter that
// exists. Every fault is named with the member it is in.
import { downlinkFaults } from '../commands/downlink.ts'
import { converterFaults } from '../converters/converter-spec.ts'
import { AckstoneError, type FieldError } from '../errors.ts'
import { parseNamedFilter } from '../mqtt/topic.ts'
import { connectionFaults } from './bridge/connection-faults.ts'
import type { BridgeConnection } from './bridge/connection.ts'
import { integrationNameLengthMax, topicsPerIntegrationMax, type IntegrationDraft } from './integration.ts'

/** @param before the connection that is kept so far, where a bridge is changed.
 *  @throws INTEGRATION_INVALID with one entry for each fault. */
export function checkDraft(draft: IntegrationDraft, before?: BridgeConnection): void {
  const faults = [
    ...nameFaults(draft.name),
    ...kindFaults(draft.kind),
    ...topicFaults(draft.topics),
    ...converterFaults(draft.converter),
    ...connectionFaults(draft, before),
    ...downlinkFaults(draft.downlink, draft.converter.type === 'script', draft.kind === 'bridge'),
  ]
  if (faults.length > 0) {
    throw new AckstoneError('INTEGRATION_INVALID', { count: faults.length }, undefined, faults)
  }
}

function nameFaults(name: string): FieldError[] {
  if (name.trim() === '') return [{ pointer: '/name', detail: 'An integration needs a name.' }]
  if (name.length <= integrationNameLengthMax) return []
  const detail = `A name may have ${integrationNameLengthMax} characters at most; this one has ${name.length}.`
  return [{ pointer: '/name', detail }]
}

function kindFaults(kind: string): FieldError[] {
  if (kind === 'direct' || kind === 'bridge') return []
  return [{ pointer: '/kind', detail: 'The kind is "direct" or "bridge".' }]
}

function topicFaults(topics: IntegrationDraft['topics']): FieldError[] {
  if (topics.length === 0) {
    return [{ pointer: '/topics', detail: 'An integration needs at least one topic filter.' }]
  }
  if (topics.length > topicsPerIntegrationMax) {
    const detail = `An integration may have ${topicsPerIntegrationMax} topic filters at most; there are ${topics.length}.`
    return [{ pointer: '/topics', detail }]
  }
  const faults: FieldError[] = []
  const seen = new Set<string>()
  for (const [i, { filter }] of topics.entries()) {
    const pointer = `/topics/${i}/filter`
    const named = parseNamedFilter(filter)
    if ('error' in named) faults.push({ pointer, detail: named.error })
    else if (seen.has(named.filter)) {
      faults.push({ pointer, detail: `The filter ${named.filter} is there twice; give it one QoS.` })
    } else seen.add(named.filter)
  }
  return faults
}
