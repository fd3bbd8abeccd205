// Many subscribers of one topic: those that stop reading while a publisher floods them, and those that read all.
import { once } from 'node:events'
import { encode } from '../../src/mqtt/encoder.ts'
import { publishPacket } from '../fixtures/packets/row.ts'
import { inGroups, Member } from './member.ts'
import { connectBytes } from './neighbour.ts'

const atOnce = 200
const floodMessages = 1_000
const floodBytes = 4_000
const fanMessages = 20

async function publisher(port: number, clientId: string): Promise<Member> {
  const member = new Member(port)
  member.socket.write(connectBytes(clientId))
  await member.until('connack')
  return member
}

/** Half of them at QoS 0, half at QoS 1. */
export async function stopReading(port: number, count: number): Promise<number> {
  const deaf = await inGroups(count, atOnce, async (n) => {
    const member = await Member.subscribed(port, `deaf${n}`, ['flood'], n % 2 === 0 ? 0 : 1)
    member.socket.pause()
    return member
  })
  const flooder = await publisher(port, 'flooder')
  const message = publishPacket('flood', 'x'.repeat(floodBytes), { qos: 1, packetId: 1 })
  const bytes = encode(message, 4)
  for (let n = 0; n < floodMessages; n++) {
    if (!flooder.socket.write(bytes)) await once(flooder.socket, 'drain')
  }
  await flooder.until('puback', floodMessages)
  return deaf.length
}

/** One message after the other, each when everybody has the one before. */
export async function fanOut(port: number, count: number): Promise<number> {
  const readers = await inGroups(count, atOnce, (n) => Member.subscribed(port, `fan${n}`, ['fan/+'], 1))
  const source = await publisher(port, 'source')
  for (let n = 1; n <= fanMessages; n++) {
    const message = publishPacket(`fan/${n}`, 'x'.repeat(100), { qos: n % 2 === 0 ? 0 : 1, packetId: n })
    source.socket.write(encode(message, 4))
    await Promise.all(readers.map((reader) => reader.until('publish', n)))
  }
  return readers.length
}
