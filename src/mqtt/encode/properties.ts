// Property Length and properties, section 2.2.2, from the same table that the decoder reads.
import { assert } from '../../lib/assert.ts'
import type { Properties } from '../packet.ts'
import { propertyByName, type PropertyPlace, type PropertyRow } from '../properties.ts'
import type { Writer } from './writer.ts'

/** Writes the properties with their length; a length of 0 when there are none. [MQTT-2.2.2-1] */
export function encodeProperties(
  writer: Writer,
  properties: Properties | undefined,
  place: PropertyPlace,
): void {
  if (properties === undefined) return writer.uint8(0)
  writer.measured(() => {
    for (const [name, value] of Object.entries(properties)) {
      if (value === undefined) continue
      const row = propertyByName(name)
      assert(row !== undefined && row.places.includes(place), `${place} may have the property ${name}`)
      encodeProperty(writer, row, value)
    }
  })
}

/** Whether there is anything to write. */
export function hasProperties(properties: Properties | undefined): properties is Properties {
  if (properties === undefined) return false
  for (const value of Object.values(properties)) {
    if (Array.isArray(value) ? value.length > 0 : value !== undefined) return true
  }
  return false
}

function encodeProperty(writer: Writer, row: PropertyRow, value: Properties[keyof Properties]): void {
  switch (row.kind) {
    case 'pair':
      // The order is kept. [MQTT-3.3.2-18]
      for (const [name, text] of value as [string, string][]) {
        writer.uint8(row.id)
        writer.string(name)
        writer.string(text)
      }
      return
    case 'variable':
      for (const id of value as number[]) {
        assert(id >= row.min, `${row.name} is at least ${row.min}`)
        writer.uint8(row.id)
        writer.variable(id)
      }
      return
    case 'string':
      writer.uint8(row.id)
      return writer.string(value as string)
    case 'binary':
      writer.uint8(row.id)
      return writer.binary(value as Uint8Array)
    default:
      encodeNumber(writer, row, value as number)
  }
}

function encodeNumber(writer: Writer, row: PropertyRow, value: number): void {
  assert(value >= row.min, `${row.name} is at least ${row.min}`)
  writer.uint8(row.id)
  if (row.kind === 'uint32') return writer.uint32(value)
  if (row.kind === 'uint16') return writer.uint16(value)
  assert(value <= 1, `${row.name} is 0 or 1`)
  writer.uint8(value)
}
