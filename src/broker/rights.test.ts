import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openHouse } from '../../test/broker-house.ts'
import { turn } from '../../test/held-store.ts'
import type { Admission, Exchange, Rights } from './admission.ts'

/** Everything below a prefix, for messages and filters alike. */
function below(...prefixes: string[]): Rights {
  const isBelow = (text: string): boolean => prefixes.some((prefix) => text.startsWith(prefix))
  return { mayPublish: isBelow, maySubscribe: isBelow }
}

const admitted = (rest: Partial<Admission>): Admission => {
  return { isAllowed: true, reasonCode: 0, device: 'd1', owner: 'd:d1', ...rest }
}

describe('rights', () => {
  test('I1: a message without the right gets 0x87 in its turn, and nothing of it is stored [MQTT-4.6.0-2]', async () => {
    const house = await openHouse({ authenticate: () => admitted({ rights: below('t/a') }) })
    const client = await house.connect({ protocolVersion: 5 })
    client.publish('t/a', '{"v":1}', { qos: 1, packetId: 1 })
    client.publish('t/b', '{"v":2}', { qos: 1, packetId: 2 })
    client.publish('t/b', '{"v":3}', { qos: 2, packetId: 3 })
    client.publish('t/b', '{"v":4}')
    await turn()
    assert.deepEqual(client.take(), [])
    await house.release()
    assert.deepEqual(client.take(), ['puback 1', 'puback 2 0x87', 'pubrec 3 0x87'])
    assert.deepEqual(
      (await house.rows('d1')).map(({ value }) => value),
      [1],
    )
    await house.stop()
  })

  test('3.1.1 can’t be told no: the connection ends without an acknowledgement [MQTT-3.3.5-2 of 3.1.1]', async () => {
    const house = await openHouse({ authenticate: () => admitted({ rights: below('t/a') }) })
    const client = await house.connect()
    client.publish('t/b', '{"v":2}', { qos: 1, packetId: 2 })
    await house.release()
    assert.deepEqual(client.take(), [])
    assert.ok(client.isEnded)
    await house.stop()
  })

  test('a subscription without the right gets 0x87, in 3.1.1 0x80 [MQTT-3.9.3-2]', async () => {
    const house = await openHouse({ authenticate: () => admitted({ rights: below('t/a') }) })
    const five = await house.connect({ protocolVersion: 5, clientId: 'five' })
    five.subscribe('t/#', 1)
    five.subscribe('t/a/#', 1)
    assert.deepEqual(five.take(), ['suback 1 [135]', 'suback 1 [1]'])
    const four = await house.connect({ clientId: 'four' })
    four.subscribe('t/#', 1)
    assert.deepEqual(four.take(), ['suback 1 [128]'])
    await house.stop()
  })

  test('a will to a topic that the client may not publish to is refused at CONNECT', async () => {
    const house = await openHouse({ authenticate: () => admitted({ rights: below('t/a') }) })
    const will = { topic: 't/b', payload: Buffer.from('x'), qos: 0 as const, retain: false }
    const five = await house.connect({ protocolVersion: 5, will }, false)
    assert.deepEqual(five.take(), ['connack new 135'])
    const four = await house.connect({ will }, false)
    assert.deepEqual(four.take(), ['connack new 5'])
    await house.stop()
  })

  test('what rests on a right goes with it: subscription, retained message, will', async () => {
    let owner = 'd:d1'
    const rights = below('t/')
    const house = await openHouse({ authenticate: () => admitted({ owner, rights }) })
    const will = { topic: 't/b', payload: Buffer.from('bye'), qos: 0 as const, retain: false }
    const client = await house.connect({ protocolVersion: 5, will })
    client.publish('t/a', 'kept', { retain: true })
    client.publish('t/b', 'gone', { retain: true })
    client.subscribe('t/b', 0)
    await house.release()
    client.take()
    house.broker.rightsChanged(new Map([['d:d1', below('t/a')]]))
    await house.release()
    owner = 'd:d2'
    const other = await house.connect({ clientId: 'other' })
    other.publish('t/b', '{"v":1}')
    other.subscribe('t/#', 0)
    await house.release()
    client.lose()
    await house.release()
    assert.deepEqual(client.take(), [])
    assert.deepEqual(other.take(), ['suback 1 [0]', 'publish t/a q0 retain kept'])
    await house.stop()
  })

  test('a lasting session comes back without the subscriptions that it lost the right to', async () => {
    let rights = below('t/')
    const house = await openHouse({ authenticate: () => admitted({ rights }) })
    const client = await house.connect({
      protocolVersion: 5,
      cleanStart: false,
      properties: { sessionExpiryInterval: 100 },
    })
    client.subscribe('t/b', 1)
    await house.release()
    client.lose()
    await house.release()
    const again = await house.restart()
    rights = below('t/a')
    const back = await again.connect({ protocolVersion: 5, cleanStart: false })
    back.publish('t/a', '{"v":1}')
    back.send({ type: 'unsubscribe', packetId: 2, filters: ['t/b'] })
    await again.release()
    assert.deepEqual(back.take(), ['unsuback 2 [17]'])
    await again.stop()
  })

  test('a session belongs to its owner: the same client identifier of another neither ends nor inherits it', async () => {
    let owner = 'd:d1'
    const house = await openHouse({ authenticate: () => admitted({ owner }) })
    const lasting = { protocolVersion: 5 as const, cleanStart: false, clientId: 'x' }
    const mine = await house.connect({ ...lasting, properties: { sessionExpiryInterval: 100 } })
    mine.subscribe('secret', 1)
    await house.release()
    owner = 'd:d2'
    const theirs = await house.connect(lasting, false)
    await house.release()
    assert.deepEqual(theirs.take(), ['connack new 0'])
    assert.ok(!mine.isEnded)
    await house.stop()
  })

  test('an address that is banned is cut off before a byte is read', async () => {
    const house = await openHouse({ mayOpen: () => false })
    const client = house.open()
    assert.ok(client.isEnded)
    await house.stop()
  })

  test('I7: who sends too fast is read later, and nothing is lost', async () => {
    const rate = { take: (count: number) => (count > 1 ? 500 : 0) }
    const house = await openHouse({ authenticate: () => admitted({ rate }) })
    const client = await house.connect()
    client.publish('t/a', '{"v":1}', { qos: 1, packetId: 1 })
    assert.ok(!client.isPaused)
    const packet = { type: 'publish' as const, topic: 't/a', qos: 1 as const, retain: false, dup: false }
    const payload = { source: Buffer.from('{"v":2}'), payloadStart: 0, payloadEnd: 7, properties: undefined }
    client.send({ ...packet, ...payload, packetId: 2 }, { ...packet, ...payload, packetId: 3 })
    assert.ok(client.isPaused)
    await house.release()
    assert.deepEqual(client.take(), ['puback 1', 'puback 2', 'puback 3'])
    await house.clock.advance(501)
    assert.ok(!client.isPaused)
    await house.stop()
  })
})

