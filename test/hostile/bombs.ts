// Bombs: packets full of topic filters that are costly to match, and WebSocket frames that claim to be compressed.
import { once } from 'node:events'
import { request } from 'node:http'
import type { Duplex } from 'node:stream'
import { deflateRawSync } from 'node:zlib'
import { encode } from '../../src/mqtt/encoder.ts'
import { publishPacket } from '../fixtures/packets/row.ts'
import { inGroups, Member } from './member.ts'

const filtersPerPacket = 20_000
const deepTopics = 50
const wildLevels = 12
const bombBytes = 64 * 2 ** 20

/** Filters of plus signs and names in every mixture, so that a topic of so many levels matches many. */
function mixedFilters(client: number): string[] {
  return Array.from({ length: filtersPerPacket }, (_, n) =>
    Array.from<unknown, string>({ length: wildLevels }, (__, level) => ((n >> level) % 2 === 0 ? '+' : 'a'))
      .concat(`${client % 3}`, `${n >> wildLevels}`, '#')
      .join('/'),
  )
}

export async function subscribeBombs(port: number, count: number): Promise<number> {
  const members = await inGroups(count, count, async (n) => {
    const member = await Member.subscribed(port, `bomb${n}`, mixedFilters(n), 0)
    for (let packetId = 1; packetId <= deepTopics; packetId++) {
      const topic = `${'a/'.repeat(wildLevels)}${n % 3}/${packetId % 5}/x`
      member.socket.write(encode(publishPacket(topic, 'x', { qos: 1, packetId }), 4))
    }
    return member.until('puback', deepTopics)
  })
  return members.filter((isThere) => isThere).length
}

/** A frame that says that its payload is compressed, which nobody agreed on: masked with zeros. */
function compressedFrame(): Buffer {
  const payload = deflateRawSync(Buffer.alloc(bombBytes))
  const head = Buffer.alloc(14)
  head[0] = 0x80 | 0x40 | 0x02
  head[1] = 0x80 | 127
  head.writeBigUInt64BE(BigInt(payload.length), 2)
  return Buffer.concat([head, payload])
}

/** Resolves with how many of them were cut off. */
export async function sendBombs(port: number, count: number): Promise<number> {
  const bytes = compressedFrame()
  const ended = await inGroups(count, 50, async () => {
    const upgrade = request({
      port,
      host: '127.0.0.1',
      path: '/mqtt',
      headers: {
        'Connection': 'Upgrade',
        'Upgrade': 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': Buffer.alloc(16).toString('base64'),
        'Sec-WebSocket-Protocol': 'mqtt',
        'Sec-WebSocket-Extensions': 'permessage-deflate; server_max_window_bits=15',
      },
    })
    upgrade.end()
    const [answer, socket] = (await once(upgrade, 'upgrade')) as [{ headers: object }, Duplex]
    const isAgreed = 'sec-websocket-extensions' in answer.headers
    socket.on('error', () => undefined)
    const closed = once(socket, 'close')
    socket.resume()
    socket.write(bytes)
    await closed
    return !isAgreed
  })
  return ended.filter((isCutOff) => isCutOff).length
}
