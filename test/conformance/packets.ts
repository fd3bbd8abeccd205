// Packets of clients, built by hand from bytes and not by our encoder.
import { data, packet, properties, raw, uint16, uint32, type Part } from '../fixtures/packets/bytes.ts'

export interface ConnectFields {
  version?: 3 | 4 | 5
  id?: string
  clean?: boolean
  keepAlive?: number
  /** Session Expiry Interval; 0 sends none. */
  expiry?: number
  /** Further properties. */
  properties?: Part[]
  will?: { topic: string; payload: string; qos?: number; retain?: boolean; properties?: Part[] }
}

export function connect(fields: ConnectFields = {}): Buffer {
  const { version = 5, id = '', clean = true, keepAlive = 0, expiry = 0, will } = fields
  const willFlags = will === undefined ? 0 : 4 | ((will.qos ?? 0) << 3) | (will.retain === true ? 32 : 0)
  const flags = (clean ? 2 : 0) | willFlags
  const expiryProperty = expiry === 0 ? [] : [0x11, uint32(expiry)]
  const connectProperties = properties(...expiryProperty, ...(fields.properties ?? []))
  const willParts: Part[] = []
  if (will !== undefined) {
    if (version === 5) willParts.push(properties(...(will.properties ?? [])))
    willParts.push(will.topic, data(raw(will.payload)))
  }
  const name = version === 3 ? 'MQIsdp' : 'MQTT'
  const between = version === 5 ? [connectProperties] : []
  return packet(0x10, name, version, flags, uint16(keepAlive), ...between, id, ...willParts)
}

/** A CONNECT of 5.0 with these flags and this payload. */
export function connectWith(flags: number, ...payload: Part[]): Buffer {
  return packet(0x10, 'MQTT', 5, flags, uint16(0), 0, ...payload)
}

export interface PublishFields {
  qos?: 0 | 1 | 2
  id?: number
  retain?: boolean
  dup?: boolean
  properties?: Part[]
  version?: 4 | 5
}

export function publish(topic: string, payload: string | Buffer, fields: PublishFields = {}): Buffer {
  const { qos = 0, id = 1, retain = false, dup = false, version = 5 } = fields
  const flags = 0x30 | (dup ? 8 : 0) | (qos << 1) | (retain ? 1 : 0)
  const identifier = qos === 0 ? [] : [uint16(id)]
  const between = version === 5 ? [properties(...(fields.properties ?? []))] : []
  return packet(flags, topic, ...identifier, ...between, Buffer.from(payload))
}

export function subscribe(
  id: number,
  filters: [filter: string, options: number][],
  ...with_: Part[]
): Buffer {
  return packet(0x82, uint16(id), properties(...with_), ...filters.flat())
}

export function unsubscribe(id: number, ...filters: string[]): Buffer {
  return packet(0xa2, uint16(id), 0, ...filters)
}

/** PUBACK 0x40, PUBREC 0x50, PUBREL 0x62, PUBCOMP 0x70. */
export function ack(first: number, id: number, code = 0): Buffer {
  return packet(first, uint16(id), ...(code === 0 ? [] : [code]))
}

export const pingreq = packet(0xc0)
export const disconnect = packet(0xe0)

// Properties, section 2.2.2.2.
export const userProperty = (name: string, value: string): Part[] => [0x26, name, value]
export const receiveMaximum = (count: number): Part[] => [0x21, uint16(count)]
export const maximumPacketSize = (count: number): Part[] => [0x27, uint32(count)]
export const topicAliasMaximum = (count: number): Part[] => [0x22, uint16(count)]
export const topicAlias = (alias: number): Part[] => [0x23, uint16(alias)]
export const expiry = (seconds: number): Part[] => [0x02, uint32(seconds)]
export const authMethod = (name: string): Part[] => [0x15, name]
