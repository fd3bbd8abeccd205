// An integration is where messages come from: topics, the Quality of Service selected for each, and the
// converter that reads them. Kind "direct": devices connect to us. Kind "bridge": we connect to a broker.
import type { Downlink } from '../commands/downlink.ts'
import type { Qos } from '../model/message.ts'
import type { DuplicatesPolicy } from '../model/reading.ts'
import type { BridgeConnection, BridgeConnectionDraft } from './bridge/connection.ts'

export type IntegrationKind = 'direct' | 'bridge'

export interface IntegrationTopic {
  /** A topic filter whose single-level wildcards may be named: plant/{device}/telemetry. */
  filter: string
  qos: Qos
}

/** `type` selects the converter; the other members are its options. */
export interface ConverterSpec {
  type: string
  [option: string]: unknown
}

/** As stored and as shown by the API. */
export interface IntegrationRecord {
  id: string
  name: string
  kind: IntegrationKind
  topics: IntegrationTopic[]
  converter: ConverterSpec
  duplicates: DuplicatesPolicy
  /** Of a bridge. Holds secrets: never logged, and shown without them. */
  connection?: BridgeConnection
  /** Of a bridge: connections that share the messages among them. */
  connections?: number
  /** How its devices get commands, where a command doesn't say it itself. */
  downlink?: Downlink
  isEnabled: boolean
  /** Part of Ackstone, or declared in ackstone.yaml: can't be changed or removed over the API. */
  isManaged: boolean
  /** RFC 3339. */
  createdAt: string
  updatedAt: string
}

/** What a person gives to set an integration up; the rest is filled in. */
export interface IntegrationDraft {
  /** 1 to 100 characters, unlike the names of the others. */
  name: string
  kind: IntegrationKind
  /** 1 to 100. `qos` is 0 when left out. */
  topics: { filter: string; qos?: Qos }[]
  converter: ConverterSpec
  duplicates?: DuplicatesPolicy
  /** Of a bridge, which needs one. */
  connection?: BridgeConnectionDraft
  /** Of a bridge; 1 when left out. More need shared filters. */
  connections?: number
  downlink?: Downlink
  isEnabled?: boolean
}

export const integrationsMax = 1_000
export const topicsPerIntegrationMax = 100
export const integrationNameLengthMax = 100
