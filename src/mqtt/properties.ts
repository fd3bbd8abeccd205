// The property table of MQTT 5, section 2.2.2.2: identifier, kind, where it may stand. Decoder, encoder and
// tests read the same rows.
import type { Properties } from './packet.ts'

/** Where properties stand: the packets that have them, and the Will in CONNECT. */
export type PropertyPlace =
  | 'connect'
  | 'will'
  | 'connack'
  | 'publish'
  | 'puback'
  | 'pubrec'
  | 'pubrel'
  | 'pubcomp'
  | 'subscribe'
  | 'suback'
  | 'unsubscribe'
  | 'unsuback'
  | 'disconnect'
  | 'auth'

/** `flag` is a byte that is 0 or 1. */
export type PropertyKind = 'flag' | 'uint16' | 'uint32' | 'variable' | 'string' | 'binary' | 'pair'

export interface PropertyRow {
  readonly id: number
  readonly name: keyof Properties
  readonly kind: PropertyKind
  readonly places: readonly PropertyPlace[]
  /** The smallest number permitted. */
  readonly min: 0 | 1
}

const everywhere: readonly PropertyPlace[] = [
  'connect',
  'will',
  'connack',
  'publish',
  'puback',
  'pubrec',
  'pubrel',
  'pubcomp',
  'subscribe',
  'suback',
  'unsubscribe',
  'unsuback',
  'disconnect',
  'auth',
]
const answers: readonly PropertyPlace[] = [
  'connack',
  'puback',
  'pubrec',
  'pubrel',
  'pubcomp',
  'suback',
  'unsuback',
  'disconnect',
  'auth',
]
const messages: readonly PropertyPlace[] = ['publish', 'will']
const openings: readonly PropertyPlace[] = ['connect', 'connack']
const handshakes: readonly PropertyPlace[] = ['connect', 'connack', 'auth']

function row(
  id: number,
  name: keyof Properties,
  kind: PropertyKind,
  places: readonly PropertyPlace[],
  min: 0 | 1 = 0,
): PropertyRow {
  return { id, name, kind, places, min }
}

/** All properties, by ascending identifier. */
export const propertyRows: readonly PropertyRow[] = [
  row(0x01, 'payloadFormatIndicator', 'flag', messages),
  row(0x02, 'messageExpiryInterval', 'uint32', messages),
  row(0x03, 'contentType', 'string', messages),
  row(0x08, 'responseTopic', 'string', messages),
  row(0x09, 'correlationData', 'binary', messages),
  row(0x0b, 'subscriptionIdentifiers', 'variable', ['publish', 'subscribe'], 1),
  row(0x11, 'sessionExpiryInterval', 'uint32', ['connect', 'connack', 'disconnect']),
  row(0x12, 'assignedClientIdentifier', 'string', ['connack']),
  row(0x13, 'serverKeepAlive', 'uint16', ['connack']),
  row(0x15, 'authenticationMethod', 'string', handshakes),
  row(0x16, 'authenticationData', 'binary', handshakes),
  row(0x17, 'requestProblemInformation', 'flag', ['connect']),
  row(0x18, 'willDelayInterval', 'uint32', ['will']),
  row(0x19, 'requestResponseInformation', 'flag', ['connect']),
  row(0x1a, 'responseInformation', 'string', ['connack']),
  row(0x1c, 'serverReference', 'string', ['connack', 'disconnect']),
  row(0x1f, 'reasonString', 'string', answers),
  row(0x21, 'receiveMaximum', 'uint16', openings, 1),
  row(0x22, 'topicAliasMaximum', 'uint16', openings),
  row(0x23, 'topicAlias', 'uint16', ['publish'], 1),
  row(0x24, 'maximumQos', 'flag', ['connack']),
  row(0x25, 'retainAvailable', 'flag', ['connack']),
  row(0x26, 'userProperties', 'pair', everywhere),
  row(0x27, 'maximumPacketSize', 'uint32', openings, 1),
  row(0x28, 'wildcardSubscriptionAvailable', 'flag', ['connack']),
  row(0x29, 'subscriptionIdentifiersAvailable', 'flag', ['connack']),
  row(0x2a, 'sharedSubscriptionAvailable', 'flag', ['connack']),
]

const rowsById: (PropertyRow | undefined)[] = []
for (const each of propertyRows) rowsById[each.id] = each
const rowsByName = new Map<string, PropertyRow>(propertyRows.map((each) => [each.name, each]))

export function propertyById(id: number): PropertyRow | undefined {
  return rowsById[id]
}

export function propertyByName(name: string): PropertyRow | undefined {
  return rowsByName.get(name)
}
