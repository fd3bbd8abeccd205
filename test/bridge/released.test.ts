// QoS 2 from a broker that sends again what it has released, against [MQTT-4.3.3-6], long after: what it may not have
// been answered lands on its row, and what it was answered for sure is another message.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { systemClock, type Clock } from '../../src/lib/clock.ts'
import { ScriptedBroker, type Peer } from '../scripted-broker.ts'
import { openBridgeHouse, publish } from './house.ts'

let broker: ScriptedBroker
before(async () => {
  broker = await ScriptedBroker.start()
})
after(() => broker.stop())

/** PUBLISH to PUBCOMP. */
async function exchange(peer: Peer, packetId: number): Promise<void> {
  peer.send(publish('b/d', '{"v":1}', 2, packetId))
  await peer.expect('pubrec')
  peer.send({ type: 'pubrel', packetId, reasonCode: 0 })
  await peer.expect('pubcomp')
}

test('I3: a released message comes again after any time, unless its PUBCOMP was read for sure; also after a kill', async (t) => {
  for (const isKilled of [false, true]) {
    let laterUs = 0
    const clock: Clock = { ...systemClock, nowUs: () => systemClock.nowUs() + laterUs }
    let house = await openBridgeHouse(t, broker, { clock })
    house.store.letThrough()
    let peer = await house.attach()
    for (const packetId of [7, 8, 9]) await exchange(peer, packetId)
    // An hour of others, so that those before are long gone.
    laterUs += 3_600_000_000
    await exchange(peer, 10)
    peer.destroy()
    if (isKilled) {
      house.bridges.apply({ ...house.record(), isEnabled: false })
      house = await house.crash()
      house.store.letThrough()
      peer = await house.attach(house.record(), true)
    } else peer = (await broker.connected({ sessionPresent: true })).peer
    await exchange(peer, 11)
    laterUs += 3_600_000_000
    await exchange(peer, 12)
    assert.equal((await house.rows('d')).length, 6)
    peer.destroy()
    peer = (await broker.connected({ sessionPresent: true })).peer
    // PUBREL of 9 says that PUBCOMP of 8 was read. After PUBCOMP of 10 the connection broke.
    for (const [packetId, rows] of [
      [10, 6],
      [8, 7],
    ] as const) {
      peer.send(publish('b/d', '{"v":1}', 2, packetId, { dup: true }))
      await peer.expect('pubrec')
      assert.equal((await house.rows('d')).length, rows, `${packetId}`)
    }
  }
})
