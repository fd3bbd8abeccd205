import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock, type Clock } from '../lib/clock.ts'
import type { StateWrite } from '../storage/store.ts'
import { createMemoryStore } from '../storage/memory.ts'
import { Delivery } from './delivery.ts'
import { HubShares, type SharesBatch } from './hub-shares.ts'

const clockAt = (us: number): Clock => ({ ...systemClock, nowUs: () => us })

async function hubOn(store: ReturnType<typeof createMemoryStore>, newId: string, us: number) {
  const delivery = new Delivery(clockAt(us))
  const shares = await HubShares.load(delivery, store, clockAt(us), newId)
  let ticket = us
  return {
    delivery,
    shares,
    /** As the ingest does it: what is put is stored, and who waits is told. */
    async keep(): Promise<number> {
      const state: StateWrite[] = []
      const stored: (() => void)[] = []
      const batch: SharesBatch = {
        put: (space, key, value) => void state.push({ type: 'put', space, key, value }),
        afterStored: (run) => void stored.push(run),
      }
      shares.keep(() => batch)
      const parts = { runs: [], rejected: [], resolvedRejected: [], closedTs: 1 }
      if (state.length > 0) await store.commit({ ...parts, ticket: ++ticket, state })
      for (const run of stored) run()
      return state.length
    },
  }
}

function count(delivery: Delivery, messages: number, ackMs: number): void {
  for (const figures of [delivery.total, delivery.ofIntegration('plant')]) {
    figures.received[1] += messages
    figures.acknowledged += messages
    figures.readingsStored += 2 * messages
    figures.sameValue += 1
    figures.ackLatency.record(ackMs, messages)
  }
}

test('figures go on after a restart, since the first start', async () => {
  const store = createMemoryStore()
  const first = await hubOn(store, 'h1', 1_000_000_000_000_000)
  assert.equal(await first.keep(), 0, 'a hub without a message writes nothing')
  count(first.delivery, 3, 2)
  assert.equal(await first.keep(), 3, 'its id, the total and one integration')
  assert.equal(await first.keep(), 0, 'unchanged figures are not written again')
  const before = await first.shares.total()
  const again = await hubOn(store, 'another', 2_000_000_000_000_000)
  assert.equal(again.shares.hubId, 'h1')
  assert.deepEqual(await again.shares.total(), before)
  count(again.delivery, 2, 2)
  const after = await again.shares.total()
  assert.deepEqual(
    [after.since, after.acknowledged, after.readingsStored],
    ['2001-09-09T01:46:40.000Z', 5, 10],
  )
  assert.equal((await again.shares.ofIntegration('plant'))?.acknowledged, 5)
  assert.equal(again.delivery.figures().acknowledged, 5)
})

test('two hubs on one store show the sum, and the share of each', async () => {
  const store = createMemoryStore()
  const one = await hubOn(store, 'h1', 1_000_000_000_000_000)
  // What is a hub's own is not shared where there are several.
  const other = await hubOn(
    Object.assign(createMemoryStore(), {
      commit: store.commit.bind(store),
      stateScan: store.stateScan.bind(store),
    }),
    'h2',
    1_100_000_000_000_000,
  )
  count(one.delivery, 98, 1)
  count(other.delivery, 2, 100)
  await one.keep()
  await other.keep()
  for (const hub of [one, other]) {
    const total = await hub.shares.total()
    assert.deepEqual(total.received, { qos0: 0, qos1: 100, qos2: 0 })
    assert.deepEqual([total.acknowledged, total.readingsStored, total.duplicates.sameValue], [100, 200, 2])
    assert.equal(total.since, '2001-09-09T01:46:40.000Z')
    assert.ok(total.ackMs.p50! < 2 && total.ackMs.p99! >= 100, 'percentiles are of all answers')
    const shares = total.hubs.map(({ hub: id, isThis, acknowledged }) => [id, isThis, acknowledged])
    const byId = shares.toSorted(([a], [b]) => String(a).localeCompare(String(b)))
    assert.deepEqual(byId, [
      ['h1', hub === one, 98],
      ['h2', hub === other, 2],
    ])
    assert.equal((await hub.shares.ofIntegration('plant'))?.acknowledged, 100)
    assert.equal(await hub.shares.ofIntegration('nobody'), undefined)
  }
})

test('while a batch waits to be stored, nothing more is added to the ones behind it', async () => {
  const store = createMemoryStore()
  const { delivery, shares } = await hubOn(store, 'h1', 1_000_000)
  let puts = 0
  const batch: SharesBatch = { put: () => void puts++, afterStored: () => undefined }
  count(delivery, 1, 1)
  shares.keep(() => batch)
  count(delivery, 1, 1)
  shares.keep(() => batch)
  assert.equal(puts, 3)
})
