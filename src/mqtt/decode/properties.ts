// Property Length and properties, section 2.2.2: the table says what may stand where, this file enforces it.
import { malformed, MalformedPacket, protocolError } from '../malformed-packet.ts'
import type { Properties } from '../packet.ts'
import { propertyById, type PropertyPlace, type PropertyRow } from '../properties.ts'
import { reasonCode, type Side } from '../reason.ts'
import { isTopicName } from '../topic.ts'
import type { Reader } from './reader.ts'

/** Reads the properties at the cursor; undefined when there are none. [MQTT-2.2.2-1] */
export function decodeProperties(reader: Reader, place: PropertyPlace, side: Side): Properties | undefined {
  const length = reader.variable('property length')
  if (length === 0) return undefined
  const packetEnd = reader.end
  const end = reader.at + length
  if (end > packetEnd) throw malformed(`${reader.packet} ends within its properties.`)
  reader.end = end
  const properties: Properties = {}
  while (reader.at < end) {
    const id = reader.variable('property identifier')
    const row = propertyById(id)
    if (row === undefined) throw malformed(`${reader.packet} has a property with unknown identifier ${id}.`)
    decodeProperty(reader, row, place, side, properties)
  }
  reader.end = packetEnd
  if (properties.authenticationData !== undefined && properties.authenticationMethod === undefined) {
    throw protocolError(`${reader.packet} has authentication data without an authentication method.`)
  }
  return properties
}

function decodeProperty(
  reader: Reader,
  row: PropertyRow,
  place: PropertyPlace,
  side: Side,
  properties: Properties,
): void {
  const name = row.name
  if (!row.places.includes(place)) throw malformed(`${reader.packet} can't have the property ${name}.`)
  // [MQTT-3.3.4-6]
  if (name === 'subscriptionIdentifiers' && place === 'publish' && side === 'server') {
    throw protocolError('A PUBLISH from a client has a subscription identifier.', 'MQTT-3.3.4-6')
  }
  // [MQTT-3.14.2-2]
  if (name === 'sessionExpiryInterval' && place === 'disconnect' && side === 'client') {
    throw protocolError('A DISCONNECT from a server has a session expiry interval.', 'MQTT-3.14.2-2')
  }
  const isRepeatable = row.kind === 'pair' || (name === 'subscriptionIdentifiers' && place === 'publish')
  if (!isRepeatable && properties[name] !== undefined) {
    throw protocolError(`${reader.packet} has the property ${name} more than once.`)
  }
  const values = properties as Record<string, unknown>
  switch (row.kind) {
    case 'pair':
      // [MQTT-1.5.7-1] The order is kept. [MQTT-3.1.3-10] [MQTT-3.3.2-18]
      properties.userProperties ??= []
      properties.userProperties.push([reader.string(name), reader.string(name)])
      return
    case 'variable':
      properties.subscriptionIdentifiers ??= []
      properties.subscriptionIdentifiers.push(atLeastMin(reader, row, reader.variable(name)))
      return
    case 'string':
      values[name] = reader.string(name)
      if (name === 'responseTopic') checkResponseTopic(reader, properties)
      return
    case 'binary':
      values[name] = reader.binary(name)
      return
    case 'flag':
      values[name] = flag(reader, row)
      return
    case 'uint16':
      values[name] = atLeastMin(reader, row, reader.uint16(name))
      return
    case 'uint32':
      values[name] = atLeastMin(reader, row, reader.uint32(name))
  }
}

function flag(reader: Reader, row: PropertyRow): number {
  const value = reader.uint8(row.name)
  if (value > 1) throw protocolError(`The ${row.name} of ${reader.packet} is ${value}, not 0 or 1.`)
  return value
}

function atLeastMin(reader: Reader, row: PropertyRow, value: number): number {
  if (value >= row.min) return value
  const sentence = `The ${row.name} of ${reader.packet} is 0.`
  // [MQTT-3.3.2-8]
  if (row.name === 'topicAlias') {
    throw new MalformedPacket(reasonCode.topicAliasInvalid, sentence, 'MQTT-3.3.2-8')
  }
  throw protocolError(sentence)
}

function checkResponseTopic(reader: Reader, properties: Properties): void {
  // [MQTT-3.3.2-14]
  if (!isTopicName(properties.responseTopic!)) {
    throw malformed(`The response topic of ${reader.packet} is no topic name.`, 'MQTT-3.3.2-14')
  }
}
