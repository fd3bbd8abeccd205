// Items 3, 4, 6, 7 and 11: packets that are cut, spoilt, out of turn, or honest but odd.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { encode } from '../../src/mqtt/encoder.ts'
import type { Properties } from '../../src/mqtt/packet.ts'
import type { Connection } from '../../src/transport/connection.ts'
import { openHouse, packetIdAt, publish, type House } from '../broker-house.ts'
import { bytes, packet, variable } from '../fixtures/packets/bytes.ts'
import { failureCases, packetCases } from '../fixtures/packets.ts'
import { turn } from '../held-store.ts'
import { processorMs } from '../processor-time.ts'

const five = { protocolVersion: 5 as const }
const rows = [...packetCases, ...failureCases].filter(
  ({ side, bytes: { length } }) => side === 'server' && length < 128,
)

/** Sends bytes on a connection of a version that stands; the reason it ends with, 0 when it goes on. */
async function endOf(house: House, version: 3 | 4 | 5, ...chunks: Buffer[]): Promise<number> {
  const client = await house.connect({ protocolVersion: version, clientId: 'odd' })
  for (const chunk of chunks) if (!client.isEnded) client.handler.bytes(chunk)
  await turn()
  const last = client.packets.at(-1)
  if (!client.isEnded) client.lose()
  else return last?.type === 'disconnect' ? last.reasonCode : -1
  return 0
}

/** Sends bytes as the first on a connection; whether that ended it. What it is told is not looked at. */
function endOfFirst(house: House, first: Buffer): boolean {
  let isEnded = false
  const end = (): void => void (isEnded = true)
  const nothing = (): void => undefined
  const connection: Connection = {
    remote: 'test:2',
    isSecure: false,
    bufferedBytes: 0,
    write: () => true,
    pause: nothing,
    resume: nothing,
    end,
    destroy: end,
  }
  const handler = house.broker.attach(connection)
  handler.bytes(first)
  const wasEnded = isEnded
  if (!wasEnded) handler.closed(undefined)
  return wasEnded
}

describe('item 3: truncation', () => {
  test('every packet of the table, cut at every byte with a length that says so, in every version', async () => {
    const house = await openHouse({ limits: { sessionsMax: 20 }, topics: {} })
    house.store.letThrough()
    for (const { bytes: whole, version } of rows) {
      for (let length = 0; length < whole.length - 2; length++) {
        const cut = Buffer.from(whole.subarray(0, 2 + length))
        cut[1] = length
        if (whole[0] === 0x10) endOfFirst(house, cut)
        else await endOf(house, version, cut)
      }
    }
    assert.equal(house.broker.links.size, 0)
    await house.stop()
  })

  test('SUBSCRIBE cut before its options byte is malformed', async () => {
    const house = await openHouse()
    assert.equal(await endOf(house, 5, packet(0x82, 0, 1, 0, 'a')), 0x81)
    assert.equal(await endOf(house, 4, packet(0x82, 0, 1, 'a')), -1)
    await house.stop()
  })
})

