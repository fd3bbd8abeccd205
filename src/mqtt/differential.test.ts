// mqtt-packet reads and writes the same protocol. Where it accepts what this codec refuses, the reason is
// listed here.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type * as peer from 'mqtt-packet'
import { failureCases, packetCases } from '../../test/fixtures/packets.ts'
import { connectOf, packetTo } from '../../test/fixtures/packets/arbitrary.ts'
import { decoderFor } from '../../test/fixtures/packets/decoding.ts'
import { encode } from './encoder.ts'
import type { Packet, Properties, ProtocolVersion } from './packet.ts'
import { propertyByName } from './properties.ts'
import type { Side } from './reason.ts'

// CommonJS whose exports are assembled in a way that an import can't see.
const mqttPacket = createRequire(import.meta.url)('mqtt-packet') as typeof peer

/** What the peer makes of bytes: its packets, and whether it refused them. */
function parsePeer(bytes: Buffer, version: ProtocolVersion): { packets: peer.Packet[]; isRefused: boolean } {
  const parser = mqttPacket.parser({ protocolVersion: version })
  const packets: peer.Packet[] = []
  let isRefused = false
  parser.on('packet', (packet) => packets.push(packet))
  parser.on('error', () => (isRefused = true))
  parser.parse(bytes)
  return { packets, isRefused }
}

function decode(bytes: Buffer, side: Side, version: ProtocolVersion): Packet[] {
  const packets: Packet[] = []
  const decoder = bytes[0] === 0x10 ? decoderFor(side) : decoderFor(side, version)
  decoder.push(bytes, (packet) => packets.push(packet))
  return packets
}

/** The peer's form of properties: other names, flags as booleans, user properties grouped by name. */
function peerProperties(properties: Properties | undefined): Record<string, unknown> | undefined {
  if (properties === undefined) return undefined
  const said: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(properties)) {
    if (name === 'userProperties') said[name] = grouped(value as [string, string][])
    else if (name === 'subscriptionIdentifiers') said['subscriptionIdentifier'] = single(value as number[])
    else if (name === 'maximumQos') said['maximumQoS'] = value
    else if (value instanceof Uint8Array) said[name] = Buffer.from(value)
    else said[name] = propertyByName(name)?.kind === 'flag' ? value === 1 : value
  }
  return said
}

// A later value takes the place of an empty one: the peer's reader has it so.
function grouped(pairs: [string, string][]): Record<string, unknown> {
  const groups = new Map<string, string[]>()
  for (const [name, text] of pairs) {
    const before = groups.get(name) ?? []
    groups.set(name, before.length === 1 && before[0] === '' ? [text] : [...before, text])
  }
  return Object.fromEntries([...groups].map(([name, texts]) => [name, single(texts)]))
}

function single<T>(values: T[]): T | T[] {
  return values.length === 1 ? values[0]! : values
}

/** The peer's form of a packet, as it writes and reads it. */
function peerPacket(packet: Packet, version: ProtocolVersion): Record<string, unknown> {
  const codeName = version === 5 ? 'reasonCode' : 'returnCode'
  const base = (fields: Record<string, unknown>): Record<string, unknown> => {
    const properties = 'properties' in packet ? peerProperties(packet.properties) : undefined
    return {
      cmd: packet.type,
      ...fields,
      ...(version === 5 && properties !== undefined ? { properties } : {}),
    }
  }
  switch (packet.type) {
    case 'connect':
      return base(peerConnect(packet))
    case 'connack':
      return base({ sessionPresent: packet.sessionPresent, [codeName]: packet.reasonCode })
    case 'publish': {
      const { topic, qos, dup, retain, packetId, source, payloadStart, payloadEnd } = packet
      const payload = source.subarray(payloadStart, payloadEnd)
      return base({ topic, qos, dup, retain, payload, ...(qos > 0 ? { messageId: packetId } : {}) })
    }
    case 'puback':
    case 'pubrec':
    case 'pubrel':
    case 'pubcomp':
      return base({ messageId: packet.packetId, ...(version === 5 ? { reasonCode: packet.reasonCode } : {}) })
    case 'subscribe':
      return base({
        messageId: packet.packetId,
        subscriptions: packet.subscriptions.map(
          ({ filter, qos, noLocal, retainAsPublished, retainHandling }) => ({
            topic: filter,
            qos,
            ...(version === 5 ? { nl: noLocal, rap: retainAsPublished, rh: retainHandling } : {}),
          }),
        ),
      })
    case 'unsubscribe':
      return base({ messageId: packet.packetId, unsubscriptions: packet.filters })
    case 'suback':
      return base({ messageId: packet.packetId, granted: packet.reasonCodes })
    case 'unsuback':
      return base({ messageId: packet.packetId, ...(version === 5 ? { granted: packet.reasonCodes } : {}) })
    case 'disconnect':
    case 'auth':
      return base(version === 5 ? { reasonCode: packet.reasonCode } : {})
    default:
      return base({})
  }
}

