// A session that goes from one hub to another while messages without a time of their own are on their way: each is
// stored once, whatever the first hub had done with it, and whenever it does the rest.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { AckstoneError } from '../../src/errors.ts'
import type { Leases, Store } from '../../src/storage/store.ts'
import { openBridgeHouse, publish, type BridgeHouse } from '../bridge/house.ts'
import { ScriptedBroker, type Peer } from '../scripted-broker.ts'
import { keyspaceFor } from './hubs.ts'
import { sharedCassandra, withCassandra } from './shared-server.ts'
import { folderFor, openStore, optionsFor } from './stores.ts'

interface TwoHouses {
  one: BridgeHouse
  other: BridgeHouse
  /** The one can't renew its lease from now on. */
  cutOff(): void
}

async function open(t: TestContext, broker: ScriptedBroker): Promise<TwoHouses> {
  const options = optionsFor(await sharedCassandra(), keyspaceFor(t))
  const first = await openStore(t, options, folderFor(t))
  const second = await openStore(t, options, folderFor(t))
  let isCut = false
  const { leases } = first
  const reachable: Leases = {
    read: (name) => leases.read(name),
    entries: (name, part) => leases.entries(name, part),
    exchange: (name, seen, next) =>
      isCut
        ? Promise.reject(new AckstoneError('CLUSTER_UNAVAILABLE', { nodes: '', cause: 'cut off' }))
        : leases.exchange(name, seen, next),
  }
  const inner = new Proxy<Store>(first, {
    get(target, name) {
      if (name === 'leases') return reachable
      const member: unknown = Reflect.get(target, name, target)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
  const one = await openBridgeHouse(t, broker, { inner, hub: 'one' })
  const other = await openBridgeHouse(t, broker, { inner: second, hub: 'other' })
  for (const { store } of [one, other]) store.letThrough()
  return { one, other, cutOff: () => (isCut = true) }
}

const messages = (dup: boolean) => [
  publish('b/d', '{"v":1}', 1, 11, { dup }),
  publish('b/d', '{"v":2}', 2, 12, { dup }),
  publish('b/d', 'no JSON', 1, 13, { dup }),
]

async function expectAnswers(peer: Peer): Promise<void> {
  await peer.expect('puback')
  await peer.expect('pubrec')
  await peer.expect('puback')
}

/** The broker sends again to the other hub what it has no answer for. */
async function takeOver({ one, other, cutOff }: TwoHouses): Promise<void> {
  cutOff()
  const peer = await other.attach(one.record(), true)
  peer.send(...messages(true))
  await expectAnswers(peer)
}

async function assertOnce({ other }: TwoHouses): Promise<void> {
  const rows = await other.rows('d')
  assert.deepEqual(
    rows.map(({ value }) => value),
    [1, 2],
  )
  assert.equal((await other.store.rejected('', undefined, 10)).length, 1)
}

withCassandra(() => {
  test('I3: what one hub has stored and not answered has the same time when it comes again to the other', async (t) => {
    const broker = await ScriptedBroker.start()
    t.after(() => broker.stop())
    const houses = await open(t, broker)
    const peer = await houses.one.attach()
    peer.send(...messages(false))
    await expectAnswers(peer)
    const rows = await houses.one.rows('d')
    await takeOver(houses)
    assert.deepEqual(await houses.other.rows('d'), rows)
    await assertOnce(houses)
  })

  test('I1, I3: a commit that was under way when the lease went over leaves out what the other hub gives its time', async (t) => {
    const broker = await ScriptedBroker.start()
    t.after(() => broker.stop())
    const houses = await open(t, broker)
    const { one } = houses
    const peer = await one.attach()
    one.store.hold()
    const isTimed = { v: 3, ts: 1_700_000_000_000 }
    peer.send(...messages(false), publish('b/timed', JSON.stringify(isTimed), 1, 14))
    while (one.store.waiting.length === 0) await sleep(5)
    await takeOver(houses)
    one.store.letThrough()
    await one.store.release()
    await assertOnce(houses)
    const timed = await one.rows('timed')
    assert.equal(timed.length, 1, 'what has a time of its own is stored: it lands on the same row')
    // Instead of any answer.
    await peer.expect('disconnect')
  })
})
