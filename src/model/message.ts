// A message is an MQTT Application Message (or its HTTP twin) on its way to becoming readings.

export type Qos = 0 | 1 | 2

export type UserProperty = readonly [name: string, value: string]

/** The MQTT 5 properties that travel with a message from publisher to subscriber. */
export interface MessageProperties {
  payloadFormatIndicator?: 0 | 1
  messageExpiryIntervalSeconds?: number
  contentType?: string
  responseTopic?: string
  correlationData?: Uint8Array
  userProperties?: readonly UserProperty[]
}

export interface Message {
  topic: string
  /** The payload is source[payloadStart, payloadEnd): a view into a larger read, not a copy.
   *  Whoever keeps it beyond the current turn of the event loop copies it. */
  source: Buffer
  payloadStart: number
  payloadEnd: number
  qos: Qos
  retain: boolean
  dup: boolean
  /** The device that logged in ("me"); empty when the sender is no device. */
  device: string
  clientId: string
  /** When this hub first had it, integer microseconds since the epoch. */
  receivedTs: number
  /** The time given to a message without one (I3): 0 until it is decided, then integer microseconds.
   *  A sender that remembers an earlier decision sets it before `accept`. */
  decidedTs: number
  properties: MessageProperties | undefined
  /** The packet identifier under which its sender waits for an answer over MQTT; absent or 0: nobody does. */
  packetId?: number
  /** The sender has gone on with an earlier session. */
  isResumed?: boolean
  /** A retained message of another broker, sent because we subscribed: when it came says nothing about its
   *  readings, so those without a time of their own are not stored (I3). */
  isOldCopy?: boolean
  /** How many readings were left out for that reason; ingest adds to it. */
  timelessLeftOut?: number
}

/** For a message that holds no payload any more. */
export const noPayload = Buffer.alloc(0)

/** A message of nothing, to be filled in for each that comes: a message is taken in within one turn, and who keeps
 *  it copies it, so a sender needs one object for all of them. */
export function blankMessage(): Message {
  return {
    topic: '',
    source: noPayload,
    payloadStart: 0,
    payloadEnd: 0,
    qos: 0,
    retain: false,
    dup: false,
    device: '',
    clientId: '',
    receivedTs: 0,
    decidedTs: 0,
    properties: undefined,
    packetId: 0,
    isResumed: false,
  }
}

/** A copy of the payload, for whoever keeps it. */
export function copyPayload(message: Message): Buffer {
  return Buffer.from(message.source.subarray(message.payloadStart, message.payloadEnd))
}