describe('item 4: topics', () => {
  for (const [name, topic] of [
    ['CVE-2021-34432: empty', Buffer.alloc(0)],
    ['U+0000', Buffer.from('a\0b')],
    ['half a surrogate pair', Buffer.of(0xed, 0xa0, 0x80)],
    ['+', Buffer.from('a/+')],
    ['#', Buffer.from('#')],
  ] as const) {
    test(`PUBLISH to a topic that is ${name} ends the connection, in all versions`, async () => {
      const house = await openHouse()
      const name2 = bytes(topic.length >> 8, topic.length & 0xff, topic)
      assert.ok([0x81, 0x82, 0x90].includes(await endOf(house, 5, packet(0x30, name2, 0))))
      assert.equal(await endOf(house, 4, packet(0x30, name2)), -1)
      await house.stop()
    })
  }

  test('CVE-2018-12543: PUBLISH to $-topics does no harm, and wildcards do not see it', async () => {
    const house = await openHouse()
    const reader = await house.connect({ clientId: 'reader' })
    reader.subscribe('#', 0)
    await turn()
    reader.take()
    const device = await house.connect()
    for (const topic of ['$', '$SYS', '$SYS/broker/x', '$share', '$share/a', '$share/a/b', '$SYS/'])
      if (!device.isEnded) device.publish(topic, 'x')
    assert.ok(!reader.take().some((line) => line.startsWith('publish $')))
    await house.stop()
  })

  test('CVE-2021-33176, mosquitto #1412: 65,535 levels are refused, and counted', async () => {
    const house = await openHouse()
    const deep = '/'.repeat(65_000)
    const device = await house.connect(five)
    device.publish(deep, 'x', { qos: 1, packetId: 1, retain: true })
    device.subscribe(deep, 1)
    device.subscribe(`${'+/'.repeat(10_000)}#`, 1)
    await turn()
    assert.deepEqual(device.take(), ['puback 1 0x90', 'suback 1 [143]', 'suback 1 [143]'])
    assert.equal(house.broker.reached.counts.get('topicLevelsMax'), 3)
    const willing = house.open()
    willing.connect({ ...five, will: { topic: deep, payload: Buffer.of(1), qos: 1, retain: true } })
    assert.deepEqual(willing.take(), ['connack new 144'])
    await house.stop()
  })

  test('malformed $share is refused in 5.0', async () => {
    const house = await openHouse()
    for (const filter of [
      '$share',
      '$share/',
      '$share//a',
      '$share/g',
      '$share/g/',
      '$share/+/a',
      '$share/#/a',
    ]) {
      const end = await endOf(house, 5, packet(0x82, 0, 1, 0, filter, 0))
      assert.ok(filter === '$share' ? end === 0 : end >= 0x80, `${filter}: ${end}`)
    }
    await house.stop()
  })
})

describe('item 6: properties of 5.0', () => {
  const will = (...properties: Buffer[]): Buffer =>
    packet(
      0x10,
      'MQTT',
      5,
      0x06,
      0,
      0,
      0,
      'w',
      variable(Buffer.concat(properties).length),
      ...properties,
      'will',
      'x',
    )

  test('repeated, unknown, beyond the end, 0 where 0 may not be: refused with the reason', async () => {
    const house = await openHouse()
    const cases: [Buffer, number][] = [
      [packet(0x30, 'a', 4, 1, 0, 1, 0), 0x82],
      [packet(0x30, 'a', 1, 0x7f), 0x81],
      [packet(0x30, 'a', 200, 1, 0), 0x81],
      [packet(0x30, 'a', 3, 0x23, 0, 0), 0x94],
      [packet(0x30, '', 3, 0x23, 0, 5), 0x82],
      [packet(0x30, 'a', 3, 0x23, 0xff, 0xff), 0x94],
      [packet(0x30, 'a', 2, 0x0b, 1), 0x82],
      [packet(0x82, 0, 1, 2, 0x0b, 0, 'a', 0), 0x82],
    ]
    for (const [hostile, code] of cases) {
      assert.equal(await endOf(house, 5, hostile), code, hostile.toString('hex'))
    }
    await house.stop()
  })

  test('Receive Maximum 0, Maximum Packet Size 0, CVE-2023-3592: will properties of wrong kinds, in CONNECT', async () => {
    const house = await openHouse()
    const connects = [
      packet(0x10, 'MQTT', 5, 2, 0, 0, 3, 0x21, 0, 0, 'd'),
      packet(0x10, 'MQTT', 5, 2, 0, 0, 5, 0x27, 0, 0, 0, 0, 'd'),
      will(Buffer.of(0x21, 0, 1)),
      will(Buffer.of(0x01, 2)),
      will(Buffer.of(0x18, 0, 0)),
      will(Buffer.of(0x26, 0)),
    ]
    for (const hostile of connects) {
      assert.ok(endOfFirst(house, hostile), hostile.toString('hex'))
    }
    await house.stop()
  })

  test('10,000 user properties in order, and expiries at their ends, are delivered or refused, in little time', async () => {
    const house = await openHouse()
    const client = await house.connect(five)
    client.subscribe('many', 0)
    await turn()
    client.take()
    const userProperties = Array.from({ length: 10_000 }, (_, n) => [`k${n}`, 'v'] as [string, string])
    const tookMs = processorMs(() => client.send(publish('many', 'x', { properties: { userProperties } })))
    const [message] = client.packets
    assert.deepEqual(message?.type === 'publish' && message.properties?.userProperties, userProperties)
    assert.ok(tookMs < 1_000, `it took ${tookMs} ms`)
    client.packets.length = 0
    for (const messageExpiryInterval of [0, 1, 0xffffffff]) {
      client.send(publish('many', 'x', { properties: { messageExpiryInterval } as Properties }))
    }
    assert.ok(!client.isEnded)
    await house.stop()
  })
})

