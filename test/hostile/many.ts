// What many do who are honest one by one: connect at the same moment, leave retained messages, read them, leave
// sessions behind. Each resolves with how many of them succeeded.
import { once } from 'node:events'
import { encode } from '../../src/mqtt/encoder.ts'
import { publishPacket } from '../fixtures/packets/row.ts'
import { inGroups, Member, subscribeBytes } from './member.ts'
import { connectBytes } from './neighbour.ts'

const sessionsAtOnce = 200
const held: Member[] = []

export async function connectAll(port: number, count: number): Promise<number> {
  const admitted = await inGroups(count, count, async (n) => {
    const member = new Member(port)
    held.push(member)
    member.socket.write(connectBytes(`crowd${n}`))
    return member.until('connack')
  })
  return admitted.filter((isThere) => isThere).length
}

export async function retainAll(port: number, count: number): Promise<number> {
  const member = new Member(port)
  member.socket.write(connectBytes('retainer'))
  await member.until('connack')
  for (let n = 0; n < count; n++) {
    const bytes = encode(publishPacket(`kept/${n % 100}/${n}`, `value ${n}`, { retain: true }), 4)
    if (!member.socket.write(bytes)) await once(member.socket, 'drain')
  }
  const last = publishPacket('kept/last', 'x', { qos: 1, packetId: 1, retain: true })
  member.socket.write(encode(last, 4))
  await member.until('puback')
  member.socket.destroy()
  return count
}

/** Ten read everything at once, while others ask for what is not there. */
export async function readAll(port: number, count: number): Promise<number> {
  const ask = (clientId: string, filter: string): Member => {
    const member = new Member(port)
    member.socket.write(Buffer.concat([connectBytes(clientId), subscribeBytes([filter])]))
    return member
  }
  const asking = Array.from({ length: 50 }, (_, n) => ask(`asking${n}`, '+/+/+/nothing'))
  const reading = await inGroups(10, 10, (n) => ask(`reading${n}`, 'kept/#').until('publish', count))
  for (const { socket } of asking) socket.destroy()
  return reading.filter((isThere) => isThere).length
}

export async function pileUp(port: number, count: number): Promise<number> {
  const admitted = await inGroups(count, sessionsAtOnce, async (n) => {
    const member = new Member(port)
    const clientId = `piled${n}`
    const lasting = encode(
      { type: 'connect', protocolVersion: 4, cleanStart: false, keepAlive: 0, clientId },
      4,
    )
    member.socket.write(Buffer.concat([lasting, subscribeBytes([`of/${clientId}/#`])]))
    const isThere = await member.until('suback')
    member.socket.destroy()
    return isThere
  })
  return admitted.filter((isThere) => isThere).length
}
