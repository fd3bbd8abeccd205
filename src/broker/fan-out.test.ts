// Fan-out in turns: who floods many subscribers is dealt with a piece at a time, others come between, and nothing
// is lost or overtaken, however the connection ends.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as immediate } from 'node:timers/promises'
import { openHouse, publish, type House, type TestClient } from '../../test/broker-house.ts'
import { turn } from '../../test/held-store.ts'

const subscribers = 60
const messages = 800
const payload = 'x'.repeat(60)

async function flooded(house: House): Promise<{ flooder: TestClient; readers: TestClient[] }> {
  const readers: TestClient[] = []
  for (let n = 0; n < subscribers; n++) {
    const reader = await house.connect({ clientId: `reader${n}` })
    reader.subscribe('flood/#', 0)
    readers.push(reader)
  }
  const flooder = await house.connect({
    clientId: 'flooder',
    will: { topic: 'flood/will', payload: Buffer.from('w'), qos: 0, retain: false, properties: undefined },
  })
  await house.release()
  for (const reader of readers) reader.take()
  const flood = Array.from({ length: messages }, (_, n) => publish('flood/a', `${n} ${payload}`))
  flooder.send(...flood)
  return { flooder, readers }
}

async function settled(readers: TestClient[]): Promise<void> {
  for (let before = -1; before !== readers.at(-1)!.packets.length; await turn()) {
    before = readers.at(-1)!.packets.length
    await turn()
  }
}

/** All messages in order, and what came after them. */
function assertAll(readers: TestClient[], after: string[]): void {
  for (const reader of readers) {
    const lines = reader.take().map((line) => line.replace(` ${payload}`, ''))
    const flood = Array.from({ length: messages }, (_, n) => `publish flood/a q0 ${n}`)
    assert.deepEqual(lines, [...flood, ...after])
  }
}

describe('fan-out in turns', () => {
  test('I7: a flood to many subscribers is read a piece at a time, and others come between', async () => {
    const house = await openHouse()
    const neighbour = await house.connect({ clientId: 'neighbour' })
    const { flooder, readers } = await flooded(house)
    const atFirst = readers[0]!.packets.length
    assert.ok(atFirst > 0 && atFirst < messages / 2, `${atFirst} of ${messages} in one turn`)
    assert.ok(flooder.isPaused)
    neighbour.publish('t/a', '{"v":1}', { qos: 1, packetId: 1 })
    while (neighbour.packets.length === 0) {
      await immediate()
      if (house.store.waiting.length > 0) house.store.release().catch(assert.fail)
    }
    assert.deepEqual(neighbour.take(), ['puback 1'])
    assert.ok(readers[0]!.packets.length < messages)
    await settled(readers)
    assert.ok(!flooder.isPaused)
    assertAll(readers, [])
    await house.stop()
  })

  test('I7: many who flood at once share one turn', async () => {
    const house = await openHouse()
    const { readers } = await flooded(house)
    const atFirst = readers[0]!.packets.length
    const others: TestClient[] = []
    for (let n = 0; n < 30; n++) others.push(await house.connect({ clientId: `other${n}` }))
    await settled(readers)
    for (const reader of readers) reader.take()
    for (const other of others) {
      other.send(...Array.from({ length: 40 }, (_, n) => publish('flood/b', `${n} ${payload}`)))
    }
    assert.ok(readers[0]!.packets.length <= 2 * atFirst, `${readers[0]!.packets.length} in one turn`)
    await settled(readers)
    for (const reader of readers) assert.equal(reader.packets.length, 30 * 40)
    await house.stop()
  })

  test('what came before the connection was lost, taken over or left is dealt with first', async () => {
    const ends = [
      (flooder: TestClient) => flooder.lose(),
      (flooder: TestClient) => flooder.handler.ended?.(),
      (flooder: TestClient) => flooder.send({ type: 'disconnect', reasonCode: 0 }),
      (_: TestClient, house: House) => house.connect({ clientId: 'flooder' }),
    ]
    for (const [index, end] of ends.entries()) {
      const house = await openHouse()
      const { flooder, readers } = await flooded(house)
      await end(flooder, house)
      await settled(readers)
      assertAll(readers, index === 2 ? [] : ['publish flood/will q0 w'])
      await house.stop()
    }
  })

  test('a hub that stops deals with what has come', async () => {
    const house = await openHouse()
    const { readers } = await flooded(house)
    await house.stop()
    assertAll(readers, [])
  })
})
