// A message that a client is to send, as its sender says it and as the packet that it becomes.
import type { PacketQos, Properties, PublishPacket } from '../mqtt/packet.ts'
import type { FlightKeeper, FlightState } from './flights.ts'

export interface PublishOptions {
  /** Default 0. */
  qos?: PacketQos
  retain?: boolean
  /** MQTT 5 only. */
  properties?: Properties
}

/** A message whose keeper sends it. */
export interface OutgoingMessage extends PublishOptions {
  topic: string
  payload: string | Uint8Array
}

/** A message that was on its way when the process before this one ended, or the client before this one. */
export interface ResumedMessage {
  message: OutgoingMessage
  state: FlightState
  keeper: FlightKeeper
}

export function publishPacket({
  topic,
  payload,
  qos = 0,
  retain = false,
  properties,
}: OutgoingMessage): PublishPacket {
  const source = bytesOf(payload)
  const place = { source, payloadStart: 0, payloadEnd: source.length }
  return { type: 'publish', topic, ...place, qos, retain, dup: false, packetId: 0, properties }
}

function bytesOf(payload: string | Uint8Array): Buffer {
  if (typeof payload === 'string') return Buffer.from(payload)
  return Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)
}
