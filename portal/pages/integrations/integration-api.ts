// What the pages on integrations ask the hub beside the integrations themselves: how a bridge is doing.
import { request } from '../../data/client.ts'
import type { AnswerOf } from '../../data/client.ts'

export type Integration = AnswerOf<'listIntegrations'>['items'][number] & {
  connection?: Record<string, unknown>
  connections?: number
}
export type Delivery = AnswerOf<'integrationDelivery'>

export interface BridgeHealth {
  state: string
  sentence: string
  hint?: string | null
  protocolVersion?: number | null
  sessionPresent?: boolean | null
  sessionExpiry?: number | null
  maximumQos?: number | null
  receiveMaximum?: number | null
  connectedSince?: string | null
  retryAt?: string | null
  topics?: { filter: string; asked: number; granted: number | null; sentence?: string }[]
  budget?: { seconds: number | null; sentence: string } | null
  messages?: number
  retainedSkipped?: number
}

export async function bridgeHealth(id: string, signal: AbortSignal): Promise<BridgeHealth> {
  const response = await request('GET', `/api/v1/integrations/${encodeURIComponent(id)}/health`, { signal })
  return (await response.json()) as BridgeHealth
}

/** All messages that came through it. */
export function receivedOf({ received }: Pick<Delivery, 'received'>): number {
  return received.qos0 + received.qos1 + received.qos2
}

/** "0", or "0 and 1" where topics differ. */
export function selectedQos(integration: Pick<Integration, 'topics'>): string {
  return [...new Set(integration.topics.map(({ qos }) => qos))].toSorted((a, b) => a - b).join(' and ')
}

/** What comes through the Device API has the QoS that the device publishes with. */
export const deviceApiId = 'device-api'
