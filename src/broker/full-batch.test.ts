// What one commit may hold, so that nobody's answer waits long for what others have sent: by each of the limits.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openHouse, type House, type TestClient } from '../../test/broker-house.ts'
import { turn } from '../../test/held-store.ts'
import type { IngestLimits } from '../ingest/limits.ts'

const devices = 10
const limits: { limit: Partial<IngestLimits>; payload: string }[] = [
  { limit: { batchReadingsMax: 3 }, payload: '{"v":1}' },
  { limit: { batchSendersMax: 3 }, payload: '{"v":1}' },
  { limit: { batchSeriesMax: 3 }, payload: '{"v":1}' },
  // A message that no converter can read is kept raw, which is state.
  { limit: { batchStateMax: 3 }, payload: 'nonsense' },
  { limit: { batchBytesMax: 3 * ('nonsense'.length + 't/a'.length) }, payload: 'nonsense' },
]

/** All of them publish in one turn, while a commit is under way. */
async function rush(house: House, payload: string): Promise<TestClient[]> {
  const crowd: TestClient[] = []
  for (let n = 0; n < devices; n++) crowd.push(await house.connect({ clientId: `d${n}` }))
  const first = await house.connect({ clientId: 'first' })
  first.publish('t/a', '{"v":0}', { qos: 1, packetId: 1 })
  await turn()
  for (const [n, device] of crowd.entries()) device.publish('t/a', payload, { qos: 1, packetId: n + 1 })
  return crowd
}

describe('I7: a batch takes no more than its limits', () => {
  for (const { limit, payload } of limits) {
    test(`${Object.keys(limit)[0]}: who comes in the turn in which it is filled waits, and keeps its place`, async () => {
      const house = await openHouse({ ingestLimits: limit })
      const crowd = await rush(house, payload)
      const answered: number[] = []
      for (let commits = 0; commits < 3; commits++) {
        assert.equal(house.store.waiting.length, 1)
        await house.store.release()
        answered.push(crowd.filter(({ packets }) => packets.length > 0).length)
      }
      // Twice the limit joins the next batch; what is left comes after it.
      assert.deepEqual(answered, [0, 6, 10])
      for (const [n, device] of crowd.entries()) {
        assert.deepEqual(device.take(), [`puback ${n + 1}`])
        assert.ok(!device.isPaused)
      }
      assert.equal(house.store.waiting.length, 0)
      await house.stop()
    })
  }

  test('who goes while it waits is dealt with all the same, and so is everybody when the hub stops', async () => {
    const house = await openHouse({ ingestLimits: { batchSendersMax: 3 } })
    const crowd = await rush(house, '{"v":1}')
    for (const device of crowd.slice(5)) device.lose()
    await house.release()
    for (let n = 0; n < devices; n++) assert.equal((await house.rows(`d${n}`)).length, 1)
    for (const device of crowd.slice(0, 5)) device.publish('t/a', '{"v":2}', { qos: 1, packetId: 100 })
    await house.stop()
    for (let n = 0; n < 5; n++) assert.equal((await house.rows(`d${n}`)).length, 2)
  })
})
