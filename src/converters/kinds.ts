// All kinds of converters, in the order in which they are listed. A new kind is a row here.
import type { ConverterKind } from './converter-kind.ts'
import { shelly } from './home/shelly.ts'
import { tasmota } from './home/tasmota.ts'
import { zigbee2mqtt } from './home/zigbee2mqtt.ts'
import * as jsonKinds from './json-kinds.ts'
import { lineProtocol } from './line-protocol/line-protocol.ts'
import * as lorawan from './lorawan/lorawan-kinds.ts'
import { jsonMapping } from './mapping/mapping-kind.ts'
import { script } from './script/script-kind.ts'
import { senml } from './senml/senml-kind.ts'
import { sparkplugB } from './sparkplug/sparkplug-kind.ts'

export const converterKinds: readonly ConverterKind[] = [
  jsonKinds.json,
  jsonKinds.assetwolf,
  jsonKinds.thingsboard,
  jsonKinds.thingsboardGateway,
  jsonKinds.value,
  jsonMapping,
  script,
  senml,
  lineProtocol,
  sparkplugB,
  lorawan.theThingsStack,
  lorawan.chirpstack,
  lorawan.cayenneLpp,
  zigbee2mqtt,
  tasmota,
  shelly,
]

const byType = new Map(converterKinds.map((kind) => [kind.type, kind]))

export const converterTypes: readonly string[] = [...byType.keys()]

export function kindOf(type: unknown): ConverterKind | undefined {
  return typeof type === 'string' ? byType.get(type) : undefined
}

/** Whether payloads name devices, so that who may publish them writes for others. Unknown types do. */
export function namesDevices(spec: { type: string; [option: string]: unknown }): boolean {
  const names = kindOf(spec.type)?.namesDevices ?? true
  return typeof names === 'boolean' ? names : names(spec)
}
