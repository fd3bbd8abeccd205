// The state machine of the lease, with hubs whose clocks the test moves and one table that they share.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TestClock } from '../../../test/broker-house.ts'
import { AckstoneError } from '../../errors.ts'
import { silentLog as log } from '../../lib/log.ts'
import type { LeaseRecord, Leases } from '../../storage/store.ts'
import { Lease, leaseMarginMs, leaseMs } from './lease.ts'

/** One row that all hubs see, changed in one step as the cluster does it. */
class Table implements Leases {
  record: LeaseRecord | undefined
  /** Hubs that are cut off. */
  readonly unreachable = new Set<string>()
  /** Hubs whose next exchange takes effect without an answer. */
  readonly unanswered = new Set<string>()

  for(hub: string): Leases {
    return {
      entries: () => this.entries(),
      read: async () => {
        this.#reach(hub)
        return this.record
      },
      exchange: async (name, seen, next) => {
        this.#reach(hub)
        const there = await this.exchange(name, seen, next)
        if (this.unanswered.delete(hub)) throw new AckstoneError('CLUSTER_UNAVAILABLE', {})
        return there
      },
    }
  }

  #reach(hub: string): void {
    if (this.unreachable.has(hub)) throw new AckstoneError('CLUSTER_UNAVAILABLE', {})
  }

  async entries(): Promise<Uint8Array[]> {
    return []
  }

  async read(): Promise<LeaseRecord | undefined> {
    return this.record
  }

  async exchange(
    _name: string,
    seen: LeaseRecord | undefined,
    next: LeaseRecord,
  ): Promise<LeaseRecord | undefined> {
    if (JSON.stringify(seen) === JSON.stringify(this.record)) this.record = next
    return this.record
  }
}

class Hub {
  readonly clock = new TestClock()
  readonly lease: Lease
  /** What it was told, in order. */
  readonly told: string[] = []

  constructor(table: Table, hub: string) {
    this.lease = new Lease({
      ...{ name: 'bridge/b', hub, leases: table.for(hub), clock: this.clock, log },
      onHeld: () => this.told.push('held'),
      onLost: () => this.told.push('lost'),
      onFatal: (error) => {
        throw error
      },
    })
  }
}

/** Moves the clocks on together, a quarter of a second at a time. */
async function pass(ms: number, ...hubs: Hub[]): Promise<void> {
  for (let passed = 0; passed < ms; passed += 250) {
    for (const { clock } of hubs) await clock.advance(250)
  }
}

test('the first hub takes the lease at once and keeps it; another stands by and knows who has it', async () => {
  const table = new Table()
  const one = new Hub(table, 'one')
  await pass(250, one)
  const other = new Hub(table, 'other')
  await pass(60_000, one, other)
  assert.deepEqual([one.told, other.told], [['held'], []])
  assert.deepEqual([one.lease.holds(), other.lease.holds()], [true, false])
  assert.deepEqual([other.lease.hub, other.lease.term], ['one', 1])
  assert.ok(table.record!.beat > 60_000 / leaseMs, 'it is renewed well before it is over')
})

test('a lease whose holder has died is taken within fifteen seconds, and in a new term', async () => {
  const table = new Table()
  const one = new Hub(table, 'one')
  await pass(250, one)
  const other = new Hub(table, 'other')
  await pass(20_000, one, other)
  await pass(leaseMs - 1_000, other)
  assert.equal(other.lease.holds(), false, 'not before it is over')
  await pass(15_000 - (leaseMs - 1_000), other)
  assert.equal(other.lease.holds(), true)
  assert.equal(other.lease.term, 2)
})

test('a holder that is cut off from the cluster has let go before another takes the lease', async () => {
  const table = new Table()
  const one = new Hub(table, 'one')
  await pass(250, one)
  const other = new Hub(table, 'other')
  await pass(20_000, one, other)
  table.unreachable.add('one')
  let lostMs = 0
  let takenMs = 0
  for (let ms = 0; ms < 20_000; ms += 250) {
    assert.ok(!(one.lease.holds() && other.lease.holds()), 'never two at a time')
    if (lostMs === 0 && one.told.includes('lost')) lostMs = ms
    if (takenMs === 0 && other.lease.holds()) takenMs = ms
    await pass(250, one, other)
  }
  assert.ok(lostMs > 0 && takenMs - lostMs >= leaseMarginMs / 2, `lost at ${lostMs}, taken at ${takenMs}`)
  table.unreachable.delete('one')
  await pass(30_000, one, other)
  assert.deepEqual([one.told, other.told], [['held', 'lost'], ['held']])
})

test('a holder that was frozen past its time does not hold the lease when it wakes, timers or not', async () => {
  const table = new Table()
  const one = new Hub(table, 'one')
  await pass(250, one)
  const other = new Hub(table, 'other')
  await pass(5_000, one, other)
  await pass(20_000, other)
  assert.equal(other.lease.holds(), true)
  // Its clock has gone on; what it does first is ask.
  const { monotonicMs } = one.clock
  one.clock.monotonicMs = () => monotonicMs.call(one.clock) + 20_000
  assert.equal(one.lease.holds(), false)
  assert.deepEqual(one.told, ['held', 'lost'], 'who acts has been stopped when it hears no')
  await pass(30_000, one, other)
  assert.deepEqual([one.told, other.told], [['held', 'lost'], ['held']])
})

test('a machine that slept, whose monotonic clock stood still, hears from the wall clock that its time is over', async () => {
  const table = new Table()
  const one = new Hub(table, 'one')
  await pass(250, one)
  const { nowUs } = one.clock
  one.clock.nowUs = () => nowUs.call(one.clock) + 20_000_000
  assert.equal(one.lease.holds(), false)
})

test('a renewal whose answer was lost is a renewal: the lease is kept', async () => {
  const table = new Table()
  const one = new Hub(table, 'one')
  await pass(250, one)
  for (let i = 0; i < 10; i++) {
    table.unanswered.add('one')
    await pass(5_000, one)
  }
  assert.deepEqual(one.told, ['held'])
  assert.equal(one.lease.holds(), true)
})

test('a lease that is given back is taken at the next look, and by the same hub in the same term', async () => {
  const table = new Table()
  const one = new Hub(table, 'one')
  await pass(250, one)
  await one.lease.end()
  assert.equal(table.record!.isFree, true)
  const again = new Hub(table, 'one')
  await pass(250, again)
  assert.deepEqual([again.lease.holds(), again.lease.term], [true, 1])
  const other = new Hub(table, 'other')
  await pass(5_000, again, other)
  await again.lease.end()
  await pass(1_250, other)
  assert.deepEqual([other.lease.holds(), other.lease.term], [true, 2])
})

test('a hub that was killed and is started again goes on with its lease at once', async () => {
  const table = new Table()
  const one = new Hub(table, 'one')
  await pass(250, one)
  const again = new Hub(table, 'one')
  await pass(250, again)
  assert.deepEqual([again.lease.holds(), again.lease.term], [true, 1])
})

test('of two hubs that see a lease free at the same moment one has it', async () => {
  for (let round = 0; round < 3; round++) {
    const table = new Table()
    const hubs = [new Hub(table, 'one'), new Hub(table, 'other'), new Hub(table, 'third')]
    for (let ms = 0; ms < 30_000; ms += 1_000) {
      await pass(1_000, ...hubs)
      assert.equal(hubs.filter(({ lease }) => lease.holds()).length, 1)
    }
  }
})
