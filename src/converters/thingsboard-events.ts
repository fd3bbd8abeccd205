// What devices and gateways publish to ThingsBoard beside telemetry: attributes, requests, answers and claims are no
// readings; that a gateway has connected a device, or lost it, is told under the key `online`. Stands in front of the
// converters of telemetry, which any other topic reaches as it is.
import type { Message } from '../model/message.ts'
import type { Conversation, Converter, TopicCaptures } from './converter.ts'
import { describe, deviceFrom } from './json-fields.ts'
import { JsonObject, JsonReader } from './json-reader.ts'
import { tsFromProperties } from './reading-time.ts'
import type { Readings } from './readings.ts'
import { reject } from './rejections.ts'

const deviceEvents = /^(?:v1\/devices\/me\/(?:attributes|rpc|claim)|v2\/(?:a|r)|v2\/fw)(?:\/|$)/
const gatewayEvents = /^v1\/gateway\/(?:(connect)|(disconnect)|attributes|rpc|claim)(?:\/|$)/

/** Whether a topic is one of a device’s API, telemetry left aside. */
export function isDeviceEvent(topic: string): boolean {
  return deviceEvents.test(topic)
}

/** Whether a topic is one of a gateway’s API, telemetry left aside. */
export function isGatewayEvent(topic: string): boolean {
  return gatewayEvents.test(topic)
}

export class ThingsBoardEvents implements Converter {
  readonly telemetry: Converter

  constructor(telemetry: Converter) {
    this.telemetry = telemetry
  }

  decode(message: Message, captures: TopicCaptures, out: Readings, conversation?: Conversation): void {
    const { topic } = message
    // Both begin with v; most topics end in telemetry, and are not looked at any further.
    if (topic.charCodeAt(0) !== 0x76 || topic.endsWith('/telemetry')) {
      return this.telemetry.decode(message, captures, out, conversation)
    }
    const parts = gatewayEvents.exec(topic)
    if (parts !== null) readGatewayEvent(message, parts, out)
    else if (!isDeviceEvent(topic)) this.telemetry.decode(message, captures, out, conversation)
  }
}

/** {"device": "Device A"}; the type that may stand beside it is an attribute. */
function readGatewayEvent(message: Message, parts: RegExpExecArray, out: Readings): void {
  const [, connect, disconnect] = parts
  if (connect === undefined && disconnect === undefined) return
  const root = new JsonReader(message.source, message.payloadStart, message.payloadEnd).read()
  if (!(root instanceof JsonObject)) reject('json_shape', { expected: 'an object', found: describe(root) })
  const device = deviceFrom(root.members.get('device') ?? null, 'device')
  if (device === undefined || device === '') reject('no_device')
  out.add(device, 'online', tsFromProperties(message.properties, 'auto'), connect !== undefined)
}
