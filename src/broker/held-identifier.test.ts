// QoS 2 from a publisher: a packet identifier is held from PUBLISH to PUBREL, also over a kill, and its message is
// there once.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openHouse } from '../../test/broker-house.ts'
import { turn } from '../../test/held-store.ts'
import { sessionNeverExpires } from '../mqtt/packet.ts'

const lasting = { cleanStart: false, properties: { sessionExpiryInterval: sessionNeverExpires } }

describe('QoS 2 from a publisher', () => {
  test('[MQTT-4.3.3-10] a known identifier is not accepted again until its release', async () => {
    let redelivered = 0
    const observer = { redelivered: (_device: string, count: number) => void (redelivered += count) }
    const house = await openHouse({ observer })
    const device = await house.connect()
    device.publish('q2/a', '{"v":1}', { qos: 2, packetId: 5 })
    device.publish('q2/a', '{"v":1}', { qos: 2, packetId: 5, dup: true })
    await turn()
    assert.deepEqual(device.take(), [])
    await house.release()
    assert.deepEqual(device.take(), ['pubrec 5', 'pubrec 5'])
    assert.equal(redelivered, 1)
    device.publish('q2/a', '{"v":1}', { qos: 2, packetId: 5, dup: true })
    assert.deepEqual(device.take(), ['pubrec 5'])
    device.send({ type: 'pubrel', packetId: 5, reasonCode: 0 })
    device.publish('q2/a', '{"v":2}', { qos: 2, packetId: 5 })
    await house.release()
    assert.deepEqual(device.take(), ['pubcomp 5', 'pubrec 5'])
    assert.equal((await house.rows('d1')).length, 2)
    await house.stop()
  })

  test('I1: a lasting session’s identifiers outlive a crash, its releases too', async () => {
    let house = await openHouse()
    let device = await house.connect(lasting)
    device.publish('q2/a', '{"v":1}', { qos: 2, packetId: 1 })
    device.publish('q2/a', '{"v":2}', { qos: 2, packetId: 2 })
    await house.release()
    device.send({ type: 'pubrel', packetId: 2, reasonCode: 0 })
    await house.release()
    house = await house.crash()
    device = await house.connect(lasting)
    device.publish('q2/a', '{"v":1}', { qos: 2, packetId: 1, dup: true })
    device.publish('q2/a', '{"v":3}', { qos: 2, packetId: 2 })
    await house.release()
    assert.deepEqual(device.take(), ['pubrec 1', 'pubrec 2'])
    assert.deepEqual(
      (await house.rows('d1')).map(({ value }) => value),
      [1, 2, 3],
    )
    await house.stop()
  })

  test('I1: PUBCOMP for a release that came over the connection before waits for its commit', async () => {
    const house = await openHouse()
    const first = await house.connect(lasting)
    first.publish('q2/a', '{"v":1}', { qos: 2, packetId: 1 })
    await house.release()
    first.send({ type: 'pubrel', packetId: 1, reasonCode: 0 })
    await turn()
    first.lose()
    const second = await house.connect(lasting)
    second.send({ type: 'pubrel', packetId: 1, reasonCode: 0 })
    await turn()
    assert.deepEqual(second.take(), [])
    await house.release()
    assert.deepEqual(second.take(), ['pubcomp 1'])
    await house.stop()
  })

  test('[MQTT-3.1.2-4] a clean start frees the identifiers, also those from before a crash', async () => {
    let house = await openHouse()
    let device = await house.connect(lasting)
    device.publish('q2/a', '{"v":1,"ts":1}', { qos: 2, packetId: 1 })
    await house.release()
    house = await house.crash()
    device = await house.connect({ ...lasting, protocolVersion: 5, cleanStart: true })
    device.publish('q2/a', '{"v":2,"ts":2}', { qos: 2, packetId: 1 })
    await house.release()
    assert.deepEqual(device.take(), ['pubrec 1'])
    assert.equal((await house.rows('d1')).length, 2)
    house = await house.crash()
    device = await house.connect({ ...lasting, protocolVersion: 5 })
    device.publish('q2/a', '{"v":9,"ts":9}', { qos: 2, packetId: 1, dup: true })
    await house.release()
    assert.equal((await house.rows('d1')).length, 2)
    await house.stop()
  })

  test('[MQTT-4.3.3-11] PUBREL for an unknown identifier is completed, in 5.0 with 0x92', async () => {
    const house = await openHouse()
    const old = await house.connect({ clientId: 'old' })
    old.send({ type: 'pubrel', packetId: 77, reasonCode: 0 })
    assert.deepEqual(old.take(), ['pubcomp 77'])
    const five = await house.connect({ clientId: 'five', protocolVersion: 5 })
    five.send({ type: 'pubrel', packetId: 77, reasonCode: 0 })
    assert.deepEqual(five.take(), ['pubcomp 77 0x92'])
    await house.stop()
  })
})
