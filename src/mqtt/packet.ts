// MQTT Control Packets as values: one interface each, for 3.1.1 and 5.0 alike. 3.1.1's Clean Session is
// `cleanStart` plus a session expiry of 0 or "never" by the time a packet leaves the decoder.

/** 3 is MQTT 3.1 (MQIsdp), 4 is 3.1.1, 5 is 5.0. */
export type ProtocolVersion = 3 | 4 | 5
export type PacketQos = 0 | 1 | 2

/** Session Expiry Interval that never ends. */
export const sessionNeverExpires = 0xffffffff

/** All properties of MQTT 5, section 2.2.2.2, by their names there. Absent means not sent. */
export interface Properties {
  payloadFormatIndicator?: 0 | 1
  messageExpiryInterval?: number
  contentType?: string
  responseTopic?: string
  correlationData?: Uint8Array
  /** One in SUBSCRIBE; in PUBLISH one for each matching subscription. */
  subscriptionIdentifiers?: number[]
  sessionExpiryInterval?: number
  assignedClientIdentifier?: string
  serverKeepAlive?: number
  authenticationMethod?: string
  authenticationData?: Uint8Array
  requestProblemInformation?: 0 | 1
  willDelayInterval?: number
  requestResponseInformation?: 0 | 1
  responseInformation?: string
  serverReference?: string
  reasonString?: string
  receiveMaximum?: number
  topicAliasMaximum?: number
  topicAlias?: number
  maximumQos?: 0 | 1
  retainAvailable?: 0 | 1
  /** In the order in which they came. */
  userProperties?: [name: string, value: string][]
  maximumPacketSize?: number
  wildcardSubscriptionAvailable?: 0 | 1
  subscriptionIdentifiersAvailable?: 0 | 1
  sharedSubscriptionAvailable?: 0 | 1
}

export interface Will {
  topic: string
  payload: Uint8Array
  qos: PacketQos
  retain: boolean
  properties?: Properties
}

export interface ConnectPacket {
  type: 'connect'
  protocolVersion: ProtocolVersion
  cleanStart: boolean
  /** Seconds; 0 means none. */
  keepAlive: number
  clientId: string
  will?: Will
  username?: string
  password?: Uint8Array
  properties?: Properties
}

export interface ConnackPacket {
  type: 'connack'
  sessionPresent: boolean
  /** 3.1.1: return code 0-5; 5.0: reason code. */
  reasonCode: number
  properties?: Properties
}

/** The payload is source[payloadStart, payloadEnd): a view, valid as long as the chunk it came in. */
export interface PublishPacket {
  type: 'publish'
  topic: string
  source: Buffer
  payloadStart: number
  payloadEnd: number
  qos: PacketQos
  retain: boolean
  dup: boolean
  /** 0 at QoS 0. */
  packetId: number
  properties: Properties | undefined
}

interface Acknowledgement {
  packetId: number
  /** 0 where the packet was sent without one. */
  reasonCode: number
  properties?: Properties
}
export interface PubackPacket extends Acknowledgement {
  type: 'puback'
}
export interface PubrecPacket extends Acknowledgement {
  type: 'pubrec'
}
export interface PubrelPacket extends Acknowledgement {
  type: 'pubrel'
}
export interface PubcompPacket extends Acknowledgement {
  type: 'pubcomp'
}

export interface SubscriptionRequest {
  filter: string
  qos: PacketQos
  noLocal: boolean
  retainAsPublished: boolean
  retainHandling: 0 | 1 | 2
}
export interface SubscribePacket {
  type: 'subscribe'
  packetId: number
  subscriptions: SubscriptionRequest[]
  properties?: Properties
}
export interface SubackPacket {
  type: 'suback'
  packetId: number
  reasonCodes: number[]
  properties?: Properties
}
export interface UnsubscribePacket {
  type: 'unsubscribe'
  packetId: number
  filters: string[]
  properties?: Properties
}
export interface UnsubackPacket {
  type: 'unsuback'
  packetId: number
  /** Empty in 3.1.1. */
  reasonCodes: number[]
  properties?: Properties
}
export interface PingreqPacket {
  type: 'pingreq'
}
export interface PingrespPacket {
  type: 'pingresp'
}
export interface DisconnectPacket {
  type: 'disconnect'
  reasonCode: number
  properties?: Properties
}
export interface AuthPacket {
  type: 'auth'
  reasonCode: number
  properties?: Properties
}

export type Packet =
  | ConnectPacket
  | ConnackPacket
  | PublishPacket
  | PubackPacket
  | PubrecPacket
  | PubrelPacket
  | PubcompPacket
  | SubscribePacket
  | SubackPacket
  | UnsubscribePacket
  | UnsubackPacket
  | PingreqPacket
  | PingrespPacket
  | DisconnectPacket
  | AuthPacket