function peerConnect(packet: Packet & { type: 'connect' }): Record<string, unknown> {
  const { protocolVersion, cleanStart, keepAlive, clientId, will, username, password } = packet
  const said: Record<string, unknown> = {
    protocolId: protocolVersion === 3 ? 'MQIsdp' : 'MQTT',
    protocolVersion,
    clean: cleanStart,
    keepalive: keepAlive,
    clientId,
  }
  if (will !== undefined) {
    const properties = protocolVersion === 5 ? peerProperties(will.properties) : undefined
    said['will'] = {
      topic: will.topic,
      payload: Buffer.from(will.payload),
      qos: will.qos,
      retain: will.retain,
      ...(properties === undefined ? {} : { properties }),
    }
  }
  if (username !== undefined) said['username'] = username
  if (password !== undefined) said['password'] = Buffer.from(password)
  return said
}

/** A packet of the peer without what it adds for itself. */
function essence(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (Array.isArray(value)) return value.map(essence)
  if (typeof value !== 'object' || value === null) return value
  const isOther = 'cmd' in value && value.cmd !== 'publish'
  const ignored = ['length', 'bridgeMode', ...(isOther ? ['dup', 'qos', 'retain'] : [])]
  const members = Object.entries(value).filter(([name, member]) => {
    if (member === undefined || member === null || ignored.includes(name)) return false
    return !(name === 'properties' && Object.keys(member as object).length === 0)
  })
  return Object.fromEntries(members.map(([name, member]) => [name, essence(member)]))
}

/** The peer refuses to write what it reads: an empty client identifier unless the session is clean, and a
 *  password without user name. */
function isWrittenByPeer(packet: Packet): boolean {
  if (packet.type !== 'connect') return true
  if (packet.password !== undefined && packet.username === undefined) return false
  return packet.clientId !== '' || (packet.protocolVersion > 3 && packet.cleanStart)
}

/** The peer refuses two codes that MQTT 5 has: 0x8c in DISCONNECT, and 0x00 in an AUTH without body. */
function isReadByPeer(packet: Packet): boolean {
  if (packet.type === 'disconnect') return packet.reasonCode !== 0x8c
  return packet.type !== 'auth' || packet.reasonCode !== 0 || packet.properties !== undefined
}

const directions = ([3, 4, 5] as const).flatMap((version) =>
  (['server', 'client'] as const).map((side) => ({ version, side })),
)

for (const { version, side } of directions) {
  describe(`version ${version}, to a ${side}`, () => {
    const any =
      side === 'server' ? fc.oneof(packetTo(side, version), connectOf(version)) : packetTo(side, version)

    test('mqtt-packet reads what this codec writes', () => {
      fc.assert(
        fc.property(any.filter(isReadByPeer), (packet) => {
          const { packets, isRefused } = parsePeer(encode(packet, version), version)
          assert.ok(!isRefused)
          assert.deepEqual(packets.map(essence), [essence(peerPacket(packet, version))])
        }),
        { numRuns: 200 },
      )
    })

    test('this codec reads what mqtt-packet writes', () => {
      fc.assert(
        fc.property(any.filter(isWrittenByPeer), (packet) => {
          const said = peerPacket(packet, version)
          const bytes = mqttPacket.generate(said as unknown as peer.Packet, { protocolVersion: version })
          const read = decode(bytes, side, version).map((each) => essence(peerPacket(each, version)))
          assert.deepEqual(read, [essence(said)])
        }),
        { numRuns: 200 },
      )
    })
  })
}

describe('mqtt-packet is laxer', () => {
  const laxer: [why: string, rows: RegExp][] = [
    ['it has no limit on packets', /256 MB/],
    ['it reads for both sides', /(to|from) a (client|server)|(client|server)'s code|AUTH: again/],
    ['packet identifier 0', /identifier 0/],
    ['text is not checked', /U\+0000|surrogate|overlong|U\+10FFFF|0xff|stray|cut to|lead byte|continue/],
    ['text that is no UTF-8 is mended', /not UTF-8|UTF-8 and is not/],
    ['topic names and filters are not checked', /wildcard|will topic|empty |SUBSCRIBE: \S*[#+$]|within a/],
    ['a packet may end early', /nothing|half an?|one byte|no (code|filter|property|packet)|cut short/],
    ['a packet may go on', /a byte|reaches into/],
    ['lengths may be padded', /too many|than it needs/],
    ['properties may stand anywhere', /has no place/],
    ['properties may be repeated', /stands twice/],
    ['values are not checked', /of 2 | 0 \(|data (alone|without)|no method|no local/],
    ['versions are not checked against names', /version [34] of|bridge/],
    ['flags of CONNECT', /will QoS 3|password without/],
    ['flags of PUBLISH', /DUP at QoS 0/],
    ['codes of CONNACK', /CONNACK: (return code|reason code|session and)/],
  ]

  test('and where it is, the table says why', () => {
    const accepted = failureCases
      .filter((row) => !parsePeer(row.bytes, row.version).isRefused)
      .map((row) => row.description)
    assert.deepEqual(
      accepted.filter((description) => !laxer.some(([, rows]) => rows.test(description))),
      [],
    )
    for (const [why, rows] of laxer)
      assert.ok(
        accepted.some((description) => rows.test(description)),
        why,
      )
  })

  test('and stricter only about 3.1, which sends DUP and has no session present, and two codes of 5.0', () => {
    const refused = packetCases
      .filter((row) => parsePeer(row.bytes, row.version).isRefused)
      .filter((row) => row.version !== 3 && isReadByPeer(row.packet))
      .map((row) => row.description)
    assert.deepEqual(refused, [])
  })
})
