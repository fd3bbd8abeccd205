// All kinds of converters, in the order in which they are listed. A new kind is a row here.
import type { ConverterKind } from './converter-kind.ts'
import * as jsonKinds from './json-kinds.ts'

export const converterKinds: readonly ConverterKind[] = [
  jsonKinds.json,
  jsonKinds.assetwolf,
  jsonKinds.thingsboard,
  jsonKinds.thingsboardGateway,
  jsonKinds.value,
]

const byType = new Map(converterKinds.map((kind) => [kind.type, kind]))

export const converterTypes: readonly string[] = [...byType.keys()]

export function kindOf(type: unknown): ConverterKind | undefined {
  return typeof type === 'string' ? byType.get(type) : undefined
}

/** Whether payloads name devices, so that who may publish them writes for others. Unknown types do. */
export function namesDevices(type: string): boolean {
  return kindOf(type)?.namesDevices ?? true
}
