// What the pages on integrations know of them, and words for it.
import type { AnswerOf } from '../../data/client.ts'

export type Integration = AnswerOf<'getIntegration'>
export type Delivery = AnswerOf<'integrationDelivery'>
export type Health = AnswerOf<'integrationHealth'>

/** All messages that came through it. */
export function receivedOf({ received }: Pick<Delivery, 'received'>): number {
  return received.qos0 + received.qos1 + received.qos2
}

/** "0", or "0 and 1" where topics differ. */
export function selectedQos({ topics }: Pick<Integration, 'topics'>): string {
  return [...new Set(topics.map(({ qos }) => qos))].toSorted((a, b) => a - b).join(' and ')
}

/** What comes through the Device API has the QoS that the device publishes with. */
export const deviceApiId = 'device-api'
