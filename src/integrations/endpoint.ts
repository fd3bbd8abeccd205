// One topic filter of one integration, ready for messages: parsed names, selected QoS, built converter.
import type { Conversation, Converter } from '../converters/converter.ts'
import type { Qos } from '../model/message.ts'
import type { DuplicatesPolicy } from '../model/reading.ts'
import type { NamedFilter } from '../mqtt/topic.ts'

export interface Endpoint {
  readonly integration: string
  readonly named: NamedFilter
  readonly qos: Qos
  readonly duplicates: DuplicatesPolicy
  readonly converter: Converter
  readonly conversation: Conversation
}
