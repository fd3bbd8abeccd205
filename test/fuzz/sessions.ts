// Sessions to fuzz with: what a client of some version could say, packet by packet as bytes, before it is spoilt.
// Half is written by the encoder for names that meet each other, half comes from the packet table.
import { encode } from '../../src/mqtt/encoder.ts'
import type { ConnectPacket, Packet, PacketQos, Properties, ProtocolVersion } from '../../src/mqtt/packet.ts'
import type { Random } from '../crash/random.ts'
import { failureCases, packetCases } from '../fixtures/packets.ts'
import { publishPacket } from '../fixtures/packets/row.ts'

export interface FuzzSession {
  version: ProtocolVersion
  /** The first is meant to be CONNECT. */
  packets: Buffer[]
}

const versions: readonly ProtocolVersion[] = [3, 4, 5]
const rowBytesMax = 500
const rows = new Map(versions.map((version) => [version, rowsOf(version)]))
const deep = 'a/'.repeat(9_999)
const topics = [
  't/a',
  't/b',
  'q2/a',
  'plain',
  'plain/a',
  'plain/a/b',
  '/',
  'will',
  '$SYS/a',
  'Gerät/ü',
  't/\u0001',
]
const filters = [
  ...['#', '+', '+/+', 't/#', 'plain', 'plain/+', 'plain/#', '/', 'will', '$SYS/#', 'q2/a', '+/a/#'],
  ...['$share/g/plain', '$share/g/#', '$share/h/t/+', '+/'.repeat(60), `${deep}#`],
]
const payloads = ['{"v":1,"ts":1764000000000000}', '{"v":1', '', 'x', '{"v":1e400}', '\0', '{"__proto__":1}']
/** Few, so that sessions take over, resume and clear each other. */
const clientsMax = 40
const packetsMax = 120

function rowsOf(version: ProtocolVersion): { connects: Buffer[]; others: Buffer[] } {
  const all = [...packetCases, ...failureCases].filter(
    (row) => row.version === version && row.bytes.length < rowBytesMax,
  )
  const isConnect = ({ bytes }: { bytes: Buffer }): boolean => bytes[0] === 0x10
  return {
    connects: all.filter(isConnect).map(({ bytes }) => bytes),
    others: all.filter((row) => !isConnect(row)).map(({ bytes }) => bytes),
  }
}

export function pick<T>(random: Random, from: readonly T[]): T {
  return from[random.below(from.length)]!
}

export function newSession(random: Random): FuzzSession {
  const version = pick(random, versions)
  const { connects, others } = rows.get(version)!
  const first = random.chance(0.1) ? pick(random, connects) : encode(connect(random, version), version)
  const packets = [first]
  const count = 1 + random.below(packetsMax)
  while (packets.length <= count) {
    packets.push(random.chance(0.3) ? pick(random, others) : encode(packet(random, version), version))
  }
  return { version, packets }
}

function connect(random: Random, protocolVersion: ProtocolVersion): ConnectPacket {
  const properties: Properties = protocolVersion === 5 ? connectProperties(random) : {}
  const hasWill = random.chance(0.3)
  const willProperties = protocolVersion === 5 ? { willDelayInterval: random.below(3) } : undefined
  return {
    type: 'connect',
    protocolVersion,
    cleanStart: random.chance(0.5),
    keepAlive: pick(random, [0, 1, 60, 65_535]),
    clientId: `fuzz${random.below(clientsMax)}`,
    ...(hasWill && {
      will: {
        topic: pick(random, topics),
        payload: Buffer.from('gone'),
        qos: random.below(3) as PacketQos,
        retain: random.chance(0.3),
        properties: willProperties,
      },
    }),
    properties,
  }
}

function connectProperties(random: Random): Properties {
  return {
    ...(random.chance(0.5) && { sessionExpiryInterval: pick(random, [0, 1, 3, 0xffffffff]) }),
    ...(random.chance(0.3) && { receiveMaximum: pick(random, [1, 2, 65_535]) }),
    ...(random.chance(0.2) && { maximumPacketSize: pick(random, [1, 20, 200]) }),
    ...(random.chance(0.2) && { topicAliasMaximum: random.below(4) }),
  }
}

function packet(random: Random, version: ProtocolVersion): Packet {
  const packetId = 1 + random.below(6)
  const chance = random.below(20)
  if (chance < 9) return publish(random, version, packetId)
  if (chance < 13) return subscribe(random, version, packetId)
  if (chance < 14) return { type: 'unsubscribe', packetId, filters: [pick(random, filters)] }
  if (chance < 19) {
    const type = pick(random, ['puback', 'pubrec', 'pubrel', 'pubcomp'] as const)
    return { type, packetId, reasonCode: 0 }
  }
  return { type: 'pingreq' }
}

function publish(random: Random, version: ProtocolVersion, packetId: number): Packet {
  const qos = random.below(3) as PacketQos
  const isDeep = random.chance(0.01)
  const flags = { retain: random.chance(0.2), dup: qos > 0 && random.chance(0.2) }
  const properties: Properties | undefined =
    version === 5 && random.chance(0.3)
      ? {
          messageExpiryInterval: random.below(3),
          userProperties: [['a', 'b']],
          ...(random.chance(0.5) && { topicAlias: 1 + random.below(3) }),
        }
      : undefined
  const topic = isDeep ? `${deep}a` : pick(random, topics)
  const fields = { ...flags, qos, packetId: qos === 0 ? 0 : packetId }
  return publishPacket(topic, pick(random, payloads), fields, properties)
}

function subscribe(random: Random, version: ProtocolVersion, packetId: number): Packet {
  const count = 1 + random.below(4)
  const isNew = version === 5
  const subscriptions = Array.from({ length: count }, () => {
    const filter = pick(random, filters)
    return {
      filter,
      qos: random.below(3) as PacketQos,
      noLocal: isNew && !filter.startsWith('$share') && random.chance(0.3),
      retainAsPublished: isNew && random.chance(0.3),
      retainHandling: (isNew ? random.below(3) : 0) as 0 | 1 | 2,
    }
  })
  return { type: 'subscribe', packetId, subscriptions }
}
