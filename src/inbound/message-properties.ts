// The properties of a PUBLISH or a will that concern whoever reads the message, in the model's words.
import type { MessageProperties } from '../model/message.ts'
import type { Properties } from '../mqtt/packet.ts'

/** Undefined when there are none. */
export function messageProperties(properties: Properties | undefined): MessageProperties | undefined {
  if (properties === undefined) return undefined
  const of: MessageProperties = {}
  const { payloadFormatIndicator, messageExpiryInterval, contentType, responseTopic } = properties
  if (payloadFormatIndicator !== undefined) of.payloadFormatIndicator = payloadFormatIndicator
  if (messageExpiryInterval !== undefined) of.messageExpiryIntervalSeconds = messageExpiryInterval
  if (contentType !== undefined) of.contentType = contentType
  if (responseTopic !== undefined) of.responseTopic = responseTopic
  if (properties.correlationData !== undefined) of.correlationData = properties.correlationData
  if (properties.userProperties !== undefined) of.userProperties = properties.userProperties
  return of
}
