// A chunk full of packets is dealt with in pieces when it takes long, and others come between.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as immediate } from 'node:timers/promises'
import { openHouse, publish, TestClock } from '../../test/broker-house.ts'
import { turn } from '../../test/held-store.ts'
import { brokerLimitsDefault } from './limits.ts'

/** A clock on which some milliseconds pass between two looks. */
class SlowMachine extends TestClock {
  #passedMs = 0

  override monotonicMs(): number {
    return super.monotonicMs() + (this.#passedMs += 6)
  }
}

test('I7: I4: a chunk that takes long is dealt with in pieces: a neighbour comes between, nothing is lost or overtaken', async () => {
  const house = await openHouse({ clock: new SlowMachine(), limits: { receiveMaximum: 1_000 } })
  const flooder = await house.connect({ clientId: 'flooder' })
  const neighbour = await house.connect({ clientId: 'neighbour' })
  const messages = Array.from({ length: 500 }, (_, n) => publish('q0/a', 'x', { qos: 1, packetId: n + 1 }))
  flooder.send(...messages)
  const atFirst = flooder.packets.length
  assert.ok(atFirst > 0 && atFirst < 250, `${atFirst} of 500 in one turn`)
  assert.ok(flooder.isPaused)
  neighbour.publish('q0/a', 'x', { qos: 1, packetId: 1 })
  assert.deepEqual(neighbour.take(), ['puback 1'])
  for (let turns = 0; turns < 100 && flooder.packets.length < 500; turns++) await immediate()
  assert.deepEqual(
    flooder.take(),
    messages.map(({ packetId }) => `puback ${packetId}`),
  )
  await turn()
  assert.ok(!flooder.isPaused)
  await house.release()
  await house.stop()
})

test('I3: a 3.1.1 client with more unanswered than are remembered doubles nothing when it sends them again after kills', async () => {
  const count = 1_500
  const { receiveMaximum } = brokerLimitsDefault
  let house = await openHouse()
  for (let kills = 0; kills < 3; kills++) {
    const device = await house.connect({ cleanStart: false })
    await house.release()
    const dup = kills > 0
    device.send(
      ...Array.from({ length: count }, (_, n) =>
        publish('t/a', `{"v":${n}}`, { qos: 1, packetId: n + 1, dup }),
      ),
    )
    await turn()
    assert.ok(device.isPaused)
    // One commit, whose answers are lost.
    await house.store.release()
    assert.equal((await house.rows('d1')).length, receiveMaximum)
    house = await house.crash()
  }
  const back = await house.connect({ cleanStart: false })
  back.send(
    ...Array.from({ length: count }, (_, n) =>
      publish('t/a', `{"v":${n}}`, { qos: 1, packetId: n + 1, dup: true }),
    ),
  )
  await house.release()
  assert.equal(back.packets.length, count)
  assert.equal((await house.rows('d1')).length, count)
  await house.stop()
})