describe('item 7: flows', () => {
  test('acknowledgements that nobody asked for do no harm', async () => {
    const house = await openHouse()
    for (const version of [4, 5] as const) {
      const client = await house.connect({ protocolVersion: version, clientId: `c${version}` })
      for (const type of ['puback', 'pubrec', 'pubrel', 'pubcomp'] as const) {
        for (const packetId of [1, 2, 65_535]) client.send({ type, packetId, reasonCode: 0 })
      }
      await turn()
      client.send({ type: 'pingreq' })
      assert.equal(client.take().at(-1), 'pingresp')
    }
    await house.stop()
  })

  test('CVE-2021-28166: CONNACK from a client, a second CONNECT, identifier 0, reserved flags end it', async () => {
    const house = await openHouse()
    const connect = { type: 'connect' as const, cleanStart: true, keepAlive: 0, clientId: 'odd' }
    assert.ok((await endOf(house, 5, packet(0x20, 0, 0, 0))) >= 0x81)
    assert.equal(await endOf(house, 5, encode({ ...connect, protocolVersion: 5 }, 5)), 0x82)
    assert.ok((await endOf(house, 5, packet(0x32, 'a', 0, 0, 0))) >= 0x81)
    assert.ok((await endOf(house, 5, packet(0x82, 0, 0, 0, 'a', 0))) >= 0x81)
    assert.equal(await endOf(house, 5, packet(0x36, 'a', 0, 1, 0)), 0x81)
    assert.equal(await endOf(house, 5, packet(0x80, 0, 1, 0, 'a', 0)), 0x81)
    assert.equal(await endOf(house, 4, packet(0xc1)), -1)
    await house.stop()
  })

  test('CVE-2023-28366: QoS 2 that is never released is bounded by receiveMaximum', async () => {
    const house = await openHouse({ limits: { receiveMaximum: 100 } })
    const client = await house.connect(five)
    for (let packetId = 1; packetId <= 101 && !client.isEnded; packetId++) {
      client.publish('nobody', 'x', { qos: 2, packetId })
    }
    assert.equal(client.take().at(-1), 'disconnect 0x93')
    assert.equal(house.broker.reached.counts.get('receiveMaximum'), 1)
    await house.stop()
  })

  test('CVE-2023-28366: the same identifier at QoS 2 again and again is one message', async () => {
    const house = await openHouse()
    const reader = await house.connect({ clientId: 'reader' })
    reader.subscribe('once', 0)
    const client = await house.connect(five)
    for (let n = 0; n < 5_000; n++) client.publish('once', 'x', { qos: 2, packetId: 7, dup: n > 0 })
    assert.equal(reader.take().filter((line) => line.startsWith('publish')).length, 1)
    assert.ok(!client.isEnded)
    await house.stop()
  })
})

describe('item 11: honest but odd, which must work', () => {
  test('byte by byte, and all in one segment before CONNACK', async () => {
    const house = await openHouse()
    const all = Buffer.concat([
      encode({ type: 'connect', protocolVersion: 4, cleanStart: true, keepAlive: 0, clientId: 'odd' }, 4),
      encode(
        {
          type: 'subscribe',
          packetId: 1,
          subscriptions: [
            { filter: 'a', qos: 1, noLocal: false, retainAsPublished: false, retainHandling: 0 },
          ],
        },
        4,
      ),
      encode(publish('a', 'x', { qos: 1, packetId: 2 }), 4),
    ])
    for (const chunks of [[all], Array.from(all, (byte) => Buffer.of(byte))]) {
      const client = house.open()
      for (const chunk of chunks) client.handler.bytes(chunk)
      await turn()
      assert.deepEqual(
        client.packets.map(({ type }) => type),
        ['connack', 'suback', 'publish', 'puback'],
      )
      assert.ok(packetIdAt(client, 2) > 0)
      client.lose()
    }
    await house.stop()
  })

  test('half-close after PUBLISH: the answer still comes once the reading is stored', async () => {
    const house = await openHouse()
    const device = await house.connect()
    device.publish('t/a', '{"v":1,"ts":1}', { qos: 1, packetId: 9 })
    device.handler.ended?.()
    await turn()
    assert.ok(!device.isEnded)
    await house.release()
    assert.deepEqual(device.take(), ['puback 9'])
    assert.ok(device.isEnded)
    await house.stop()
  })
})
