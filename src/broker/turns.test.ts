// A chunk full of packets is dealt with in pieces when it takes long, and others come between.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as immediate } from 'node:timers/promises'
import { openHouse, publish, TestClock } from '../../test/broker-house.ts'
import { turn } from '../../test/held-store.ts'

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