describe('enhanced authentication', () => {
  const data = (text: string) => ({
    authenticationMethod: 'PLAY',
    authenticationData: Uint8Array.from(Buffer.from(text)),
  })
  const beginExchange = (): Exchange => ({
    async step(given) {
      const text = Buffer.from(given).toString()
      if (text === 'first') return { challenge: Buffer.from('who') }
      return text === 'me'
        ? admitted({ data: Buffer.from('done') })
        : { isAllowed: false, device: '', reasonCode: 0x87 }
    },
  })
  const connect = { protocolVersion: 5 as const, properties: data('first') }

  test('AUTH goes back and forth until CONNACK, which names the method [MQTT-4.12.0-2] [MQTT-4.12.0-3]', async () => {
    const house = await openHouse({ beginExchange })
    const client = await house.connect(connect, false)
    assert.deepEqual(client.packets[0], { type: 'auth', reasonCode: 0x18, properties: data('who') })
    client.take()
    client.send({ type: 'auth', reasonCode: 0x18, properties: data('me') })
    await turn()
    const connack = client.packets[0]
    assert.ok(connack?.type === 'connack' && connack.reasonCode === 0)
    assert.equal(connack.properties?.authenticationMethod, 'PLAY')
    assert.deepEqual(connack.properties?.authenticationData, Uint8Array.from(Buffer.from('done')))
    client.take()
    client.send({ type: 'auth', reasonCode: 0x19, properties: data('first') })
    await turn()
    client.send({ type: 'auth', reasonCode: 0x18, properties: data('me') })
    await turn()
    assert.deepEqual(
      client.packets.map((packet) => packet.type === 'auth' && packet.reasonCode),
      [0x18, 0],
    )
    await house.stop()
  })

  test('an unknown method, a wrong answer, another method and other packets meanwhile end it [MQTT-4.12.0-1] [MQTT-4.12.0-5] [MQTT-3.1.2-30]', async () => {
    const none = await openHouse()
    assert.deepEqual((await none.connect(connect, false)).take(), ['connack new 140'])
    await none.stop()
    const house = await openHouse({ beginExchange })
    const wrong = await house.connect(connect, false)
    wrong.send({ type: 'auth', reasonCode: 0x18, properties: data('you') })
    await turn()
    assert.deepEqual(wrong.take(), ['auth', 'connack new 135'])
    const other = await house.connect(connect, false)
    other.send({ type: 'auth', reasonCode: 0x18, properties: { authenticationMethod: 'OTHER' } })
    await turn()
    assert.deepEqual(other.take(), ['auth', 'connack new 130'])
    const hasty = await house.connect(connect, false)
    hasty.subscribe('t/a', 0)
    assert.deepEqual(hasty.take(), ['auth', 'connack new 130'])
    const plain = await house.connect({ protocolVersion: 5 })
    plain.send({ type: 'auth', reasonCode: 0x19, properties: data('first') })
    assert.deepEqual(plain.take(), ['disconnect 0x82'])
    await house.stop()
  })
})
