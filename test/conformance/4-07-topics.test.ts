// MQTT 5.0, sections 4.7 and 4.8: topic names, filters, shared subscriptions.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { data, packet, uint16 } from '../fixtures/packets/bytes.ts'
import { Hub } from './hub.ts'
import { ack, publish, subscribe } from './packets.ts'

let hub: Hub
before(async () => {
  hub = await Hub.open()
})
after(() => hub.stop())

/** Which of the topics a filter brings. */
async function matching(filter: string, topics: string[]): Promise<string[]> {
  const client = await hub.client()
  await client.subscribe(filter, 0)
  for (const topic of topics) client.send(publish(topic, ''))
  return (await client.sync()).map((line) => line.slice('publish '.length, -' q0 '.length))
}

test('[MQTT-4.7.0-1] wildcards work in filters, and end the connection in names', async () => {
  const topics = ['sport', 'sport/', 'sport/a', 'sport/a/b', '/sport', 'sports']
  assert.deepEqual(await matching('sport/#', topics), ['sport', 'sport/', 'sport/a', 'sport/a/b'])
  assert.deepEqual(await matching('sport/+', topics), ['sport/', 'sport/a'])
  assert.deepEqual(await matching('+/+', topics), ['sport/', 'sport/a', '/sport'])
  assert.deepEqual(await matching('/+', topics), ['/sport'])
  await hub.refuses(publish('sport/+', ''), 0x81)
})

test('[MQTT-4.7.1-1] # elsewhere than in the last level, or not alone in it, ends the connection', async () => {
  for (const filter of ['#/a', 'a/#/b', 'a#', 'a/b#']) await hub.refuses(subscribe(1, [[filter, 0]]), 0x81)
})

test('[MQTT-4.7.1-2] + that is not a whole level ends the connection', async () => {
  for (const filter of ['a+', '+a', 'a/b+/c']) await hub.refuses(subscribe(1, [[filter, 0]]), 0x81)
})

test('[MQTT-4.7.2-1] # and + in the first level do not reach $ topics', async () => {
  const topics = ['$hidden/a', 'shown/a']
  assert.deepEqual(await matching('#', topics), ['shown/a'])
  assert.deepEqual(await matching('+/a', topics), ['shown/a'])
  assert.deepEqual(await matching('$hidden/#', topics), ['$hidden/a'])
  assert.deepEqual(await matching('$hidden/+', topics), ['$hidden/a'])
})

test('[MQTT-4.7.3-1] empty names and filters end the connection', async () => {
  await hub.refuses(publish('', 'x'), 0x82)
  await hub.refuses(subscribe(1, [['', 0]]), 0x81)
})

test('[MQTT-4.7.3-2] U+0000 in names and filters ends the connection', async () => {
  await hub.refuses(publish('a\0b', 'x'), 0x81)
  await hub.refuses(subscribe(1, [['a\0b', 0]]), 0x81)
})

test('[MQTT-4.7.3-3] names may have 65,535 bytes, which is as many as can be written', async () => {
  const long = 'x'.repeat(65_535)
  assert.deepEqual(await matching(long, [long]), [long])
})

test('[MQTT-4.7.3-4] nothing is normalised', async () => {
  assert.deepEqual(await matching('ACCOUNTS', ['Accounts', 'ACCOUNTS']), ['ACCOUNTS'])
  assert.deepEqual(await matching('caf\u00e9', ['cafe\u0301', 'caf\u00e9']), ['caf\u00e9'])
  assert.deepEqual(await matching('a//b', ['a/b', 'a//b']), ['a//b'])
})

test('[MQTT-4.8.2-1] [MQTT-4.8.2-2] shared filters without name or filter, or with wildcards in the name', async () => {
  for (const filter of [
    '$share/',
    '$share//t',
    '$share/g',
    '$share/g/',
    '$share/g+/t',
    '$share/+/t',
    '$share/#/t',
  ]) {
    await hub.refuses(subscribe(1, [[filter, 0]]), 0x81)
  }
  await hub.refuses(packet(0xa2, uint16(1), 0, data(Buffer.from('$share/g'))), 0x81)
})

test('[MQTT-4.8.2-3] members share messages, each at the QoS that it was granted', async () => {
  const members = [await hub.client(), await hub.client(), await hub.client()]
  for (const [qos, member] of members.entries()) await member.subscribe('$share/g/jobs', qos)
  const sender = await hub.client()
  for (let id = 1; id <= 9; id++) sender.send(publish('jobs', `${id}`, { qos: 2, id }))
  await sender.sync()
  let total = 0
  for (const [qos, member] of members.entries()) {
    const lines = await member.sync()
    assert.ok(lines.every((line) => line.startsWith(`publish jobs q${qos}`)))
    total += lines.length
  }
  assert.equal(total, 9)
})

test('[MQTT-4.8.2-4] [MQTT-4.8.2-5] a QoS 2 message that was begun is finished with its member or not at all', async () => {
  const lasting = { clean: false, expiry: 100 }
  const id = hub.name()
  const first = await hub.client({ id, ...lasting })
  await first.subscribe('$share/g/begun', 2)
  const sender = await hub.client()
  sender.send(publish('begun', 'x', { qos: 2 }))
  const { packetId } = await first.publish()
  const second = await hub.client()
  await second.subscribe('$share/g/begun', 2)
  await first.lose()
  assert.deepEqual(await second.sync(), [])
  const back = await hub.client({ id, ...lasting })
  assert.equal((await back.publish()).packetId, packetId)
  await back.lose()
  const anew = await hub.client({ id, clean: true })
  assert.deepEqual(await anew.sync(), [])
  assert.deepEqual(await second.sync(), [])
})

test('[MQTT-4.8.2-5] nor does it go to another when the session of its member ends with the connection', async () => {
  const first = await hub.client()
  await first.subscribe('$share/g/short', 2)
  const sender = await hub.client()
  sender.send(publish('short', 'x', { qos: 2 }))
  await first.publish()
  const second = await hub.client()
  await second.subscribe('$share/g/short', 2)
  await first.lose()
  sender.send(publish('short', 'y', { qos: 2, id: 2 }))
  assert.deepEqual(await second.line(), 'publish short q2 # y')
  assert.deepEqual(await second.sync(), [])
})

test('[MQTT-4.8.2-6] what a member refuses goes to no other', async () => {
  const first = await hub.client()
  await first.subscribe('$share/g/no', 1)
  const sender = await hub.client()
  sender.send(publish('no', 'x', { qos: 1 }))
  const { packetId } = await first.publish()
  first.send(ack(0x40, packetId, 0x80))
  const second = await hub.client()
  await second.subscribe('$share/g/no', 1)
  await first.lose()
  assert.deepEqual(await second.sync(), [])
})

test('a member that goes leaves its QoS 1 messages to the others', async () => {
  const first = await hub.client()
  await first.subscribe('$share/g/left', 1)
  const sender = await hub.client()
  sender.send(publish('left', 'x', { qos: 1 }))
  await first.publish()
  const second = await hub.client()
  await second.subscribe('$share/g/left', 1)
  await first.lose()
  assert.equal(await second.line(), 'publish left q1 # x')
})
