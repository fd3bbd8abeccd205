// What is done to a session's packets to spoil it: each way is one that has hurt some broker.
import type { Random } from '../crash/random.ts'
import { variable } from '../fixtures/packets/bytes.ts'
import { pick } from './sessions.ts'

type Mutation = (packets: Buffer[], at: number, random: Random) => void

const illFormed = [
  Buffer.of(0xc0, 0x80),
  Buffer.of(0xed, 0xa0, 0x80),
  Buffer.of(0xf5, 0x80, 0x80, 0x80),
  Buffer.of(0),
  Buffer.of(0xff),
]
const edges = [0, 1, 2, 0x7f, 0x80, 0xfe, 0xff]

/** The bytes behind the fixed header. */
function bodyOf(packet: Buffer): Buffer {
  let start = 1
  while (start < packet.length && start < 5 && packet[start]! >= 0x80) start++
  return packet.subarray(Math.min(start + 1, packet.length))
}

/** The same kind of packet with another body, and the length that is right for it. */
function withBody(packet: Buffer, body: Buffer): Buffer {
  return Buffer.concat([packet.subarray(0, 1), variable(body.length), body])
}

function changed(bytes: Buffer, at: number, change: (byte: number) => number): Buffer {
  const copy = Buffer.from(bytes)
  if (at < copy.length) copy[at] = change(copy[at]!)
  return copy
}

export const mutations: Record<string, Mutation> = {
  'a byte of the body changed': (packets, at, random) => {
    const body = bodyOf(packets[at]!)
    const value = random.chance(0.5) ? pick(random, edges) : random.below(256)
    packets[at] = withBody(
      packets[at]!,
      changed(body, random.below(Math.max(1, body.length)), () => value),
    )
  },
  'body truncated, with the length to it': (packets, at, random) => {
    const body = bodyOf(packets[at]!)
    packets[at] = withBody(packets[at]!, body.subarray(0, random.below(body.length + 1)))
  },
  'packet truncated': (packets, at, random) => {
    packets[at] = packets[at]!.subarray(0, random.below(packets[at]!.length + 1))
  },
  'body with more behind it': (packets, at, random) => {
    packets[at] = withBody(
      packets[at]!,
      Buffer.concat([bodyOf(packets[at]!), Buffer.alloc(random.below(40), 1)]),
    )
  },
  'a length that is wrong': (packets, at, random) => {
    const length = pick(random, [0, 1, 127, 128, 16_383, 2_097_152, 268_435_455, random.below(300)])
    packets[at] = Buffer.concat([packets[at]!.subarray(0, 1), variable(length), bodyOf(packets[at]!)])
  },
  'a length without end': (packets, at) => {
    packets[at] = Buffer.of(packets[at]![0] ?? 0x30, 0xff, 0xff, 0xff, 0xff, 0xff)
  },
  'reserved or other flags': (packets, at, random) => {
    packets[at] = changed(packets[at]!, 0, (byte) => (byte & 0xf0) | random.below(16))
  },
  'another type of packet': (packets, at, random) => {
    packets[at] = changed(packets[at]!, 0, (byte) => (byte & 0x0f) | (random.below(16) << 4))
  },
  'ill-formed UTF-8': (packets, at, random) => {
    const body = bodyOf(packets[at]!)
    const start = random.below(body.length + 1)
    const spoilt = pick(random, illFormed)
    const rest = body.subarray(Math.min(start + spoilt.length, body.length))
    packets[at] = withBody(packets[at]!, Buffer.concat([body.subarray(0, start), spoilt, rest]))
  },
  'packet identifier 0': (packets, at) => {
    packets[at] = withBody(
      packets[at]!,
      changed(
        changed(bodyOf(packets[at]!), 0, () => 0),
        1,
        () => 0,
      ),
    )
  },
  'a part repeated, as properties are': (packets, at, random) => {
    const body = bodyOf(packets[at]!)
    const start = random.below(body.length + 1)
    const end = start + 1 + random.below(8)
    const parts = [body.subarray(0, end), body.subarray(start, end), body.subarray(end)]
    packets[at] = withBody(packets[at]!, Buffer.concat(parts))
  },
  'a packet again': (packets, at) => void packets.splice(at, 0, packets[at]!),
  'a packet missing': (packets, at) => void packets.splice(at, 1),
  'another order': (packets, at, random) => {
    const [packet] = packets.splice(at, 1)
    packets.splice(random.below(packets.length + 1), 0, packet!)
  },
  'half of one, half of another': (packets, at, random) => {
    const other = pick(random, packets)
    const one = packets[at]!
    const cut = random.below(one.length + 1)
    packets[at] = Buffer.concat([one.subarray(0, cut), other.subarray(Math.min(cut, other.length))])
  },
  'CONNECT again': (packets, at) => void packets.splice(at, 0, packets[0]!),
}

const all = Object.values(mutations)

/** Spoils packets in place, mostly a little: what follows an error is not read. */
export function spoil(packets: Buffer[], random: Random): void {
  let count = random.chance(0.2) ? 0 : 1 + random.below(3)
  while (count-- > 0 && packets.length > 0) {
    // Late packets more than early ones, or few sessions would get far.
    const at = Math.max(random.below(packets.length), random.below(packets.length))
    pick(random, all)(packets, at, random)
  }
}
