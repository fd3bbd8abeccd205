// Reason codes of MQTT 5 (section 2.4), return codes of 3.1.1, their names, and which packet may carry which.
import type { Packet } from './packet.ts'

/** All reason codes by name. Values are shared between packets; 0x00 also reads "Normal disconnection"
 *  and "Granted QoS 0". */
export const reasonCode = {
  success: 0x00,
  grantedQos1: 0x01,
  grantedQos2: 0x02,
  disconnectWithWill: 0x04,
  noMatchingSubscribers: 0x10,
  noSubscriptionExisted: 0x11,
  continueAuthentication: 0x18,
  reauthenticate: 0x19,
  unspecifiedError: 0x80,
  malformedPacket: 0x81,
  protocolError: 0x82,
  implementationSpecificError: 0x83,
  unsupportedProtocolVersion: 0x84,
  clientIdentifierNotValid: 0x85,
  badUserNameOrPassword: 0x86,
  notAuthorized: 0x87,
  serverUnavailable: 0x88,
  serverBusy: 0x89,
  banned: 0x8a,
  serverShuttingDown: 0x8b,
  badAuthenticationMethod: 0x8c,
  keepAliveTimeout: 0x8d,
  sessionTakenOver: 0x8e,
  topicFilterInvalid: 0x8f,
  topicNameInvalid: 0x90,
  packetIdentifierInUse: 0x91,
  packetIdentifierNotFound: 0x92,
  receiveMaximumExceeded: 0x93,
  topicAliasInvalid: 0x94,
  packetTooLarge: 0x95,
  messageRateTooHigh: 0x96,
  quotaExceeded: 0x97,
  administrativeAction: 0x98,
  payloadFormatInvalid: 0x99,
  retainNotSupported: 0x9a,
  qosNotSupported: 0x9b,
  useAnotherServer: 0x9c,
  serverMoved: 0x9d,
  sharedSubscriptionsNotSupported: 0x9e,
  connectionRateExceeded: 0x9f,
  maximumConnectTime: 0xa0,
  subscriptionIdentifiersNotSupported: 0xa1,
  wildcardSubscriptionsNotSupported: 0xa2,
} as const

/** The names as the specification writes them, by code. */
export const reasonNames: ReadonlyMap<number, string> = new Map([
  [0x00, 'Success'],
  [0x01, 'Granted QoS 1'],
  [0x02, 'Granted QoS 2'],
  [0x04, 'Disconnect with Will Message'],
  [0x10, 'No matching subscribers'],
  [0x11, 'No subscription existed'],
  [0x18, 'Continue authentication'],
  [0x19, 'Re-authenticate'],
  [0x80, 'Unspecified error'],
  [0x81, 'Malformed Packet'],
  [0x82, 'Protocol Error'],
  [0x83, 'Implementation specific error'],
  [0x84, 'Unsupported Protocol Version'],
  [0x85, 'Client Identifier not valid'],
  [0x86, 'Bad User Name or Password'],
  [0x87, 'Not authorized'],
  [0x88, 'Server unavailable'],
  [0x89, 'Server busy'],
  [0x8a, 'Banned'],
  [0x8b, 'Server shutting down'],
  [0x8c, 'Bad authentication method'],
  [0x8d, 'Keep Alive timeout'],
  [0x8e, 'Session taken over'],
  [0x8f, 'Topic Filter invalid'],
  [0x90, 'Topic Name invalid'],
  [0x91, 'Packet Identifier in use'],
  [0x92, 'Packet Identifier not found'],
  [0x93, 'Receive Maximum exceeded'],
  [0x94, 'Topic Alias invalid'],
  [0x95, 'Packet too large'],
  [0x96, 'Message rate too high'],
  [0x97, 'Quota exceeded'],
  [0x98, 'Administrative action'],
  [0x99, 'Payload format invalid'],
  [0x9a, 'Retain not supported'],
  [0x9b, 'QoS not supported'],
  [0x9c, 'Use another server'],
  [0x9d, 'Server moved'],
  [0x9e, 'Shared Subscriptions not supported'],
  [0x9f, 'Connection rate exceeded'],
  [0xa0, 'Maximum connect time'],
  [0xa1, 'Subscription Identifiers not supported'],
  [0xa2, 'Wildcard Subscriptions not supported'],
])

/** CONNACK return codes of MQTT 3.1.1, section 3.2.2.3. */
export const returnCodeNames: ReadonlyMap<number, string> = new Map([
  [0, 'Connection accepted'],
  [1, 'Unacceptable protocol version'],
  [2, 'Identifier rejected'],
  [3, 'Server unavailable'],
  [4, 'Bad user name or password'],
  [5, 'Not authorized'],
])

/** The 3.1.1 return code (0-5) for an MQTT 5 CONNACK reason code; what has no counterpart is 3. */
export function returnCodeFor(code: number): number {
  if (code < 0x80) return code
  switch (code) {
    case reasonCode.unsupportedProtocolVersion:
      return 1
    case reasonCode.clientIdentifierNotValid:
      return 2
    case reasonCode.badUserNameOrPassword:
      return 4
    case reasonCode.notAuthorized:
    case reasonCode.banned:
    case reasonCode.badAuthenticationMethod:
      return 5
    default:
      return 3
  }
}

/** Who receives: a server reads what clients send, and the other way round. */
export type Side = 'server' | 'client'

const publishAnswers = new Set([0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99])
const releaseAnswers = new Set([0x00, 0x92])

const allowed = {
  // [MQTT-3.2.2-8]
  connack: new Set([
    0x00, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x90, 0x95, 0x97, 0x99,
    0x9a, 0x9b, 0x9c, 0x9d, 0x9f,
  ]),
  puback: publishAnswers, // [MQTT-3.4.2-1]
  pubrec: publishAnswers, // [MQTT-3.5.2-1]
  pubrel: releaseAnswers, // [MQTT-3.6.2-1]
  pubcomp: releaseAnswers, // [MQTT-3.7.2-1]
  // [MQTT-3.9.3-2]
  suback: new Set([0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8f, 0x91, 0x97, 0x9e, 0xa1, 0xa2]),
  // [MQTT-3.11.3-2]
  unsuback: new Set([0x00, 0x11, 0x80, 0x83, 0x87, 0x8f, 0x91]),
} satisfies Partial<Record<Packet['type'], Set<number>>>

// [MQTT-3.14.2-1]
const disconnectFromClient = new Set([
  0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99,
])
const disconnectFromServer = new Set([
  0x00, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8b, 0x8c, 0x8d, 0x8e, 0x8f, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97,
  0x98, 0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xa0, 0xa1, 0xa2,
])
// [MQTT-3.15.2-1] Success is the server's to say, re-authenticate the client's.
const authFromClient = new Set([0x18, 0x19])
const authFromServer = new Set([0x00, 0x18])

export type ReasonedPacket = keyof typeof allowed | 'disconnect' | 'auth'

/** Whether a packet of MQTT 5 that this side receives may carry the code. */
export function isReasonAllowed(type: ReasonedPacket, code: number, side: Side): boolean {
  if (type === 'disconnect')
    return (side === 'server' ? disconnectFromClient : disconnectFromServer).has(code)
  if (type === 'auth') return (side === 'server' ? authFromClient : authFromServer).has(code)
  return allowed[type].has(code)
}
